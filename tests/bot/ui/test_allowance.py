"""The edits that a channel is granted."""

import asyncio

from bot.ui.allowance import Allowance


async def test_as_many_as_are_granted_have_room_and_the_next_one_waits_for_the_first() -> None:
    allowance = Allowance(3, 0.2)
    for _ in range(3):
        assert allowance.pause(1) == 0
        allowance.use(1)
        await asyncio.sleep(0.05)
    assert 0 < allowance.pause(1) <= 0.05
    assert allowance.pause(2) == 0, "channels don't share theirs"
    await asyncio.sleep(allowance.pause(1) + 0.001)
    assert allowance.pause(1) == 0
    allowance.use(1)
    assert allowance.pause(1) > 0


async def test_of_channels_that_are_quiet_nothing_is_kept() -> None:
    allowance = Allowance(3, 0.05)
    for channel in range(100):
        allowance.use(channel)
    await asyncio.sleep(0.06)
    allowance.use(100)
    assert list(allowance._used) == [100]

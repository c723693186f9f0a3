"""One look serves all who ask at about the same time, and none gets an older one."""

import asyncio
from itertools import count, pairwise

import pytest

from bot.jobs.shared import Shared


async def test_who_asks_at_once_shares_a_look_and_who_comes_later_gets_a_later_one() -> None:
    looks = count()

    async def look() -> int:
        found = next(looks)
        await asyncio.sleep(0.01)
        return found

    shared = Shared(look, apart=0.05)

    assert await asyncio.gather(*(shared() for _ in range(50))) == [0] * 50
    assert set(await asyncio.gather(shared(), shared())) == {1}


async def test_what_is_asked_during_a_look_is_answered_by_the_next_one() -> None:
    state = "before"
    looking, go_on = asyncio.Event(), asyncio.Event()

    async def look() -> str:
        found = state
        looking.set()
        await go_on.wait()
        return found

    shared = Shared(look, apart=0)
    early = asyncio.create_task(shared())
    await looking.wait()
    state = "after"
    late = asyncio.create_task(shared())
    await asyncio.sleep(0)
    go_on.set()

    assert [await early, await late] == ["before", "after"]


async def test_looks_are_apart() -> None:
    moments: list[float] = []

    async def look() -> None:
        moments.append(asyncio.get_running_loop().time())

    shared = Shared(look, apart=0.05)
    for _ in range(3):
        await shared()

    assert all(later - earlier >= 0.049 for earlier, later in pairwise(moments))


async def test_a_failure_reaches_all_who_asked_and_the_next_look_is_made() -> None:
    failing = True

    async def look() -> bool:
        if failing:
            raise OSError("away")
        return True

    shared = Shared(look, apart=0)
    answers = await asyncio.gather(shared(), shared(), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["away", "away"]
    failing = False
    assert await shared()


async def test_whoever_stops_waiting_takes_the_look_from_nobody() -> None:
    gate = asyncio.Event()

    async def look() -> bool:
        return await gate.wait()

    shared = Shared(look, apart=0)
    gone, there = asyncio.create_task(shared()), asyncio.create_task(shared())
    await asyncio.sleep(0)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    gate.set()

    assert await there

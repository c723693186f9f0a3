"""What is asked for while the bot's process is dead, and what it finds when it is back."""

import asyncio
import os
import signal
from pathlib import Path

import pytest

from tests.whole.conftest import Playground, results

pytestmark = pytest.mark.long


async def test_requests_made_while_the_bot_was_dead_are_dreamt_when_it_is_back(
    playground: Playground, rocket: Path
) -> None:
    first = await playground.post("!dream", rocket)
    await playground.answer(first)
    # Long enough to be written: what is seen goes to the database every few seconds.
    await asyncio.sleep(4)
    killed = playground.bot()
    os.kill(killed, signal.SIGKILL)
    asked = [await playground.post("!dream", rocket), await playground.post("!help")]
    dream, card = await playground.answer(asked[0]), await playground.answer(asked[1], dream=False)
    assert playground.bot() != killed
    assert results(dream)
    assert card["embeds"]
    await asyncio.sleep(1)
    for message in (first, *asked):
        assert len(await playground.answers(message)) == 1


async def test_a_request_that_the_bot_was_killed_over_becomes_one_dream(
    playground: Playground, rocket: Path
) -> None:
    await playground.answer(await playground.post("!help"), dream=False)
    await asyncio.sleep(4)
    asked = await playground.post("!dream", rocket)
    while not await playground.answers(asked):
        await asyncio.sleep(0.005)
    os.kill(playground.bot(), signal.SIGKILL)
    [answer] = await playground.answers(asked)
    assert (await playground.answer(asked))["id"] == answer["id"]
    await asyncio.sleep(1)
    assert len(await playground.answers(asked)) == 1

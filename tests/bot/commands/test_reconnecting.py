"""What is asked for while the gateway's connection is lost, and when it is heard."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands import errors
from bot.database import seen
from tests.bot.chat import picture
from tests.bot.wire import Town, another_bot, open_town
from tests.playground.conftest import Json


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


async def ask(town: Town) -> Json:
    return await town.ada.post("!dream", ("cat.png", picture()))


async def written(town: Town, message: Json) -> None:
    """Wait until the database knows that the message was seen."""
    async with asyncio.timeout(20):
        while True:
            await town.bot.parts.seen.flush()
            async with town.database.transaction() as session:
                mark = (await seen.marks(session)).get(town.box.channel)
            if mark is not None and mark.message_id >= int(message["id"]):
                return
            await asyncio.sleep(0.1)


@pytest.mark.long
async def test_what_was_said_before_a_new_session_is_heard(town: Town) -> None:
    await town.control("disconnect", resumable=False, abruptly=True)
    asked = await ask(town)
    await town.dream()
    await written(town, asked)
    assert len(await town.answers()) == 1


async def test_what_was_said_before_a_resumed_session_is_heard_once(town: Town) -> None:
    await town.control("disconnect", resumable=True, abruptly=True)
    asked = await ask(town)
    await town.dream()
    await written(town, asked)
    assert len(await town.answers()) == 1


async def test_a_request_in_a_place_that_cannot_be_asked_about_is_answered(town: Town) -> None:
    [guild] = town.bot.guilds
    there = guild.get_channel(town.box.channel)
    assert there is not None
    # As of a thread that was asleep for long.
    guild._remove_channel(there)
    path = f"/channels/{town.box.channel}"
    user = town.bot.user.id if town.bot.user else 0
    # The HTTP client asks once more by itself.
    await town.control("fail", method="GET", path=path, user=user, broken=True, times=2)
    await ask(town)
    await town.until(bool)


@pytest.mark.long
async def test_two_bots_that_catch_up_at_once_are_one(town: Town) -> None:
    async with another_bot(town):
        await town.control("disconnect", resumable=False, abruptly=True)
        asked = [await ask(town) for _ in range(3)]
        async with asyncio.timeout(40):
            while len(await town.dreams()) < 3:
                await asyncio.sleep(0.1)
        await asyncio.sleep(1)
        answers = await town.answers()
    replied = [answer["message_reference"]["message_id"] for answer in answers]
    assert sorted(replied) == [message["id"] for message in asked]
    assert len(town.pool.seen) == 3
    assert (await town.submission.balance(town.box.persons[0].id)).used == 3


async def test_a_wish_that_two_bots_hear_of_is_dreamt_though_one_is_stopping(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(errors, "AGAIN", 0.1)
    async with another_bot(town) as leaving:
        await leaving.parts.acceptance.stop(0)
        town.pool.gate.clear()
        await ask(town)
        [answer] = await town.until(lambda answers: answers and "octave" in answers[0]["content"])
        # The other tries again meanwhile.
        await asyncio.sleep(0.5)
        assert len(await town.answers()) == 1
        town.pool.gate.set()
        assert (await town.dream())["id"] == answer["id"]

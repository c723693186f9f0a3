"""Buttons over real connections: in the presser's language, before two bots, after a restart."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.commands import question
from bot.jobs.messenger import Telling
from bot.ui import words
from tests.bot.chat import picture
from tests.bot.wire import Town, another_bot, open_town
from tests.playground.conftest import Hand, Json

CAT = ("cat.png", picture())


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


def buttons(message: Json) -> dict[str, str]:
    """The ids of a message's buttons by what stands on them."""
    return {
        button["label"]: button["custom_id"]
        for row in message["components"]
        for button in row["components"]
    }


async def press(hand: Hand, message: Json, label: str) -> None:
    data = {"component_type": 2, "custom_id": buttons(message)[label]}
    await hand.act(3, data, message_id=message["id"])


async def dreamt(town: Town, number: int = 1) -> list[Json]:
    """So many dreams, oldest first, once they are there and written down."""
    async with asyncio.timeout(30):
        while len(found := await town.dreams()) < number:
            await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
    return found


async def test_a_dream_is_dreamt_again_and_called_off(town: Town) -> None:
    await town.ada.post("!dream", CAT)
    [first] = await dreamt(town)
    town.pool.gate.clear()
    await press(town.ada, first, "Again")
    answers = await town.until(lambda found: len(found) > 1 and "octave" in found[1]["content"])
    assert answers[1]["message_reference"]["message_id"] == first["id"]
    await press(town.ada, answers[1], "Cancel")
    answers = await town.until(lambda found: "cancelled." in found[1]["content"])
    assert answers[1]["components"] == []
    assert (await town.submission.balance(town.box.persons[0].id)).used == 1


async def test_one_press_that_two_bots_hear_of_is_one_dream(town: Town) -> None:
    await town.ada.post("!dream", CAT)
    [first] = await dreamt(town)
    async with another_bot(town):
        await press(town.ada, first, "Again")
        await dreamt(town, 2)
        assert len(await town.answers()) == 2
    assert len(town.pool.seen) == 2
    assert (await town.submission.balance(town.box.persons[0].id)).used == 2


async def test_a_question_that_two_bots_hear_the_answer_to_is_dealt_with_by_whoever_asked(
    town: Town,
) -> None:
    await town.ada.post("!dream", CAT)
    await dreamt(town)
    await town.ada.post("!forget")
    answers = await town.until(lambda found: len(found) == 2)
    async with another_bot(town):
        await press(town.ada, answers[1], "Erase it all")
        answers = await town.until(lambda found: found[1]["content"] == words.erased())
        await asyncio.sleep(question.HEAD_START + 0.3)
        assert len(await town.answers()) == 2, "the other one says nothing"
    assert not await town.bot.parts.forgetting.traces(town.box.persons[0].id)


async def test_the_form_is_filled_in_at_a_bot_that_never_showed_it(town: Town) -> None:
    await town.ada.post("!dream seed=7", CAT)
    [first] = await dreamt(town)
    await press(town.ada, first, "Tweak")
    await asyncio.sleep(0.3)
    await town.bot.close()
    async with another_bot(town):
        lines: list[dict[str, Any]] = [
            {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}
            for name, value in {"preset": "strokes", "strength": "0.5", "seed": "7"}.items()
        ]
        custom_id = buttons(first)["Tweak"].replace("tweak", "tweaked")
        await town.ada.act(5, {"custom_id": custom_id, "components": lines})
        _, second = await dreamt(town, 2)
    assert "Strokes" in second["content"]
    assert (town.pool.seen[1].strength, town.pool.seen[1].seed) == (0.5, 7)


async def test_each_is_answered_in_their_own_language(town: Town) -> None:
    await town.ada.post("!dream", CAT)
    [first] = await dreamt(town)
    user = str(town.box.persons[0].id)
    await town.control("language", user=user, locale="de")
    await press(town.ada, first, "Recipe")
    answers = await town.until(lambda found: len(found) > 1 and found[1]["content"])
    assert "Für denselben Traum" in answers[1]["content"]
    assert answers[1]["flags"] & 64, "to be seen by one person alone"
    await press(town.ada, first, "Again")
    _, second = await dreamt(town, 2)
    assert "Noch mal" in buttons(second)
    grace = Hand(town.box.api, town.box.channel, town.box.persons[1].token)
    await press(grace, first, "Again")
    answers = await town.until(lambda found: "Reply to it" in found[-1]["content"], grace)
    assert answers[-1]["flags"] & 64
    await grace.client.aclose()


@pytest.mark.long
async def test_what_a_button_made_of_a_dream_is_not_taken_for_a_call(town: Town) -> None:
    asked = await town.ada.post("!dream", CAT)
    [first] = await dreamt(town)
    await press(town.ada, first, "Again")
    await dreamt(town, 2)
    job = await town.submission.find(f"message:{asked['id']}:0")
    assert job is not None
    assert job.result is not None
    # As a bot does whose predecessor was killed before it called anybody.
    telling = Telling(mention=True, again=True)
    await town.bot.parts.messenger.deliver(job, job.result, picture(), telling)
    assert "your dream is here" in (await town.answers())[-1]["content"]

"""The buttons under a dream, pressed once the bot's process was killed."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.whole.conftest import Message, Playground, results

ONLY_ONE_SEES = 64
"""Flag of a message that is there for one person alone."""


async def act(playground: Playground, kind: int, message: Message, **data: Any) -> int:
    """Do with a message what Discord calls an interaction of that kind; what status it gets."""
    answer = await playground.person.post(
        "/interactions",
        json={
            "type": kind,
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "data": data,
        },
    )
    return answer.status_code


async def press(playground: Playground, message: Message, label: str) -> None:
    """Press the button of that label under a message."""
    custom_id = button(message, label)
    assert await act(playground, 3, message, component_type=2, custom_id=custom_id) == 204


async def fill_in(
    playground: Playground, message: Message, label: str, form: str, **lines: str
) -> None:
    """Send what is typed into the form that a button opens, as soon as it is open."""
    custom_id = f"dream:{form}:{button(message, label).split(':')[2]}"
    fields = [
        {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}
        for name, value in lines.items()
    ]
    async with asyncio.timeout(30):
        while await act(playground, 5, message, custom_id=custom_id, components=fields) == 404:
            await press(playground, message, label)
            await asyncio.sleep(0.5)


def button(message: Message, label: str) -> str:
    """The id of the button of that label under a message."""
    [found] = [
        button["custom_id"]
        for row in message["components"]
        for button in row["components"]
        if button["label"] == label
    ]
    return str(found)


async def until(
    playground: Playground, true: Callable[[list[Message]], object], seconds: float = 90
) -> list[Message]:
    """What stands in the channel, newest first, once that is true of it."""
    async with asyncio.timeout(seconds):
        while not true(found := await playground.messages()):
            await asyncio.sleep(0.1)
    return found


def dreams(messages: list[Message]) -> int:
    return sum(bool(results(message)) and not message["flags"] for message in messages)


def dreamt(number: int) -> Callable[[list[Message]], bool]:
    """Whether there are so many dreams."""
    return lambda found: dreams(found) == number


def whispered(said: str) -> Callable[[list[Message]], bool]:
    """Whether that was said to one person alone."""
    return lambda found: any(
        said in message["content"] and message["flags"] & ONLY_ONE_SEES for message in found
    )


@pytest.mark.long
async def test_all_buttons_work_after_the_bots_process_was_killed(
    playground: Playground, rocket: Path
) -> None:
    dream = await playground.answer(await playground.post("!dream engraving size=64", rocket))
    noise = await playground.answer(await playground.post("!noise engraving size=64"))
    sheet = await playground.answer(await playground.post("!explore engraving size=64", rocket))
    await press(playground, dream, "Tweak")
    await press(playground, dream, "Report")
    # Most likely both forms are open by then; one that isn't is opened by the next bot.
    await asyncio.sleep(1)
    killed = playground.bot()
    os.kill(killed, signal.SIGKILL)
    await playground.answer(await playground.post("!help"), dream=False)
    assert playground.bot() != killed

    before = dreams(await playground.messages())
    making = [
        *((dream, label) for label in ("Again", "Deeper", "Stronger", "Softer")),
        *((noise, label) for label in ("Again", "Deeper")),
        *((sheet, label) for label in ("Again", "2 large", "Vary 3")),
    ]
    for made, (message, label) in enumerate(making, before + 1):
        await press(playground, message, label)
        await until(playground, dreamt(made))
    await fill_in(playground, dream, "Tweak", "tweaked", preset="wicker", iterations="2")
    [tweaked, *_] = await until(playground, dreamt(before + len(making) + 1))
    assert "Wicker" in tweaked["content"]
    await fill_in(playground, dream, "Report", "reported", reason="too many eyes")
    await until(playground, whispered("Thank you"))
    for label, said in {
        "Compare": "Before and after",
        "Recipe": "!dream engraving",
        "Share": "no gallery yet",
    }.items():
        await press(playground, dream, label)
        await until(playground, whispered(said))
    [recipe] = [
        each
        for each in await playground.messages()
        if "!dream engraving" in each["content"] and each["flags"] & ONLY_ONE_SEES
    ]
    await press(playground, recipe, "Save as a preset")
    await fill_in(playground, recipe, "Save as a preset", "saved", name="lines")
    await until(playground, whispered("!dream lines"))
    await press(playground, dream, "Delete")
    found = await until(playground, lambda found: "Delete" in str(found[0]["components"]))
    await press(playground, found[0], "Delete")
    await until(playground, lambda found: dream["id"] not in {each["id"] for each in found})

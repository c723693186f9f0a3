"""The buttons under a dream, pressed once the bot's process was killed."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.whole.conftest import Message, Playground, results

ONLY_ONE_SEES = 64
"""Flag of a message that is there for one person alone."""


async def press(playground: Playground, message: Message, label: str) -> None:
    """Press the button of that label under a message."""
    [button] = [
        button
        for row in message["components"]
        for button in row["components"]
        if button["label"] == label
    ]
    answer = await playground.person.post(
        "/interactions",
        json={
            "type": 3,
            "channel_id": message["channel_id"],
            "message_id": message["id"],
            "data": {"component_type": 2, "custom_id": button["custom_id"]},
        },
    )
    assert answer.status_code == 204, answer.text


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
    killed = playground.bot()
    os.kill(killed, signal.SIGKILL)
    await playground.answer(await playground.post("!help"), dream=False)
    assert playground.bot() != killed

    before = dreams(await playground.messages())
    for made, label in enumerate(("Again", "Deeper", "Stronger", "Softer"), before + 1):
        await press(playground, dream, label)
        await until(playground, dreamt(made))
    for label, said in {
        "Compare": "Before and after",
        "Recipe": "!dream engraving",
        "Share": "no gallery yet",
    }.items():
        await press(playground, dream, label)
        await until(playground, whispered(said))
    await press(playground, dream, "Delete")
    found = await until(playground, lambda found: "Delete" in str(found[0]["components"]))
    await press(playground, found[0], "Delete")
    await until(playground, lambda found: dream["id"] not in {each["id"] for each in found})

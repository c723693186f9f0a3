"""The button that calls a dream off, from the first word about it to its end."""

from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from simcord.actors import MemberActor
from simcord.results import InteractionResult

from bot.ui import words
from bot.ui.buttons import (
    Press,
    Verb,
    under_doubt,
    under_dream,
    under_four,
    under_growing,
    under_recipe,
)
from dream import BrokenPicture
from tests.bot.chat import Chat, open_chat, picture

CAT = ("cat.png", picture())
LONGEST_ID = 100
"""Characters that Discord takes."""


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """Alice's dream grows, and her second one waits."""
    async with open_chat(tmp_path) as chat:
        chat.pool.gate.clear()
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await chat.until(lambda: "octave" in chat.answer().content)
        await chat.alice.send(chat.channel, "!dream strokes", attachments=[CAT])
        await chat.until(lambda: "yours is next" in chat.answers()[-1].content)
        yield chat


def growing(chat: Chat) -> discord.Message:
    return chat.answers()[0]


def waiting(chat: Chat) -> discord.Message:
    return chat.answers()[1]


async def cancel(
    chat: Chat, message: discord.Message, by: MemberActor | None = None
) -> InteractionResult:
    return await (by or chat.alice).click(message, label="Cancel")


def said(shown: InteractionResult) -> str:
    assert shown.ephemeral
    assert shown.response is not None
    return shown.response.content


async def used(chat: Chat) -> int:
    return (await chat.submission.balance(chat.alice.id)).used


async def test_one_that_waits_is_called_off(chat: Chat) -> None:
    shown = await cancel(chat, waiting(chat))
    assert "Cancelled **Strokes**" in said(shown)
    await chat.until(lambda: "cancelled. You called it off" in waiting(chat).content)
    assert not waiting(chat).components
    assert growing(chat).components, "that of the other stays"
    assert await used(chat) == 1


async def test_one_that_runs_is_called_off(chat: Chat) -> None:
    assert "Stopping **Classic**" in said(await cancel(chat, growing(chat)))
    await chat.until(lambda: "cancelled. You called it off" in growing(chat).content)
    assert not growing(chat).components
    assert not growing(chat).attachments


async def test_others_may_not_but_those_who_look_after_the_place(chat: Chat) -> None:
    assert "isn't yours to call off" in said(await cancel(chat, waiting(chat), chat.bob))
    assert "yours is next" in waiting(chat).content
    role = chat.alice.guild.create_role(
        "moderators", permissions=discord.Permissions(manage_messages=True)
    )
    carol = chat.alice.guild.add_member(chat.env.create_user("carol"), roles=[role])
    await cancel(chat, waiting(chat), carol)
    await chat.until(lambda: "Somebody who looks after this place" in waiting(chat).content)


async def test_pressed_twice_it_is_called_off_once(chat: Chat) -> None:
    message = waiting(chat)
    await cancel(chat, message)
    assert "cancelled already" in said(await cancel_late(chat, message))
    assert await used(chat) == 1


async def cancel_late(chat: Chat, message: discord.Message) -> InteractionResult:
    """Press the button that is still there for whoever has not seen the answer change.

    Args:
        message: As it was when it had that button.
    """
    stored = chat.env.backend.get_message(chat.channel.id, message.id)
    await chat.until(lambda: "Cancel" not in str(stored.components))
    button = {"type": 2, "style": 2, "label": "Cancel", "custom_id": custom_id(message)}
    stored.components = [{"type": 1, "components": [button]}]
    return await cancel(chat, message)


def custom_id(message: discord.Message) -> str:
    [row] = message.components
    assert isinstance(row, discord.ActionRow)
    [button] = row.children
    assert button.custom_id is not None
    return button.custom_id


async def test_too_late_is_too_late(chat: Chat) -> None:
    message = growing(chat)
    chat.pool.gate.set()
    await chat.until(lambda: len(chat.dreams()) == 2)
    await chat.settled()
    assert "finished already" in said(await cancel_late(chat, message))
    assert await used(chat) == 2


@pytest.mark.parametrize("restarts", [False, True])
async def test_what_was_forgotten_is_no_dream_to_call_off(chat: Chat, restarts: bool) -> None:
    message = waiting(chat)
    asked = await chat.alice.slash(chat.channel, "forget")
    assert asked.response is not None
    await chat.alice.click(asked.response, label=words.erase())
    if restarts:
        await chat.restart()
    assert "I know nothing of that dream any more" in said(await cancel_late(chat, message))


async def test_it_works_after_a_restart(chat: Chat) -> None:
    await chat.restart()
    await cancel(chat, waiting(chat))
    await chat.until(lambda: "cancelled. You called it off" in waiting(chat).content)


async def test_a_failure_has_no_buttons(chat: Chat) -> None:
    chat.pool.error = BrokenPicture("No.")
    chat.pool.gate.set()
    await chat.until(lambda: all("Sorry" in answer.content for answer in chat.answers()))
    assert [answer.components for answer in chat.answers()] == [[], []]


async def test_a_dream_that_is_posted_anew_has_its_buttons(chat: Chat) -> None:
    chat.env.backend.delete_message(chat.channel.id, growing(chat).id)
    chat.pool.gate.set()
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert all("Again" in str(dream.components) for dream in chat.dreams())


def test_every_id_is_short_enough() -> None:
    job, message = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ", 2**63 - 1
    four = under_four(job, 4)[:8]
    looks = (
        *under_growing(job),
        *under_dream(job),
        *under_doubt(job, message),
        *under_recipe(job),
        *four,
    )
    assert {look.press.verb for look in looks} == set(Verb)
    assert max(len(look.press.custom_id) for look in looks) <= LONGEST_ID
    assert len({look.press for look in looks}) == len(looks)
    assert Press(Verb.AGAIN, job).custom_id == f"dream:again:{job}"

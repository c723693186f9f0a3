"""The buttons under what is no dream of a picture, and where a server has switched that off."""

import discord
import pytest

from bot.rules import Rules, Thing
from tests.bot.chat import Chat, picture
from tests.bot.commands.test_buttons import another, press, said

CAT = ("cat.png", picture())


async def made(chat: Chat, asked: str, *files: tuple[str, bytes]) -> discord.Message:
    """What Alice asked for, delivered and written down."""
    before = {each.id for each in chat.dreams()}
    await chat.alice.send(chat.channel, asked, attachments=list(files))
    return await another(chat, before)


async def switch_off(chat: Chat, *things: Thing) -> None:
    rules = Rules(off=frozenset(things))
    await chat.bot.parts.guilds.change(chat.alice.guild.id, lambda _: rules)


async def refused(chat: Chat, label: str, message: discord.Message) -> str:
    """What only Alice is told, instead of another answer."""
    before = len(chat.answers())
    shown = await press(chat, label, message)
    assert shown.ephemeral
    assert len(chat.answers()) == before
    return said(shown)


# Switched off


async def test_a_sheet_is_not_varied_where_exploring_is_switched_off(chat: Chat) -> None:
    sheet = await made(chat, "!explore", CAT)
    await switch_off(chat, Thing.EXPLORE)
    assert "moderators have switched off exploring" in await refused(chat, "Vary 2", sheet)
    await press(chat, "2 large", sheet)
    await chat.until(lambda: len(chat.dreams()) == 2)
    await switch_off(chat)
    await press(chat, "Vary 2", sheet)
    await chat.until(lambda: len(chat.pool.sheets) == 2)


@pytest.mark.parametrize("label", ["Again", "Deeper"])
async def test_dreams_go_on_whatever_else_is_switched_off(chat: Chat, label: str) -> None:
    result = await made(chat, "!dream", CAT)
    await switch_off(chat, *Thing)
    await press(chat, label, result)
    await chat.until(lambda: len(chat.dreams()) == 2)


# By their names


async def test_what_is_deleted_is_called_as_everywhere(chat: Chat) -> None:
    result = await made(chat, "!explore", CAT)
    asked = await press(chat, "Delete", result)
    assert said(asked).startswith("Delete **Four ways from Classic** for good?")
    assert asked.response is not None
    await chat.alice.click(asked.response, label="Delete")
    assert said(asked) == "**Four ways from Classic** is deleted."


async def test_what_is_called_off_is_called_as_everywhere(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!noise")
    await chat.until(lambda: "octave" in chat.answer().content)
    shown = await press(chat, "Cancel", chat.answer())
    assert said(shown).startswith("Stopping **Classic from noise**")

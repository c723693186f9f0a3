"""The buttons under what is no dream of a picture, also where a server has switched that off."""

import discord
import pytest

from bot.rules import Rules, Thing
from tests.bot.chat import Chat, picture
from tests.bot.commands.test_buttons import another, job_of, labels, press, pressed, said

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


OTHERS = ["Share", "Report", "Delete"]


async def test_each_has_the_buttons_that_mean_something_there(chat: Chat) -> None:
    assert labels(await made(chat, "!noise")) == [["Again", "Deeper", *OTHERS]]
    assert labels(await made(chat, "!imagine banana")) == [["Again", "Deeper", *OTHERS]]
    assert labels(await made(chat, "!explore", CAT))[2] == ["Again", *OTHERS]
    for sheet in ("!tour", "!presets"):
        assert labels(await made(chat, sheet, CAT)) == [OTHERS]


# Again, Deeper


async def test_noise_again_is_other_noise_as_large(chat: Chat) -> None:
    first = await made(chat, "!noise swirls strength=0.5 size=320 seed=7")
    await chat.restart()
    second = await pressed(chat, "Again", first)
    one, other = chat.pool.seen
    assert one.with_(seed=0) == other.with_(seed=0)
    assert one.seed != other.seed
    assert chat.sizes() == [(320, 320)] * 2
    assert "**Swirls from noise**" in second.content
    assert labels(second) == labels(first)
    assert (await job_of(chat, second)).parent_id == (await job_of(chat, first)).id
    begun = [body["content"] for _, body in chat.asked("PATCH", "@original") if "content" in body]
    assert begun[0].endswith("got it, one moment…"), "there is no picture to look at"


async def test_noise_is_dreamt_on_from(chat: Chat) -> None:
    first = await made(chat, "!noise swirls strength=0.5 size=320")
    second = await pressed(chat, "Deeper", first)
    one, other = chat.pool.seen
    assert other.with_(seed=one.seed, start=one.start) == one
    assert other.start == "picture"
    assert chat.pool.dreamt[1]
    assert second.content.startswith("✦ **Swirls** ·")
    assert "Tweak" in labels(second)[0]
    assert chat.sizes() == [(320, 320)] * 2


async def test_what_was_imagined_is_imagined_again(chat: Chat) -> None:
    first = await made(chat, "!imagine 134 size=128")
    second = await pressed(chat, "Again", first)
    one, other = chat.pool.imagined
    assert one.with_(seed=0) == other.with_(seed=0)
    assert one.seed != other.seed
    assert "**crane, imagined**" in second.content


async def test_what_was_imagined_is_dreamt_on_in_the_servers_preset(chat: Chat) -> None:
    first = await made(chat, "!imagine banana")
    await chat.bot.parts.guilds.change(chat.alice.guild.id, lambda _: Rules(preset="strokes"))
    second = await pressed(chat, "Deeper", first)
    assert second.content.startswith("✦ **Strokes** ·")
    assert chat.pool.dreamt[-1]


async def test_four_other_ways_from_the_same(chat: Chat) -> None:
    first = await made(chat, "!explore strokes size=300 seed=7", CAT)
    await pressed(chat, "Again", first)
    one, other = chat.pool.sheets
    assert [recipe.with_(seed=7) for _, recipe in other.stops] == [r for _, r in one.stops]
    assert other.stops[0][1].seed != 7


@pytest.mark.parametrize("label", ["Again", "Deeper"])
async def test_what_was_made_of_nothing_is_for_whoever_asked(chat: Chat, label: str) -> None:
    result = await made(chat, "!noise")
    shown = await press(chat, label, result, chat.bob)
    assert shown.ephemeral
    assert "Reply to it with `!dream`" in said(shown)
    assert len(chat.answers()) == 1


# Switched off


@pytest.mark.parametrize("asked", ["!noise", "!imagine banana"])
async def test_noise_is_not_made_again_where_it_is_switched_off(chat: Chat, asked: str) -> None:
    result = await made(chat, asked)
    await switch_off(chat, Thing.NOISE)
    assert "moderators have switched off" in await refused(chat, "Again", result)
    await pressed(chat, "Deeper", result)


async def test_a_sheet_is_not_varied_where_exploring_is_switched_off(chat: Chat) -> None:
    sheet = await made(chat, "!explore", CAT)
    await switch_off(chat, Thing.EXPLORE)
    for label in ("Again", "Vary 2"):
        assert "moderators have switched off exploring" in await refused(chat, label, sheet)
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
    assert said(asked) == "Deleted: **Four ways from Classic**."


async def test_what_is_called_off_is_called_as_everywhere(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!noise")
    await chat.until(lambda: "octave" in chat.answer().content)
    shown = await press(chat, "Cancel", chat.answer())
    assert said(shown).startswith("Stopping **Classic from noise**")

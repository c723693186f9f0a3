"""What docs/places.md says: where the bot works, and what people are told where something lacks."""

from pathlib import Path

import discord
import pytest
from discord.ext import commands
from simcord.backend.models.channel import Overwrite
from simcord.builders import ChannelHandle
from simcord.enums import OverwriteType

from bot.ui import words
from tests.bot.chat import Chat, open_chat, picture

CAT = ("cat.png", picture())
DOG = ("dog.png", picture((40, 30)))
PAGE = (Path(__file__).parents[3] / "docs" / "places.md").read_text()


async def place(chat: Chat, kind: str) -> ChannelHandle:
    """A place of that kind on the server, which Discord has told the bot of."""
    guild, backend = chat.alice.guild, chat.env.backend
    match kind:
        case "thread":
            made = backend.create_thread(chat.channel.id, "talk", owner_id=chat.alice.id)
        case "forum post":
            forum = guild.create_forum_channel("forum")
            made = backend.create_thread(forum.id, "post", owner_id=chat.alice.id)
        case "news":
            return guild.create_news_channel("news")
        case "stage":
            return guild.create_stage_channel("stage")
        case _:
            return guild.create_voice_channel("voice")
    await chat.env.settle()
    return ChannelHandle(chat.env, guild, made)


@pytest.mark.parametrize("kind", ["thread", "forum post", "news", "voice", "stage"])
async def test_all_works_there(chat: Chat, kind: str) -> None:
    there = await place(chat, kind)
    await chat.alice.send(there, "!dream", attachments=[CAT])
    await chat.until(lambda: len(chat.dreams(there)) == 1)
    await chat.bob.send(there, "look", attachments=[DOG])
    await chat.alice.slash(there, "dream")
    await chat.until(lambda: len(chat.dreams(there)) == 2)
    assert chat.sizes(there) == [(64, 48), (40, 30)]
    posted = there.history()[-2]
    await chat.bob.context_menu(there, words.DREAM_THIS, chat.dreams(there)[0])
    await chat.until(lambda: len(chat.dreams(there)) == 3)
    assert posted.channel.id == there.id
    await chat.alice.send(there, "!help")
    assert chat.answers(there)[-1].embeds


async def test_all_works_in_direct_messages(chat: Chat) -> None:
    private = chat.alice.user.dm_channel
    files = chat.env.backend.store_attachments(private.id, [CAT])
    await chat.alice.send_dm("!dream", attachments=files)
    await chat.until(lambda: len(chat.dreams(private)) == 1)
    await chat.alice.user.slash("dream", image=CAT)
    await chat.until(lambda: len(chat.dreams(private)) == 2)
    await chat.alice.send_dm("!quota")
    assert "**18** of 20" in str(chat.answers(private)[-1].embeds[0].description)


@pytest.mark.parametrize("permission", ["embed_links", "attach_files", "send_messages_in_threads"])
@pytest.mark.parametrize("kind", ["thread", "forum post", "voice"])
async def test_what_the_bot_lacks_is_named_wherever_it_is(
    chat: Chat, kind: str, permission: str
) -> None:
    if kind == "voice" and permission == "send_messages_in_threads":
        permission = "send_messages"
    chat.expected += (commands.BotMissingPermissions,)
    there = await place(chat, kind)
    inside = chat.env.backend.get_channel(there.id)
    parent = chat.env.backend.get_channel(inside.parent_id) if inside.parent_id else inside
    deny(chat, parent.id, permission)
    await chat.env.settle()
    await chat.alice.send(there, "!dream", attachments=[CAT])
    private = chat.alice.user.dm_channel
    said = [*chat.answers(there), *chat.answers(private)]
    assert [words.permission(permission) in message.content for message in said] == [True]
    shown = await chat.alice.slash(there, "dream", image=CAT)
    assert shown.ephemeral
    assert shown.response is not None
    assert words.permission(permission) in shown.response.content
    assert not chat.pool.seen


async def test_a_dream_in_a_thread_that_was_closed_reaches_its_person(chat: Chat) -> None:
    there = await place(chat, "thread")
    chat.pool.gate.clear()
    await chat.alice.send(there, "!dream", attachments=[CAT])
    await chat.until(lambda: chat.pool.seen)
    chat.env.inject_error(
        "PATCH", f"/channels/{there.id}/messages/*", status=400, code=50083, times=None
    )
    chat.pool.gate.set()
    await chat.until(lambda: chat.dreams(there))


async def test_without_the_intent_a_mention_works_in_a_thread(tmp_path: Path) -> None:
    async with open_chat(tmp_path, message_content=False) as chat:
        there = await place(chat, "thread")
        await chat.alice.send(there, "!dream", attachments=[CAT])
        assert not chat.answers(there)
        await chat.alice.send(there, f"{chat.me.mention} dream", attachments=[CAT])
        await chat.until(lambda: chat.dreams(there))


def deny(chat: Chat, channel_id: int, permission: str) -> None:
    """The bot loses that permission in a channel and in its threads."""
    denied = discord.Permissions(**{permission: True}).value
    channel = chat.env.backend.get_channel(channel_id)
    channel.overwrites.append(Overwrite(chat.me.id, OverwriteType.MEMBER, 0, denied))
    chat.env.backend.announce_channel_update(channel_id)


def test_the_page_names_this_file() -> None:
    assert Path(__file__).name in PAGE

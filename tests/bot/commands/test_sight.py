"""Which pictures are shown where."""

import discord
import pytest
import simcord.backend.cdn
from simcord.backend import serializers
from simcord.builders import ChannelHandle

from bot.commands import sight
from bot.ui import words
from tests.bot.chat import Chat, picture

CAT = ("cat.png", picture())
DOG = ("dog.png", picture((40, 30)))


def restrict(chat: Chat, channel: ChannelHandle) -> ChannelHandle:
    """Discord tells that only adults may see it."""
    backend = chat.env.backend
    payload = dict(serializers.channel_payload(backend, backend.get_channel(channel.id)))
    backend.emit("CHANNEL_UPDATE", {**payload, "nsfw": True})
    return channel


async def restricted(chat: Chat, name: str = "restricted") -> ChannelHandle:
    channel = restrict(chat, chat.alice.guild.create_text_channel(name))
    await chat.env.settle()
    return channel


async def forwarded(chat: Chat, text: str, to: ChannelHandle, message: discord.Message) -> int:
    """Alice forwards a message, with a text; the id of hers."""
    reference = {"type": 1, "channel_id": str(message.channel.id), "message_id": str(message.id)}
    posted = chat.env.backend.create_message(to.id, chat.alice.id, text, reference=reference)
    await chat.env.settle()
    return int(posted.id)


async def test_a_forward_from_an_age_restricted_channel_is_not_dreamt_outside(chat: Chat) -> None:
    there = await restricted(chat)
    posted = await chat.bob.send(there, "look", attachments=[DOG])
    await forwarded(chat, "!dream", chat.channel, posted)
    assert chat.answer().content == words.age_restricted()
    assert not chat.pool.seen
    await forwarded(chat, "!dream", await restricted(chat, "another"), posted)
    await chat.until(lambda: chat.pool.seen)


async def test_nor_is_a_reply_to_one_nor_its_menu(chat: Chat) -> None:
    posted = await chat.bob.send(await restricted(chat), "look", attachments=[DOG])
    carried = await forwarded(chat, "see", chat.channel, posted)
    message = discord.utils.get(chat.channel.history(), id=carried)
    assert message is not None
    await chat.bob.send(chat.channel, "!dream", reply_to=message)
    assert chat.answer().content == words.age_restricted()
    shown = await chat.bob.context_menu(chat.channel, words.DREAM_THIS, message)
    assert shown.ephemeral
    assert shown.response is not None
    assert shown.response.content == words.age_restricted()


async def test_it_is_passed_over_as_the_newest(chat: Chat) -> None:
    posted = await chat.bob.send(await restricted(chat), "look", attachments=[DOG])
    await chat.bob.send(chat.channel, "older", attachments=[CAT])
    await forwarded(chat, "see", chat.channel, posted)
    await chat.alice.send(chat.channel, "!dream")
    await chat.result()
    assert chat.sizes() == [(64, 48)]


async def test_a_thread_is_as_restricted_as_its_channel(chat: Chat) -> None:
    there = await restricted(chat)
    thread = chat.env.backend.create_thread(there.id, "talk", owner_id=chat.bob.id)
    await chat.env.settle()
    inside = ChannelHandle(chat.env, chat.alice.guild, thread)
    posted = await chat.bob.send(inside, "look", attachments=[DOG])
    await forwarded(chat, "!dream", chat.channel, posted)
    assert chat.answer().content == words.age_restricted()
    await chat.alice.send(inside, "!dream", reply_to=posted)
    await chat.until(lambda: chat.dreams(inside))


async def test_so_is_one_that_sleeps_which_the_bot_has_to_ask_for(chat: Chat) -> None:
    there = await restricted(chat)
    thread = chat.env.backend.create_thread(there.id, "talk", owner_id=chat.bob.id)
    await chat.env.settle()
    known = chat.bot.get_channel(thread.id)
    assert isinstance(known, discord.Thread)
    known.guild._remove_thread(known)
    link = f"https://cdn.discordapp.com/attachments/{thread.id}/123456789012345678/dog.png"
    await chat.alice.send(chat.channel, f"!dream {link}")
    await chat.until(lambda: chat.answer().content == words.age_restricted())


async def test_a_direct_message_is_no_age_restricted_place(chat: Chat) -> None:
    posted = await chat.bob.send(await restricted(chat), "look", attachments=[DOG])
    private = chat.alice.user.dm_channel
    await forwarded(chat, "!dream", private, posted)
    assert chat.answer(private).content == words.age_restricted()


@pytest.mark.parametrize("how", ["typed", "slash"])
async def test_a_link_to_a_file_of_an_age_restricted_channel_is_not_followed_outside(
    chat: Chat, how: str
) -> None:
    there = await restricted(chat)
    link = f"https://cdn.discordapp.com/attachments/{there.id}/123456789012345678/dog.png?ex=1"
    if how == "typed":
        await chat.alice.send(chat.channel, f"!dream {link}")
    else:
        await chat.alice.slash(chat.channel, "dream", link=link)
    await chat.until(lambda: chat.answer().content == words.age_restricted())


async def test_a_link_to_a_file_of_a_channel_one_cannot_see_is_not_followed(chat: Chat) -> None:
    hidden = discord.PermissionOverwrite(view_channel=False)
    closed = chat.alice.guild.create_text_channel("closed", overwrites={chat.alice: hidden})
    await chat.env.settle()
    link = f"https://media.discordapp.net/attachments/{closed.id}/123456789012345678/dog.png"
    await chat.alice.send(chat.channel, f"!dream {link}")
    await chat.until(lambda: chat.answer().content == words.out_of_sight())
    await chat.bob.send(chat.channel, f"!dream {link}")
    # Bob sees that channel, so it is fetched, or would be if these tests followed links.
    assert "I don't follow that link" in chat.answers()[1].content


def test_the_channel_of_a_file_is_read_from_its_address() -> None:
    number = 123456789012345678
    for address in (
        f"https://cdn.discordapp.com/attachments/{number}/1/a.png",
        f"https://media.discordapp.net/attachments/{number}/1/a.png?width=5",
        f"https://images-ext-1.discordapp.net/external/x/https/cdn.discordapp.com/attachments/{number}/1/a",
    ):
        assert sight.origins(None, address) == {number}
    for address in (
        f"https://example.org/attachments/{number}/1/a.png",
        f"https://cdn.discordapp.com/avatars/{number}/a.png",
        simcord.backend.cdn.CDN_BASE,
    ):
        assert not sight.origins(None, address)


async def test_nothing_is_asked_of_discord_but_of_the_channel_one_asks_in(chat: Chat) -> None:
    there = await restricted(chat)
    posted = await chat.bob.send(there, "look", attachments=[DOG])
    await chat.bob.send(chat.channel, "words")
    await forwarded(chat, "!dream", chat.channel, posted)
    await chat.alice.send(chat.channel, "!dream")
    await chat.alice.slash(chat.channel, "dream")
    await chat.settled()
    asked = {path for path, _ in chat.asked("GET") if "/messages" in path}
    assert asked
    assert all(path.startswith(f"/channels/{chat.channel.id}/") for path in asked), asked

"""Hello on a server that the bot was just added to."""

from datetime import timedelta

import discord
import pytest
from simcord.backend import serializers
from simcord.builders import ChannelHandle, GuildHandle

from bot.arrivals import Arrivals
from bot.commands.greeting import NEWLY
from bot.database import DatabaseAway
from tests.bot.chat import Chat

MAY_NOT = discord.PermissionOverwrite(send_messages=False)


def server(chat: Chat, *, locale: str = "en-US") -> GuildHandle:
    """A server of which the bot knows nothing yet."""
    guild = chat.env.create_guild("elsewhere", preferred_locale=locale)
    chat.env.backend.emit("GUILD_DELETE", {"id": str(guild.id)})
    return guild


async def added(chat: Chat, guild: GuildHandle, *, unavailable: bool | None = None) -> None:
    """Discord tells of the server: as new, or as available again."""
    stored = chat.env.backend.get_guild(guild.id)
    payload = dict(serializers.guild_create_payload(chat.env.backend, stored))
    del payload["unavailable"]
    if unavailable is not None:
        payload["unavailable"] = unavailable
    chat.env.backend.emit("GUILD_CREATE", payload)
    await chat.env.settle()


def came(chat: Chat, guild: GuildHandle, ago: timedelta) -> None:
    """The bot came to that server so long ago."""
    member = chat.env.backend.get_member(guild.id, chat.me.id)
    member.joined_at = (chat.env.now() - ago).isoformat()


def hellos(chat: Chat, *channels: ChannelHandle) -> list[int]:
    """How many there are in each channel."""
    return [len(chat.answers(channel)) for channel in channels]


def text(chat: Chat, channel: ChannelHandle) -> str:
    [card] = chat.answer(channel).embeds
    return f"{card.title}\n{card.description}"


async def test_a_new_server_is_told_what_there_is(chat: Chat) -> None:
    guild = server(chat)
    channel = guild.create_text_channel("general")
    await added(chat, guild)
    said = text(chat, channel)
    for needed in ("/dream", "!dream", "/help", "/dreams settings", "/privacy", "72 hours"):
        assert needed in said
    assert "@" not in said
    [(_, body)] = chat.asked("POST", f"/channels/{channel.id}/messages")
    assert body["allowed_mentions"] == {"parse": []}


async def test_it_is_said_in_the_servers_language(chat: Chat) -> None:
    guild = server(chat, locale="de")
    channel = guild.create_text_channel("allgemein")
    await added(chat, guild)
    assert "Hallo" in text(chat, channel)


async def test_it_is_said_where_discord_greets_new_members(chat: Chat) -> None:
    guild = server(chat)
    first, greetings = (guild.create_text_channel(name) for name in ("rules", "hello"))
    chat.env.backend.get_guild(guild.id).system_channel_id = greetings.id
    await added(chat, guild)
    assert hellos(chat, first, greetings) == [0, 1]


async def test_elsewhere_it_is_said_in_the_first_channel_that_allows_it(chat: Chat) -> None:
    guild = server(chat)
    below = guild.create_category("below")
    last = guild.create_text_channel("last", category=below)
    closed = [
        guild.create_text_channel(name, overwrites={chat.me: discord.PermissionOverwrite(**denied)})
        for name, denied in (
            ("unseen", {"view_channel": False}),
            ("unspoken", {"send_messages": False}),
            ("bare", {"embed_links": False}),
        )
    ]
    guild.create_news_channel("news")
    guild.create_voice_channel("talk")
    first = guild.create_text_channel("open")
    chat.env.backend.get_guild(guild.id).system_channel_id = closed[1].id
    await added(chat, guild)
    assert hellos(chat, *closed, first, last) == [0, 0, 0, 1, 0]


async def test_where_it_may_speak_nowhere_it_says_nothing_to_anybody(chat: Chat) -> None:
    guild = server(chat)
    channel = guild.create_text_channel("closed", overwrites={chat.me: MAY_NOT})
    await added(chat, guild)
    assert not chat.asked("POST", "/messages")
    assert hellos(chat, channel) == [0]


async def test_it_is_said_once_however_often_discord_tells(chat: Chat) -> None:
    guild = server(chat)
    channel = guild.create_text_channel("general")
    await added(chat, guild)
    await added(chat, guild)
    assert hellos(chat, channel) == [1]
    await chat.restart()
    await added(chat, guild)
    assert hellos(chat, channel) == [1]


async def test_of_two_bots_on_one_database_one_says_it(chat: Chat) -> None:
    guild = server(chat)
    channel = guild.create_text_channel("general")
    came(chat, guild, timedelta())
    since = discord.utils.parse_time(chat.env.backend.get_member(guild.id, chat.me.id).joined_at)
    assert await Arrivals(chat.database).is_new(guild.id, since)
    await added(chat, guild)
    assert hellos(chat, channel) == [0]


async def test_who_is_added_again_says_it_again(chat: Chat) -> None:
    guild = server(chat)
    came(chat, guild, NEWLY / 2)
    channel = guild.create_text_channel("general")
    await added(chat, guild)
    chat.env.backend.emit("GUILD_DELETE", {"id": str(guild.id)})
    came(chat, guild, timedelta())
    await added(chat, guild)
    assert hellos(chat, channel) == [2]


async def test_a_server_it_was_on_before_is_not_new(chat: Chat) -> None:
    guild = server(chat)
    channel = guild.create_text_channel("general")
    await added(chat, guild, unavailable=False)
    assert hellos(chat, channel) == [0]
    # After an outage Discord may tell of one as if it were.
    chat.env.backend.emit("GUILD_DELETE", {"id": str(guild.id)})
    came(chat, guild, NEWLY + timedelta(minutes=1))
    await added(chat, guild)
    assert hellos(chat, channel) == [0]


async def test_without_the_database_nothing_is_said(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    guild = server(chat)
    channel = guild.create_text_channel("general")

    async def away(*_: object) -> bool:
        raise DatabaseAway("gone")

    monkeypatch.setattr(chat.bot.parts.arrivals, "is_new", away)
    await added(chat, guild)
    assert hellos(chat, channel) == [0]

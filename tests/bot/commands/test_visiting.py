"""People who take the bot along: to a server that never had it, where it can only answer them."""

from pathlib import Path
from typing import Any

import discord
import pytest
from discord.ext import commands
from simcord import interactions
from simcord.builders import ChannelHandle

from bot.jobs.job import State
from bot.ui import messenger, words
from dream import NetworkUnavailable
from tests.bot.chat import Chat, open_chat, picture
from tests.bot.jobs import books

CAT = ("cat.png", picture())
DOG = ("dog.png", picture((40, 30)))


async def away(chat: Chat) -> ChannelHandle:
    """The bot knows nothing of the server any more, and is let do nothing there."""
    channel = chat.channel
    chat.env.backend.emit("GUILD_DELETE", {"id": str(chat.alice.guild.id)})
    await chat.env.settle()
    for method in ("GET", "POST", "PATCH", "DELETE"):
        chat.env.inject_error(
            method, f"/channels/{channel.id}*", status=403, code=50001, times=None
        )
    return channel


def tokens_die(chat: Chat) -> None:
    """Discord has forgotten what was asked, as after a quarter of an hour."""
    chat.env.inject_error("PATCH", "/webhooks/*", status=401, code=50027, times=None)


def private(chat: Chat) -> ChannelHandle:
    return chat.alice.user.dm_channel


async def ended(chat: Chat) -> None:
    await books.until_books(chat.database, lambda now: len(now.told) == len(now.jobs) == 1)


async def test_a_dream_grows_and_arrives_in_the_answer(chat: Chat) -> None:
    there = await away(chat)
    chat.pool.gate.clear()
    await chat.alice.slash(there, "dream", image=CAT)
    await chat.until(lambda: "octave" in chat.answer(there).content)
    chat.pool.gate.set()
    await chat.result(there)
    await ended(chat)
    assert not chat.answers(private(chat))
    assert not [path for path, _ in chat.asked("PATCH") if path.startswith("/channels/")]


async def test_a_conversation_with_others_is_such_a_place(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The library of the tests knows only direct messages to the bot; Discord says which it is."""
    plain = interactions.base_payload

    def among_people(*given: Any, **named: Any) -> Any:
        record, payload = plain(*given, **named)
        return record, payload | {"context": 2, "app_permissions": str(1 << 15)}

    monkeypatch.setattr(interactions, "base_payload", among_people)
    there = private(chat)
    await chat.alice.user.slash("dream")
    await chat.until(lambda: "Attach a picture" in chat.answer(there).content)
    await chat.alice.user.slash("dream", image=CAT)
    await chat.until(lambda: chat.dreams(there))
    [job] = await chat.bot.parts.history.last(chat.alice.id)
    assert job.place.visiting
    assert not [path for path, _ in chat.asked("PATCH") if path.startswith("/channels/")]


async def test_the_menu_of_a_message_works_too(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[DOG])
    there = await away(chat)
    await chat.alice.context_menu(there, words.DREAM_THIS, posted)
    await chat.result(there)
    assert chat.sizes(there) == [(40, 30)]


@pytest.mark.parametrize("how", ["known", "unknown"])
async def test_what_comes_too_late_is_sent_to_its_person(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    there = await away(chat)
    if how == "known":
        # Of another bot, or of this one before a restart: nobody has the token.
        monkeypatch.setattr(messenger, "BORROWED", -1.0)
    chat.pool.gate.clear()
    await chat.alice.slash(there, "dream", image=CAT)
    await chat.until(lambda: chat.pool.seen)
    tokens_die(chat)
    chat.pool.gate.set()
    await chat.until(lambda: chat.dreams(private(chat)))
    await ended(chat)
    [told] = chat.answers(private(chat))
    assert f"<#{there.id}>" in told.content
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_who_cannot_be_reached_finds_it_in_their_history(chat: Chat) -> None:
    there = await away(chat)
    chat.pool.gate.clear()
    await chat.alice.slash(there, "dream", image=CAT)
    await chat.until(lambda: chat.pool.seen)
    tokens_die(chat)
    chat.env.inject_error("POST", "/users/@me/channels", status=403, code=50007, times=None)
    chat.pool.gate.set()
    await ended(chat)
    [job] = await chat.bot.parts.history.last(chat.alice.id)
    assert job.state is State.KEPT
    assert (await chat.submission.balance(chat.alice.id)).used == 0


async def test_that_it_failed_is_told_there(chat: Chat) -> None:
    there = await away(chat)
    chat.pool.error = NetworkUnavailable("There is no network googlenet here.")
    await chat.alice.slash(there, "dream", image=CAT)
    await chat.until(lambda: "Sorry" in chat.answer(there).content)
    assert "credit is back" in chat.answer(there).content


async def test_a_file_too_large_or_a_server_in_trouble_is_no_lost_token(chat: Chat) -> None:
    there = await away(chat)
    chat.pool.gate.clear()
    await chat.alice.slash(there, "dream", image=CAT)
    await chat.until(lambda: chat.pool.seen)
    await chat.settled()
    chat.env.inject_error("PATCH", "/webhooks/*", status=503, times=2)
    chat.pool.gate.set()
    await chat.result(there)
    assert not chat.answers(private(chat))


async def test_without_a_picture_nothing_is_looked_for(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[DOG])
    there = await away(chat)
    await chat.alice.slash(there, "dream")
    await chat.until(lambda: "Attach a picture" in chat.answer(there).content)
    assert not chat.asked("GET", "/messages")


async def test_where_files_are_not_allowed_that_is_said(chat: Chat) -> None:
    chat.expected += (commands.BotMissingPermissions,)
    denied = discord.PermissionOverwrite(attach_files=False)
    chat.channel = chat.alice.guild.create_text_channel("bare", overwrites={chat.me: denied})
    there = await away(chat)
    shown = await chat.alice.slash(there, "dream", image=CAT)
    assert shown.ephemeral
    assert shown.response is not None
    assert "Attach Files" in shown.response.content


@pytest.mark.parametrize(
    "command", ["help", "presets", "quota", "history", "forget", "privacy", "terms"]
)
async def test_what_concerns_oneself_works_there(chat: Chat, command: str) -> None:
    there = await away(chat)
    shown = await chat.alice.slash(there, command)
    assert shown.ephemeral
    assert shown.response is not None
    assert shown.response.embeds or shown.response.content


async def test_no_server_is_charged_and_no_channel_is_read_after_a_restart(chat: Chat) -> None:
    there = await away(chat)
    await chat.alice.slash(there, "dream", image=CAT)
    await chat.result(there)
    await ended(chat)
    [job] = await chat.bot.parts.history.last(chat.alice.id)
    assert job.place.visiting
    assert job.place.guild_id is None
    await chat.restart()
    assert there.id not in chat.bot.parts.seen.gap


def told(chat: Chat) -> dict[str, tuple[list[int], list[int] | None]]:
    """What Discord was told of each command: who may install it, and where it is offered."""
    registered: Any = next(
        request.json
        for request in chat.env.http_requests
        if request.method == "PUT" and request.path.endswith("/commands")
    )
    return {each["name"]: (each["integration_types"], each["contexts"]) for each in registered}


async def test_commands_are_for_servers_where_the_application_is(chat: Chat) -> None:
    offered = told(chat)
    assert all(installs == [0] for installs, _ in offered.values())
    assert offered["dream"] == ([0], [0, 1])


async def test_commands_are_taken_along_where_the_application_may_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discord.AppInfo, "user_integration_config", object())
    async with open_chat(tmp_path) as chat:
        offered = told(chat)
    for command in ("dream", "forget", words.DREAM_THIS):
        assert offered[command] == ([0, 1], [0, 1, 2])
    assert offered["admin"][0] == [0]

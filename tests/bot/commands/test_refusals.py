"""Wishes that can't be met: one sentence each, and no charge."""

import asyncio
from functools import partial
from pathlib import Path

import discord
import pytest
from discord.ext import commands
from simcord.builders import ChannelHandle

from bot.commands import context, errors
from bot.ui.insisting import Later, insist
from dream import NetworkUnavailable, NotAPicture
from tests.bot.chat import Chat, animation, open_chat, picture

CAT = ("cat.png", picture())


@pytest.mark.parametrize(
    ("file", "says"),
    [
        (("cat.png", b"no picture at all"), "picture"),
        (("cat.jpg", picture(kind="JPEG")[:-200]), "broken"),
        (("cat.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "PNG"),
        (("large.png", bytes(2**20 + 1)), "1 MB"),
        (("wide.png", picture((1001, 1000))), "pixel"),
    ],
    ids=["not a picture", "broken", "unread format", "too many bytes", "too many pixels"],
)
async def test_bad_input_is_one_sentence_and_free(
    chat: Chat, file: tuple[str, bytes], says: str
) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[file])
    await chat.until(lambda: "got it" not in chat.answer().content)
    text = chat.answer().content
    assert says in text
    assert "Traceback" not in text
    assert len(text) < 300
    assert not chat.answer().attachments
    assert (await chat.submission.balance(chat.alice.id)).used == 0
    assert not chat.pool.seen


async def test_of_an_animation_the_first_frame_is_dreamt_and_that_is_said(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[("a.gif", animation())])
    assert "first of its 3 frames" in (await chat.result()).content


@pytest.mark.parametrize("asked", ["!dream", "!dream of electric sheep"])
async def test_an_answer_that_discord_does_not_take_for_a_while_comes_later(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, asked: str
) -> None:
    monkeypatch.setattr(context, "insist", partial(insist, patience=0.2))
    monkeypatch.setattr(errors, "AGAIN", 0.2)
    chat.expected += (Later,)
    chat.env.inject_error("POST", f"/channels/{chat.channel.id}/messages", status=503, times=7)
    await chat.alice.send(chat.channel, asked, attachments=[CAT])
    await chat.until(chat.answers)
    await chat.until(lambda: chat.dreams() or "sheep" in chat.answer().content)
    assert len(chat.answers()) == 1


async def test_without_a_picture_one_learns_how(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream")
    assert "Attach a picture to `!dream`" in chat.answer().content


async def test_a_reply_to_words_alone_tells_how(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "words")
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    assert "Attach a picture" in chat.answer().content


async def test_an_unknown_preset_names_the_nearest(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream strikes *@everyone*", attachments=[CAT])
    text = chat.answer().content
    assert "strokes" in text
    assert r"\*@everyone\*" in text, "what was typed is shown as it is"
    assert not chat.answer().mention_everyone


async def test_a_used_up_quota_tells_when_to_come_back(tmp_path: Path) -> None:
    async with open_chat(tmp_path, daily_credits=1) as chat:
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await chat.until(chat.dreams)
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        assert "<t:" in chat.answers()[1].content
        await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
        await chat.until(lambda: len(chat.dreams()) == 2)


async def test_who_may_not_dream_is_told_before_their_picture_is_fetched(tmp_path: Path) -> None:
    async with open_chat(tmp_path, cooldown_seconds=3600.0) as chat:
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await chat.until(chat.dreams)
        chat.pool.probe_error = AssertionError("it was fetched and looked at")
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        assert "your next dream <t:" in chat.answers()[1].content


async def test_a_failed_dream_is_told_and_refunded(chat: Chat) -> None:
    chat.pool.error = NetworkUnavailable("There is no network googlenet here.")
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "Sorry" in chat.answer().content)
    answer = chat.answer()
    assert "no network googlenet" in answer.content
    assert "credit is back" in answer.content
    assert not answer.attachments, "its preview is no result"
    assert (await chat.submission.balance(chat.alice.id)).used == 0


async def test_a_picture_gone_meanwhile_is_told(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    chat.env.backend.cdn._blobs.clear()
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    assert "gone" in chat.answer().content


async def test_a_refusal_whose_first_answer_was_deleted_is_posted_anew(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def probe(_: bytes) -> None:
        chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
        raise NotAPicture("This is no picture.")

    monkeypatch.setattr(chat.pool, "probe", probe)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    assert chat.answer().content == "This is no picture."


async def test_a_stopping_bot_leaves_typed_wishes_to_the_next(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.bob.send(chat.channel, "good morning")
    with monkeypatch.context() as patch:
        patch.setattr(chat.bot.parts.acceptance, "_open", False)
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await chat.bot.parts.seen.flush()
        assert not chat.answers()
    await chat.restart()
    await chat.result()


async def test_a_stopping_bot_takes_no_wishes_by_slash(chat: Chat) -> None:
    await chat.bot.parts.acceptance.stop(1)
    shown = await chat.alice.slash(chat.channel, "dream", image=CAT)
    assert shown.response is not None
    assert "restarted" in shown.response.content


async def test_a_bot_stops_only_when_a_wish_under_way_is_a_job(chat: Chat) -> None:
    acceptance = chat.bot.parts.acceptance
    sending = asyncio.create_task(chat.alice.send(chat.channel, "!dream", attachments=[CAT]))
    await chat.until(lambda: acceptance.under_way)
    await acceptance.stop(5)
    await sending
    await chat.result()


# What the bot may do


@pytest.mark.parametrize(
    ("denied", "named"),
    [("attach_files", "Attach Files"), ("read_message_history", "Read Message History")],
)
async def test_a_missing_permission_is_named_before_any_work(
    chat: Chat, denied: str, named: str
) -> None:
    chat.expected += (commands.BotMissingPermissions,)
    channel = _channel_where_the_bot_lacks(chat, denied)
    await chat.alice.send(channel, "!dream", attachments=[CAT])
    text = chat.answer(channel).content
    assert named in text
    assert "Send Messages" not in text
    shown = await chat.alice.slash(channel, "dream", image=CAT)
    assert shown.ephemeral
    assert shown.response is not None
    assert named in shown.response.content
    assert not chat.pool.seen


async def test_where_the_bot_may_not_write_it_says_so_privately(chat: Chat) -> None:
    chat.expected += (commands.BotMissingPermissions,)
    channel = _channel_where_the_bot_lacks(chat, "send_messages")
    await chat.alice.send(channel, "!dream", attachments=[CAT])
    text = chat.answer(chat.alice.user.dm_channel).content
    assert "Send Messages" in text
    assert channel.mention in text


def _channel_where_the_bot_lacks(chat: Chat, permission: str) -> ChannelHandle:
    assert chat.bot.user is not None
    denied = discord.PermissionOverwrite(**{permission: False})
    return chat.alice.guild.create_text_channel("closed", overwrites={chat.bot.user: denied})

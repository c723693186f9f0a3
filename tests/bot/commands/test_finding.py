"""Where the picture of a wish comes from, and that people are told which one it was."""

from typing import Any

import discord
import pytest
import simcord.backend.cdn
from simcord.actors import MemberActor
from simcord.backend.models.message import MessageSticker
from simcord.builders import ChannelHandle

from bot.commands.finding import LOOKED_BACK
from bot.outside import Outside
from bot.ui import words
from tests.bot.chat import Chat, picture

CAT = ("cat.png", picture())
DOG = ("dog.png", picture((40, 30)))
TEXT = ("notes.txt", b"text")


def put_on_the_server(chat: Chat, path: str, data: bytes) -> str:
    """Have Discord's file server give that out; its address."""
    url = f"{simcord.backend.cdn.CDN_BASE}{path}"
    chat.env.backend.cdn._blobs[url] = data
    return url


async def post(
    chat: Chat, who: MemberActor, text: str, channel: ChannelHandle | None = None, **more: Any
) -> discord.Message:
    """Post what the library of the tests has no way for: stickers, embeds."""
    place = channel or chat.channel
    message = chat.env.backend.create_message(place.id, who.id, text, **more)
    await chat.env.settle()
    found = discord.utils.get(place.history(), id=message.id)
    assert found is not None
    return found


def embed(chat: Chat, data: bytes, *, proxied: bool = True) -> dict[str, Any]:
    """A picture as Discord shows it behind a link."""
    url = put_on_the_server(chat, "/external/picture", data)
    media = {"url": "http://10.0.0.1/picture.png"}
    return {"type": "image", "thumbnail": media | ({"proxy_url": url} if proxied else {})}


def sticker(chat: Chat, monkeypatch: pytest.MonkeyPatch, kind: int, data: bytes) -> MessageSticker:
    monkeypatch.setattr(discord.Asset, "BASE", simcord.backend.cdn.CDN_BASE)
    put_on_the_server(chat, "/stickers/77.png", data)
    return MessageSticker(77, "wave", kind, chat.alice.guild.id)


def calls_nobody(chat: Chat) -> bool:
    """Whether all that the bot posted and edited says that nobody is to be notified."""
    said = [body for method in ("POST", "PATCH") for _, body in chat.asked(method)]
    said = [body for body in said if "content" in body]
    return all(not body["allowed_mentions"].get("parse") for body in said) and bool(said)


# Pointed at


async def test_where_it_is_obvious_nothing_is_said(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    assert "I dreamt" not in (await chat.result()).content


async def test_an_attachment_goes_before_a_reply_and_that_is_said(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.send(chat.channel, "!dream", reply_to=posted, attachments=[DOG])
    assert "-# I dreamt the picture you attached" in (await chat.result()).content
    assert chat.sizes() == [(40, 30)]


async def test_a_reply_goes_before_an_avatar_and_nobody_is_called(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[DOG])
    await chat.alice.send(chat.channel, "!dream avatar", reply_to=posted)
    result = await chat.result()
    assert f"-# I dreamt the picture of {chat.bob.mention}'s message" in result.content
    assert calls_nobody(chat)
    assert chat.sizes() == [(40, 30)]


async def test_of_several_pictures_there_the_first_is_dreamt_and_that_is_said(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[TEXT, DOG, CAT])
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    result = await chat.result()
    assert f"first of the 2 pictures in {chat.bob.mention}'s message" in result.content
    assert chat.sizes() == [(40, 30)]


async def test_the_picture_that_an_embed_shows_is_dreamt(chat: Chat) -> None:
    posted = await post(chat, chat.bob, "a link", embeds=[embed(chat, DOG[1])])
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    await chat.result()
    assert chat.sizes() == [(40, 30)]


async def test_an_embed_that_discord_has_no_copy_of_is_held_to_the_rules_of_links(
    chat: Chat,
) -> None:
    posted = await post(chat, chat.bob, "a link", embeds=[embed(chat, DOG[1], proxied=False)])
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    assert "I don't follow that link" in chat.answer().content


async def test_a_link_is_followed(chat: Chat) -> None:
    intake = chat.bot.parts.acceptance._intake
    own = Outside(hosts=[], own=[simcord.backend.cdn.CDN_BASE], most=2**20)
    intake._outside = own
    link = put_on_the_server(chat, "/elsewhere/picture", DOG[1])
    await chat.alice.send(chat.channel, f"!dream {link} strokes")
    assert "Strokes" in (await chat.result()).content
    assert chat.sizes() == [(40, 30)]
    await own.close()


@pytest.mark.parametrize("link", ["http://127.0.0.1:1/a.png", "https://internal.example/a.png"])
async def test_a_link_to_elsewhere_is_refused_and_nothing_else_is_taken(
    chat: Chat, link: str
) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.send(chat.channel, f"!dream {link}")
    assert "I don't follow that link" in chat.answer().content
    shown = await chat.alice.slash(chat.channel, "dream", link=link)
    assert shown.response is not None
    await chat.until(lambda: "I don't follow" in chat.answers()[1].content)
    assert not chat.pool.seen


async def test_what_is_no_link_is_told_privately(chat: Chat) -> None:
    shown = await chat.alice.slash(chat.channel, "dream", link="cat.png")
    assert shown.ephemeral
    assert shown.response is not None
    assert shown.response.content == words.not_a_link()


async def test_what_a_message_forwards_is_dreamt(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[DOG])
    await chat.bob.send(chat.channel, "newer", attachments=[CAT])
    reference = {"type": 1, "channel_id": str(chat.channel.id), "message_id": str(posted.id)}
    await post(chat, chat.alice, "!dream", reference=reference)
    await chat.result()
    assert chat.sizes() == [(40, 30)]


async def test_a_sticker_is_dreamt(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    wave = sticker(chat, monkeypatch, 1, DOG[1])
    await post(chat, chat.alice, "!dream", stickers=[wave])
    await chat.result()
    assert chat.sizes() == [(40, 30)]


async def test_a_sticker_without_pixels_is_refused(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[CAT])
    wave = sticker(chat, monkeypatch, 3, b"{}")
    posted = await post(chat, chat.alice, "!dream", stickers=[wave])
    assert chat.answer().content == words.sticker_is_drawn()
    await chat.bob.send(chat.channel, "!dream", reply_to=posted)
    assert chat.answers()[1].content == words.sticker_is_drawn()


@pytest.mark.parametrize("by", ["mention", "number"])
async def test_somebodys_avatar_is_dreamt(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    monkeypatch.setattr(discord.Asset, "BASE", simcord.backend.cdn.CDN_BASE)
    chat.env.backend.get_user(chat.bob.id).avatar = "b0b"
    put_on_the_server(chat, f"/avatars/{chat.bob.id}/b0b.png", DOG[1])
    await chat.bob.send(chat.channel, "look", attachments=[CAT])
    whom = chat.bob.mention if by == "mention" else str(chat.bob.id)
    await chat.alice.send(chat.channel, f"!dream avatar:{whom} strokes")
    assert f"-# I dreamt {chat.bob.mention}'s avatar" in (await chat.result()).content
    assert chat.sizes() == [(40, 30)]


async def test_ones_own_avatar_is_dreamt(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discord.Asset, "BASE", simcord.backend.cdn.CDN_BASE)
    number = (chat.alice.id >> 22) % 6
    put_on_the_server(chat, f"/embed/avatars/{number}.png", DOG[1])
    await chat.alice.send(chat.channel, "!dream avatar")
    assert "-# I dreamt your avatar" in (await chat.result()).content
    await chat.bob.slash(chat.channel, "dream", person=chat.alice)
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert f"-# I dreamt {chat.alice.mention}'s avatar" in chat.dreams()[1].content


async def test_nobodys_avatar_is_told(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream avatar:123456789012345678")
    assert chat.answer().content == words.nobody()


async def test_a_file_that_claims_to_be_no_picture_is_looked_at_for_want_of_a_better(
    chat: Chat,
) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.send(chat.channel, "!dream", attachments=[("holiday", DOG[1])])
    await chat.result()
    assert chat.sizes() == [(40, 30)]


async def test_a_dream_on_its_way_is_no_picture_yet(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: chat.answer().attachments)
    await chat.bob.send(chat.channel, "!dream", reply_to=chat.answer())
    await chat.until(lambda: chat.answers()[1].content == words.still_dreaming())
    shown = await chat.bob.context_menu(chat.channel, words.DREAM_THIS, chat.answers()[0])
    assert shown.response is not None
    assert shown.response.content == words.still_dreaming()


# The newest one around


async def test_the_newest_picture_is_taken_where_nothing_is_pointed_at(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "old", attachments=[CAT])
    await chat.bob.send(chat.channel, "newer", attachments=[DOG])
    await chat.bob.send(chat.channel, "words")
    await chat.alice.send(chat.channel, "!dream strokes")
    result = await chat.result()
    assert f"-# I dreamt the newest picture here, by {chat.bob.mention}" in result.content
    assert calls_nobody(chat)
    assert chat.sizes() == [(40, 30)]


async def test_a_slash_command_takes_the_newest_too(chat: Chat) -> None:
    await post(chat, chat.bob, "a link", embeds=[embed(chat, DOG[1])])
    await chat.alice.slash(chat.channel, "dream")
    assert "the newest picture here" in (await chat.result()).content
    assert chat.sizes() == [(40, 30)]


async def test_of_several_newest_the_first_is_taken(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "two", attachments=[DOG, CAT])
    await chat.alice.send(chat.channel, "!dream")
    said = (await chat.result()).content
    assert f"the newest here, the first of the 2 pictures in {chat.bob.mention}'s" in said
    assert chat.sizes() == [(40, 30)]


async def test_a_dream_is_a_picture_and_can_be_dreamt_deeper(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[DOG])
    await chat.result()
    await chat.bob.send(chat.channel, "!dream strokes")
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert chat.me.mention in chat.dreams()[1].content
    assert chat.sizes()[1] == (40, 30)


async def test_what_a_dream_looks_like_on_its_way_is_passed_over(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[DOG])
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: chat.answer().attachments)
    await chat.alice.send(chat.channel, "!dream")
    # Alice's own message has the newest, which isn't the preview below it.
    chat.pool.gate.set()
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert chat.alice.mention in chat.dreams()[1].content
    assert chat.sizes()[1] == (64, 48)


async def test_what_was_posted_later_or_hidden_or_long_ago_is_not_taken(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "long ago", attachments=[CAT])
    for number in range(LOOKED_BACK - 1):
        chat.post_unheard(chat.bob, f"thing {number}")
    await chat.bob.send(chat.channel, "hidden", attachments=[("SPOILER_cat.png", CAT[1])])
    await chat.alice.send(chat.channel, "!dream")
    assert chat.answer().content.startswith("I find no picture here.")
    assert "Attach a picture to `!dream`" in chat.answer().content


async def test_who_may_not_read_what_was_said_gets_nothing_of_it(chat: Chat) -> None:
    denied = discord.PermissionOverwrite(read_message_history=False)
    closed = chat.alice.guild.create_text_channel("closed", overwrites={chat.alice: denied})
    await chat.bob.send(closed, "look", attachments=[CAT])
    await chat.alice.send(closed, "!dream")
    assert chat.answer(closed).content.startswith("Attach a picture")
    await chat.alice.slash(closed, "dream")
    await chat.until(lambda: chat.answers(closed)[1].content.startswith("Attach a picture"))
    assert not chat.asked("GET", f"/channels/{closed.id}/messages")
    await chat.bob.send(closed, "!dream")
    await chat.until(lambda: chat.dreams(closed))


async def test_a_reply_to_words_takes_nothing_else(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[CAT])
    posted = await chat.bob.send(chat.channel, "words")
    await chat.alice.send(chat.channel, "!dream", reply_to=posted)
    assert "Attach a picture" in chat.answer().content


async def test_a_history_that_discord_does_not_give_for_a_moment_is_asked_for_again(
    chat: Chat,
) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[CAT])
    chat.env.inject_error("GET", f"/channels/{chat.channel.id}/messages", status=503, times=2)
    await chat.alice.send(chat.channel, "!dream")
    await chat.result()


async def test_a_picture_that_is_gone_by_the_second_sight_takes_back_no_dream(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    message = await chat.alice.send(chat.channel, "!dream")
    result = await chat.result()
    chat.env.backend.delete_message(chat.channel.id, posted.id)
    stored = chat.env.backend.get_message(chat.channel.id, message.id)
    chat.env.backend.announce_message_create(stored)
    await chat.env.settle()
    await chat.settled()
    assert chat.answer().content == result.content


async def test_in_direct_messages_the_newest_is_taken_as_well(chat: Chat) -> None:
    private = chat.alice.user.dm_channel
    files = chat.env.backend.store_attachments(private.id, [DOG])
    await chat.alice.send_dm("look", attachments=files)
    await chat.alice.send_dm("!dream")
    assert "the newest picture here" in (await chat.result(private)).content


async def test_a_person_who_is_forgotten_is_named_in_no_remark(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "look", attachments=[DOG])
    await chat.alice.send(chat.channel, "!dream")
    answer = await chat.result()
    await chat.bot.parts.forgetting.forget(chat.bob.id)
    [job] = await chat.bot.parts.history.last(chat.alice.id)
    assert job.place.answer_id == answer.id
    assert str(chat.bob.id) not in job.remark

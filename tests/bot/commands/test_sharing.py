"""Dreams in the gallery: hung up by their owners or by stars, counted, and taken out again."""

from dataclasses import dataclass, replace
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle

from bot.database.ledger import Act
from bot.errors import Refusal
from tests.bot.chat import Chat, picture
from tests.bot.commands.test_buttons import said
from tests.bot.commands.test_sight import restrict

CAT = ("cat.png", picture())


@dataclass
class Salon:
    """A chat whose server has a gallery, with a dream of Alice's."""

    chat: Chat
    gallery: ChannelHandle

    @property
    def dream(self) -> discord.Message:
        [dream] = self.chat.dreams()
        return dream

    @property
    def guild_id(self) -> int:
        return self.chat.alice.guild.id

    def posts(self) -> list[discord.Message]:
        """What hangs in the gallery."""
        return self.chat.answers(self.gallery)

    def person(self, name: str) -> MemberActor:
        return self.chat.alice.guild.add_member(self.chat.env.create_user(name))

    async def says(self, person: MemberActor, typed: str, *, to: discord.Message | None) -> str:
        """The bot's answer to a command."""
        await person.send(self.chat.channel, typed, reply_to=to)
        last = self.chat.answers()[-1]
        return last.content or str(last.embeds[0].description)

    async def rule(self, **rules: Any) -> None:
        await self.chat.bot.parts.guilds.change(self.guild_id, lambda now: replace(now, **rules))


@pytest.fixture
async def salon(chat: Chat) -> Salon:
    gallery = chat.alice.guild.create_text_channel("gallery")
    salon = Salon(chat, gallery)
    await salon.rule(gallery_channel_id=gallery.id, stars=2)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.result()
    return salon


async def test_its_owner_hangs_a_dream_up_with_credit_and_a_way_back_and_once(
    salon: Salon,
) -> None:
    told = await salon.says(salon.chat.alice, "!share", to=salon.dream)
    [post] = salon.posts()
    assert post.jump_url in told
    assert post.content.startswith(f"**Classic**, dreamt by <@{salon.chat.alice.id}> · #DeepDream")
    assert f"(<{salon.dream.jump_url}>)" in post.content
    assert post.attachments[0].filename == salon.dream.attachments[0].filename
    [(_, body)] = salon.chat.asked("POST", f"/channels/{salon.gallery.id}/messages")
    assert body["allowed_mentions"] == {"parse": []}
    told = await salon.says(salon.chat.alice, "!share", to=None)
    assert told == f"It hangs there already: {post.jump_url}"
    assert len(salon.posts()) == 1


async def test_a_dream_that_is_kept_no_more_is_taken_from_its_message(salon: Salon) -> None:
    for file in salon.chat.pictures.rglob("*"):
        if file.is_file():
            file.unlink()
    await salon.says(salon.chat.alice, "!share", to=salon.dream)
    [post] = salon.posts()
    assert post.attachments[0].size == salon.dream.attachments[0].size


async def test_what_is_nobodys_to_share_stays_where_it_is(salon: Salon) -> None:
    chat = salon.chat
    assert "Only who dreamt it" in await salon.says(chat.bob, "!share", to=salon.dream)
    asked = next(m for m in chat.channel.history() if m.author.id == chat.alice.id)
    assert "isn't a finished dream" in await salon.says(chat.alice, "!share", to=asked)
    assert "I found no dream of yours here" in await salon.says(chat.bob, "!share", to=None)
    await salon.rule(gallery_channel_id=None)
    assert "no gallery yet" in await salon.says(chat.alice, "!share", to=salon.dream)
    await salon.rule(gallery_channel_id=12345)
    assert "isn't there any more" in await salon.says(chat.alice, "!share", to=salon.dream)
    assert salon.posts() == []


async def test_who_may_not_dream_may_not_share(salon: Salon) -> None:
    chat = salon.chat
    act = Act(1, chat.alice.id, salon.guild_id, chat.bob.id, "enough", discord.utils.utcnow())
    await chat.bot.parts.acts.block(act, None)
    assert "You can't share here just now" in await salon.says(chat.alice, "!share", to=salon.dream)
    assert salon.posts() == []


async def test_a_gallery_that_the_bot_may_not_post_in_is_named(salon: Salon) -> None:
    denied = discord.PermissionOverwrite(attach_files=False)
    guild = salon.chat.alice.guild
    closed = guild.create_text_channel("closed", overwrites={salon.chat.me: denied})
    await salon.rule(gallery_channel_id=closed.id)
    told = await salon.says(salon.chat.alice, "!share", to=salon.dream)
    assert f"I may not post pictures in <#{closed.id}>" in told


async def test_what_was_dreamt_in_an_age_restricted_channel_stays_there(chat: Chat) -> None:
    secret = chat.alice.guild.create_text_channel("secret")
    restrict(chat, secret)
    gallery = chat.alice.guild.create_text_channel("gallery")
    salon = Salon(chat, gallery)
    await salon.rule(gallery_channel_id=gallery.id)
    await chat.alice.send(secret, "!dream", attachments=[CAT])
    await chat.until(lambda: chat.dreams(secret))
    await chat.alice.send(secret, "!share", reply_to=chat.dreams(secret)[0])
    assert "age-restricted" in chat.answers(secret)[-1].content
    assert salon.posts() == []


async def test_enough_stars_ask_its_owner_once(salon: Salon) -> None:
    chat, carol = salon.chat, salon.person("carol")
    await chat.alice.react(salon.dream, "⭐")
    await chat.bob.react(salon.dream, "⭐")
    assert len(chat.answers()) == 1, "its owner's own star doesn't count"
    await carol.react(salon.dream, "⭐")
    question = chat.answers()[-1]
    assert f"<@{chat.alice.id}>, 2 people gave this a ⭐" in question.content
    assert [person.id for person in question.mentions] == [chat.alice.id]
    await carol.unreact(salon.dream, "⭐")
    await carol.react(salon.dream, "⭐")
    assert len(chat.answers()) == 2
    assert salon.posts() == []


async def test_stars_hang_it_up_if_its_owner_wants_that_always_and_not_if_never(
    salon: Salon,
) -> None:
    chat, carol = salon.chat, salon.person("carol")
    assert "only when you share them" in await salon.says(chat.alice, "!stars never", to=None)
    await chat.bob.react(salon.dream, "⭐")
    await carol.react(salon.dream, "⭐")
    assert salon.posts() == []
    assert "it goes into the gallery" in await salon.says(chat.alice, "!stars always", to=None)
    await carol.unreact(salon.dream, "⭐")
    await carol.react(salon.dream, "⭐")
    [post] = salon.posts()
    assert "1. [Classic]" in await salon.says(chat.bob, "!gallery", to=None)
    await chat.bob.react(post, "⭐")
    await salon.person("dave").react(post, "⭐")
    told = await salon.says(chat.bob, "!gallery", to=None)
    [card] = chat.answers()[-1].embeds
    assert card.image.url == post.attachments[0].url
    assert told == f"1. [Classic]({post.jump_url}) · <@{chat.alice.id}> · ⭐ 3"


async def test_where_stars_hang_nothing_up_people_share_and_stars_are_counted(
    salon: Salon,
) -> None:
    await salon.rule(stars=0)
    chat, carol = salon.chat, salon.person("carol")
    await salon.says(chat.alice, "!stars always", to=None)
    await carol.react(salon.dream, "⭐")
    assert salon.posts() == []
    await salon.says(chat.alice, "!share", to=salon.dream)
    [post] = salon.posts()
    await chat.bob.react(post, "⭐")
    assert "⭐ 2" in await salon.says(chat.bob, "!gallery", to=None)


async def test_the_best_ones_picture_is_not_shown_where_it_may_not_be(salon: Salon) -> None:
    chat = salon.chat

    async def pictured(to: MemberActor = chat.bob) -> bool:
        assert "1. [Classic]" in await salon.says(to, "!gallery", to=None)
        return chat.answers()[-1].embeds[0].image.url is not None

    await salon.says(chat.alice, "!share", to=salon.dream)
    gallery = chat.bot.get_channel(salon.gallery.id)
    assert isinstance(gallery, discord.TextChannel)
    everybody = gallery.guild.default_role
    gallery.nsfw = True
    assert not await pictured()
    gallery.nsfw = False
    assert await pictured()
    await gallery.set_permissions(gallery.guild.me, view_channel=True)
    await gallery.set_permissions(everybody, view_channel=False)
    assert not await pictured()
    await gallery.set_permissions(everybody, view_channel=True)
    await salon.posts()[0].delete()
    assert not await pictured(salon.person("carol"))


@pytest.mark.parametrize("emoji", ["👍", "🌟"])
async def test_other_reactions_do_nothing(salon: Salon, emoji: str) -> None:
    await salon.chat.alice.send(salon.chat.channel, "!stars always")
    await salon.chat.bob.react(salon.dream, emoji)
    await salon.person("carol").react(salon.dream, emoji)
    assert salon.posts() == []


async def test_its_owner_or_a_moderator_takes_it_out_and_stars_do_not_bring_it_back(
    salon: Salon,
) -> None:
    chat, carol = salon.chat, salon.person("carol")
    await salon.says(chat.alice, "!stars always", to=None)
    await salon.says(chat.alice, "!share", to=salon.dream)
    [post] = salon.posts()
    assert "Only who dreamt it" in await salon.says(chat.bob, "!unshare", to=salon.dream)
    await carol.send(salon.gallery, "!unshare", reply_to=post)
    assert "Only who dreamt it" in chat.answers(salon.gallery)[-1].content
    role = chat.alice.guild.create_role(
        "moderators", permissions=discord.Permissions(manage_messages=True)
    )
    moderator = chat.alice.guild.add_member(chat.env.create_user("mod"), roles=[role])
    assert "I took **Classic** out" in await salon.says(moderator, "!unshare", to=salon.dream)
    assert post.id not in [left.id for left in salon.posts()]
    await chat.bob.react(salon.dream, "⭐")
    await carol.react(salon.dream, "⭐")
    assert not any(left.attachments for left in salon.posts())
    assert "hangs in the gallery now" in await salon.says(chat.alice, "!share", to=salon.dream)


async def test_a_post_that_was_made_by_a_bot_that_died_over_it_is_found_again(
    salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*_: object) -> bool:
        raise Refusal("as if killed")

    gallery = salon.chat.bot.parts.gallery
    with monkeypatch.context() as patch:
        patch.setattr(type(gallery), "posted", dies)
        assert "as if killed" in await salon.says(salon.chat.alice, "!share", to=salon.dream)
    salon.chat.env.backend.advance_clock(3600)
    await salon.chat.restart()
    await salon.says(salon.chat.alice, "!share", to=salon.dream)
    assert len(salon.posts()) == 1


async def test_the_button_shares_for_its_owner_also_after_a_restart(salon: Salon) -> None:
    chat = salon.chat
    told = await chat.bob.click(salon.dream, label="Share")
    assert "Only who dreamt it" in said(told)
    await chat.restart()
    told = await chat.alice.click(salon.dream, label="Share")
    assert "hangs in the gallery now" in said(told)
    assert len(salon.posts()) == 1


async def test_the_question_of_stars_has_the_button(salon: Salon) -> None:
    chat = salon.chat
    await chat.bob.react(salon.dream, "⭐")
    await salon.person("carol").react(salon.dream, "⭐")
    await chat.alice.click(chat.answers()[-1], label="Share")
    assert len(salon.posts()) == 1


async def test_a_dream_that_is_deleted_leaves_the_gallery_too(salon: Salon) -> None:
    chat = salon.chat
    await salon.says(chat.alice, "!share", to=salon.dream)
    asked = await chat.alice.click(salon.dream, label="Delete")
    assert asked.response is not None
    await chat.alice.click(asked.response, label="Delete")
    assert chat.dreams() == []
    assert not any(post.attachments for post in salon.posts())


async def test_a_week_without_dreams_says_how_to_begin(salon: Salon) -> None:
    assert "makes a beginning" in await salon.says(salon.chat.bob, "!gallery", to=None)


async def test_whoever_is_forgotten_has_nothing_in_the_books_of_the_gallery(salon: Salon) -> None:
    chat = salon.chat
    await salon.says(chat.alice, "!share", to=salon.dream)
    job = await chat.bot.parts.gallery.shown_in(salon.dream.id)
    assert job is not None
    await chat.forgetting.forget(chat.alice.id)
    assert await chat.bot.parts.gallery.share_of(job.id) is None

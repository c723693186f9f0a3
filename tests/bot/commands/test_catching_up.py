"""What was asked for while the bot was away, as people see it when it is back."""

from functools import partial
from itertools import count

import aiohttp
import discord
import pytest
from sqlalchemy import delete

from bot import client
from bot.acceptance import Acceptance, Accepted, Wish
from bot.commands import errors
from bot.commands.catching_up import AGAIN, LATEST
from bot.database import seen
from bot.database.models import SeenRow
from bot.errors import Refusal
from bot.ui import words
from bot.ui.insisting import insist
from tests.bot.chat import Chat, picture

CAT = ("cat.png", picture())


async def seen_something(chat: Chat) -> None:
    """The bot has listened, and written that it did."""
    await chat.bob.send(chat.channel, "good morning")
    await chat.bot.parts.seen.write()


async def test_a_request_of_meanwhile_becomes_a_dream(chat: Chat) -> None:
    await seen_something(chat)
    asked = chat.post_unheard(chat.alice, "!dream strokes", CAT)
    await chat.restart()
    result = await chat.result()
    assert result.reference is not None
    assert result.reference.message_id == asked
    assert "Strokes" in result.content
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_a_request_whose_author_can_not_be_asked_for_waits_until_they_can(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.expected += (aiohttp.ClientError,)
    await seen_something(chat)
    asked = chat.post_unheard(chat.alice, "!dream", CAT)
    monkeypatch.setattr(client, "insist", partial(insist, patience=0.0))
    monkeypatch.setattr(errors, "AGAIN", 0.2)
    really, tries = discord.Guild.fetch_member, count()

    async def fetch_member(guild: discord.Guild, number: int) -> discord.Member:
        if next(tries) < 2:
            raise aiohttp.ServerDisconnectedError
        return await really(guild, number)

    monkeypatch.setattr(discord.Guild, "fetch_member", fetch_member)
    await chat.restart()
    result = await chat.result()
    assert result.reference is not None
    assert result.reference.message_id == asked
    assert next(tries) == 3


async def test_a_mention_of_meanwhile_is_a_request_too(chat: Chat) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.alice, f"{chat.me.mention} dream", CAT)
    await chat.restart()
    await chat.result()


async def test_all_requests_of_meanwhile_are_found_in_every_channel(chat: Chat) -> None:
    await seen_something(chat)
    quiet = chat.alice.guild.create_text_channel("quiet")
    chat.post_unheard(chat.alice, "!dream", CAT)
    chat.post_unheard(chat.bob, "words")
    chat.post_unheard(chat.bob, "!dream", CAT)
    chat.post_unheard(chat.alice, "!dream", CAT, channel=quiet)
    await chat.restart()
    await chat.until(lambda: len(chat.dreams()) == 2)
    await chat.result(quiet)


async def test_a_request_is_found_however_much_was_said_after_it(chat: Chat) -> None:
    await seen_something(chat)
    asked = chat.post_unheard(chat.alice, "!dream", CAT)
    for number in range(LATEST + 50):
        chat.post_unheard(chat.bob, f"thing {number}")
    await chat.restart()
    result = await chat.result()
    assert result.reference is not None
    assert result.reference.message_id == asked


async def test_a_request_in_a_thread_is_found(chat: Chat) -> None:
    await seen_something(chat)
    there = chat.bot.get_channel(chat.channel.id)
    assert isinstance(there, discord.TextChannel)
    await there.create_thread(name="night", type=discord.ChannelType.public_thread)
    [thread] = chat.channel.threads
    chat.post_unheard(chat.alice, "!dream", CAT, channel=thread)
    await chat.restart()
    await chat.result(thread)


async def test_a_thread_that_was_asleep_for_long_is_found_awake(chat: Chat) -> None:
    there = chat.bot.get_channel(chat.channel.id)
    assert isinstance(there, discord.TextChannel)
    thread = await there.create_thread(name="night", type=discord.ChannelType.public_thread)
    [place] = chat.channel.threads
    # What the bot isn't told of at its start.
    there.guild._remove_thread(thread)
    await chat.alice.send(place, "!dream", attachments=[CAT])
    await chat.result(place)


async def test_a_request_in_direct_messages_is_found(chat: Chat) -> None:
    await chat.alice.send_dm("hello")
    await chat.bot.parts.seen.write()
    private = chat.alice.user.dm_channel
    chat.post_unheard(chat.alice, "!dream", CAT, channel=private)
    await chat.restart()
    await chat.result(private)


async def test_what_was_answered_is_not_answered_again(chat: Chat) -> None:
    await seen_something(chat)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.result()
    await chat.alice.send(chat.channel, "!dream strikes")
    await chat.alice.send(chat.channel, "!help")
    before = len(chat.answers())
    # None of this was written: the bot was killed just then.
    await chat.restart()
    await chat.settled()
    assert len(chat.answers()) == before
    assert len(chat.pool.seen) == 1


async def test_a_job_whose_answer_was_deleted_is_not_taken_again(chat: Chat) -> None:
    await seen_something(chat)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.result()
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    await chat.restart()
    await chat.settled()
    assert not chat.answers()
    assert len(chat.pool.seen) == 1


async def test_an_answer_that_a_killed_bot_left_behind_becomes_the_dream(chat: Chat) -> None:
    await seen_something(chat)
    asked = chat.post_unheard(chat.alice, "!dream", CAT)
    left = chat.post_unheard(chat.me, words.got_it("Classic"), reply_to=asked)
    await chat.restart()
    assert (await chat.result()).id == left


async def test_what_is_older_than_an_hour_gets_no_answer(chat: Chat) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.env.advance_time(3601)
    late = chat.post_unheard(chat.bob, "!dream", CAT)
    await chat.restart()
    result = await chat.result()
    assert result.reference is not None
    assert result.reference.message_id == late


async def test_a_new_bot_looks_at_nothing_that_was_said_before(chat: Chat) -> None:
    async with chat.database.transaction() as session:
        await session.execute(delete(SeenRow))
    chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.restart()
    await chat.settled()
    assert not chat.answers()
    assert not chat.asked("GET", "/messages")


async def test_a_bot_that_was_killed_before_it_saw_anything_knows_when_it_began(
    chat: Chat,
) -> None:
    chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.restart()
    await chat.result()


async def test_only_channels_with_something_new_are_looked_through(chat: Chat) -> None:
    others = [chat.alice.guild.create_text_channel(f"other-{n}") for n in range(3)]
    for channel in others:
        await chat.bob.send(channel, "hello")
    await seen_something(chat)
    chat.post_unheard(chat.alice, "hello", channel=others[1])
    await chat.restart()
    looked = [path for path, _ in chat.asked("GET", "/messages")]
    assert looked == [f"/channels/{others[1].id}/messages"]


async def test_what_may_not_be_read_is_passed_over(chat: Chat) -> None:
    denied = discord.PermissionOverwrite(read_message_history=False)
    closed = chat.alice.guild.create_text_channel("closed", overwrites={chat.me: denied})
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", CAT, channel=closed)
    chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.restart()
    await chat.result()
    assert not chat.answers(closed)


async def test_a_channel_that_fails_hides_no_other(chat: Chat) -> None:
    other = chat.alice.guild.create_text_channel("other")
    await seen_something(chat)
    for channel in (chat.channel, other):
        chat.post_unheard(chat.alice, "!dream", CAT, channel=channel)
    chat.env.inject_error("GET", f"/channels/{chat.channel.id}/messages", status=403, code=50001)
    await chat.restart()
    await chat.result(other)


async def test_a_channel_that_fails_for_a_moment_is_looked_through(chat: Chat) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", CAT)
    chat.env.inject_error("GET", f"/channels/{chat.channel.id}/messages", status=503, times=2)
    await chat.restart()
    await chat.env.advance_time(5)
    await chat.result()


async def test_a_channel_that_stays_closed_is_looked_through_later(chat: Chat) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", CAT)
    chat.env.inject_error("GET", f"/channels/{chat.channel.id}/messages", status=503, times=10)
    await chat.restart()
    await chat.env.advance_time(30)
    assert not chat.answers()
    await chat.bob.send(chat.channel, "anybody here?")
    await chat.env.advance_time(AGAIN * 3)
    await chat.result()


async def test_what_a_closed_channel_hides_is_found_by_the_next_bot(chat: Chat) -> None:
    other = chat.alice.guild.create_text_channel("other")
    await chat.bob.send(other, "good morning")
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", CAT)
    chat.env.inject_error("GET", f"/channels/{chat.channel.id}/messages", status=503, times=10)
    await chat.restart()
    await chat.env.advance_time(30)
    await chat.bob.send(chat.channel, "anybody here?")
    await chat.bob.send(other, "or here?")
    await chat.bot.parts.seen.flush()
    chat.env.backend.faults.clear()
    await chat.restart()
    await chat.result()


async def test_a_slash_command_that_a_killed_bot_left_behind_is_told_so(chat: Chat) -> None:
    await seen_something(chat)
    left = chat.post_unheard(chat.me, words.got_it("Classic"))
    await chat.env.advance_time(121)
    await chat.restart()
    answer = chat.answer()
    assert (answer.id, answer.content) == (left, words.left_behind())


async def test_a_button_that_a_killed_bot_left_behind_is_told_so(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    await seen_something(chat)
    left = chat.post_unheard(chat.me, words.got_it("Classic"), reply_to=result.id)
    user = {"id": str(chat.alice.id), "username": "alice", "discriminator": "0", "avatar": None}
    owners: dict[str, str] = {}
    metadata = {"id": "1", "type": 3, "user": user, "authorizing_integration_owners": owners}
    chat.env.backend.get_message(chat.channel.id, left).interaction_metadata = metadata
    await chat.env.advance_time(121)
    await chat.restart()
    assert [said.content for said in chat.answers() if said.id == left] == [words.left_behind()]


async def test_one_that_was_left_behind_just_now_is_told_later(chat: Chat) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.me, words.got_it("Classic"))
    await chat.restart()
    assert chat.answer().content == words.got_it("Classic")
    await chat.env.advance_time(AGAIN * 3)
    assert chat.answer().content == words.left_behind()


async def test_an_answer_that_a_job_owns_is_left_to_it(chat: Chat) -> None:
    await chat.alice.slash(chat.channel, "dream", image=CAT)
    answer = await chat.result()
    await seen_something(chat)
    stored = chat.env.backend.get_message(chat.channel.id, answer.id)
    stored.content = words.got_it("Classic")
    chat.post_unheard(chat.bob, "hello")
    await chat.env.advance_time(121)
    await chat.restart()
    assert chat.answer().content == words.got_it("Classic")


async def test_the_answer_to_a_slash_command_under_way_was_not_seen_yet(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seen_something(chat)
    marks: list[int] = []

    async def killed(_: Acceptance, wish: Wish) -> Accepted:
        # The gateway brings it too, as everything that is posted.
        with chat.bot.parts.seen.dealing_with(None, chat.channel.id, wish.place.answer_id):
            pass
        await chat.bot.parts.seen.write()
        async with chat.database.transaction() as session:
            marks.append((await seen.marks(session))[chat.channel.id].message_id)
        marks.append(wish.place.answer_id)
        raise Refusal("Killed.")

    monkeypatch.setattr(Acceptance, "accept", killed)
    await chat.alice.slash(chat.channel, "dream", image=CAT)
    written, answer = marks
    assert written < answer


async def test_what_a_stopping_bot_leaves_alone_is_found_by_the_next(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", CAT)
    with monkeypatch.context() as stopping:
        stopping.setattr(Acceptance, "open", False)
        await chat.restart()
        await chat.settled()
        await chat.bob.send(chat.channel, "good evening")
        await chat.bot.parts.seen.flush()
    assert not chat.answers()
    await chat.restart()
    await chat.result()


async def test_other_bots_and_other_words_are_left_alone(chat: Chat) -> None:
    await seen_something(chat)
    robot = chat.alice.guild.add_member(chat.env.create_user("robot", bot=True))
    chat.post_unheard(robot, "!dream", CAT)
    chat.post_unheard(chat.alice, "!weather")
    chat.post_unheard(chat.alice, "dream", CAT)
    await chat.restart()
    await chat.settled()
    assert not chat.answers()


async def test_the_gateway_and_the_history_bring_one_request_once(chat: Chat) -> None:
    await seen_something(chat)
    asked = chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.restart()
    await chat.result()
    chat.env.backend.announce_message_create(chat.env.backend.get_message(chat.channel.id, asked))
    await chat.env.settle()
    await chat.settled()
    assert len(chat.asked("POST", "/messages")) == 1


async def test_catching_up_twice_is_catching_up_once(chat: Chat) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.restart()
    await chat.result()
    await chat.restart()
    await chat.settled()
    assert len(chat.answers()) == 1
    assert len(chat.pool.seen) == 1


async def test_nothing_is_written_of_messages_that_nobody_has_looked_for(chat: Chat) -> None:
    await seen_something(chat)
    chat.bot.parts.seen.lost_sight(0)
    chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.bob.send(chat.channel, "anybody here?")
    await chat.bot.parts.seen.flush()
    await chat.restart()
    await chat.result()

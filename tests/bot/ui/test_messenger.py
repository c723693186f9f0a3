"""How a dream reaches its person when the plain way is closed."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.jobs import delivery
from bot.jobs.delivery import SMALLEST_FILE
from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, Kind, Place, Result, State
from bot.jobs.messenger import Telling
from bot.jobs.ulid import ulid
from bot.ui.messenger import REQUEST_LIMIT, DiscordMessenger
from dream import NetworkUnavailable, Progress, Recipe
from tests.bot.chat import Chat, noise, open_chat, picture

CAT = ("cat.png", picture())


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path) as chat:
        chat.pool.gate.clear()
        yield chat


async def growing(chat: Chat) -> None:
    """A dream of Alice's has begun to grow."""
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answer().content)


async def test_an_answer_deleted_meanwhile_is_posted_anew(chat: Chat) -> None:
    await growing(chat)
    request = chat.channel.history()[0]
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.gate.set()
    result = await chat.result()
    assert "Classic" in result.content
    assert result.reference is not None
    assert result.reference.message_id == request.id
    post = chat.asked("POST", "/messages")[-1][1]
    assert post["enforce_nonce"]
    assert len(post["nonce"]) <= 25


async def test_a_gone_answer_gets_no_more_progress(chat: Chat) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.steps = 1
    chat.pool.gate.set()
    await chat.result()
    assert len(chat.asked("PATCH")) <= 3


async def test_the_request_may_be_gone_too(chat: Chat) -> None:
    await growing(chat)
    for message in chat.channel.history():
        chat.env.backend.delete_message(chat.channel.id, message.id)
    chat.pool.gate.set()
    await chat.result()


async def test_an_answer_to_a_slash_command_says_whom_it_is_for(chat: Chat) -> None:
    await chat.alice.slash(chat.channel, "dream", image=CAT)
    await chat.until(lambda: "octave" in chat.answer().content)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.gate.set()
    result = await chat.result()
    assert chat.alice.mention in result.content
    post = chat.asked("POST", "/messages")[-1][1]
    assert post["allowed_mentions"]["parse"] == [], "nobody is pinged"


async def test_a_closed_channel_leads_to_a_direct_message(chat: Chat) -> None:
    await growing(chat)
    path = f"/channels/{chat.channel.id}/*"
    chat.env.inject_error("*", path, status=403, code=50001, times=None)
    chat.pool.gate.set()
    result = await chat.result(chat.alice.user.dm_channel)
    assert chat.channel.mention in result.content
    assert "Classic" in result.content


async def test_a_channel_that_is_gone_leads_to_a_direct_message(chat: Chat) -> None:
    await growing(chat)
    path = f"/channels/{chat.channel.id}/*"
    chat.env.inject_error("*", path, status=404, code=10003, times=None)
    chat.pool.gate.set()
    await chat.result(chat.alice.user.dm_channel)


async def test_one_who_may_not_post_anew_writes_privately(chat: Chat) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    path = f"/channels/{chat.channel.id}/messages"
    chat.env.inject_error("POST", path, status=403, code=50013, times=None)
    chat.pool.gate.set()
    await chat.result(chat.alice.user.dm_channel)


async def test_without_history_the_new_post_is_no_reply(chat: Chat) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    path = f"/channels/{chat.channel.id}/messages"
    chat.env.inject_error("POST", path, status=400, code=160002)
    chat.pool.gate.set()
    result = await chat.result()
    assert result.reference is None
    assert chat.alice.mention in result.content


@pytest.mark.parametrize(("status", "code"), [(413, 40005), (413, 0), (400, 40005)])
async def test_a_result_too_large_for_its_place_is_made_to_fit(
    chat: Chat, status: int, code: int
) -> None:
    chat.pool.result = noise((400, 300))
    chat.pool.steps = 1
    await growing(chat)
    await chat.settled()
    path = f"/channels/{chat.channel.id}/messages/*"
    chat.env.inject_error("PATCH", path, status=status, code=code)
    chat.pool.gate.set()
    [file] = (await chat.result()).attachments
    assert file.filename.endswith(".jpg")
    assert SMALLEST_FILE < file.size < len(chat.pool.result)
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_a_result_that_is_not_taken_at_any_size_is_told_in_its_place(chat: Chat) -> None:
    chat.pool.result = noise((400, 300))
    chat.pool.steps = 1
    await growing(chat)
    await chat.settled()
    path = f"/channels/{chat.channel.id}/messages/*"
    chat.env.inject_error("PATCH", path, status=413, code=40005, times=3)
    chat.pool.gate.set()
    await chat.until(lambda: "wouldn't take the finished picture" in chat.answer().content)
    assert "Your credit is back" in chat.answer().content
    assert not chat.answer().attachments
    assert (await chat.submission.balance(chat.alice.id)).used == 0


async def test_who_is_out_of_reach_is_not_charged_and_finds_it_in_the_history(chat: Chat) -> None:
    await growing(chat)
    chat.env.inject_error("*", "/channels/*", status=403, code=50007, times=None)
    chat.pool.gate.set()
    used = 1
    while used:
        await chat.settled()
        used = (await chat.submission.balance(chat.alice.id)).used
    assert not chat.dreams()
    chat.env.backend.faults.clear()
    shown = await chat.alice.slash(chat.channel, "history")
    assert shown.response is not None
    assert "kept for you" in str(shown.response.embeds[0].description)


async def test_where_pictures_are_forbidden_meanwhile_a_word_is_left(chat: Chat) -> None:
    chat.pool.steps = 1
    await growing(chat)
    await chat.settled()
    path = f"/channels/{chat.channel.id}/messages/*"
    chat.env.inject_error("PATCH", path, status=403, code=50013)
    chat.pool.gate.set()
    await chat.until(lambda: chat.dreams(chat.alice.user.dm_channel))
    await chat.until(lambda: "sent it to you directly" in chat.answer().content)
    assert not chat.answer().attachments, "its preview is no result"


# Said twice is said once


async def test_a_post_whose_answer_was_lost_is_found_and_not_made_again(chat: Chat) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.gate.set()
    result = await chat.result()
    job, made, data = await delivered(chat)
    # The next bot knows only the answer that is gone. Minutes later no nonce would help it.
    messenger = chat.bot.parts.messenger
    assert await messenger.deliver(job, made, data, Telling(again=True)) == result.id
    assert len(chat.dreams()) == 1


async def test_a_direct_message_whose_answer_was_lost_is_not_sent_again(chat: Chat) -> None:
    await growing(chat)
    path = f"/channels/{chat.channel.id}/*"
    chat.env.inject_error("*", path, status=403, code=50001, times=None)
    chat.pool.gate.set()
    private = chat.alice.user.dm_channel
    result = await chat.result(private)
    job, made, data = await delivered(chat)
    messenger = chat.bot.parts.messenger
    assert await messenger.deliver(job, made, data, Telling(again=True)) == result.id
    assert len(chat.dreams(private)) == 1


async def test_what_was_posted_for_one_dream_is_not_taken_for_anothers(chat: Chat) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.gate.set()
    await chat.result()
    job, made, data = await delivered(chat)
    messenger = chat.bot.parts.messenger
    await messenger.deliver(replace(job, id=ulid()), made, data, Telling(again=True))
    assert len(chat.dreams()) == 2


async def test_a_failure_posted_anew_is_found_again_too(chat: Chat) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.error = NetworkUnavailable("There is no network.")
    chat.pool.gate.set()
    await chat.until(chat.answers)
    key = f"message:{chat.channel.history()[0].id}:0"
    failed = await chat.submission.find(key)
    assert failed is not None
    await chat.bot.parts.messenger.fail(failed, "There is no network.", Telling(again=True))
    assert chat.answer()


# Whoever waited is called


async def test_whoever_waited_is_called_once(chat: Chat, waited: None) -> None:
    await growing(chat)
    chat.pool.gate.set()
    await chat.until(lambda: len(chat.answers()) == 2)
    result, call = chat.answers()
    assert call.reference is not None
    assert call.reference.message_id == result.id
    assert f"{chat.alice.mention}, your dream is here" in call.content
    assert [person.id for person in call.mentions] == [chat.alice.id]
    job, made, data = await delivered(chat)
    await chat.bot.parts.messenger.deliver(job, made, data, Telling(mention=True, again=True))
    assert len(chat.answers()) == 2


async def test_a_failure_calls_too(chat: Chat, waited: None) -> None:
    chat.pool.error = NetworkUnavailable("There is no network.")
    await growing(chat)
    chat.pool.gate.set()
    await chat.until(lambda: len(chat.answers()) == 2)
    assert "came to nothing" in chat.answers()[1].content


async def test_who_wants_quiet_is_not_called(chat: Chat, waited: None) -> None:
    await chat.alice.slash(chat.channel, "mention", choice="off")
    await growing(chat)
    chat.pool.gate.set()
    await chat.result()
    await chat.settled()
    assert chat.answer()


async def test_in_direct_messages_nobody_is_called(chat: Chat, waited: None) -> None:
    private = chat.alice.user.dm_channel
    chat.post_unheard(chat.alice, "!dream", CAT, channel=private)
    [asked] = private.history()
    stored = chat.env.backend.get_message(private.id, asked.id)
    chat.env.backend.announce_message_create(stored)
    chat.pool.gate.set()
    await chat.result(private)
    await chat.settled()
    assert chat.answer(private)


async def test_who_did_not_wait_is_not_called(chat: Chat) -> None:
    await growing(chat)
    chat.pool.gate.set()
    await chat.result()
    await chat.settled()
    assert chat.answer()


async def test_an_answer_posted_anew_calls_by_itself(chat: Chat, waited: None) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.gate.set()
    result = await chat.result()
    await chat.settled()
    assert chat.answer()
    assert [person.id for person in result.mentions] == [chat.alice.id]


async def test_a_call_that_fails_costs_no_dream(chat: Chat, waited: None) -> None:
    await growing(chat)
    path = f"/channels/{chat.channel.id}/messages"
    chat.env.inject_error("POST", path, status=403, code=50013)
    chat.pool.gate.set()
    await chat.result()
    await chat.settled()
    assert chat.answer()
    assert (await chat.submission.balance(chat.alice.id)).used == 1


@pytest.mark.parametrize("status", [500, 503, 429, 401])
async def test_a_failing_server_is_tried_again(chat: Chat, status: int) -> None:
    await growing(chat)
    path = f"/channels/{chat.channel.id}/messages/*"
    chat.env.inject_error("PATCH", path, status=status, times=4)
    chat.pool.gate.set()
    await chat.result()


async def test_a_failure_reaches_its_person_as_a_dream_does(chat: Chat) -> None:
    await growing(chat)
    chat.env.backend.delete_message(chat.channel.id, chat.answer().id)
    chat.pool.error = NetworkUnavailable("There is no network.")
    chat.pool.gate.set()
    await chat.until(chat.answers)
    assert "There is no network. Your credit is back." in chat.answer().content


async def test_words_about_waiting_never_follow_another_bots_result(chat: Chat) -> None:
    await growing(chat)
    chat.pool.gate.set()
    dream = await chat.result()
    # As if that bot had taken the job from the line before this one said that it waits.
    key = f"message:{chat.channel.history()[0].id}:0"
    done = await chat.submission.find(key)
    assert done is not None
    here = DiscordMessenger(chat.submission.waits, apart=0.01, lull=0.01)
    here.attach(chat.bot)
    here.waiting(done, Forecast(0))
    here.waiting(replace(done, id=job_id(2)), Forecast(2))
    here.restarted(replace(done, id=job_id(3)))
    await chat.settled()
    await here.close()
    assert chat.answer().content == dream.content


async def test_progress_never_follows_another_bots_result(chat: Chat) -> None:
    await growing(chat)
    chat.pool.gate.set()
    dream = await chat.result()
    done = await chat.submission.find(f"message:{chat.channel.history()[0].id}:0")
    assert done is not None
    held = {"a": 60.0, "b": 60.0}
    here = DiscordMessenger(chat.submission.waits, apart=0.2)
    here.attach(chat.bot)
    elsewhere = replace(done.place, answer_id=1)
    # The first takes the channel's turn; by that of the others their jobs are somebody else's.
    here.progress(
        replace(done, id=job_id(1), place=elsewhere), Progress(0.1, 1, 9), 5, lambda: 60.0
    )
    here.progress(replace(done, id=job_id(2)), Progress(0.2, 2, 9), 5, lambda: held["a"])
    here.progress(replace(done, id=job_id(3)), Progress(0.3, 3, 9), 5, lambda: held["b"])
    held["a"] = 0.0
    here.lost(replace(done, id=job_id(3)))
    await chat.settled()
    await asyncio.sleep(0.8)
    await here.close()
    assert chat.answer().content == dream.content


async def test_the_upload_limit_is_that_of_the_place(chat: Chat) -> None:
    guild = chat.bot.get_guild(chat.alice.guild.id)
    assert guild is not None
    in_guild, in_private = job(guild.id), job(None)
    messenger = chat.bot.parts.messenger
    assert await messenger.upload_limit(in_guild) == 10 * 2**20
    assert await messenger.upload_limit(in_private) == 10 * 2**20
    guild.premium_tier = 2
    assert await messenger.upload_limit(in_guild) == REQUEST_LIMIT


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every dream has taken its time."""
    monkeypatch.setattr(delivery, "MENTION_AFTER", timedelta(0))


async def delivered(chat: Chat) -> tuple[Job, Result, bytes]:
    """The dream that Alice asked for first, as it was before anybody delivered it."""
    asked = next(m for m in chat.channel.history() if m.author.id == chat.alice.id)
    done = await chat.submission.find(f"message:{asked.id}:0")
    assert done is not None
    assert done.result is not None
    first = asked.id + 1
    before = replace(done, place=replace(done.place, answer_id=first))
    found = await chat.bot.parts.history.picture(done, REQUEST_LIMIT)
    assert found is not None
    return before, done.result, found[0]


def job_id(number: int) -> str:
    """As long as any, so that it has a place on a button."""
    return f"{number:026}"


def job(guild_id: int | None) -> Job:
    return Job(
        id=job_id(1),
        request_key="message:1:0",
        kind=Kind.DREAM,
        state=State.RUNNING,
        person_id=1,
        place=Place(guild_id, 1, None, 1),
        preset="classic",
        recipe=Recipe(),
        inputs={},
        remark="",
        work=1,
        cost=1,
        tries=0,
        created_at=datetime.now(UTC),
    )

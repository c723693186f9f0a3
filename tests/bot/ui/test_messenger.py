"""How a dream reaches its person when the plain way is closed."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.jobs.job import Job, Place, State
from bot.ui.messenger import REQUEST_LIMIT, DiscordMessenger
from dream import NetworkUnavailable, Recipe
from tests.bot.chat import Chat, open_chat, picture

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


async def test_a_result_that_is_not_taken_is_told_in_its_place(chat: Chat) -> None:
    chat.pool.steps = 1
    await growing(chat)
    await chat.settled()
    path = f"/channels/{chat.channel.id}/messages/*"
    chat.env.inject_error("PATCH", path, status=413, code=40005)
    chat.pool.gate.set()
    await chat.until(lambda: "wouldn't take the finished picture" in chat.answer().content)
    assert "Your credit is back" in chat.answer().content
    assert not chat.answer().attachments
    assert (await chat.submission.balance(chat.alice.id)).used == 0


async def test_who_is_out_of_reach_is_not_charged(chat: Chat) -> None:
    await growing(chat)
    chat.env.inject_error("*", "/channels/*", status=403, code=50007, times=None)
    chat.pool.gate.set()
    used = 1
    while used:
        await chat.settled()
        used = (await chat.submission.balance(chat.alice.id)).used
    assert not chat.dreams()


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
    here.waiting(done, 0)
    here.waiting(replace(done, id="02"), 2)
    here.restarted(replace(done, id="03"))
    await chat.settled()
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


def job(guild_id: int | None) -> Job:
    return Job(
        id="01",
        request_key="message:1:0",
        kind="dream",
        state=State.RUNNING,
        person_id=1,
        place=Place(guild_id, 1, None, 1),
        preset="classic",
        recipe=Recipe(),
        inputs={},
        cost=1,
        tries=0,
        created_at=datetime.now(UTC),
    )

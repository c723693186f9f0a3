"""Several pictures in one message: a dream each, whatever happens between them."""

import asyncio
from functools import partial
from pathlib import Path
from typing import Any

import discord
import pytest

from bot.acceptance import Acceptance, Accepted, Wish
from bot.client import DreamBot
from bot.commands import context, errors
from bot.commands.catching_up import AGAIN
from bot.commands.context import Context
from bot.jobs.job import Job
from bot.jobs.submit import Submission
from bot.ui import words
from bot.ui.insisting import Later, insist
from tests.bot.chat import Chat, open_chat, picture

DOG = ("dog.png", picture((40, 30)))
CAT = ("cat.png", picture())
FISH = ("fish.png", picture((50, 20)))
TEXT = ("notes.txt", b"text")
BROKEN = ("broken.png", b"no picture at all")


def nth(number: int, of: int) -> str:
    """The first answer to one of several pictures."""
    return words.got_nth("Classic", number, of)


async def test_each_picture_of_a_message_becomes_a_dream_of_its_own(chat: Chat) -> None:
    message = await chat.alice.send(chat.channel, "!dream", attachments=[TEXT, DOG, CAT, FISH])
    await chat.until(lambda: len(chat.dreams()) == 3)
    assert chat.sizes() == [(40, 30), (64, 48), (50, 20)]
    for number, answer in enumerate(chat.answers(), 1):
        assert answer.reference is not None
        assert answer.reference.message_id == message.id
        assert f"-# I dreamt your picture `{number}/3`" in answer.content
    nonces = [body["nonce"] for _, body in chat.asked("POST", "/messages")]
    assert len(set(nonces)) == 3
    assert max(map(len, nonces)) <= 25
    assert (await chat.submission.balance(chat.alice.id)).used == 3


async def test_of_very_many_the_first_few_are_dreamt_and_the_rest_is_said(chat: Chat) -> None:
    files = [(f"{number}.png", CAT[1]) for number in range(6)]
    await chat.alice.send(chat.channel, "!dream", attachments=files)
    await chat.until(lambda: len(chat.dreams()) == 4)
    await chat.settled()
    assert len(chat.answers()) == 4
    assert "I take 4 at a time, so post the other 2 again" in chat.answers()[3].content
    assert "again" not in chat.answers()[2].content


async def test_what_is_wrong_with_one_is_told_in_its_own_answer(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[DOG, BROKEN, CAT])
    await chat.until(lambda: len(chat.dreams()) == 2)
    refused = chat.answers()[1].content
    assert refused.endswith("\n-# Picture `2/3`")
    assert "Attach" not in refused
    assert (await chat.submission.balance(chat.alice.id)).used == 2


async def test_what_is_wrong_with_all_of_them_is_told_once(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream strikes", attachments=[DOG, CAT])
    assert "strokes" in chat.answer().content
    assert "`1/2`" not in chat.answer().content


async def test_credits_end_where_they_end(tmp_path: Path) -> None:
    async with open_chat(tmp_path, daily_credits=2) as chat:
        await chat.alice.send(chat.channel, "!dream", attachments=[DOG, CAT, FISH])
        await chat.until(lambda: len(chat.dreams()) == 2)
        assert "<t:" in chat.answers()[2].content
        assert "`3/3`" in chat.answers()[2].content


async def test_the_same_message_seen_twice_is_still_one_dream_each(chat: Chat) -> None:
    message = await chat.alice.send(chat.channel, "!dream", attachments=[DOG, CAT])
    await chat.until(lambda: len(chat.dreams()) == 2)
    stored = chat.env.backend.get_message(chat.channel.id, message.id)
    chat.env.backend.announce_message_create(stored)
    await chat.env.settle()
    await chat.settled()
    assert len(chat.answers()) == 2
    assert len(chat.pool.seen) == 2


# Killed in between


def kill(monkeypatch: pytest.MonkeyPatch, stage: str, index: int) -> None:
    """Kill the bot over that picture: before or after its first answer, or as it is a job."""
    accept, place, carry_out = Acceptance.accept, Context.place, DreamBot._carry_out
    killed: list[Context] = []

    async def accepted(self: Acceptance, wish: Wish) -> Accepted:
        here = wish.key.endswith(f":{index}")
        if here and stage == "answered":
            raise asyncio.CancelledError
        done = await accept(self, wish)
        if here and stage == "accepted":
            raise asyncio.CancelledError
        return done

    async def placed(self: Context, text: str, of: int = 1) -> object:
        if self.index == index:
            killed.append(self)
            if stage == "begun":
                raise asyncio.CancelledError
        return await place(self, text, of)

    async def carried_out(self: DreamBot, context: Context) -> None:
        await carry_out(self, context)
        # The library keeps to itself that a command was cancelled.
        if context in killed:
            raise asyncio.CancelledError

    monkeypatch.setattr(Acceptance, "accept", accepted)
    monkeypatch.setattr(Context, "place", placed)
    monkeypatch.setattr(DreamBot, "_carry_out", carried_out)


async def seen_something(chat: Chat) -> None:
    """The bot has listened, and written that it did."""
    await chat.bob.send(chat.channel, "good morning")
    await chat.bot.parts.seen.write()


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize("stage", ["begun", "answered", "accepted"])
async def test_a_kill_between_them_loses_none_and_repeats_none(
    chat: Chat, stage: str, index: int
) -> None:
    await seen_something(chat)
    with pytest.MonkeyPatch.context() as patch:
        kill(patch, stage, index)
        await chat.alice.send(chat.channel, "!dream", attachments=[DOG, CAT, FISH])
        await chat.settled()
        await chat.bot.parts.seen.write()
    assert len(chat.answers()) == index + (stage != "begun")
    await chat.restart()
    await chat.until(lambda: len(chat.dreams()) == 3)
    await chat.settled()
    assert len(chat.answers()) == len(chat.pool.seen) == 3
    assert sorted(chat.sizes()) == [(40, 30), (50, 20), (64, 48)]
    assert (await chat.submission.balance(chat.alice.id)).used == 3
    await chat.restart()
    await chat.settled()
    assert len(chat.answers()) == len(chat.pool.seen) == 3


@pytest.mark.parametrize("index", range(3))
async def test_what_was_refused_before_a_kill_is_not_refused_again(chat: Chat, index: int) -> None:
    await seen_something(chat)
    with pytest.MonkeyPatch.context() as patch:
        kill(patch, "answered", index)
        await chat.alice.send(chat.channel, "!dream", attachments=[BROKEN, DOG, BROKEN])
        await chat.settled()
    refused = [answer.id for answer in chat.answers() if "Picture `" in answer.content]
    assert len(refused) == (index > 0)
    await chat.restart()
    await chat.until(lambda: len(chat.answers()) == 3 and chat.dreams())
    await chat.settled()
    assert len(chat.answers()) == 3
    lines = [line for answer in chat.answers() for line in answer.content.splitlines()]
    said = [line for line in lines if "/3`" in line]
    assert said == ["-# Picture `1/3`", "-# I dreamt your picture `2/3`", "-# Picture `3/3`"]
    assert {answer.id for answer in chat.answers()} >= set(refused)


async def test_what_was_refused_as_a_whole_is_left_alone(chat: Chat) -> None:
    await seen_something(chat)
    await chat.alice.send(chat.channel, "!dream strikes", attachments=[DOG, CAT])
    await chat.restart()
    await chat.settled()
    assert "strokes" in chat.answer().content


async def test_all_of_a_message_of_meanwhile_are_dreamt(chat: Chat) -> None:
    await seen_something(chat)
    chat.post_unheard(chat.alice, "!dream", DOG, CAT)
    await chat.restart()
    await chat.until(lambda: len(chat.dreams()) == 2)


async def test_an_answer_of_meanwhile_becomes_the_dream_that_it_is_about(chat: Chat) -> None:
    await seen_something(chat)
    asked = chat.post_unheard(chat.alice, "!dream", DOG, CAT)
    left = chat.post_unheard(chat.me, nth(1, 2), reply_to=asked)
    await chat.restart()
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert "`2/2`" in next(dream.content for dream in chat.dreams() if dream.id == left)


async def test_a_guide_is_no_picture_to_dream_on_after_a_kill_either(chat: Chat) -> None:
    await seen_something(chat)
    await chat.alice.send(chat.channel, "!dream guide", attachments=[DOG, CAT])
    await chat.result()
    await chat.restart()
    await chat.settled()
    assert len(chat.answers()) == 1


async def test_while_nobody_can_tell_what_is_left_it_waits(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    await seen_something(chat)
    with pytest.MonkeyPatch.context() as patch:
        kill(patch, "begun", 1)
        await chat.alice.send(chat.channel, "!dream", attachments=[DOG, CAT])
        await chat.until(chat.dreams)
    asked: list[int] = []
    became = Submission.became

    async def away_at_first(self: Submission, keys: list[str]) -> dict[str, Job] | None:
        asked.append(len(keys))
        return None if len(asked) == 1 else await became(self, keys)

    monkeypatch.setattr(Submission, "became", away_at_first)
    await chat.restart()
    await chat.settled()
    assert len(chat.answers()) == 1
    await chat.env.advance_time(AGAIN * 2)
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert len(chat.pool.seen) == 2


async def test_an_answer_that_discord_does_not_take_for_a_while_comes_later(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(context, "insist", partial(insist, patience=0.2))
    monkeypatch.setattr(errors, "AGAIN", 0.2)
    chat.expected += (Later,)
    send, troubles = Context.send, [Later("Not now.")] * 4

    async def sent(self: Context, *args: Any, **given: Any) -> discord.Message:
        if self.index == 1 and troubles:
            raise troubles.pop()
        return await send(self, *args, **given)

    monkeypatch.setattr(Context, "send", sent)
    await chat.alice.send(chat.channel, "!dream", attachments=[DOG, CAT, FISH])
    await chat.until(lambda: len(chat.dreams()) == 3)
    assert chat.sizes() == [(40, 30), (64, 48), (50, 20)]
    assert len(chat.answers()) == len(chat.pool.seen) == 3

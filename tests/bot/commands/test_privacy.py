"""`!forget` and `/forget`: what there is, a question, and its end."""

import discord
import pytest

from bot.commands import question as questions
from bot.commands.question import CONFIRM_SECONDS
from bot.ui import words
from tests.bot.chat import Chat, picture
from tests.bot.jobs import books

CAT = ("cat.png", picture())


async def dreamt(chat: Chat) -> discord.Message:
    """Alice has a dream."""
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    await books.until_books(chat.database, lambda now: len(now.told) == len(now.jobs))
    return result


async def asked(chat: Chat) -> discord.Message:
    """Alice asks to be forgotten; the bot's answer."""
    await chat.alice.send(chat.channel, "!forget")
    return chat.answers()[-1]


def buttons(message: discord.Message) -> list[str | None]:
    return [
        button.label
        for row in message.components
        if isinstance(row, discord.ActionRow)
        for button in row.children
        if isinstance(button, discord.Button)
    ]


async def test_what_there_is_is_shown_and_goes_when_the_person_says_so(chat: Chat) -> None:
    dream = await dreamt(chat)
    question = await asked(chat)
    [card] = question.embeds
    assert card.description is not None
    assert "**2 pictures**" in card.description
    assert "**1 dream** on record" in card.description
    assert "72 hours" in card.description
    assert "not finished" not in card.description
    assert buttons(question) == [words.erase(), words.keep()]

    await chat.alice.click(question, label=words.erase())

    told = chat.answers()[-1]
    assert told.id == question.id
    assert told.content == words.erased()
    assert (told.embeds, told.components) == ([], [])
    assert (await books.read(chat.database)).jobs == {}
    assert not await chat.forgetting.traces(chat.alice.id)
    # What was posted stays, and credits stay used.
    assert chat.dreams()[0].id == dream.id
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_the_slash_command_asks_in_private(chat: Chat) -> None:
    await dreamt(chat)
    shown = await chat.alice.slash(chat.channel, "forget")
    assert shown.ephemeral
    assert shown.response is not None
    await chat.alice.click(shown.response, label=words.erase())
    assert (await books.read(chat.database)).jobs == {}
    assert len(chat.answers()) == 1


async def test_an_unfinished_dream_ends_and_is_refunded(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: chat.pool.seen)
    await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    [_, _, waiting] = chat.answers()
    question = await asked(chat)
    assert "**2 dreams** not finished" in str(question.embeds[0].description)
    await chat.alice.click(question, label=words.erase())
    chat.pool.gate.set()
    await chat.until(chat.dreams)
    await chat.settled()
    assert [message.id for message in chat.dreams()] == [chat.answers()[1].id]
    [told] = [message for message in chat.answers() if message.id == waiting.id]
    assert "You asked me to forget you. The credit is back." in told.content
    assert (await books.read(chat.database)).used == {chat.bob.id: 1}


async def test_only_the_person_may_answer(chat: Chat) -> None:
    await dreamt(chat)
    question = await asked(chat)
    for label in (words.erase(), words.keep()):
        refused = await chat.bob.click(question, label=label)
        assert refused.ephemeral
        assert refused.response is not None
        assert refused.response.content == words.not_asked()
    assert buttons(chat.answers()[-1]) == [words.erase(), words.keep()]
    assert len((await books.read(chat.database)).jobs) == 1


async def test_a_no_leaves_everything(chat: Chat) -> None:
    await dreamt(chat)
    question = await asked(chat)
    await chat.alice.click(question, label=words.keep())
    told = chat.answers()[-1]
    assert (told.content, told.components) == (words.nothing_erased(), [])
    assert len((await books.read(chat.database)).jobs) == 1


async def test_an_unanswered_question_goes_after_a_while(chat: Chat) -> None:
    await dreamt(chat)
    await asked(chat)
    await chat.env.advance_time(CONFIRM_SECONDS)
    assert chat.answers()[-1].content == words.unanswered()
    assert chat.answers()[-1].components == []
    assert len((await books.read(chat.database)).jobs) == 1


@pytest.mark.parametrize("label", ["Erase it all", "Leave it"])
async def test_a_question_from_before_a_restart_is_to_be_asked_again(
    chat: Chat, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    monkeypatch.setattr(questions, "HEAD_START", 0.0)
    await dreamt(chat)
    question = await asked(chat)
    await chat.restart()
    for person in (chat.alice, chat.bob):
        shown = await person.click(question, label=label)
        assert shown.ephemeral
        assert shown.response is not None
        assert shown.response.content == words.asked_before_restart()
    assert len((await books.read(chat.database)).jobs) == 1
    await chat.alice.click(await asked(chat), label=words.erase())
    assert chat.answers()[-1].content == words.erased()
    assert (await books.read(chat.database)).jobs == {}


async def test_who_left_nothing_is_asked_nothing(chat: Chat) -> None:
    answer = await asked(chat)
    assert answer.content == words.nothing_kept()
    assert answer.components == []


async def test_a_storage_that_fails_is_said_and_trying_again_completes_it(chat: Chat) -> None:
    await dreamt(chat)
    [file] = (chat.pictures / "inputs").iterdir()
    data = file.read_bytes()
    file.unlink()
    file.mkdir()
    await chat.alice.click(await asked(chat), label=words.erase())
    assert "some of it is still here" in chat.answers()[-1].content
    assert len((await books.read(chat.database)).jobs) == 1
    file.rmdir()
    file.write_bytes(data)
    await chat.alice.click(await asked(chat), label=words.erase())
    assert chat.answers()[-1].content == words.erased()
    assert not list((chat.pictures / "inputs").iterdir())

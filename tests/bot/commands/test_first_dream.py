"""A person's first dream tells what they could do next, once in their life here."""

from pathlib import Path

from sqlalchemy import text

from bot.jobs.messenger import Telling
from bot.ui import words
from bot.ui.languages import speaking
from dream import NetworkUnavailable
from tests.bot.chat import Chat, open_chat, picture
from tests.bot.jobs import books

CAT = ("cat.png", picture())


async def dreams(chat: Chat, number: int) -> None:
    """So many are there, and written down."""
    await chat.until(lambda: len(chat.dreams()) == number)
    await books.until_books(chat.database, lambda now: len(now.told) == len(now.jobs))


def hinted(chat: Chat) -> list[bool]:
    return [words.hint() in message.content for message in chat.dreams()]


async def test_the_first_dream_says_what_one_could_do_next_and_no_other_does(chat: Chat) -> None:
    for number in (1, 2):
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await dreams(chat, number)
    await chat.bob.slash(chat.channel, "dream", image=CAT)
    await dreams(chat, 3)
    assert hinted(chat) == [True, False, True]


async def test_of_several_at_once_one_says_it(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT, CAT, CAT])
    await dreams(chat, 3)
    assert sum(hinted(chat)) == 1


async def test_it_is_in_the_persons_language(chat: Chat) -> None:
    await chat.bot.parts.preferences.note_locale(chat.alice.id, "de")
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await dreams(chat, 1)
    with speaking("de"):
        assert hinted(chat) == [True]


async def test_after_a_dream_that_came_to_nothing_the_next_says_it(chat: Chat) -> None:
    chat.pool.error = NetworkUnavailable("There is no network googlenet here.")
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "Sorry" in chat.answer().content)
    assert words.hint() not in chat.answer().content
    chat.pool.error = None
    for number in (1, 2):
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await dreams(chat, number)
    assert hinted(chat) == [True, False]


async def test_who_had_dreams_before_there_were_hints_needs_none(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await dreams(chat, 1)
    async with chat.database.transaction() as session:
        await session.execute(text("UPDATE person SET hinted = NULL"))
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await dreams(chat, 2)
    assert hinted(chat) == [True, False]


async def test_who_is_forgotten_is_new_again(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await dreams(chat, 1)
    traces = await chat.forgetting.traces(chat.alice.id)
    assert traces.hinted
    await chat.forgetting.forget(chat.alice.id)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await dreams(chat, 2)
    assert hinted(chat) == [True, True]


async def test_a_result_that_is_edited_in_again_reads_the_same(tmp_path: Path) -> None:
    async with open_chat(tmp_path) as chat:
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await dreams(chat, 1)
        said = chat.answer().content
        [job] = await chat.bot.parts.history.last(chat.alice.id)
        assert job.result is not None
        await chat.bot.parts.messenger.deliver(job, job.result, CAT[1], Telling(again=True))
        assert chat.answer().content == said


async def test_where_the_classic_cant_be_had_the_first_dream_says_when_it_comes(
    chat: Chat,
) -> None:
    await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
    await dreams(chat, 1)
    (chat.networks / "bvlc_googlenet.caffemodel").unlink()
    for number in (2, 3):
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
        await dreams(chat, number)
    said = [words.classic_later("Classic") in message.content for message in chat.dreams()]
    assert said == [False, True, False]

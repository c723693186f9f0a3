"""News of the bot: asked for, announced by whoever runs it, and sent to nobody else."""

import discord
import pytest
from discord.ext import commands
from simcord.actors import MemberActor
from simcord.results import InteractionResult
from sqlalchemy import func, select

from bot.commands import question as questions
from bot.commands.question import CONFIRM_SECONDS
from bot.database import news
from bot.database.models import AnnouncementRow, LetterRow
from bot.rules import Rules
from bot.ui import postman, words
from tests.bot.chat import Chat

NEWS = "There are *new* presets, @everyone."


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postman, "APART", 0.01)
    monkeypatch.setattr(postman, "LATER", 0.05)


@pytest.fixture
def owner(chat: Chat) -> MemberActor:
    """Whoever runs the bot."""
    chat.bot.owner_id = chat.bob.id
    return chat.bob


async def wanted(chat: Chat, *people: MemberActor) -> None:
    """They ask for news."""
    for person in people:
        await person.send(chat.channel, "!news on")


async def asked(chat: Chat, owner: MemberActor, text: str = NEWS) -> discord.Message:
    """The answer to an announcement."""
    await owner.send(chat.channel, f"!announce {text}")
    return chat.answers()[-1]


async def announced(chat: Chat, owner: MemberActor) -> discord.Message:
    """The same, once it was confirmed, and all is sent."""
    question = await asked(chat, owner)
    await owner.click(question, label="Send it")
    await over(chat)
    return next(each for each in chat.answers() if each.id == question.id)


async def over(chat: Chat) -> None:
    """Nothing is left to be sent or told, nor in the database."""
    async with chat.database.transaction() as session:
        left = await news.under_way(session)
    while left:
        await chat.settled()
        async with chat.database.transaction() as session:
            left = await news.under_way(session)
    assert await rows(chat) == 0


async def rows(chat: Chat) -> int:
    """Of announcements and letters together."""
    async with chat.database.transaction() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table))
            for table in (AnnouncementRow, LetterRow)
        ]
    return sum(count or 0 for count in counts)


def letters(chat: Chat, person: MemberActor) -> list[str]:
    """What somebody has got privately."""
    return [message.content for message in chat.answers(person.user.dm_channel)]


def said(shown: InteractionResult) -> str:
    assert shown.ephemeral
    assert shown.response is not None
    return shown.response.content


# Asking for them


async def test_people_choose_whether_they_get_news(chat: Chat) -> None:
    assert "I send you no news" in said(await chat.alice.slash(chat.channel, "news"))
    assert "as a direct message" in said(await chat.alice.slash(chat.channel, "news", choice="on"))
    await chat.alice.send(chat.channel, "!news")
    assert "`/news off` keeps me from that" in chat.answers()[-1].content
    await chat.alice.send(chat.channel, "!news OFF")
    assert "I send you no news" in chat.answers()[-1].content


async def test_another_choice_is_not_understood(chat: Chat) -> None:
    chat.expected += (commands.UserInputError,)
    await chat.alice.send(chat.channel, "!news sometimes")
    assert "didn't understand" in chat.answer().content


# Announcing them


async def test_those_who_asked_get_what_is_announced_and_nobody_else(
    chat: Chat, owner: MemberActor
) -> None:
    carol, dave = (
        chat.alice.guild.add_member(chat.env.create_user(name)) for name in ("carol", "dave")
    )
    await wanted(chat, chat.alice, carol, dave)
    await dave.send(chat.channel, "!news off")
    question = await asked(chat, owner)
    assert "Send this to **2 people**?" in question.content
    assert NEWS in question.content
    assert letters(chat, chat.alice) == [], "it isn't confirmed yet"
    await owner.click(question, label="Send it")
    await over(chat)
    text = f"{NEWS}\n-# You asked me for news. `/news off` keeps me from sending more."
    assert letters(chat, chat.alice) == letters(chat, carol) == [text]
    assert letters(chat, dave) == letters(chat, owner) == []
    [told] = [each for each in chat.answers() if each.id == question.id]
    assert told.content == "Your news went to 2 of 2."
    assert not told.components
    sent = [body for _, body in chat.asked("POST", "/messages") if body["content"] == text]
    assert all(body["allowed_mentions"]["parse"] == [] for body in sent)
    assert len({body["nonce"] for body in sent}) == 2


async def test_each_reads_in_their_own_language_how_to_stop_it(
    chat: Chat, owner: MemberActor
) -> None:
    await wanted(chat, chat.alice)
    await chat.bot.parts.preferences.note_locale(chat.alice.id, "de")
    await announced(chat, owner)
    [letter] = letters(chat, chat.alice)
    assert letter.startswith(f"{NEWS}\n-# Du ")


async def test_who_can_not_be_written_to_is_counted_and_dropped(
    chat: Chat, owner: MemberActor
) -> None:
    carol = chat.alice.guild.add_member(chat.env.create_user("carol"))
    await wanted(chat, chat.alice, carol)
    path = f"/channels/{chat.alice.user.dm_channel.id}/messages"
    chat.env.inject_error("POST", path, status=403, code=50007)
    told = await announced(chat, owner)
    assert told.content == (
        "Your news went to 1 of 2. 1 can't be written to any more, and gets no further news."
    )
    assert (letters(chat, chat.alice), len(letters(chat, carol))) == ([], 1)
    assert "Send this to **1 person**?" in (await asked(chat, owner)).content


async def test_what_discord_does_not_take_for_now_is_sent_later(
    chat: Chat, owner: MemberActor
) -> None:
    await wanted(chat, chat.alice)
    path = f"/channels/{chat.alice.user.dm_channel.id}/messages"
    chat.env.inject_error("POST", path, status=400, code=40003, times=2)
    assert (await announced(chat, owner)).content == "Your news went to 1 of 1."
    assert len(letters(chat, chat.alice)) == 1


# Killed in between


async def test_what_was_begun_is_finished_after_a_restart_and_nobody_gets_it_twice(
    chat: Chat, owner: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    carol = chat.alice.guild.add_member(chat.env.create_user("carol"))
    await wanted(chat, chat.alice, carol)
    question = await asked(chat, owner)
    # Two bots before this one were killed over Alice's letter, one of them after it was posted.
    begun = news.Announcement(question.id, owner.id, chat.channel.id, question.id, NEWS)
    await chat.bot.parts.news.begin(begun)
    with monkeypatch.context() as patch:
        patch.setattr(news, "LEASE", -1.0)
        for again in (False, True):
            letter = await chat.bot.parts.news.take()
            assert letter is not None
            assert (letter.recipient_id, letter.again) == (chat.alice.id, again)
    text = words.letter(NEWS, to_server=False)
    private = chat.alice.user.dm_channel
    chat.post_unheard(chat.me, text, channel=private)
    await chat.restart()
    await over(chat)
    assert letters(chat, chat.alice) == letters(chat, carol) == [text]
    [told] = [each for each in chat.answers() if each.id == question.id]
    assert told.content == "Your news went to 2 of 2."


# Refused


async def test_only_whoever_runs_the_bot_announces(chat: Chat, owner: MemberActor) -> None:
    await wanted(chat, chat.alice)
    await chat.alice.send(chat.channel, f"!announce {NEWS}")
    assert chat.answers()[-1].content == words.not_in_charge()
    question = await asked(chat, owner)
    assert said(await chat.alice.click(question, label="Send it")) == words.not_in_charge()
    assert await rows(chat) == 0


async def test_nothing_is_announced_to_nobody(chat: Chat, owner: MemberActor) -> None:
    answer = await asked(chat, owner)
    assert "Nobody has asked for news so far" in answer.content
    assert not answer.components


async def test_nothing_and_too_much_are_no_news(chat: Chat, owner: MemberActor) -> None:
    await wanted(chat, chat.alice)
    assert "`!announce …`" in (await asked(chat, owner, "")).content
    assert "1500 characters; yours have 1501" in (await asked(chat, owner, "x" * 1501)).content
    question = await asked(chat, owner, "x" * 1500)
    assert question.components
    assert len(question.content) < 2000


async def test_news_that_are_not_confirmed_are_not_sent(chat: Chat, owner: MemberActor) -> None:
    await wanted(chat, chat.alice)
    question = await asked(chat, owner)
    await owner.click(question, label="Leave it")
    assert chat.answers()[-1].content == "Nothing was sent."
    await asked(chat, owner)
    await chat.env.advance_time(CONFIRM_SECONDS)
    assert "so I've sent nothing" in chat.answers()[-1].content
    assert letters(chat, chat.alice) == []


async def test_a_question_from_before_a_restart_sends_nothing(
    chat: Chat, owner: MemberActor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "HEAD_START", 0.0)
    await wanted(chat, chat.alice)
    question = await asked(chat, owner)
    await chat.restart()
    assert said(await owner.click(question, label="Send it")) == words.asked_before_restart()
    assert await rows(chat) == 0
    chat.bot.owner_id = owner.id
    await announced(chat, owner)
    [letter] = letters(chat, chat.alice)
    assert NEWS in letter


# Forgotten


async def test_the_wish_for_news_is_forgotten(chat: Chat, owner: MemberActor) -> None:
    await wanted(chat, chat.alice)
    await chat.bot.parts.news.begin(news.Announcement(5, owner.id, chat.channel.id, 6, NEWS))
    assert (await chat.forgetting.traces(chat.alice.id)).settings
    await chat.forgetting.forget(chat.alice.id)
    assert not await chat.forgetting.traces(chat.alice.id)
    assert not await chat.bot.parts.news.audience()
    assert await chat.bot.parts.news.take() is None
    await chat.forgetting.forget(owner.id)
    assert await rows(chat) == 0


# Servers


async def test_a_channel_that_moderators_chose_gets_news(chat: Chat, owner: MemberActor) -> None:
    guild = chat.alice.guild
    lounge = guild.create_text_channel("lounge")
    rules = Rules(news_channel_id=lounge.id, locale="de")
    await chat.bot.parts.guilds.change(guild.id, lambda _: rules)
    await chat.bot.parts.preferences.note_locale(owner.id, "en-GB")
    await wanted(chat, chat.alice)
    question = await asked(chat, owner)
    assert "Send this to **1 person and 1 channel**?" in question.content
    await owner.click(question, label="Send it")
    await over(chat)
    assert len(letters(chat, chat.alice)) == 1
    assert chat.answer(lounge).content.startswith(f"{NEWS}\n-# Die Moderation ")


async def test_a_channel_that_is_gone_gets_no_further_news(chat: Chat, owner: MemberActor) -> None:
    guild = chat.alice.guild
    await chat.bot.parts.guilds.change(guild.id, lambda _: Rules(prefix="?", news_channel_id=1))
    await owner.send(chat.channel, f"?announce {NEWS}")
    await owner.click(chat.answers()[-1], label="Send it")
    await over(chat)
    assert "1 can't be written to any more" in chat.answers()[-1].content
    assert await chat.bot.parts.guilds.read(guild.id) == Rules(prefix="?")

"""What those in charge can do from the chat, and that nobody else can."""

import re
from collections.abc import AsyncIterator
from pathlib import Path

import discord
import pytest
from discord.ext import commands
from simcord.actors import MemberActor

from bot.database.models import LedgerRow
from tests.bot.chat import Chat, open_chat, picture
from tests.bot.jobs import books

CAT = ("cat.png", picture())
GONE = 123_456_789_012_345_678
"""The id of somebody who isn't on the server."""


@pytest.fixture
async def chat(tmp_path: Path) -> AsyncIterator[Chat]:
    """A chat whose bot Alice runs."""
    async with open_chat(tmp_path, daily_credits=2) as chat:
        chat.bot.owner_id = chat.alice.id
        yield chat


@pytest.fixture
def moderator(chat: Chat) -> MemberActor:
    """Somebody who may manage the server."""
    guild = chat.alice.guild
    may = guild.create_role("moderators", permissions=discord.Permissions(manage_guild=True))
    return guild.add_member(chat.env.create_user("mod"), roles=[may])


async def say(chat: Chat, who: MemberActor, text: str) -> str:
    """What the bot answers to that."""
    before = len(chat.answers())
    await who.send(chat.channel, text)
    [answer] = chat.answers()[before:]
    return answer.content


async def dream(chat: Chat, who: MemberActor) -> str:
    """What the bot's answer to a wish is in the end: a dream, or a refusal."""
    before = len(chat.answers())
    await who.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(
        lambda: (
            not any(
                said in chat.answers()[before].content
                for said in ("got it", "waiting", "is next", "dreaming")
            )
        )
    )
    return chat.answers()[before].content


async def entries(chat: Chat) -> list[LedgerRow]:
    """What those in charge did, oldest first."""
    rows = await books.entries(chat.database)
    return [row for row in rows if row.kind != "job"]


async def test_the_owner_grants_credits_for_today(chat: Chat) -> None:
    text = f"!admin grant {chat.bob.mention} 5 won our  contest"
    assert await say(chat, chat.alice, text) == f"<@{chat.bob.id}> has 5 credits more for today."
    assert (await chat.submission.balance(chat.bob.id)).limit == 7
    [entry] = await entries(chat)
    assert (entry.kind, entry.cost, entry.reason) == ("grant", 5, "won our contest")
    assert entry.who == f"person:{chat.alice.id}"


async def test_the_owner_gives_back_what_was_spent(chat: Chat) -> None:
    for _ in range(2):
        assert "seed" in await dream(chat, chat.bob)
    assert "used up" in await dream(chat, chat.bob)
    text = f"!admin reset {chat.bob.mention} the dreams were blank"
    assert "2 credits back" in await say(chat, chat.alice, text)
    assert "nothing to give back" in await say(chat, chat.alice, text)
    assert "seed" in await dream(chat, chat.bob)
    await books.check_sums(chat.database)


async def test_who_is_blocked_is_told_so_and_can_dream_again_afterwards(
    chat: Chat, moderator: MemberActor
) -> None:
    said = await say(chat, moderator, f"!admin block {chat.bob.mention} 1.5 too many")
    assert re.search(r"can't ask me for dreams on this server until <t:\d+:f>", said)
    told = await dream(chat, chat.bob)
    assert "You can't ask me for dreams on this server until <t:" in told
    assert "too many" not in told
    assert str(moderator.id) not in told
    said = await say(chat, moderator, f"!admin unblock {chat.bob.mention} it was me")
    assert "can ask me for dreams again" in said
    assert "seed" in await dream(chat, chat.bob)
    assert [entry.kind for entry in await entries(chat)] == ["block", "unblock"]


async def test_without_hours_a_block_is_for_good(chat: Chat, moderator: MemberActor) -> None:
    said = await say(chat, moderator, f"!admin block {chat.bob.id} noise")
    assert "until that is lifted" in said
    assert "any more" in await dream(chat, chat.bob)


async def test_the_owner_blocks_and_unblocks_everywhere(chat: Chat, moderator: MemberActor) -> None:
    await say(chat, moderator, f"!admin block {chat.bob.mention} noise")
    assert "anywhere" in await say(chat, chat.alice, f"!admin block {chat.bob.mention} noise")
    assert "Whoever runs me" in await dream(chat, chat.bob)
    # What the owner has closed no moderator opens.
    await say(chat, moderator, f"!admin unblock {chat.bob.mention} please")
    assert "Whoever runs me" in await dream(chat, chat.bob)
    await say(chat, chat.alice, f"!admin unblock {chat.bob.mention} enough")
    assert "seed" in await dream(chat, chat.bob)


@pytest.mark.parametrize(
    "text",
    [
        "grant {bob} 5 for me",
        "reset {bob} for me",
        "block {alice} revenge",
        "unblock {bob} for me",
        "ledger {alice}",
    ],
)
async def test_nobody_else_gets_in(chat: Chat, text: str) -> None:
    text = text.format(bob=chat.bob.mention, alice=chat.alice.mention)
    assert (await say(chat, chat.bob, f"!admin {text}")).startswith("Only ")
    await chat.bob.send_dm(f"!admin {text}")
    assert chat.answer(chat.bob.user.dm_channel).content.startswith("Only ")
    assert await entries(chat) == []
    assert (await chat.submission.balance(chat.bob.id)).limit == 2


async def test_a_moderator_gives_no_credits(chat: Chat, moderator: MemberActor) -> None:
    for text in (f"grant {moderator.mention} 5 me", f"reset {moderator.mention} me"):
        assert "Only whoever runs me" in await say(chat, moderator, f"!admin {text}")
    assert await entries(chat) == []


async def test_discord_offers_the_commands_only_to_those_in_charge(
    chat: Chat, moderator: MemberActor
) -> None:
    assert not [name for name in chat.bob.available_commands(chat.channel) if "admin" in name]
    shown = await moderator.slash(
        chat.channel, "admin block", person=chat.bob, hours=2.0, reason="noise"
    )
    assert shown.ephemeral
    assert shown.response is not None
    assert "on this server until" in shown.response.content
    assert (await chat.submission.balance(chat.bob.id, chat.bob.guild.id)).block is not None


async def test_a_form_asks_for_whole_credits(chat: Chat, moderator: MemberActor) -> None:
    chat.bot.owner_id = moderator.id
    shown = await moderator.slash(
        chat.channel, "admin grant", person=chat.bob, credits=5, reason="a prize"
    )
    assert shown.response is not None
    assert "5 credits more" in shown.response.content


async def test_somebody_who_has_left_is_reached_by_their_id(chat: Chat) -> None:
    said = await say(chat, chat.alice, f"!admin block {GONE} 24 raid")
    assert f"<@{GONE}>" in said
    assert (await chat.submission.balance(GONE)).block is not None


@pytest.mark.parametrize(
    "text",
    [
        "grant bob 5 by name",
        "grant {bob} five words",
        "grant {bob} 0 nothing",
        "grant {bob} 1001 all of it",
        "grant {bob} -3 a fine",
        "grant {bob} 5",
        "block {bob}",
        "block 99999999999999999999 no such id",
        "nonsense",
        "",
    ],
)
async def test_what_cannot_be_read_is_answered_with_how_to_write_it(chat: Chat, text: str) -> None:
    chat.expected += (commands.UserInputError,)
    said = await say(chat, chat.alice, f"!admin {text.format(bob=chat.bob.mention)}")
    assert "!admin" in said
    assert await entries(chat) == []


@pytest.mark.parametrize("hours", ["0", "-1", "nan", "inf", "1e9"])
async def test_a_block_lasts_from_a_minute_to_a_year(chat: Chat, hours: str) -> None:
    said = await say(chat, chat.alice, f"!admin block {chat.bob.mention} {hours} spam")
    assert "from a minute to a year" in said
    assert await entries(chat) == []


async def test_the_ledger_shows_reasons_as_they_are_and_shortened(
    chat: Chat, moderator: MemberActor
) -> None:
    hostile = f"`**loud** @everyone <@{chat.alice.id}>`\n[here](https://evil.example)\u202e\x00"
    await say(chat, moderator, f"!admin block {chat.bob.mention} 5 {hostile}{'x' * 1500}")
    [entry] = await entries(chat)
    assert len(entry.reason) == 200
    assert entry.reason.isprintable()
    shown = await moderator.slash(chat.channel, "admin ledger", person=chat.bob)
    assert shown.ephemeral
    assert shown.response is not None
    [card] = shown.response.embeds
    assert card.description is not None
    _, line = card.description.splitlines()
    assert re.fullmatch(r"<t:\d+:R> · \*\*block\*\* · by <@\d+> · `[^`]{80}`", line)


async def test_a_moderators_ledger_is_that_of_their_server(
    chat: Chat, moderator: MemberActor
) -> None:
    await say(chat, chat.alice, f"!admin grant {chat.bob.mention} 5 a prize")
    await dream(chat, chat.bob)
    await say(chat, moderator, f"!admin block {chat.bob.mention} 5 noise")
    shown = await moderator.slash(chat.channel, "admin ledger", person=chat.bob)
    assert shown.response is not None
    text = shown.response.embeds[0].description or ""
    assert [kind in text for kind in ("grant", "job", "block")] == [False, True, True]
    chat.bot.owner_id = moderator.id
    shown = await moderator.slash(chat.channel, "admin ledger", person=chat.bob)
    assert shown.response is not None
    text = shown.response.embeds[0].description or ""
    assert [kind in text for kind in ("grant", "job", "block")] == [True, True, True]
    assert "settled" in text


async def test_the_ledger_is_not_read_out_on_a_server(chat: Chat) -> None:
    said = await say(chat, chat.alice, f"!admin ledger {chat.bob.mention}")
    assert "`/admin ledger`" in said
    await chat.alice.send_dm(f"!admin ledger {chat.bob.id}")
    [card] = chat.answer(chat.alice.user.dm_channel).embeds
    assert "There is nothing about" in (card.description or "")


async def test_answers_to_acts_ping_nobody(chat: Chat) -> None:
    await say(chat, chat.alice, f"!admin grant {chat.bob.mention} 5 @everyone <@{chat.bob.id}>")
    [(_, body)] = chat.asked("POST", "/messages")
    assert body["allowed_mentions"]["parse"] == []

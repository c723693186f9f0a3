"""What people see while the database is away, and when it is back."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import discord
import pytest

from bot.database import DatabaseAway
from bot.outages import Outages
from tests.bot.chat import Chat, open_chat, picture
from tests.bot.cluster import Cluster, running_cluster

CAT = ("cat.png", picture())
SAYS = "can't get at my books"


@pytest.fixture
async def cluster() -> AsyncIterator[Cluster]:
    async with running_cluster() as cluster:
        yield cluster


@pytest.fixture
async def chat(tmp_path: Path, cluster: Cluster) -> AsyncIterator[Chat]:
    async with open_chat(tmp_path, database_url=cluster.url) as chat:
        chat.expected += (DatabaseAway,)
        yield chat
        await chat.until(lambda: not chat.database.away)


async def gone(chat: Chat, cluster: Cluster) -> None:
    await cluster.stop()
    await chat.until(lambda: chat.database.away)


async def back(chat: Chat, cluster: Cluster) -> None:
    await cluster.start()
    await chat.until(lambda: not chat.database.away)


async def test_it_is_said_once_in_each_channel_that_asks(chat: Chat, cluster: Cluster) -> None:
    other = chat.alice.guild.create_text_channel("other")
    await gone(chat, cluster)
    for person in (chat.alice, chat.bob, chat.alice):
        await person.send(chat.channel, "!dream", attachments=[CAT])
    await chat.bob.send(chat.channel, "!quota")
    assert SAYS in chat.answer().content
    assert not chat.answers(other)
    await chat.bob.send(other, "!history")
    assert SAYS in chat.answer(other).content
    await back(chat, cluster)
    # What nobody was told about is done now, in its turn.
    await chat.until(lambda: len(chat.dreams()) == 2 and len(chat.answers()) == 4, 20)
    assert "Your dreams today" in str([m.embeds[0].title for m in chat.answers() if m.embeds])
    await chat.alice.send(other, "!dream", attachments=[CAT])
    await chat.until(lambda: chat.dreams(other))
    await gone(chat, cluster)
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    assert [SAYS in answer.content for answer in chat.answers()].count(True) == 2
    await back(chat, cluster)


async def test_a_database_that_goes_away_under_a_wish_leaves_no_empty_answers(
    chat: Chat, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nobody has noticed yet.
    monkeypatch.setattr(Outages, "check", lambda _: None)
    await gone(chat, cluster)
    for person in (chat.alice, chat.bob):
        await person.send(chat.channel, "!dream", attachments=[CAT])
    assert [SAYS in answer.content for answer in chat.answers()] == [True, False]
    await back(chat, cluster)
    await chat.until(chat.dreams, 20)
    assert len(chat.asked("POST", "/messages")) == 2


async def test_whose_acts_may_have_been_done_is_told_so(chat: Chat, cluster: Cluster) -> None:
    chat.bot.owner_id = chat.alice.id
    await gone(chat, cluster)
    await chat.alice.send(chat.channel, f"!admin grant {chat.bob.mention} 5 a present")
    assert "Look into the ledger" in chat.answer().content
    shown = await chat.bob.slash(chat.channel, "forget")
    assert shown.response is not None
    assert "can't look up what I have of yours" in shown.response.content
    await back(chat, cluster)


async def test_slash_commands_are_told_each_in_private(chat: Chat, cluster: Cluster) -> None:
    await gone(chat, cluster)
    for command in ("quota", "history", "mention"):
        shown = await chat.alice.slash(chat.channel, command)
        assert shown.ephemeral
        assert shown.response is not None
        assert SAYS in shown.response.content
    shown = await chat.alice.slash(chat.channel, "dream", image=CAT)
    assert shown.ephemeral
    assert shown.response is not None
    assert SAYS in shown.response.content
    assert not chat.answers()
    await back(chat, cluster)


async def test_a_dream_under_way_goes_on_and_arrives_when_the_database_is_back(
    chat: Chat, cluster: Cluster
) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answer().content)
    await gone(chat, cluster)
    chat.pool.gate.set()
    await chat.settled()
    assert not chat.dreams()
    await back(chat, cluster)
    await chat.result()
    assert len(chat.pool.seen) == 1
    assert (await chat.submission.balance(chat.alice.id)).used == 1


async def test_what_was_seen_meanwhile_is_written_when_the_database_is_back(
    chat: Chat, cluster: Cluster
) -> None:
    await gone(chat, cluster)
    seen = chat.bot.parts.seen
    await chat.bob.send(chat.channel, "hello")
    with pytest.raises(DatabaseAway):
        await seen.write()
    await seen.flush()
    await back(chat, cluster)
    await seen.flush()
    chat.post_unheard(chat.alice, "!dream", CAT)
    await chat.restart()
    await chat.result()


async def test_buttons_say_so_to_whoever_presses_them(chat: Chat, cluster: Cluster) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answers()[1].content)
    await gone(chat, cluster)
    for label in ("Again", "Tweak", "Compare", "Recipe", "Delete"):
        shown = await chat.alice.click(result, label=label)
        assert shown.ephemeral
        assert shown.response is not None
        assert SAYS in shown.response.content
    shown = await chat.alice.click(chat.answers()[1], label="Cancel")
    assert shown.response is not None
    assert SAYS in shown.response.content
    assert len(chat.answers()) == 2
    await back(chat, cluster)
    chat.pool.gate.set()
    await chat.alice.click(result, label="Again")
    await chat.until(lambda: len(chat.dreams()) == 3)


async def test_a_servers_rules_stay_in_force_and_cannot_be_changed(
    chat: Chat, cluster: Cluster
) -> None:
    guild = chat.alice.guild
    may = guild.create_role("moderators", permissions=discord.Permissions(manage_guild=True))
    moderator = guild.add_member(chat.env.create_user("mod"), roles=[may])
    shown = await moderator.slash(chat.channel, "dreams settings")
    assert shown.response is not None
    await chat.bot.parts.guilds.change(guild.id, lambda rules: replace(rules, prefix="?"))
    await chat.bob.send(chat.channel, "?help")
    await gone(chat, cluster)
    answer = await moderator.select(shown.response, ["strokes"], custom_id="rules:preset")
    assert answer.response is not None
    assert SAYS in answer.response.content
    await chat.bob.send(chat.channel, "!help")
    await chat.bob.send(chat.channel, "?help")
    assert len(chat.answers()) == 2
    await back(chat, cluster)
    assert (await chat.bot.parts.guilds.read(guild.id)).preset is None

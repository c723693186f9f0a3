"""What people see of the line, and how they call dreams off and whoever runs the bot halts it."""

from typing import Any

import aiohttp
import discord
import pytest
from simcord.actors import MemberActor

from bot.commands import context, errors
from bot.jobs.turns import LineState
from tests.bot.chat import Chat, picture

CAT = ("cat.png", picture())


@pytest.fixture
async def busy(chat: Chat) -> Chat:
    """Alice's dream runs, her second waits, Bob's waits in between."""
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answer().content)
    await chat.alice.send(chat.channel, "!dream strokes", attachments=[CAT])
    await chat.bob.send(chat.channel, "!dream fur", attachments=[CAT])
    await chat.until(lambda: len(chat.answers()) == 3)
    await chat.until(lambda: all("looking" not in answer.content for answer in chat.answers()))
    return chat


def shown(message: Any) -> str:
    """The text of a message's card."""
    [card] = message.embeds
    text: str = card.description
    return text


def moderator(chat: Chat) -> MemberActor:
    role = chat.alice.guild.create_role(
        "moderators", permissions=discord.Permissions(manage_messages=True)
    )
    return chat.alice.guild.add_member(chat.env.create_user("carol"), roles=[role])


async def used(chat: Chat, person: MemberActor) -> int:
    return (await chat.submission.balance(person.id)).used


async def test_those_who_wait_are_told_how_many_come_before_and_when(busy: Chat) -> None:
    first, _, bobs = busy.answers()
    assert " left" in first.content
    assert "☾ **Fur** · yours is next · begins in" in bobs.content
    # It was next when it came; then Bob did.
    await busy.until(
        lambda: "1 dream before yours · begins in" in busy.answers()[1].content, seconds=20
    )


async def test_the_queue_names_ones_own_and_counts_the_others(busy: Chat) -> None:
    await busy.alice.send(busy.channel, "!queue")
    text = shown(busy.answers()[-1])
    assert "**1** dreaming, **2** waiting here" in text
    lines = [line for line in text.splitlines() if line.startswith("▸")]
    assert len(lines) == 2
    assert "**Classic** · dreaming" in lines[0]
    assert "**Strokes** · 1 dream before it · begins in" in lines[1]
    assert "Fur" not in text


async def test_the_queue_is_shown_to_whoever_asks_alone(busy: Chat) -> None:
    result = await busy.bob.slash(busy.channel, "queue")
    assert result.ephemeral
    text = shown(result.response)
    assert "**Fur** · next" in text
    assert "Classic" not in text


async def test_an_empty_line_says_so(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!queue")
    assert "**0** dreaming, **0** waiting here" in shown(chat.answer())


async def test_dreams_of_another_place_are_only_counted(busy: Chat) -> None:
    await busy.alice.send_dm("!queue")
    text = shown(busy.answers(busy.alice.user.dm_channel)[-1])
    assert "**0** dreaming, **0** waiting here · 3 elsewhere" in text
    # Privately, one sees all of one's own.
    assert "Classic" in text


async def test_ones_latest_is_called_off_and_its_answer_says_so(busy: Chat) -> None:
    await busy.alice.send(busy.channel, "!cancel")
    second = busy.answers()[1]
    await busy.until(lambda: "cancelled. You called it off" in busy.answers()[1].content)
    assert "Strokes" in busy.answers()[-1].content
    assert "what it cost is back" in busy.answers()[-1].content
    assert second.id == busy.answers()[1].id
    assert await used(busy, busy.alice) == 1
    assert await used(busy, busy.bob) == 1


@pytest.mark.parametrize("replying", [False, True])
async def test_one_message_heard_twice_calls_one_dream_off(busy: Chat, replying: bool) -> None:
    second = busy.answers()[1]
    await busy.alice.send(busy.channel, "!cancel", reply_to=second if replying else None)
    await busy.until(lambda: "cancelled. You called it off" in busy.answers()[1].content)
    asked = next(said for said in busy.channel.history() if said.content == "!cancel")
    channel = busy.bot.get_channel(busy.channel.id)
    assert isinstance(channel, discord.TextChannel)
    # As a second bot does, or one that catches up.
    await busy.bot.deal_with(await channel.fetch_message(asked.id))
    assert "Cancelled **Strokes**" in busy.answers()[-1].content
    await busy.settled()
    assert await used(busy, busy.alice) == 1
    assert "cancelled" not in busy.answers()[0].content


async def test_a_running_one_is_called_off_by_a_reply_to_its_answer(busy: Chat) -> None:
    first = busy.answers()[0]
    await busy.alice.send(busy.channel, "!cancel", reply_to=first)
    assert "Stopping **Classic**" in busy.answers()[-1].content
    await busy.until(lambda: "cancelled. You called it off" in busy.answers()[0].content)
    assert not busy.answers()[0].attachments, "no half of a dream is left standing"
    busy.pool.gate.set()
    await busy.until(lambda: len(busy.dreams()) == 2)
    assert await used(busy, busy.alice) == 1


async def test_a_slash_offers_ones_own(busy: Chat) -> None:
    offered = await busy.alice.autocomplete(busy.channel, "cancel", "dream", "")
    assert [choice["name"].split(" · ")[:2] for choice in offered] == [
        ["Strokes", "waiting"],
        ["Classic", "dreaming"],
    ]
    result = await busy.alice.slash(busy.channel, "cancel", dream=offered[1]["value"])
    assert result.ephemeral
    await busy.until(lambda: "cancelled" in busy.answers()[0].content)


async def test_somebody_elses_is_not_theirs_to_call_off(busy: Chat) -> None:
    await busy.bob.send(busy.channel, "!cancel", reply_to=busy.answers()[0])
    assert "No dream that you may cancel" in busy.answers()[-1].content
    offered = await busy.bob.autocomplete(busy.channel, "cancel", "dream", "")
    assert [choice["name"].split(" · ")[0] for choice in offered] == ["Fur"]


async def test_a_moderator_calls_off_anybodys(busy: Chat) -> None:
    carol = moderator(busy)
    offered = await carol.autocomplete(busy.channel, "cancel", "dream", "")
    assert ["Fur" in choice["name"] for choice in offered] == [True, False, False]
    assert all("somebody else's in #dreams" in choice["name"] for choice in offered)
    await carol.send(busy.channel, "!cancel", reply_to=busy.answers()[2])
    await busy.until(lambda: "looks after this place" in busy.answers()[2].content)
    assert await used(busy, busy.bob) == 0


async def test_a_moderator_is_known_as_one_when_it_is_heard_of_later(busy: Chat) -> None:
    bobs = busy.answers()[2]
    number = busy.post_unheard(moderator(busy), "!cancel", reply_to=bobs.id)
    channel = busy.bot.get_channel(busy.channel.id)
    assert isinstance(channel, discord.TextChannel)
    await busy.bot.deal_with(await channel.fetch_message(number))
    await busy.until(lambda: "looks after this place" in busy.answers()[2].content)


async def test_a_moderator_without_a_dream_is_told_so(busy: Chat) -> None:
    await moderator(busy).send(busy.channel, "!cancel")
    assert "You have no dream" in busy.answers()[-1].content


async def test_whoever_runs_the_bot_calls_off_anybodys(busy: Chat) -> None:
    busy.bot.owner_id = busy.bob.id
    await busy.bob.send(busy.channel, "!cancel", reply_to=busy.answers()[1])
    await busy.until(lambda: "cancelled" in busy.answers()[1].content)


async def test_it_is_too_late_for_a_finished_one(busy: Chat) -> None:
    busy.pool.gate.set()
    await busy.until(lambda: len(busy.dreams()) == 3)
    await busy.alice.send(busy.channel, "!cancel")
    assert "You have no dream that waits or runs" in busy.answers()[-1].content
    await busy.alice.send(busy.channel, "!cancel", reply_to=busy.answers()[0])
    assert "No dream that you may cancel waits or runs" in busy.answers()[-1].content
    assert await used(busy, busy.alice) == 2


@pytest.mark.parametrize("typed", ["@everyone", "**x**", "../../x", "'; --"])
async def test_hostile_names_are_refused_without_being_repeated(busy: Chat, typed: str) -> None:
    await busy.alice.send(busy.channel, f"!cancel {typed}")
    assert typed not in busy.answers()[-1].content
    assert "No dream that you may cancel" in busy.answers()[-1].content


@pytest.mark.parametrize("what", ["", " pause", " drain", " resume"])
async def test_the_line_is_its_owners(chat: Chat, what: str) -> None:
    await chat.alice.send(chat.channel, f"!line{what}")
    assert "Only whoever runs me" in chat.answer().content


@pytest.mark.long
async def test_a_paused_line_says_so_to_those_who_wait_and_goes_on_when_resumed(busy: Chat) -> None:
    busy.bot.owner_id = busy.bob.id
    await busy.bob.send(busy.channel, "!line pause a *new* fan @everyone")
    assert "The line was paused: a \\*new\\* fan" in busy.answers()[-1].content
    await busy.until(lambda: "paused" in busy.answers()[2].content, seconds=20)
    await busy.alice.send(busy.channel, "!queue")
    assert "The line was paused" in shown(busy.answers()[-1])
    busy.pool.gate.set()
    await busy.until(lambda: len(busy.dreams()) == 1)
    await busy.alice.send(busy.channel, "!dream", attachments=[CAT])
    await busy.until(lambda: "waiting, 2 dreams before yours" in busy.answers()[-1].content)
    assert len(busy.dreams()) == 1
    await busy.bob.send(busy.channel, "!line resume")
    assert "The line is open" in busy.answers()[-1].content
    await busy.until(lambda: len(busy.dreams()) == 4)


async def test_a_pause_whose_answer_was_lost_does_not_undo_what_was_asked_for_after_it(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat.bot.owner_id = chat.bob.id
    chat.expected += (aiohttp.ClientError,)
    monkeypatch.setattr(errors, "AGAIN", 0.3)
    lost = iter([True])

    async def insist(act: Any) -> Any:
        if next(lost, False):
            raise aiohttp.ServerDisconnectedError
        return await act(False)

    monkeypatch.setattr(context, "insist", insist)
    await chat.bob.send(chat.channel, "!line pause holidays")
    chat.env.backend.advance_clock(1)
    await chat.bob.send(chat.channel, "!line resume")
    await chat.until(lambda: len(chat.answers()) == 2)
    assert (await chat.bot.parts.lineup.outlook()).line.state is LineState.OPEN
    assert ["The line is open" in answer.content for answer in chat.answers()] == [True, True]


async def test_the_owner_sees_what_the_line_does(chat: Chat) -> None:
    chat.bot.owner_id = chat.alice.id
    await chat.alice.send(chat.channel, "!line drain good night")
    await chat.alice.send(chat.channel, "!line")
    assert "The line was closed <t:" in chat.answers()[-1].content
    assert "good night" in chat.answers()[-1].content

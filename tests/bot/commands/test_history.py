"""One's last dreams, where they are, and the handing over of what couldn't be delivered."""

import asyncio

import pytest
from discord.ext import commands
from simcord.builders import ChannelHandle

from bot.jobs.job import State
from bot.storage import Storage
from tests.bot.chat import Chat, picture

CAT = ("cat.png", picture())


async def history(chat: Chat) -> str:
    """What `/history` shows Alice."""
    shown = await chat.alice.slash(chat.channel, "history")
    assert shown.ephemeral
    assert shown.response is not None
    [card] = shown.response.embeds
    return card.description or ""


async def keep_one(chat: Chat, channel: ChannelHandle | None = None) -> None:
    """A dream of Alice's that she couldn't be reached with."""
    chat.pool.gate.clear()
    await chat.alice.send(channel or chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answers(channel)[-1].content)
    await chat.settled()
    chat.env.inject_error("*", "/channels/*", status=403, code=50007, times=None)
    chat.pool.gate.set()
    asked = [m for m in (channel or chat.channel).history() if m.author.id == chat.alice.id][-1]
    async with asyncio.timeout(10):
        while True:
            found = await chat.submission.find(f"message:{asked.id}:0")
            if found is not None and found.state is State.KEPT:
                break
    chat.env.backend.faults.clear()


async def test_who_has_not_dreamt_learns_how(chat: Chat) -> None:
    assert await history(chat) == "None so far. Post a picture with `!dream`."


async def test_the_last_dreams_are_shown_with_where_they_are(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.result()
    await chat.alice.send(chat.channel, "!dream strokes", attachments=[CAT])
    await chat.until(lambda: len(chat.dreams()) == 2)
    first, second = chat.dreams()
    newest, oldest = (await history(chat)).splitlines()
    assert newest.startswith(f"**Strokes** · seed `{chat.pool.seen[1].seed}` · <t:")
    assert newest.endswith(f"[dreamt]({second.jump_url})")
    assert f"seed `{chat.pool.seen[0].seed}`" in oldest
    assert oldest.endswith(f"[dreamt]({first.jump_url})")


async def test_only_ones_own_are_shown(chat: Chat) -> None:
    await chat.bob.send(chat.channel, "!dream", attachments=[CAT])
    await chat.result()
    assert "None so far" in await history(chat)


async def test_typed_on_a_server_it_tells_only_of_dreams_there(chat: Chat) -> None:
    await chat.alice.send_dm("hello")
    await chat.bot.parts.seen.write()
    private = chat.alice.user.dm_channel
    chat.post_unheard(chat.alice, "!dream", CAT, channel=private)
    await chat.restart()
    await chat.result(private)
    await chat.alice.send(chat.channel, "!history")
    await chat.until(lambda: bool(chat.answers()))
    [card] = chat.answer().embeds
    assert card.description == "None so far. Post a picture with `!dream`."
    assert "[dreamt]" in await history(chat)


async def test_at_most_ten_are_shown(chat: Chat) -> None:
    for _ in range(11):
        await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: len(chat.dreams()) == 11)
    shown = (await history(chat)).splitlines()
    assert len(shown) == 10
    assert not any(f"`{chat.pool.seen[0].seed}`" in line for line in shown)


async def test_a_message_that_is_gone_is_not_linked(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    result = await chat.result()
    chat.env.backend.delete_message(chat.channel.id, result.id)
    assert (await history(chat)).endswith("· dreamt")


async def test_a_dream_that_is_dreamt_or_failed_says_so(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answer().content)
    assert "[dreaming](" in await history(chat)
    chat.pool.gate.set()
    await chat.result()


async def test_what_was_sent_privately_is_linked_there(chat: Chat) -> None:
    chat.pool.gate.clear()
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "octave" in chat.answer().content)
    path = f"/channels/{chat.channel.id}/*"
    chat.env.inject_error("*", path, status=403, code=50001, times=None)
    chat.pool.gate.set()
    private = await chat.result(chat.alice.user.dm_channel)
    chat.env.backend.faults.clear()
    assert (await history(chat)).endswith(f"[dreamt]({private.jump_url})")


async def test_a_kept_dream_is_handed_over_to_the_one_who_asked(chat: Chat) -> None:
    await keep_one(chat)
    shown = await chat.alice.slash(chat.channel, "history")
    handed = shown.followups[-1]
    [file] = handed.attachments
    assert file.filename.startswith("dream-classic-")
    assert "couldn't reach you" in handed.content
    assert handed.flags.ephemeral
    assert (await chat.submission.balance(chat.alice.id)).used == 0


async def test_typed_on_a_server_it_is_handed_over_in_direct_messages(chat: Chat) -> None:
    await keep_one(chat)
    await chat.alice.send(chat.channel, "!history")
    assert not chat.dreams()
    [handed] = chat.dreams(chat.alice.user.dm_channel)
    assert "Nothing was charged" in handed.content


async def test_what_is_handed_over_goes_on_from_there_also_after_a_restart(chat: Chat) -> None:
    await keep_one(chat)
    shown = await chat.alice.slash(chat.channel, "history")
    handed = shown.followups[-1]
    await chat.restart()
    await chat.alice.click(handed, label="Deeper")
    await chat.until(chat.dreams)
    assert len({*chat.pool.dreamt}) == 2
    assert len({recipe.seed for recipe in chat.pool.seen}) == 2
    asked = await chat.alice.click(handed, label="Delete")
    assert asked.response is not None
    await chat.alice.click(asked.response, label="Delete")
    pressed = await chat.alice.click(handed, label="Again")
    assert pressed.ephemeral
    assert pressed.response is not None
    assert "I know nothing of that dream any more" in pressed.response.content


async def test_what_is_handed_over_in_direct_messages_has_its_buttons_too(chat: Chat) -> None:
    await keep_one(chat)
    await chat.alice.send(chat.channel, "!history")
    private = chat.alice.user.dm_channel
    [handed] = chat.dreams(private)
    await chat.alice.user.click(handed, label="Again")
    await chat.until(lambda: len(chat.dreams(private)) == 2)
    assert len(chat.pool.seen) == 2


async def test_who_takes_no_direct_messages_is_shown_the_way(chat: Chat) -> None:
    await keep_one(chat)
    path = f"/channels/{chat.alice.user.dm_channel.id}/messages"
    chat.env.inject_error("POST", path, status=403, code=50007)
    await chat.alice.send(chat.channel, "!history")
    assert "`/history` shows it to you alone" in chat.answers()[-1].content
    assert not chat.dreams()


async def test_typed_in_direct_messages_it_is_handed_over_there(chat: Chat) -> None:
    await keep_one(chat)
    await chat.alice.send_dm("!history")
    private = chat.alice.user.dm_channel
    assert chat.dreams(private)


async def test_a_picture_past_its_keeping_is_said_to_be(chat: Chat) -> None:
    await keep_one(chat)
    storage = Storage(chat.bot.parts.settings.pictures)
    for key in await storage.keys("results"):
        await storage.delete(key)
    shown = await chat.alice.slash(chat.channel, "history")
    assert "I don't have it any more" in shown.followups[-1].content


async def test_whoever_asks_too_often_is_told_when_to_ask_again(chat: Chat) -> None:
    chat.expected += (commands.CommandOnCooldown,)
    for _ in range(6):
        shown = await chat.alice.slash(chat.channel, "history")
    assert shown.response is not None
    assert "ask again in" in shown.response.content


@pytest.mark.parametrize(("choice", "says"), [("on", "I call you"), ("off", "I don't call you")])
async def test_people_choose_whether_they_are_called(chat: Chat, choice: str, says: str) -> None:
    await chat.alice.send(chat.channel, f"!mention {choice.upper()}")
    assert says in chat.answers()[-1].content
    await chat.alice.send(chat.channel, "!mention")
    assert says in chat.answers()[-1].content
    shown = await chat.alice.slash(chat.channel, "mention")
    assert shown.response is not None
    assert says in shown.response.content
    shown = await chat.bob.slash(chat.channel, "mention")
    assert shown.response is not None
    assert "I call you" in shown.response.content


async def test_another_choice_is_not_understood(chat: Chat) -> None:
    chat.expected += (commands.UserInputError,)
    await chat.alice.send(chat.channel, "!mention sometimes")
    assert "didn't understand" in chat.answer().content

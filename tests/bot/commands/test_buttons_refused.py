"""Each button says no to others, about what is gone, and where its presser may not dream."""

from dataclasses import replace
from datetime import UTC, datetime

import discord
import pytest
from simcord.results import InteractionResult

from bot.database.ledger import Act
from bot.rules import Rules
from bot.ui import words
from bot.ui.buttons import Verb
from tests.bot.chat import Chat, picture
from tests.bot.commands.test_buttons import dreamt, filled, form, press, said
from tests.bot.commands.test_buttons_of_kinds import made

CAT = ("cat.png", picture())

OF_DREAM = {
    "Again": Verb.AGAIN,
    "Deeper": Verb.DEEPER,
    "Tweak": Verb.TWEAK,
    "Stronger": Verb.STRONGER,
    "Softer": Verb.SOFTER,
}
OF_SHEET = {"2 large": Verb.ENLARGE, "Vary 2": Verb.VARY}
MAKING = OF_DREAM | OF_SHEET
"""Those that make another dream."""

SHOWING = {"Compare": Verb.COMPARE, "Recipe": Verb.RECIPE}
"""Those that whoever presses them alone sees the answer to."""

ELSEWHERE = {Verb.CANCEL, Verb.DELETE, Verb.ERASE, Verb.SHARE, Verb.REPORT, Verb.SAVE}
"""Those with refusals of their own, further down; of `CANCEL` in `tests.bot.ui.test_buttons`."""

UNKNOWN = "I know nothing of that dream any more"


def test_none_is_left_out() -> None:
    assert {*MAKING.values(), *SHOWING.values(), *ELSEWHERE} == set(Verb)


async def result(chat: Chat, label: str) -> discord.Message:
    """What Alice has that button under."""
    return await made(chat, "!explore" if label in OF_SHEET else "!dream", CAT)


async def wished(chat: Chat, label: str, message: discord.Message) -> InteractionResult:
    """Alice presses it, and sends the form, if there is one, as it is."""
    if label != "Tweak":
        return await press(chat, label, message)
    shown = await form(chat, message)
    return await chat.alice.submit_modal(shown, filled(shown))


async def block(chat: Chat) -> None:
    act = Act(1, chat.alice.id, None, chat.bob.id, "no more", datetime.now(UTC))
    await chat.bot.parts.acts.block(act, None)


async def given(chat: Chat, rules: Rules) -> None:
    await chat.bot.parts.guilds.change(chat.alice.guild.id, lambda _: rules)


# What makes another dream, and what shows something of it


@pytest.mark.parametrize("label", OF_SHEET)
async def test_one_of_four_is_for_whoever_asked(chat: Chat, label: str) -> None:
    shown = await press(chat, label, await result(chat, label), chat.bob)
    assert shown.ephemeral
    assert "Reply to it with `!dream`" in said(shown)
    assert len(chat.answers()) == 1


@pytest.mark.parametrize("label", MAKING | SHOWING)
async def test_of_what_was_forgotten_nothing_comes_also_after_a_restart(
    chat: Chat, label: str
) -> None:
    message = await result(chat, label)
    await chat.forgetting.forget(chat.alice.id)
    await chat.restart()
    shown = await press(chat, label, message)
    assert shown.ephemeral
    assert UNKNOWN in said(shown)
    assert len(chat.answers()) == 1


async def test_a_form_about_what_was_forgotten_meanwhile_makes_nothing(chat: Chat) -> None:
    shown = await form(chat, await dreamt(chat))
    await chat.forgetting.forget(chat.alice.id)
    told = await chat.alice.submit_modal(shown, filled(shown))
    assert told.ephemeral
    assert UNKNOWN in said(told)


@pytest.mark.parametrize("label", MAKING)
async def test_who_was_blocked_gets_nothing_by_any_of_them(chat: Chat, label: str) -> None:
    message = await result(chat, label)
    await block(chat)
    await wished(chat, label, message)
    assert "You can't ask me for dreams any more" in chat.answers()[-1].content
    assert len(chat.dreams()) == 1
    assert (await chat.submission.balance(chat.alice.id)).used == 1


@pytest.mark.parametrize("label", MAKING)
async def test_in_a_channel_that_is_closed_to_dreams_by_now_nothing_is_made(
    chat: Chat, label: str
) -> None:
    message = await result(chat, label)
    lounge = chat.alice.guild.create_text_channel("lounge")
    await given(chat, Rules(channels=frozenset({lounge.id})))
    shown = await wished(chat, label, message)
    assert shown.ephemeral
    assert f"ask me in <#{lounge.id}>" in said(shown)
    assert len(chat.answers()) == 1


@pytest.mark.parametrize("label", SHOWING)
async def test_what_was_dreamt_there_is_still_shown(chat: Chat, label: str) -> None:
    message = await result(chat, label)
    lounge = chat.alice.guild.create_text_channel("lounge")
    await given(chat, Rules(channels=frozenset({lounge.id})))
    await block(chat)
    shown = await press(chat, label, message)
    assert shown.response is not None
    assert shown.response.attachments


# Delete


async def test_a_dream_is_deleted_once(chat: Chat) -> None:
    message = await dreamt(chat)
    first, second = [await press(chat, "Delete", message) for _ in range(2)]
    assert first.response is not None
    assert second.response is not None
    await chat.alice.click(first.response, label="Delete")
    await chat.restart()
    told = await chat.alice.click(second.response, label="Delete")
    assert UNKNOWN in said(told)
    assert not chat.answers()


async def test_who_looks_after_the_place_no_more_deletes_nothing(chat: Chat) -> None:
    message = await dreamt(chat)
    guild = chat.alice.guild
    role = guild.create_role("mods", permissions=discord.Permissions(manage_messages=True))
    moderator = guild.add_member(chat.env.create_user("mod"), roles=[role])
    doubt = (await press(chat, "Delete", message, moderator)).response
    assert doubt is not None
    known = chat.bot.get_guild(guild.id)
    assert known is not None
    [may] = [each for each in known.roles if each.name == "mods"]
    await may.edit(permissions=discord.Permissions.none())
    told = await moderator.click(doubt, label="Delete")
    assert "isn't yours to delete" in said(told)
    assert [each.id for each in chat.dreams()] == [message.id]


# Save


@pytest.mark.parametrize("restarts", [False, True])
async def test_of_what_was_forgotten_nothing_is_saved(chat: Chat, restarts: bool) -> None:
    recipe = await press(chat, "Recipe", await dreamt(chat), chat.bob)
    assert recipe.response is not None
    await chat.forgetting.forget(chat.alice.id)
    if restarts:
        await chat.restart()
    shown = await chat.bob.click(recipe.response, label="Save as a preset")
    told = await chat.bob.submit_modal(shown, {"name": "inked"})
    assert told.ephemeral
    assert UNKNOWN in said(told)


# Share


async def test_a_dream_goes_into_no_gallery_that_isnt_there_or_is_not_for_them(chat: Chat) -> None:
    message = await dreamt(chat)
    assert "no gallery yet" in said(await press(chat, "Share", message))
    gallery = chat.alice.guild.create_text_channel("gallery")
    await chat.bot.parts.guilds.change(
        chat.alice.guild.id, lambda rules: replace(rules, gallery_channel_id=gallery.id)
    )
    assert "Only who dreamt it can share it" in said(await press(chat, "Share", message, chat.bob))
    await block(chat)
    assert "You can't share here just now" in said(await press(chat, "Share", message))
    assert not chat.answers(gallery)


async def test_what_was_forgotten_is_not_shared(chat: Chat) -> None:
    message = await dreamt(chat)
    await chat.forgetting.forget(chat.alice.id)
    await chat.restart()
    shown = await press(chat, "Share", message)
    assert shown.ephemeral
    assert said(shown) == words.past_sharing()


async def test_in_direct_messages_there_is_no_gallery(chat: Chat) -> None:
    private = chat.alice.user.dm_channel
    files = chat.env.backend.store_attachments(private.id, [CAT])
    await chat.alice.send_dm("!dream", attachments=files)
    await chat.until(lambda: chat.dreams(private))
    shown = await chat.alice.user.click(chat.dreams(private)[0], label="Share")
    assert said(shown) == words.only_on_servers()


# Report


@pytest.mark.parametrize("restarts", [False, True])
async def test_whoever_reports_what_was_forgotten_is_sent_to_the_moderators(
    chat: Chat, restarts: bool
) -> None:
    message = await dreamt(chat)
    shown = await chat.bob.click(message, label="Report")
    await chat.forgetting.forget(chat.alice.id)
    if restarts:
        await chat.restart()
    told = await chat.bob.submit_modal(shown, {"reason": ""})
    assert told.ephemeral
    assert said(told) == words.report_of_unknown()

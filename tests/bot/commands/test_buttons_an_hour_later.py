"""Each button of a result that is an hour old works for a bot that never showed it."""

from dataclasses import replace

import discord
import pytest
from simcord.results import ResponseMessage

from bot.ui.buttons import Verb
from tests.bot.chat import Chat, picture
from tests.bot.commands.test_buttons import another, filled, press, said
from tests.bot.commands.test_buttons_of_kinds import made

CAT = ("cat.png", picture())

MAKING = [
    *[("!dream", label) for label in ("Again", "Deeper", "Tweak", "Stronger", "Softer")],
    *[("!noise", label) for label in ("Again", "Deeper")],
    *[("!imagine banana", label) for label in ("Again", "Deeper")],
    *[("!explore", label) for label in ("Again", "1 large", "4 large", "Vary 1", "Vary 4")],
]
"""What makes another dream of what was asked for so."""

KEPT = ["!dream", "!noise", "!imagine banana", "!explore", "!tour", "!presets"]
"""What has *Share*, *Report* and *Delete*."""


async def an_hour_later(chat: Chat) -> None:
    chat.env.backend.advance_clock(3600)
    await chat.restart()


async def asked_for(chat: Chat, asked: str) -> discord.Message:
    return await made(chat, asked, *[] if asked.startswith(("!noise", "!imagine")) else [CAT])


@pytest.mark.parametrize(("asked", "label"), MAKING)
async def test_another_dream_is_made(chat: Chat, asked: str, label: str) -> None:
    message = await asked_for(chat, asked)
    before = {each.id for each in chat.dreams()}
    await an_hour_later(chat)
    shown = await press(chat, label, message)
    if label == "Tweak":
        await chat.alice.submit_modal(shown, filled(shown))
    new = await another(chat, before)
    assert new.components
    assert (await chat.submission.balance(chat.alice.id)).used > 1


async def test_the_picture_before_is_shown(chat: Chat) -> None:
    message = await asked_for(chat, "!dream")
    await an_hour_later(chat)
    shown = await press(chat, "Compare", message, chat.bob)
    assert shown.response is not None
    assert shown.response.attachments


async def test_the_recipe_is_shown_and_an_hour_later_it_is_saved(chat: Chat) -> None:
    message = await asked_for(chat, "!dream")
    await an_hour_later(chat)
    recipe = await press(chat, "Recipe", message, chat.bob)
    assert "!dream classic" in said(recipe)
    assert recipe.response is not None
    await an_hour_later(chat)
    shown = await chat.bob.click(recipe.response, label="Save as a preset")
    told = await chat.bob.submit_modal(shown, {"name": "inked"})
    assert "`!dream inked`" in said(told)


@pytest.mark.parametrize("asked", KEPT)
async def test_it_is_shared_reported_and_deleted(chat: Chat, asked: str) -> None:
    gallery, office = [chat.alice.guild.create_text_channel(name) for name in ("gallery", "office")]
    await chat.bot.parts.guilds.change(
        chat.alice.guild.id,
        lambda rules: replace(rules, gallery_channel_id=gallery.id, log_channel_id=office.id),
    )
    message = await asked_for(chat, asked)
    await an_hour_later(chat)
    await press(chat, "Share", message)
    assert len(chat.answers(gallery)) == 1
    form = await press(chat, "Report", message, chat.bob)
    assert "Thank you" in said(await chat.bob.submit_modal(form, {"reason": "teeth"}))
    assert len(chat.answers(office)) == 1
    doubt = (await press(chat, "Delete", message)).response
    assert doubt is not None
    await an_hour_later(chat)
    await chat.alice.click(doubt, label="Delete")
    assert not chat.dreams()


def ids(message: discord.Message | ResponseMessage) -> str:
    """What stands in a message's buttons."""
    if isinstance(message, discord.Message):
        return str([row.to_dict() for row in message.components])
    return str(message.components)


async def test_none_that_stands_under_a_result_is_left_out(chat: Chat) -> None:
    found = ""
    for asked in KEPT:
        message = await asked_for(chat, asked)
        found += ids(message)
    dream = chat.dreams()[0]
    for label in ("Recipe", "Delete"):
        shown = (await press(chat, label, dream)).response
        assert shown is not None
        found += ids(shown)
    pressed_above = set(Verb) - {Verb.CANCEL}
    assert {verb for verb in Verb if f"dream:{verb}:" in found} == pressed_above

"""Who is answered in which language, from the first word to the dream."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import simcord
from discord.ext import commands
from simcord.builders import ChannelHandle

from bot.preferences import Preferences
from bot.ui import words
from bot.ui.languages import speaking
from dream import BrokenPicture
from tests.bot.chat import Chat, picture
from tests.bot.wire import Town, open_town

CAT = ("cat.png", picture())


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


def in_german(chat: Chat) -> tuple[simcord.MemberActor, ChannelHandle]:
    """Anna, on a server that is set to German, and a channel there."""
    guild = chat.env.create_guild(preferred_locale="de")
    return guild.add_member(chat.env.create_user("anna")), guild.create_text_channel("träume")


async def reads_discord_in(town: Town, locale: str) -> None:
    """Ada sets her client to that."""
    await town.control("language", user=str(town.box.persons[0].id), locale=locale)


async def chosen(town: Town, name: str) -> None:
    """Ada uses a slash command."""
    command = await town.ada.command(name)
    await town.ada.act(2, {"id": command["id"], "name": name, "type": 1, "options": []})


async def test_on_a_german_server_a_dream_speaks_german_until_it_is_there(chat: Chat) -> None:
    anna, channel = in_german(chat)
    chat.pool.gate.clear()
    await anna.send(channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "Oktave" in chat.answer(channel).content)
    shown = [body["content"] for _, body in chat.asked("POST", "/messages")]
    assert "hab ich, ich sehe mir dein Bild an" in shown[0]
    chat.pool.gate.set()
    result = await chat.result(channel)
    assert "1,2 s" in result.content
    assert "Ein DeepDream des geposteten Bildes" in str(result.attachments[0].description)
    # Elsewhere it is as ever.
    await chat.alice.send(chat.channel, "!dream", attachments=[CAT])
    assert "1.2 s" in (await chat.result()).content


async def test_what_goes_wrong_with_it_is_told_in_german_too(chat: Chat) -> None:
    anna, channel = in_german(chat)
    chat.pool.error = BrokenPicture("This PNG is broken or incomplete. Save it anew and try again.")
    await anna.send(channel, "!dream", attachments=[CAT])
    await chat.until(lambda: "Tut mir leid" in chat.answer(channel).content)
    assert chat.answer(channel).content == (
        "Tut mir leid, aus diesem Traum ist nichts geworden. Dieses PNG ist beschädigt oder "
        "unvollständig. Speichere es neu und versuch es noch einmal. Dein Credit ist wieder da."
    )


async def test_refusals_and_mistakes_are_answered_in_german(chat: Chat) -> None:
    anna, channel = in_german(chat)
    chat.expected = (*chat.expected, commands.BadArgument)
    for typed, said in (
        ("!dream", "Häng ein Bild an `!dream` an"),
        ("!dream strokse", "Ein Preset „strokse“ gibt es nicht. Am nächsten: strokes"),
        ("!mention perhaps", "Das habe ich nicht verstanden. `!help` zeigt"),
        ("!cancel", "Von dir wartet gerade kein Traum"),
    ):
        await anna.send(channel, typed)
        assert said in chat.answers(channel)[-1].content


async def test_a_picture_that_is_none_is_refused_in_german(chat: Chat) -> None:
    anna, channel = in_german(chat)
    await anna.send(channel, "!dream", attachments=[("cat.png", b"%PDF-1.7")])
    await chat.until(lambda: "PDF" in chat.answer(channel).content)
    said = chat.answer(channel).content
    assert said.startswith("Das ist ein PDF. Lesen kann ich JPEG, PNG")
    assert " und HEIC: Speichere" in said


async def test_presets_and_help_are_german_there(chat: Chat) -> None:
    anna, channel = in_german(chat)
    await anna.send(channel, "!presets")
    await anna.send(channel, "!help")
    styles, help_card = (message.embeds[0] for message in chat.answers(channel))
    assert "`strokes` · Pinselstriche und Gewebe, wie gemalt." in str(styles.description)
    assert "Davon träumen" in str(help_card.description)


async def test_who_has_a_german_client_is_answered_in_german_and_remembered(town: Town) -> None:
    await reads_discord_in(town, "de")
    command = await town.ada.command("dream")
    option = {"name": "image", "type": 11, "value": "0"}
    data = {"id": command["id"], "name": "dream", "type": 1, "options": [option]}
    image = {"id": "0", "filename": "cat.png"}
    await town.ada.act(2, data | {"attachments": [image]}, CAT)
    assert "1,2 s" in (await town.dream())["content"]
    # What is typed comes without a language, on a server that is set to English.
    await town.ada.post("!dream stricke")
    [_, answer] = await town.until(lambda answers: len(answers) == 2)
    assert "gibt es nicht" in answer["content"]


async def test_who_changes_the_client_to_english_is_answered_in_english(town: Town) -> None:
    for locale, said in (("de", "Häng ein Bild an"), ("en-GB", "Attach a picture")):
        await reads_discord_in(town, locale)
        await chosen(town, "presets")
        async with asyncio.timeout(10):
            while await town.bot.parts.preferences.locale(town.box.persons[0].id) != locale:
                await asyncio.sleep(0.05)
        await town.ada.post("!dream")
        await town.until(lambda answers, said=said: said in answers[-1]["content"])  # type: ignore[misc]


async def test_the_language_goes_with_all_else_when_a_person_is_forgotten(chat: Chat) -> None:
    preferences = Preferences(chat.database)
    await preferences.note_locale(chat.alice.id, "de")
    await chat.alice.send(chat.channel, "!forget")
    question = chat.answers()[-1]
    assert "welche Sprache du sprichst" in str(question.embeds[0].description)
    await chat.alice.click(question, label="Alles löschen")
    assert await preferences.locale(chat.alice.id) is None
    assert not await chat.forgetting.traces(chat.alice.id)


async def test_who_asks_to_be_forgotten_leaves_no_language_by_that(chat: Chat) -> None:
    shown = await chat.alice.slash(chat.channel, "forget")
    assert shown.response is not None
    assert shown.response.content == words.nothing_kept()
    assert not await chat.forgetting.traces(chat.alice.id)
    await chat.alice.slash(chat.channel, "help")
    assert (await chat.forgetting.traces(chat.alice.id)).language


async def test_a_german_answer_that_a_killed_bot_left_behind_is_known_as_one(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!help")
    await chat.bot.parts.seen.flush()
    with speaking("de"):
        left = chat.post_unheard(chat.me, words.got_it("Classic"))
    await chat.env.advance_time(121)
    await chat.restart()
    [told] = [message for message in chat.answers() if message.id == left]
    assert told.content.startswith("Ich wurde neu gestartet")


async def test_a_first_answer_is_known_in_every_language() -> None:
    for code in ("en", "de"):
        with speaking(code):
            assert words.looking_in(words.got_it("Classic")) == code
    assert words.looking_in("☾ **Classic** · something else") is None


async def test_a_job_keeps_its_language_in_the_database(chat: Chat) -> None:
    anna, channel = in_german(chat)
    await anna.send(channel, "!dream", attachments=[CAT])
    request = channel.history()[0]
    job = await chat.submission.find(f"message:{request.id}:0")
    assert job is not None
    assert job.locale == "de"

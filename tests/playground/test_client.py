"""discord.py, unmodified, takes the box for Discord."""

import asyncio
import io
import re
import time
from typing import Any

import discord
import pytest
from discord import app_commands, ui

from bot.playground import DiscordBox
from tests.playground.conftest import Dreamer, Hand, People, connected, order, picture, until

Interaction = discord.Interaction[Any]


async def test_a_bot_reads_a_picture_and_answers_with_one(box: DiscordBox, ada: Hand) -> None:
    async with connected(box, Dreamer()) as bot:
        asked = await ada.post("!dream", ("a photo.png", picture()))
        message = await bot.hears()
        (attachment,) = message.attachments
        assert (attachment.filename, attachment.width) == ("a_photo.png", 32)
        assert attachment.content_type == "image/png"
        assert await attachment.read() == picture()
        await message.reply("got it", file=discord.File(io.BytesIO(picture()), "preview.png"))
    answer = (await ada.messages())[0]
    assert answer["message_reference"]["message_id"] == asked["id"]
    assert answer["referenced_message"]["content"] == "!dream"
    assert answer["mentions"][0]["username"] == "ada"
    assert answer["attachments"][0]["filename"] == "preview.png"


async def test_an_edit_replaces_the_attachment(box: DiscordBox, ada: Hand) -> None:
    async with connected(box, Dreamer()) as bot:
        await ada.post("!dream")
        message = await bot.hears()
        answer = await message.reply(file=discord.File(io.BytesIO(picture()), "preview.png"))
        dream = picture(colour="purple")
        edited = await answer.edit(
            content="done", attachments=[discord.File(io.BytesIO(dream), "dream.png")]
        )
        assert [file.filename for file in edited.attachments] == ["dream.png"]
        assert await edited.attachments[0].read() == dream
        emptied = await edited.edit(attachments=[])
        assert emptied.attachments == []
    assert (await ada.messages())[0]["content"] == "done"


async def test_an_edit_keeps_what_it_lists_and_what_it_does_not_touch(
    box: DiscordBox, ada: Hand
) -> None:
    async with connected(box, Dreamer()) as bot:
        await ada.post("hello")
        channel = (await bot.hears()).channel
        files = [discord.File(io.BytesIO(picture()), name) for name in ("one.png", "two.png")]
        message = await channel.send("two", files=files)
        message = await message.edit(content="still two")
        assert len(message.attachments) == 2
        third = discord.File(io.BytesIO(picture()), "three.png")
        message = await message.edit(attachments=[message.attachments[1], third])
    assert [file.filename for file in message.attachments] == ["two.png", "three.png"]


async def test_a_slash_command_is_deferred_and_edited_through_the_channel(
    box: DiscordBox, people: People
) -> None:
    bot = Dreamer()

    @bot.tree.command(name="dream")
    async def dream(
        interaction: Interaction, image: discord.Attachment, preset: str = "classic"
    ) -> None:
        await interaction.response.defer(thinking=True)
        answer = await interaction.original_response()
        assert answer.flags.loading
        assert isinstance(interaction.channel, discord.TextChannel)
        await interaction.channel.get_partial_message(answer.id).edit(
            content=preset, attachments=[discord.File(io.BytesIO(await image.read()), "dream.png")]
        )

    async with connected(box, bot):
        command = await people.ada.command("dream")
        options = [
            {"type": 11, "name": "image", "value": 0},
            {"type": 3, "name": "preset", "value": "strokes"},
        ]
        data = {
            "id": command["id"],
            "options": options,
            "attachments": [{"id": "0", "filename": "cat.png"}],
        }
        await people.ada.act(2, data, ("cat.png", picture()))
        (answer,) = await until(lambda: answered(people.linus))
    assert answer["content"] == "strokes"
    assert answer["flags"] & 128 == 0
    assert answer["attachments"][0]["size"] == len(picture())
    assert answer["interaction_metadata"]["user"]["username"] == "ada"
    assert answer["interaction_metadata"]["name"] == "dream"


async def answered(hand: Hand) -> list[dict[str, Any]]:
    """The bot's messages that have come to say something."""
    return [m for m in await hand.messages() if m["author"]["bot"] and m["content"]]


async def test_a_message_menu_gets_the_message_with_its_picture(box: DiscordBox, ada: Hand) -> None:
    bot = Dreamer()

    @bot.tree.context_menu(name="Dream this")
    async def dream_this(interaction: Interaction, message: discord.Message) -> None:
        (attachment,) = message.attachments
        await interaction.response.send_message(f"{len(await attachment.read())} bytes")

    async with connected(box, bot):
        asked = await ada.post("look", ("cat.png", picture()))
        command = await ada.command("Dream this", 3)
        await ada.act(2, {"id": command["id"], "target_id": asked["id"]})
        (answer,) = await until(lambda: answered(ada))
    assert answer["content"] == f"{len(picture())} bytes"


class Again(ui.DynamicItem[ui.Button[Any]], template=r"dream:again:(?P<job>[0-9]+)"):
    """A button that is known by its id alone, as after a restart."""

    def __init__(self, job: str) -> None:
        super().__init__(ui.Button(label="Again", custom_id=f"dream:again:{job}"))
        self.job = job

    @classmethod
    async def from_custom_id(
        cls, interaction: Interaction, item: ui.Item[Any], match: re.Match[str], /
    ) -> "Again":
        return cls(match["job"])

    async def callback(self, interaction: Interaction) -> None:
        await interaction.response.edit_message(content=f"again {self.job}", view=None)


async def test_a_button_outlives_the_bot_that_posted_it(box: DiscordBox, ada: Hand) -> None:
    async with connected(box, Dreamer()) as first:
        await ada.post("hello")
        view = ui.View(timeout=None).add_item(Again("42"))
        await (await first.hears()).channel.send("a dream", view=view)
    message = (await ada.messages())[0]
    second = Dreamer()
    second.add_dynamic_items(Again)
    async with connected(box, second):
        press = {"component_type": 2, "custom_id": "dream:again:42"}
        await ada.act(3, press, message_id=message["id"])
        await until(lambda: says(ada, "again 42"))
    assert (await ada.messages())[0]["components"] == []


async def says(hand: Hand, text: str) -> bool:
    return any(message["content"] == text for message in await hand.messages())


class Form(ui.Modal, title="Differently"):
    layer: ui.TextInput[Any] = ui.TextInput(label="Layer")
    mood: ui.Label[Any] = ui.Label(
        text="Mood",
        component=ui.Select(options=[discord.SelectOption(label=m) for m in ("calm", "wild")]),
    )

    async def on_submit(self, interaction: Interaction, /) -> None:
        assert isinstance(self.mood.component, ui.Select)
        text = f"{self.layer.value} {self.mood.component.values[0]}"
        await interaction.response.send_message(text, ephemeral=True)


async def test_a_modal_is_filled_in_and_answered_in_private(
    box: DiscordBox, people: People
) -> None:
    bot = Dreamer()
    modals: list[Form] = []

    @bot.tree.command(name="form")
    async def form(interaction: Interaction) -> None:
        modal = Form()
        await interaction.response.send_modal(modal)
        modals.append(modal)

    async with connected(box, bot):
        await people.ada.act(2, {"name": "form"})
        await until(lambda: shown(modals))
        modal = modals[0]
        components = [
            {
                "type": 1,
                "components": [{"type": 4, "custom_id": modal.layer.custom_id, "value": ""}],
            },
            {
                "type": 18,
                "component": {
                    "type": 3,
                    "custom_id": modal.mood.component.custom_id,  # type: ignore[attr-defined]
                    "values": ["wild"],
                },
            },
        ]
        filled = {"custom_id": modal.custom_id, "components": components}
        empty = await people.ada.try_to_act(5, filled)
        assert empty.json()["code"] == 50035
        components[0]["components"][0]["value"] = "inception_4c"  # type: ignore[index]
        await people.ada.act(5, filled)
        (answer,) = await until(lambda: answered(people.ada))
    assert answer["content"] == "inception_4c wild"
    assert answer["flags"] & 64
    assert await people.linus.messages() == []
    assert await people.bot.messages() == []


async def shown(modals: list[Form]) -> bool:
    # Given to the library before it is sent; a moment later it waits for the submission.
    await asyncio.sleep(0.1)
    return bool(modals)


async def test_autocompletion_comes_back_to_who_types(box: DiscordBox, ada: Hand) -> None:
    from tests.playground.conftest import listening

    bot = Dreamer()

    @bot.tree.command(name="dream")
    async def dream(interaction: Interaction, preset: str) -> None: ...

    @dream.autocomplete("preset")
    async def presets(interaction: Interaction, typed: str) -> list[app_commands.Choice[str]]:
        return [app_commands.Choice(name=f"{typed}okes", value="strokes")]

    async with connected(box, bot), listening(box, box.persons[0].token) as listener:
        option = {"type": 3, "name": "preset", "value": "str", "focused": True}
        await ada.act(4, {"name": "dream", "options": [option]}, nonce="7")
        offered = await listener.next("APPLICATION_COMMAND_AUTOCOMPLETE_RESPONSE")
    assert offered["nonce"] == "7"
    assert [choice["name"] for choice in offered["choices"]] == ["strokes"]


async def test_a_layout_shows_its_pictures_in_place_of_attachments(
    box: DiscordBox, ada: Hand
) -> None:
    async with connected(box, Dreamer()) as bot:
        await ada.post("hello")
        channel = (await bot.hears()).channel
        view = ui.LayoutView()
        gallery: ui.MediaGallery[Any] = ui.MediaGallery(
            discord.MediaGalleryItem("attachment://dream.png")
        )
        view.add_item(ui.Container(ui.TextDisplay("**Classic**"), gallery))
        message = await channel.send(
            view=view, file=discord.File(io.BytesIO(picture()), "dream.png")
        )
        assert message.attachments == []
        shown = (await ada.messages())[0]["components"][0]["components"][1]["items"][0]["media"]
        assert (shown["width"], shown["height"]) == (32, 24)
        assert (await ada.client.get(shown["url"])).content == picture()
        with pytest.raises(discord.HTTPException) as refused:
            await message.edit(content="both")
    assert refused.value.code == 50035


@pytest.mark.long
async def test_the_limit_slows_the_library_down_without_one_refusal(
    box: DiscordBox, ada: Hand
) -> None:
    async with connected(box, Dreamer()) as bot:
        await ada.post("hello")
        channel = (await bot.hears()).channel
        began = time.monotonic()
        for number in range(6):
            await channel.send(str(number))
        took = time.monotonic() - began
        seen = (await order(box, do="requests"))["requests"]
    posts = [each for each in seen if each["method"] == "POST" and each["sender"] == bot.user.id]  # type: ignore[union-attr]
    assert [each["status"] for each in posts] == [200] * 6
    assert 4 < took < 8


async def test_missed_messages_are_replayed_after_a_cut_line(box: DiscordBox, ada: Hand) -> None:
    async with connected(box, Dreamer()) as bot:
        await ada.post("before")
        assert (await bot.hears()).content == "before"
        assert (await order(box, do="disconnect", abruptly=True))["ended"] == 1
        await ada.post("meanwhile")
        assert (await bot.hears()).content == "meanwhile"
        await asyncio.wait_for(bot.resumes.wait(), 5)
    assert bot.heard.empty()


@pytest.mark.long
async def test_an_invalid_session_begins_anew(box: DiscordBox, ada: Hand) -> None:
    async with connected(box, Dreamer()) as bot:
        await order(box, do="disconnect", resumable=False)
        await asyncio.sleep(0.2)
        await until(lambda: still_heard(bot, ada), 15)
    assert not bot.resumes.is_set()


async def still_heard(bot: Dreamer, hand: Hand) -> bool:
    await hand.try_to_post("are you there?")
    await asyncio.sleep(1.1)
    return not bot.heard.empty()


async def test_without_the_intent_other_peoples_words_are_withheld(
    box: DiscordBox, ada: Hand
) -> None:
    intents = discord.Intents(guilds=True, messages=True)
    async with connected(box, Dreamer(intents=intents)) as bot:
        await ada.post("!dream", ("cat.png", picture()))
        silent = await bot.hears()
        assert (silent.content, silent.attachments) == ("", [])
        await ada.post(f"<@{bot.user.id}> dream", ("cat.png", picture()))  # type: ignore[union-attr]
        called = await bot.hears()
        assert called.content.endswith("dream")
        assert len(called.attachments) == 1
        own = {"recipient_id": str(bot.user.id)}  # type: ignore[union-attr]
        direct = (await ada.ask("POST", "/users/@me/channels", json=own)).json()
        await ada.ask("POST", f"/channels/{direct['id']}/messages", json={"content": "psst"})
        assert (await bot.hears()).content == "psst"


async def test_an_intent_that_is_switched_off_ends_the_connection(box: DiscordBox) -> None:
    await order(box, do="intent", message_content=False)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(box, Dreamer()):
            pass


async def test_a_direct_message_reaches_its_person(box: DiscordBox, people: People) -> None:
    async with connected(box, Dreamer()) as bot:
        user = await bot.fetch_user(box.persons[0].id)
        await user.send("your dream")
    (channel,) = (await people.ada.ask("GET", "/users/@me/channels")).json()
    path = f"/channels/{channel['id']}/messages"
    assert (await people.ada.ask("GET", path)).json()[0]["content"] == "your dream"
    assert (await people.linus.ask("GET", path)).json()["code"] == 50001


async def test_history_is_found_by_the_library(box: DiscordBox, ada: Hand) -> None:
    for number in range(4):
        await ada.post(str(number))
    async with connected(box, Dreamer()) as bot:
        channel = await bot.fetch_channel(box.channel)
        assert isinstance(channel, discord.TextChannel)
        told = [message async for message in channel.history(limit=None, oldest_first=True)]
        later = [message async for message in channel.history(after=told[1])]
        around = [message async for message in channel.history(around=told[1], limit=3)]
    assert [message.content for message in told] == ["0", "1", "2", "3"]
    assert [message.content for message in later] == ["2", "3"]
    assert sorted(message.content for message in around) == ["0", "1", "2"]

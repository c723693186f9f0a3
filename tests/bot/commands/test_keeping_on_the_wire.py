"""What stays of a dream, over real connections: in a gallery, and as a preset."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.bot.chat import picture
from tests.bot.commands.test_buttons_on_the_wire import dreamt, press
from tests.bot.wire import Town, another_bot, open_town
from tests.playground.conftest import Hand, Json, listening

CAT = ("cat.png", picture())


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


def typed(name: str, value: str) -> Json:
    """A line of a form, as it is sent."""
    return {"type": 18, "component": {"type": 4, "custom_id": name, "value": value}}


async def whispered(town: Town, said: str) -> Json:
    """The bot's latest post, once it says that to Ada alone."""
    found = await town.until(lambda found: said in found[-1]["content"])
    assert found[-1]["flags"] & 64, "others see it"
    return found[-1]


async def test_a_dream_is_saved_from_the_menu_and_dreamt_with_by_its_name(town: Town) -> None:
    await town.ada.post("!dream strokes strength=0.5 seed=7", CAT)
    await dreamt(town)
    command = await town.ada.command("preset")
    name = {"name": "name", "type": 3, "value": "Night Fur"}
    save = {"name": "save", "type": 1, "options": [name]}
    await town.ada.act(2, {"id": command["id"], "name": "preset", "type": 1, "options": [save]})
    await whispered(town, "Saved. `!dream night-fur`")
    await town.ada.post("!dream night-fur seed=9", CAT)
    _, second = await dreamt(town, 2)
    assert second["content"].startswith("✦ **night-fur** · seed `9`")
    assert town.pool.seen[1] == town.pool.seen[0].with_(seed=9)
    await town.ada.post("!preset save strokes")
    await town.until(lambda found: "means something to me already" in found[-1]["content"])


async def test_a_recipe_is_saved_at_a_bot_that_never_showed_it(town: Town) -> None:
    await town.ada.post("!dream strokes strength=0.5 seed=7", CAT)
    [first] = await dreamt(town)
    await press(town.ada, first, "Recipe")
    recipe = await whispered(town, "!dream strokes")
    await town.bot.close()
    async with (
        another_bot(town),
        listening(town.box, town.box.persons[0].token) as gateway,
    ):
        await press(town.ada, recipe, "Save as a preset")
        form = await gateway.next("INTERACTION_MODAL_CREATE")
        filled = {"id": form["id"], "custom_id": form["custom_id"]}
        await town.ada.act(5, filled | {"components": [typed("name", "inked")]})
        await whispered(town, "Saved. `!dream inked`")


@pytest.mark.long
async def test_noise_and_a_sheet_go_on_at_a_bot_that_never_showed_them(town: Town) -> None:
    await town.ada.post("!noise seed=7")
    [noise] = await dreamt(town)
    await town.ada.post("!explore strokes seed=7", CAT)
    _, sheet = await dreamt(town, 2)
    await town.bot.close()
    async with another_bot(town):
        await press(town.ada, noise, "Deeper")
        await dreamt(town, 3)
        assert town.pool.seen[-1].start == "picture"
        await press(town.ada, sheet, "2 large")
        await dreamt(town, 4)
        assert town.pool.seen[-1] == town.pool.sheets[0].stops[1][1].with_(size=None)
        await press(town.ada, sheet, "Vary 3")
        await dreamt(town, 5)
        assert len(town.pool.sheets) == 2


async def test_its_owner_hangs_a_dream_up_by_the_button_and_nobody_else_does(town: Town) -> None:
    await town.ada.post("!dream", CAT)
    [dream] = await dreamt(town)
    await press(town.ada, dream, "Share")
    await whispered(town, "no gallery yet")
    opened = await town.control("open_channel", name="gallery")
    await town.bot.parts.guilds.change(
        town.bot.guilds[0].id,
        lambda rules: replace(rules, gallery_channel_id=int(opened["id"])),
    )
    gallery = Hand(town.box.api, opened["id"], town.box.persons[0].token)
    grace = Hand(town.box.api, town.box.channel, town.box.persons[1].token)
    await press(grace, dream, "Share")
    await town.until(lambda found: "Only who dreamt it" in found[-1]["content"], grace)
    await press(town.ada, dream, "Share")
    [post] = await town.until(lambda found: found, gallery)
    assert "dreamt by" in post["content"]
    assert post["attachments"][0]["filename"] == dream["attachments"][0]["filename"]
    await whispered(town, post["id"])
    await press(town.ada, dream, "Share")
    await whispered(town, "It hangs there already")
    assert len(await town.answers(gallery)) == 1
    for hand in (gallery, grace):
        await hand.client.aclose()


async def test_a_dream_is_reported_compared_and_deleted(town: Town) -> None:
    await town.ada.post("!dream", CAT)
    [dream] = await dreamt(town)
    opened = await town.control("open_channel", name="office")
    await town.bot.parts.guilds.change(
        town.bot.guilds[0].id, lambda rules: replace(rules, log_channel_id=int(opened["id"]))
    )
    office = Hand(town.box.api, opened["id"], town.box.persons[0].token)
    async with listening(town.box, town.box.persons[0].token) as gateway:
        await press(town.ada, dream, "Report")
        form = await gateway.next("INTERACTION_MODAL_CREATE")
    filled = {"id": form["id"], "custom_id": form["custom_id"]}
    await town.ada.act(5, filled | {"components": [typed("reason", "teeth")]})
    [told] = await town.until(lambda found: found, office)
    assert "teeth" in told["content"]
    await whispered(town, "Thank you")
    await press(town.ada, dream, "Compare")
    shown = await whispered(town, "Before and after")
    assert shown["attachments"]
    await press(town.ada, dream, "Delete")
    doubt = await whispered(town, "for good?")
    await press(town.ada, doubt, "Delete")
    found = await town.until(lambda found: "Deleted: **Classic**" in found[-1]["content"])
    assert dream["id"] not in {each["id"] for each in found}
    await office.client.aclose()

"""Other work than a dream of a picture, over real sockets: answers as Discord would take them."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bot.chat import picture
from tests.bot.wire import Town, open_town


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with open_town(tmp_path) as town:
        yield town


async def test_the_list_of_presets_shows_its_sample(town: Town) -> None:
    await town.ada.post("!presets")
    [answer] = await town.until(lambda answers: answers)
    [card] = answer["embeds"]
    assert card["image"]["width"] > 1000
    assert card["image"]["url"].startswith("http")


@pytest.mark.parametrize("command", ["noise", "imagine banana", "tour", "explore classic"])
async def test_each_is_answered_once_with_its_picture(town: Town, command: str) -> None:
    files = [] if command.startswith(("noise", "imagine")) else [("cat.png", picture())]
    await town.ada.post(f"!{command}", *files)
    dream = await town.dream()
    assert dream["content"].startswith("✦")
    assert len(await town.answers()) == 1


async def test_the_menu_of_a_message_dreams_its_picture(town: Town) -> None:
    posted = await town.ada.post("look", ("cat.png", picture()))
    menu = await town.ada.command("Dream this", kind=3)
    chosen = {"id": menu["id"], "name": menu["name"], "type": 3, "target_id": posted["id"]}
    await town.ada.act(2, chosen)
    assert (await town.dream())["content"].startswith("✦ **Classic**")
    assert len(await town.answers()) == 1


async def test_a_form_dreams_the_picture_that_was_put_in(town: Town) -> None:
    command = await town.ada.command("explore")
    image = {"name": "image", "type": 11, "value": "0"}
    file = {"id": "0", "filename": "cat.png"}
    chosen = {"id": command["id"], "name": "explore", "type": 1, "options": [image]}
    await town.ada.act(2, chosen | {"attachments": [file]}, ("cat.png", picture()))
    assert "Four ways" in (await town.dream())["content"]
    assert len(await town.answers()) == 1

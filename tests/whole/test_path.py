"""A photograph with `!dream` goes in, its dream comes back, whatever dies in between."""

import asyncio
import os
import re
import signal
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dream import presets
from dream.pictures import read_recipe
from tests.whole.conftest import Message, Playground, results


async def begun(playground: Playground, to: Message) -> Message:
    """The answer, once the dream shows a preview."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        for message in await playground.answers(to):
            if any(file["filename"].startswith("preview.") for file in message["attachments"]):
                return message
        await asyncio.sleep(0.05)
    raise AssertionError(f"no preview: {await playground.messages()}\n{playground.said}")


async def used(playground: Playground) -> int:
    """Credits used today, as `!quota` says it."""
    answer = await playground.answer(await playground.post("!quota"), dream=False)
    said = answer["content"] + str(answer["embeds"])
    found = re.search(r"(\d+) used", said)
    assert found, said
    return int(found[1])


async def test_a_photograph_becomes_a_dream_of_the_classic_layer_in_the_same_message(
    classic_playground: Playground, photos: Path
) -> None:
    asked = await classic_playground.post("!dream", photos / "cat.jpg")
    first = await classic_playground.answer(asked, seconds=10, dream=False)
    last = await classic_playground.answer(asked)
    assert last["id"] == first["id"]
    (file,) = results(last)
    data = await classic_playground.download(file)
    recipe = read_recipe(data)
    assert (recipe.network, recipe.layer) == ("googlenet", "inception_4c/output")
    assert str(recipe.seed) in last["content"] + str(last["embeds"])
    with Image.open(BytesIO(data)) as dreamt, Image.open(photos / "cat.jpg") as photograph:
        assert dreamt.size == photograph.size
        change = np.abs(np.asarray(dreamt.convert("RGB"), int) - np.asarray(photograph, int))
    assert 4 < change.mean() < 40


@pytest.mark.long
async def test_with_nothing_installed_it_dreams_by_our_own_network_and_names_the_preset(
    playground: Playground, rocket: Path
) -> None:
    last = await playground.answer(await playground.post("!dream", rocket))
    (file,) = results(last)
    recipe = read_recipe(await playground.download(file))
    (name,) = (name for name in presets() if file["filename"].startswith(f"dream-{name}-"))
    assert recipe == presets()[name].recipe.with_(seed=recipe.seed)
    assert recipe.network == "dreamnet"
    assert f"**{presets()[name].title}**" in last["content"]
    refused = await playground.answer(await playground.post("!dream classic", rocket), dream=False)
    assert "needs the network googlenet" in refused["content"]


@pytest.mark.long
async def test_a_killed_worker_costs_a_new_try_and_the_same_dream_arrives(
    playground: Playground, photograph: Path
) -> None:
    asked = await playground.post("!dream", photograph)
    answer = await begun(playground, asked)
    os.kill(playground.dreamer(), signal.SIGKILL)
    last = await playground.answer(asked)
    assert last["id"] == answer["id"]
    assert len(await playground.answers(asked)) == 1


@pytest.mark.long
async def test_a_killed_bot_delivers_after_its_restart_once_and_charges_once(
    playground: Playground, photograph: Path
) -> None:
    before = await used(playground)
    asked = await playground.post("!dream", photograph)
    answer = await begun(playground, asked)
    killed = playground.bot()
    os.kill(killed, signal.SIGKILL)
    last = await playground.answer(asked)
    assert playground.bot() != killed
    assert last["id"] == answer["id"]
    await asyncio.sleep(2)
    assert len(await playground.answers(asked)) == 1
    assert await used(playground) == before + 1

"""What people choose besides a preset, typed or in Discord's form, and what it makes of a dream."""

import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from bot.plans import MOST_ITERATIONS
from dream import NotAPicture, Probe, presets
from tests.bot.chat import Chat, QuickPool, open_chat, picture

DOG = ("dog.png", picture((40, 30)))
CAT = ("cat.png", picture())
FISH = ("fish.png", picture((50, 20)))


@pytest.mark.parametrize(
    "typed",
    [
        "strokes strength=1.5 iterations=12 seed=7 size=48",
        "size=48 seed=7 Strokes steps=12 strength=150%",
    ],
)
async def test_choices_are_typed_in_any_order(chat: Chat, typed: str) -> None:
    await chat.alice.send(chat.channel, f"!dream {typed}", attachments=[CAT])
    result = await chat.result()
    [recipe] = chat.pool.seen
    strokes = presets()["strokes"].recipe
    assert recipe == strokes.with_(strength=1.5, iterations=12, seed=7, size=48)
    assert "Strokes" in result.content
    assert "seed `7`" in result.content
    assert chat.sizes() == [(48, 36)]


async def test_a_layer_is_chosen(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream layer=conv2/3x3:5", attachments=[CAT])
    await chat.result()
    assert chat.pool.seen[0].layer == "conv2/3x3:5"


async def test_the_form_has_the_same_choices(chat: Chat) -> None:
    await chat.alice.slash(
        chat.channel,
        "dream",
        image=CAT,
        preset="strokes",
        strength=0.5,
        iterations=3,
        layer="conv2/3x3",
        seed=2**32 - 1,
        size=40,
    )
    await chat.result()
    [recipe] = chat.pool.seen
    chosen = {"strength": 0.5, "iterations": 3, "layer": "conv2/3x3", "seed": 2**32 - 1, "size": 40}
    assert recipe == presets()["strokes"].recipe.with_(**chosen)


async def test_more_work_costs_more(chat: Chat) -> None:
    files = [("large.png", picture((1000, 750)))]
    await chat.alice.send(chat.channel, f"!dream iterations={MOST_ITERATIONS}", attachments=files)
    await chat.result()
    spent = (await chat.submission.balance(chat.alice.id)).used
    assert spent == chat.pool.seen[0].cost((1000, 750)) > 5


async def test_what_is_dearer_than_what_is_left_is_refused(tmp_path: Path) -> None:
    async with open_chat(tmp_path, daily_credits=3) as chat:
        files = [("large.png", picture((1000, 750)))]
        await chat.alice.send(chat.channel, "!dream iterations=100", attachments=files)
        await chat.until(lambda: "more than the 3 of a whole day" in chat.answer().content)
        assert not chat.pool.seen


async def test_a_size_that_is_too_large_is_dreamt_smaller_and_that_is_said(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream size=4000", attachments=[CAT])
    result = await chat.result()
    assert chat.pool.seen[0].size == 1024
    assert "-# I dreamt at 1024 pixels, as large as I can" in result.content


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("strength=3", "The strength is a number from 0 to 2"),
        ("iterations=101", "up to 100 iterations"),
        ("iterations=0", "The iterations is a whole number from 1"),
        ("seed=4294967296", "The seed is a whole number from 0 to 4294967295"),
        ("seed=-1", "`seed` takes a number, such as `seed=7`"),
        ("size=0", "The size is a whole number from 1 to 16384"),
        ("size=20000", "The size is a whole number from 1 to 16384"),
        ("size=large", "`size` takes a number, such as `size=768`"),
        ("layer=a++b", "layer"),
        ("strenght=2", "Did you mean `strength`?"),
        ("eyes strokes", "eyes strokes"),
    ],
)
async def test_a_choice_that_can_not_be_is_one_sentence_and_free(
    chat: Chat, typed: str, says: str
) -> None:
    await chat.alice.send(chat.channel, f"!dream {typed}", attachments=[CAT])
    assert says in chat.answer().content
    assert "got it" not in chat.asked("POST", "/messages")[0][1]["content"]
    assert (await chat.submission.balance(chat.alice.id)).used == 0


# Layers, as they are offered


async def test_layers_of_the_presets_network_are_offered(chat: Chat) -> None:
    offered = await chat.alice.autocomplete(
        chat.channel, "dream", "layer", "fire", preset="eyes", image=CAT
    )
    values = [choice["value"] for choice in offered]
    assert "fire6/concat" in values
    assert all(value.startswith("fire") for value in values)
    names = {choice["value"]: choice["name"] for choice in offered}
    assert names["fire6/concat"] == "fire6/concat (Eyes)"


async def test_without_a_preset_those_of_the_usual_network_are_offered(chat: Chat) -> None:
    offered = await chat.alice.autocomplete(chat.channel, "dream", "layer", "", image=CAT)
    assert "inception_4c/output" in [choice["value"] for choice in offered]
    assert len(offered) <= 25
    assert max(len(choice["name"]) for choice in offered) <= 100


async def test_of_a_preset_that_does_not_exist_no_layers_are_offered(chat: Chat) -> None:
    offered = await chat.alice.autocomplete(
        chat.channel, "dream", "layer", "", preset="strikes", image=CAT
    )
    assert offered == []


def test_what_is_offered_is_known_without_torch() -> None:
    code = (
        "import sys; from bot.ui import cards; from dream import presets;"
        "assert all(cards.layers(preset.recipe) for preset in presets().values());"
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-W", "ignore", "-c", code], check=False).returncode == 0


# A second and a third picture


async def test_the_second_picture_may_be_a_guide(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream strokes guide", attachments=[CAT, DOG])
    await chat.result()
    assert chat.pool.seen[0].guide == sha256(DOG[1]).hexdigest()
    assert chat.pool.further == [{"guide": DOG[1], "mask": None}]
    assert chat.sizes() == [(64, 48)]


async def test_they_are_given_in_the_order_of_their_roles(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream mask guide", attachments=[CAT, DOG, FISH])
    await chat.result()
    assert chat.pool.further == [{"guide": FISH[1], "mask": DOG[1]}]
    assert chat.pool.seen[0].mask == sha256(DOG[1]).hexdigest()


async def test_the_form_takes_them_too(chat: Chat) -> None:
    await chat.alice.slash(chat.channel, "dream", image=CAT, guide=DOG, mask=FISH)
    await chat.result()
    assert chat.pool.further == [{"guide": DOG[1], "mask": FISH[1]}]


async def test_a_guide_alone_guides_the_picture_replied_to(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "look", attachments=[CAT])
    await chat.alice.send(chat.channel, "!dream guide", attachments=[DOG], reply_to=posted)
    await chat.result()
    assert chat.pool.further == [{"guide": DOG[1], "mask": None}]
    assert chat.sizes() == [(64, 48)]


async def test_one_guide_guides_all_the_pictures_of_a_message(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream guide", attachments=[CAT, DOG, FISH])
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert chat.pool.further == [{"guide": DOG[1], "mask": None}] * 2
    assert chat.sizes() == [(64, 48), (50, 20)]


async def test_a_guide_that_was_not_given_is_missed(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream guide mask", attachments=[CAT])
    assert chat.answer().content.startswith("There is no mask.")


async def test_what_is_wrong_with_a_guide_is_said_of_the_guide(
    chat: Chat, monkeypatch: pytest.MonkeyPatch
) -> None:
    probe = QuickPool.probe

    async def picky(self: QuickPool, data: bytes) -> Probe:
        if data == DOG[1]:
            raise NotAPicture("This is no picture.")
        return await probe(self, data)

    monkeypatch.setattr(QuickPool, "probe", picky)
    await chat.alice.send(chat.channel, "!dream guide", attachments=[CAT, DOG])
    assert chat.answer().content == "About the guide: This is no picture."
    assert (await chat.submission.balance(chat.alice.id)).used == 0


async def test_a_guide_is_erased_with_its_person(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!dream guide", attachments=[CAT, DOG])
    await chat.result()
    kept = [file.read_bytes() for file in chat.pictures.rglob("*") if file.is_file()]
    assert DOG[1] in kept
    await chat.forgetting.forget(chat.alice.id)
    assert not [file for file in chat.pictures.rglob("*") if file.is_file()]

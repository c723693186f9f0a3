"""Other work than one dream of a picture: from noise, from scratch, and on sheets."""

import re
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.database import jobs
from bot.database.models import JobRow
from bot.jobs.job import Kind
from bot.networks import fetching
from dream import NetworkUnavailable, Series, presets, tour
from tests.bot.chat import Chat, open_chat, picture

CAT = ("cat.png", picture((640, 480)))
DOG = ("dog.png", picture((40, 30)))

COMMANDS = ["noise", "imagine-class banana", "tour", "explore", "presets"]


async def kinds(chat: Chat) -> list[str]:
    async with chat.database.transaction() as session:
        return list(await session.scalars(select(JobRow.kind).order_by(JobRow.id)))


async def used(chat: Chat) -> int:
    return (await chat.submission.balance(chat.alice.id)).used


async def shown(chat: Chat, command: str, **chosen: str) -> str:
    """What the card says that answers a slash command."""
    found = (await chat.alice.slash(chat.channel, command, **chosen)).response
    assert found is not None
    return found.embeds[0].description or ""


# From noise


async def test_a_dream_comes_out_of_noise_without_a_picture(chat: Chat) -> None:
    message = await chat.alice.send(chat.channel, "!noise swirls seed=7")
    result = await chat.result()
    [recipe] = chat.pool.seen
    assert recipe.start == "coloured 512x512"
    assert (recipe.layer, recipe.seed) == (presets()["swirls"].recipe.layer, 7)
    assert chat.sizes() == [(512, 512)]
    assert result.reference is not None
    assert result.reference.message_id == message.id
    assert "**Swirls from noise**" in result.content
    [file] = result.attachments
    assert file.filename == "dream-noise-swirls-7.png"
    assert "out of noise" in (file.description or "")
    assert await kinds(chat) == ["noise"]


async def test_the_first_answer_to_what_needs_no_picture_speaks_of_none(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!noise")
    [(_, first)] = chat.asked("POST", "/messages")
    assert first["content"].endswith("got it, one moment…")


async def test_noise_is_as_large_as_is_wanted_and_allowed(tmp_path: Path) -> None:
    async with open_chat(tmp_path, dream_pixels=400 * 400) as chat:
        await chat.alice.slash(chat.channel, "noise", preset="eyes", size=320)
        await chat.until(lambda: chat.sizes() == [(320, 320)])
        await chat.bob.send(chat.channel, "!noise size=1000")
        await chat.until(lambda: len(chat.sizes()) == 2)
        assert chat.sizes()[1] == (400, 400)
        assert "I dreamt at 400 pixels, as large as I can" in chat.answers()[1].content


async def test_pictures_that_come_with_noise_are_left_alone(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!noise", attachments=[CAT, DOG])
    await chat.result()
    await chat.settled()
    assert len(chat.pool.seen) == 1


# From scratch


async def test_a_class_is_imagined_by_its_name(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!imagine-class Banana seed=3")
    result = await chat.result()
    [imagined] = chat.pool.imagined
    assert (imagined.network, imagined.what, imagined.seed) == ("googlenet", "class:954", 3)
    assert "**banana, imagined**" in result.content
    assert "seed `3`" in result.content
    [file] = result.attachments
    assert file.filename == "dream-class-banana-3.png"
    assert "“banana”" in (file.description or "")
    assert chat.sizes() == [(256, 256)]
    assert await used(chat) == 1


async def test_imagine_is_enough_to_type(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!imagine golden retriever size=128")
    await chat.until(lambda: chat.sizes() == [(128, 128)])
    assert "**golden retriever, imagined**" in chat.answer().content


@pytest.mark.parametrize("name", ["mask", "ski mask"])
async def test_a_mask_is_a_thing_here(chat: Chat, name: str) -> None:
    await chat.alice.send(chat.channel, f"!imagine {name}")
    result = await chat.result()
    assert f"**{name}, imagined**" in result.content


async def test_a_class_that_there_is_not_has_its_nearest_names(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!imagine bannana")
    said = chat.answer().content
    assert "I know nothing called `bannana`" in said
    assert re.search(r"What comes near: .*\bbanana\b", said)
    assert not chat.pool.imagined
    assert await used(chat) == 0


async def test_a_part_of_a_name_finds_whole_ones(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!imagine shark")
    assert "great white shark" in chat.answer().content
    assert "hammerhead" in chat.answer().content


async def test_a_name_of_two_things_asks_which(chat: Chat) -> None:
    await chat.alice.slash(chat.channel, "imagine-class", name="crane")
    assert not chat.pool.imagined
    await chat.alice.slash(chat.channel, "imagine-class", name="134")
    await chat.until(chat.dreams)
    assert chat.pool.imagined[0].what == "class:134"
    assert "**crane, imagined**" in chat.dreams()[0].content


async def test_names_are_offered_while_one_types(chat: Chat) -> None:
    offered = await chat.alice.autocomplete(chat.channel, "imagine-class", "name", "tabb")
    assert [each["value"] for each in offered] == ["tabby"]
    assert offered[0]["name"].startswith("tabby, ")
    cranes = await chat.alice.autocomplete(chat.channel, "imagine-class", "name", "crane")
    assert {"134", "517"} <= {each["value"] for each in cranes}
    everything = await chat.alice.autocomplete(chat.channel, "imagine-class", "name", "")
    assert len(everything) == 25


async def test_nothing_is_imagined_without_a_name(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!imagine")
    assert "Imagine what?" in chat.answer().content


async def test_what_is_imagined_has_no_layer(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!imagine banana layer=conv1")
    assert "`layer` can't be chosen here; `seed` and `size` can." in chat.answer().content


async def test_another_network_imagines_where_the_classic_is_missing(chat: Chat) -> None:
    (chat.networks / "bvlc_googlenet.caffemodel").unlink()
    await chat.alice.send(chat.channel, "!imagine banana")
    await chat.result()
    assert chat.pool.imagined[0].network == "squeezenet"


async def test_without_names_nothing_is_imagined(chat: Chat) -> None:
    for file in chat.networks.iterdir():
        file.unlink()
    await chat.alice.send(chat.channel, "!imagine banana")
    assert "dream fetch googlenet" in chat.answer().content
    assert await chat.alice.autocomplete(chat.channel, "imagine-class", "name", "ban") == []


# On a sheet


async def test_a_tour_shows_a_picture_layer_by_layer(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!tour seed=5", attachments=[CAT])
    result = await chat.result()
    [series] = chat.pool.sheets
    classic = presets()["classic"].recipe
    assert series.labels == [layer for layer, _ in tour(classic, "layers")]
    assert {recipe.seed for _, recipe in series.stops} == {5}
    assert {recipe.dream_size((640, 480)) for _, recipe in series.stops} == {(256, 192)}
    assert series.width == 256
    assert series.original == "as it was"
    assert "**A tour of Classic**" in result.content
    assert "1 credit" in result.content
    [file] = result.attachments
    assert file.filename == "dream-tour-classic-5.png"
    assert "inception_4c/output" in (file.description or "")
    assert await used(chat) == 1


@pytest.mark.parametrize("typed", ["iterations eyes", "eyes by=iterations", "eyes by: Iterations"])
async def test_a_tour_goes_by_something_else(chat: Chat, typed: str) -> None:
    await chat.alice.send(chat.channel, f"!tour {typed}", attachments=[CAT])
    await chat.result()
    [series] = chat.pool.sheets
    assert [recipe.iterations for _, recipe in series.stops] == [1, 5, 10, 20, 40]
    assert series.labels[:2] == ["1 iteration", "5 iterations"]
    assert series.stops[0][1].layer == presets()["eyes"].recipe.layer


async def test_iterations_of_a_tour_through_the_layers_can_be_chosen(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!tour iterations = 3", attachments=[CAT])
    await chat.result()
    [series] = chat.pool.sheets
    assert len(series.stops) == 11
    assert {recipe.iterations for _, recipe in series.stops} == {3}


async def test_a_tour_can_be_chosen_from_a_form(chat: Chat) -> None:
    await chat.alice.slash(chat.channel, "tour", image=CAT, preset="fables", by="octaves", seed=2)
    await chat.until(chat.dreams)
    [series] = chat.pool.sheets
    assert series.labels == ["1 octave", "2 octaves", "3 octaves", "4 octaves", "6 octaves"]
    assert series.stops[0][1].network == "dreamnet"


async def test_the_picture_of_a_tour_is_found_as_that_of_a_dream(chat: Chat) -> None:
    posted = await chat.bob.send(chat.channel, "Look!", attachments=[CAT])
    await chat.alice.send(chat.channel, "!tour", reply_to=posted)
    await chat.until(chat.dreams)
    await chat.alice.slash(chat.channel, "tour")
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert len(chat.pool.sheets) == 2


async def test_a_sheet_takes_no_guide(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!tour guide", attachments=[CAT, DOG])
    assert "go with `/dream` alone" in chat.answer().content


async def test_exploring_leaves_each_of_the_four_to_its_buttons(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!explore classic seed=7", attachments=[CAT])
    result = await chat.result()
    [series] = chat.pool.sheets
    assert series.labels == ["1", "2", "3", "4"]
    assert series.columns == 2
    assert len({recipe.with_(size=None) for _, recipe in series.stops}) == 4
    assert "\n-# Have one of them large, or four more" in result.content
    assert "`!dream" not in result.content


@pytest.mark.parametrize("preset", list(presets()))
async def test_every_preset_can_be_explored(chat: Chat, preset: str) -> None:
    await chat.alice.slash(chat.channel, "explore", image=CAT, preset=preset)
    await chat.until(chat.dreams)
    [series] = chat.pool.sheets
    assert len({recipe.to_json() for _, recipe in series.stops}) == 4


async def test_what_was_explored_is_kept_so_that_each_can_be_had_again(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!explore", attachments=[CAT])
    await chat.result()
    async with chat.database.transaction() as session:
        [job] = await jobs.last_of(session, chat.alice.id, 1)
    assert job.kind is Kind.EXPLORE
    assert job.recipe == chat.pool.sheets[0]


async def test_all_presets_are_seen_on_ones_picture(chat: Chat) -> None:
    (chat.networks / "squeezenet_v1.1.caffemodel").unlink()
    await chat.alice.send(chat.channel, "!presets", attachments=[CAT])
    result = await chat.result()
    [series] = chat.pool.sheets
    here = [each for each in presets().values() if each.recipe.network != "squeezenet"]
    assert series.labels == [preset.title for preset in here]
    assert "**All presets**" in result.content
    assert await used(chat) == 1


@pytest.mark.parametrize("how", ["reply", "avatar", "form"])
async def test_the_picture_for_all_presets_may_be_elsewhere(chat: Chat, how: str) -> None:
    posted = await chat.bob.send(chat.channel, "Look!", attachments=[CAT])
    if how == "reply":
        await chat.alice.send(chat.channel, "!presets", reply_to=posted)
        await chat.until(chat.dreams)
        assert len(chat.pool.sheets) == 1
    elif how == "form":
        await chat.alice.slash(chat.channel, "presets", image=CAT)
        await chat.until(chat.dreams)
        assert len(chat.pool.sheets) == 1
    else:
        await chat.alice.send(chat.channel, "!presets avatar")
        assert "looking at your picture" in chat.asked("POST", "/messages")[-1][1]["content"]


async def test_the_list_of_presets_has_a_sample_of_each(chat: Chat) -> None:
    words = await chat.bob.send(chat.channel, "What are presets?")
    await chat.alice.send(chat.channel, "!presets", reply_to=words)
    [card] = chat.answer().embeds
    assert card.title == "Presets"
    assert card.image.url
    assert not chat.pool.sheets
    assert await used(chat) == 0


# As jobs


@pytest.mark.parametrize("command", COMMANDS)
async def test_each_shows_how_far_it_is_and_can_be_cancelled(chat: Chat, command: str) -> None:
    chat.pool.gate.clear()
    files = [] if command.startswith(("noise", "imagine")) else [CAT]
    await chat.alice.send(chat.channel, f"!{command}", attachments=files)
    await chat.until(lambda: " 1 of 4 · " in chat.answer().content)
    await chat.until(lambda: chat.answer().attachments)
    assert chat.answer().attachments[0].filename == "preview.jpg"
    assert await used(chat) > 0
    await chat.alice.send(chat.channel, "!queue")
    await chat.alice.send(chat.channel, "!cancel")
    await chat.until(lambda: "cancelled. You called it off" in chat.answers()[0].content)
    assert await used(chat) == 0


@pytest.mark.parametrize("command", COMMANDS)
async def test_what_fails_is_told_and_given_back(chat: Chat, command: str) -> None:
    chat.pool.error = NetworkUnavailable("The network is gone.")
    files = [] if command.startswith(("noise", "imagine")) else [CAT]
    await chat.alice.send(chat.channel, f"!{command}", attachments=files)
    await chat.until(lambda: "Your credit is back" in chat.answer().content)
    assert "The network is gone." in chat.answer().content
    assert await used(chat) == 0


@pytest.mark.parametrize("command", COMMANDS)
async def test_what_was_asked_while_nobody_listened_is_done_once(chat: Chat, command: str) -> None:
    await chat.alice.send(chat.channel, "hello")
    await chat.bot.parts.seen.flush()
    files = [] if command.startswith(("noise", "imagine")) else [CAT]
    asked = chat.post_unheard(chat.alice, f"!{command}", *files)
    begun = {"noise": "got it, one moment…"}.get(command)
    if begun:
        # The bot was killed over it.
        chat.post_unheard(chat.me, f"☾ **Classic from noise** · {begun}", reply_to=asked)
    await chat.restart()
    await chat.until(chat.dreams)
    assert len(chat.answers()) == 1
    assert len(await kinds(chat)) == 1


async def test_history_and_quota_call_each_by_its_name(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!imagine banana seed=4")
    await chat.result()
    await chat.alice.send(chat.channel, "!explore seed=5", attachments=[CAT])
    await chat.until(lambda: len(chat.dreams()) == 2)
    await chat.until(lambda: not chat.bot.parts.acceptance.under_way)
    for command in ("history", "quota"):
        told = await shown(chat, command)
        assert "banana, imagined" in told
        assert "Four ways from Classic" in told
    assert "seed `5`" in await shown(chat, "history")


async def test_large_cells_of_a_sheet_cost_what_they_take(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!tour size=2000", attachments=[CAT])
    result = await chat.result()
    [series] = chat.pool.sheets
    assert isinstance(series, Series)
    assert series.stops[0][1].size == 512
    assert "as large as I can" in result.content
    assert await used(chat) == series.cost((640, 480)) > 1


# Networks


async def test_networks_are_told_of(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!network")
    card = chat.answer().embeds[0].description or ""
    assert "**googlenet** · 141 layers · 54 MB" in card
    assert "**squeezenet** · 65 layers · 5 MB · BSD 2-clause" in card
    assert "● **dreamnet**" in card


async def test_a_network_that_is_not_here_is_told_of_with_what_gets_it(chat: Chat) -> None:
    (chat.networks / "squeezenet_v1.1.caffemodel").unlink()
    assert "● is here · ○ 1 more can be had: `" in await shown(chat, "network")
    told = await shown(chat, "network", name="squeezenet")
    assert f"`{fetching('squeezenet')}`" in told
    assert "github.com/forresti" in told
    assert "Neon" in told
    offered = await chat.alice.autocomplete(chat.channel, "network", "name", "places")
    assert [each["value"] for each in offered] == ["places205", "places365"]


async def test_a_network_that_there_is_not_has_the_nearest(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!network googlnet")
    assert "`googlenet`" in chat.answer().content


async def test_each_of_four_can_be_had_large_and_varied_also_after_a_restart(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!explore strokes seed=7", attachments=[CAT])
    await chat.until(lambda: chat.pool.sheets and chat.dreams())
    [sheet] = chat.dreams()
    [series] = chat.pool.sheets
    await chat.restart()
    await chat.alice.click(sheet, label="2 large")
    await chat.until(lambda: len(chat.dreams()) == 2)
    assert chat.pool.seen[-1] == series.stops[1][1].with_(size=None)
    await chat.alice.click(sheet, label="Vary 3")
    await chat.until(lambda: len(chat.pool.sheets) == 2)
    varied = chat.pool.sheets[-1].stops[0][1]
    assert varied.layer == series.stops[2][1].layer
    assert varied.seed != 7


async def test_the_four_are_for_whoever_asked(chat: Chat) -> None:
    await chat.alice.send(chat.channel, "!explore", attachments=[CAT])
    await chat.until(chat.dreams)
    told = await chat.bob.click(chat.dreams()[0], label="1 large")
    assert told.ephemeral
    assert not chat.pool.seen

"""Recipes: what may be in one, how it is written, what it costs."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dream import Recipe, RecipeError, UnknownName, preset, presets, random_seed
from dream.recipe import MOST_OCTAVES

layers = st.from_regex(
    r"([1-9]\*)?[a-z0-9_/]{1,9}(:[0-9]{1,3}(,[0-9]-9)?)?( ?\+ ?[a-z]/x)?", fullmatch=True
)
recipes = st.builds(
    Recipe,
    network=st.text(min_size=1, max_size=20),
    layer=layers,
    octaves=st.integers(1, 12),
    octave_scale=st.floats(1.05, 4),
    smallest=st.none() | st.integers(32, 16384),
    iterations=st.integers(1, 1000) | st.lists(st.integers(1, 1000), min_size=1, max_size=40),
    step=st.floats(0.001, 100),
    momentum=st.floats(0, 0.95),
    start=st.sampled_from(["picture", "pink 3x4", "#a0b0c0 640x480"]),
    strength=st.floats(0, 2),
    keep_colours=st.booleans(),
    guide=st.none() | st.from_regex("[0-9a-f]{64}", fullmatch=True),
    jitter=st.integers(0, 512),
    smoothing=st.floats(0, 1),
    seed=st.integers(0, 2**32 - 1),
    size=st.none() | st.integers(1, 16384),
)
sizes = st.tuples(st.integers(1, 3000), st.integers(1, 3000))


def test_a_recipe_from_before_a_choice_existed_has_its_default() -> None:
    older = json.dumps({"layer": "inception_3b/output", "version": 1})
    assert Recipe.from_json(older) == Recipe(layer="inception_3b/output", smoothing=0)


@given(recipes)
def test_a_recipe_survives_its_json(recipe: Recipe) -> None:
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_whole_numbers_and_fractions_of_one_value_are_one_text() -> None:
    assert Recipe(step=2).to_json() == Recipe(step=2.0).to_json()


def test_equal_layers_are_one_text() -> None:
    recipe = Recipe(layer=" inception_4c/output:4,3,2+1.0 * inception_3b/output ")
    assert recipe.layer == "inception_3b/output + inception_4c/output:2-4"
    assert recipe == Recipe(layer="inception_4c/output:2-4+inception_3b/output")


@pytest.mark.parametrize(
    ("choice", "value"),
    [
        ("octaves", 0),
        ("octaves", 2.5),
        ("octaves", True),
        ("octave_scale", 1.0),
        ("octave_scale", float("nan")),
        ("iterations", 1001),
        ("step", 0),
        ("step", float("inf")),
        ("step", "1"),
        ("jitter", -1),
        ("iterations", []),
        ("iterations", [1] * 41),
        ("iterations", [1, 0]),
        ("momentum", 1),
        ("smallest", 31),
        ("strength", 2.1),
        ("start", "nothing"),
        ("guide", "holiday.jpg"),
        ("mask", "ABCD"),
        ("smoothing", -0.1),
        ("smoothing", 1.5),
        ("seed", 2**32),
        ("size", 0),
        ("size", 20000),
        ("layer", ""),
        ("layer", 7),
        ("layer", "inception_4c/output:"),
        ("layer", "inception_4c/output +"),
        ("layer", "+".join(["inception_4c/output"] * 26)),
    ],
)
def test_a_value_out_of_range_is_named(choice: str, value: object) -> None:
    with pytest.raises(RecipeError, match=f"The {choice.replace('_', ' ')} (is|are)"):
        Recipe(**{choice: value})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "isn't JSON"),
        ("[" * 100_000, "isn't JSON"),
        ("[1]", "no version"),
        ("{}", "no version"),
        ('{"version": 2}', "another version"),
        ('{"version": 1, "colour": "red"}', "unknown choice: colour"),
        ('{"version": 1, "step": NaN}', "The step is"),
    ],
)
def test_what_is_no_recipe_is_said(text: str, why: str) -> None:
    with pytest.raises(RecipeError, match=why):
        Recipe.from_json(text)


def test_octaves_are_the_notebooks() -> None:
    assert Recipe().octave_sizes((1024, 768)) == [(373, 280), (522, 392), (731, 549), (1024, 768)]


@given(recipes, sizes)
def test_the_last_octave_is_the_dream_and_no_other_is_too_small(
    recipe: Recipe, dream: tuple[int, int]
) -> None:
    octaves = recipe.octave_sizes(dream)
    assert octaves[-1] == dream
    most = recipe.octaves if recipe.smallest is None else MOST_OCTAVES
    assert 1 <= len(octaves) <= most
    assert all(min(octave) >= 32 for octave in octaves[:-1])


@given(sizes, st.integers(1, 3000))
def test_a_size_is_the_longer_side_and_keeps_the_shape(picture: tuple[int, int], size: int) -> None:
    dream = Recipe(size=size).dream_size(picture)
    assert max(dream) == size
    assert min(dream) == pytest.approx(max(1, size * min(picture) / max(picture)), abs=0.51)


def test_the_standard_dream_costs_one_credit() -> None:
    assert Recipe().cost((1024, 768)) == 1
    assert Recipe().cost((10, 10)) == 1
    assert Recipe(iterations=20).cost((1024, 768)) == 2
    assert Recipe().cost((4096, 3072)) == 16


def test_presets_have_recipes_and_words() -> None:
    assert "classic" in presets()
    assert preset(" Classic ").recipe == Recipe()
    for entry in presets().values():
        assert entry.title
        assert entry.text.endswith(".")
        json.loads(entry.recipe.to_json())


def test_a_misspelt_preset_gets_the_nearest_names() -> None:
    with pytest.raises(UnknownName, match=r"“clasic”\. Nearest: classic"):
        preset("clasic")


def test_seeds_are_drawn_anew() -> None:
    assert len({random_seed() for _ in range(20)}) > 15
    assert all(0 <= random_seed() < 1_000_000 for _ in range(100))


def test_a_guide_is_named_by_what_is_in_its_file() -> None:
    recipe = Recipe().with_files(guide=b"one")
    assert recipe.guide == hashlib.sha256(b"one").hexdigest()
    assert recipe.with_files(guide=b"one") == recipe
    with pytest.raises(RecipeError, match="has a guide: give it the one of this sha256"):
        recipe.with_files()
    with pytest.raises(RecipeError, match="give it another file"):
        recipe.with_files(guide=b"two")


def test_iterations_are_for_the_largest_octaves_first() -> None:
    recipe = Recipe(iterations=(2, 5, 9))
    assert Recipe.from_json(recipe.to_json()) == recipe
    assert recipe.octave_iterations(5) == [2, 2, 2, 5, 9]
    assert recipe.octave_iterations(3) == [2, 5, 9]
    assert recipe.octave_iterations(1) == [9]
    assert Recipe(iterations=(7, 7)) == Recipe(iterations=7)


def test_work_counts_each_octaves_own_iterations() -> None:
    recipe = Recipe(octaves=2, octave_scale=2, iterations=(3, 5))
    assert recipe.work((800, 400)) == 3 * 400 * 200 + 5 * 800 * 400


@pytest.mark.parametrize(("smallest", "least"), [(32, 32), (100, 100), (280, 280), (5000, 768)])
def test_octaves_reach_down_to_the_smallest_side(smallest: int, least: int) -> None:
    sizes = Recipe(smallest=smallest).octave_sizes((1024, 768))
    assert least / 1.19 <= min(sizes[0]) <= least * 1.4
    assert sizes[-1] == (1024, 768)


def test_a_start_of_its_own_takes_no_picture_and_a_picture_needs_one() -> None:
    noise = Recipe(start="pink 640x480", size=320)
    assert noise.dream_size() == (320, 240)
    assert noise.work() == Recipe().work((320, 240))
    with pytest.raises(RecipeError, match="dreams on pink 640x480: it takes no picture"):
        noise.dream_size((3, 4))
    with pytest.raises(RecipeError, match="dreams on a picture: give it one"):
        Recipe().dream_size()


def test_the_fast_dream_is_less_work() -> None:
    classic = Recipe(seed=3)
    assert classic.fast().work((1024, 768)) < 0.7 * classic.work((1024, 768))
    assert classic.fast().seed == 3


def test_names_of_networks_are_one_text_however_they_are_capitalised() -> None:
    assert Recipe(network="GoogLeNet") == Recipe()


@pytest.mark.parametrize("place", ["0.00001,0.5", "0.123456789,1", ".5,0", "1,0.99999"])
def test_a_place_written_is_a_place_read(place: str) -> None:
    recipe = Recipe(layer=f"inception_4c/output:3@{place}")
    assert Recipe.from_json(recipe.to_json()) == recipe


def test_many_steps_on_few_pixels_cost_what_they_take() -> None:
    small = Recipe(smallest=32, octave_scale=1.05, iterations=1000)
    assert small.cost((48, 48)) > 5

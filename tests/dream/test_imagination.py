"""The choices that make a picture from scratch: what may be in them, how they are written."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dream import Recipe, RecipeError
from dream.imagination import Imagination, is_imagination

BANANA = Imagination("googlenet", "class:banana")


@given(
    st.builds(
        Imagination,
        network=st.text(min_size=1, max_size=20),
        what=st.from_regex(
            r"(class:[a-z]{1,9}( [A-Z]{1,9})?|[a-z0-9_/]{1,9}:[0-9]{1,3})", fullmatch=True
        ),
        size=st.integers(64, 1024),
        steps=st.integers(8, 4096),
        seed=st.integers(0, 2**32 - 1),
    )
)
def test_an_imagination_survives_its_json_and_is_told_from_a_recipe(made: Imagination) -> None:
    assert is_imagination(made.to_json())
    assert Imagination.from_json(made.to_json()) == made
    with pytest.raises(RecipeError):
        Recipe.from_json(made.to_json())


def test_a_recipe_is_no_imagination() -> None:
    assert not is_imagination(Recipe().to_json())
    with pytest.raises(RecipeError, match="aren't the choices of a picture made from scratch"):
        Imagination.from_json(Recipe().to_json())


def test_equal_things_are_one_text() -> None:
    assert BANANA.with_(what="class:  Banana ") == BANANA
    assert BANANA.with_(what=" conv2/3x3 : 007").what == "conv2/3x3:7"


def test_what_is_imagined_is_a_class_or_a_channel() -> None:
    assert BANANA.class_name == "banana"
    channel = BANANA.with_(what="inception_4c/output:12")
    assert channel.class_name is None
    assert channel.channel == ("inception_4c/output", 12)


@pytest.mark.parametrize(
    ("choice", "value", "said"),
    [
        ("network", "", "The network is a name"),
        ("network", 7, "The network is a name"),
        ("what", "", "What is imagined is a text"),
        ("what", 7, "What is imagined is a text"),
        ("what", "class: ", "The class has no name"),
        ("what", "inception_4c/output", "one channel"),
        ("what", "inception_4c/output:1,2", "one channel"),
        ("what", "2*inception_4c/output:1", "one channel"),
        ("what", "conv2/3x3:1 + conv2/3x3:2", "one channel"),
        ("what", "conv2/3x3:", "can't be read"),
        ("size", 63, "The size is a whole number from 64 to 1024, not 63"),
        ("size", 1025, "The size is"),
        ("size", 256.0, "The size is"),
        ("size", True, "The size is"),
        ("steps", 7, "The steps is a whole number from 8 to 4096"),
        ("steps", "9", "The steps is"),
        ("seed", -1, "The seed is"),
        ("seed", 2**32, "The seed is"),
    ],
)
def test_a_value_out_of_range_is_said(choice: str, value: Any, said: str) -> None:
    with pytest.raises(RecipeError, match=said):
        BANANA.with_(**{choice: value})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": 2}, "another version"),
        ({"version": None}, "another version"),
        ({"colour": "red"}, "unknown choice: colour"),
        ({"size": float("nan")}, "The size is"),
    ],
)
def test_choices_that_cant_be_are_said(change: dict[str, Any], said: str) -> None:
    written = json.dumps({**json.loads(BANANA.to_json()), **change})
    with pytest.raises(RecipeError, match=said):
        Imagination.from_json(written)


@pytest.mark.parametrize("text", ["", "[" * 100_000, "[1]", "{}", '{"made": "by hand"}'])
def test_what_is_no_imagination_is_said(text: str) -> None:
    with pytest.raises(RecipeError, match="aren't the choices"):
        Imagination.from_json(text)


def test_an_imagination_of_nothing_is_said() -> None:
    with pytest.raises(RecipeError, match="doesn't say its network"):
        Imagination.from_json('{"made": "from scratch", "version": 1, "what": "class:banana"}')


def test_its_work_is_that_of_all_views_and_its_cost_follows() -> None:
    assert BANANA.work() == 96 * 4 * 112**2 + 96 * 3 * 160**2 + 64 * 2 * 224**2
    assert BANANA.cost() == 1
    assert BANANA.with_(size=64, steps=8).cost() == 1
    assert BANANA.with_(steps=2560).work() == 10 * BANANA.work()
    assert BANANA.with_(steps=2560).cost() == 12

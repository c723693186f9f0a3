"""What people type is taken apart, in any order, and nothing they type breaks it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import Refusal
from bot.typed import Choices, Typed, read
from dream import Recipe, RecipeError


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Typed()),
        ("eyes", Typed("eyes")),
        ("Night  Garden", Typed("Night Garden")),
        ("eyes strength=1.5 seed=7", Typed("eyes", Choices(strength=1.5, seed=7))),
        ("seed=7 eyes strength=150%", Typed("eyes", Choices(strength=1.5, seed=7))),
        ("strength = 0,5", Typed(choices=Choices(strength=0.5))),
        ("STEPS:20 size=512", Typed(choices=Choices(iterations=20, size=512))),
        ('layer="0.5*a/b + c:3"', Typed(choices=Choices(layer="0.5*a/b + c:3"))),
        ("layer=inception_4c/output:12", Typed(choices=Choices(layer="inception_4c/output:12"))),
        ("preset=fables", Typed("fables")),
        ("https://a.example/b.png?c=d eyes", Typed("eyes", links=("https://a.example/b.png?c=d",))),
        ("<https://a.example/b>", Typed(links=("https://a.example/b",))),
        ("avatar", Typed(avatar=0)),
        ("avatar:me fur", Typed("fur", avatar=0)),
        ("avatar:<@123456>", Typed(avatar=123456)),
        ("avatar:<@!123456>", Typed(avatar=123456)),
        ("avatar: 123456789012345678", Typed(avatar=123456789012345678)),
        ("eyes guide mask", Typed("eyes", roles=("guide", "mask"))),
    ],
)
def test_what_is_typed_is_taken_apart(text: str, expected: Typed) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("strenght=2", "Did you mean `strength`"),
        ("colour=red", "There are `iterations`"),
        ("seed=many", "`seed` takes a number"),
        ("seed=1.5", "`seed` takes a number"),
        ("size=50%", "`size` takes a number"),
        ("strength=nan", "takes a number"),
        ("seed=-1", "takes a number"),
        ("seed=99999999999999", "takes a number"),
        ("iterations=1000", "up to 100"),
        ("avatar:everyone", "Whose avatar"),
    ],
)
def test_what_can_not_be_meant_is_told(text: str, sentence: str) -> None:
    with pytest.raises(Refusal, match=sentence):
        read(text)


def test_only_what_was_chosen_changes_the_recipe() -> None:
    recipe = Recipe(layer="conv2/3x3", iterations=3)
    assert Choices().of(recipe) == recipe
    assert Choices(strength=0.5, seed=7).of(recipe) == recipe.with_(strength=0.5, seed=7)
    with pytest.raises(RecipeError):
        Choices(strength=3).of(recipe)


def refusal_of(text: str) -> str | None:
    """What somebody is told who types that; None if it is read."""
    try:
        read(text)
    except Refusal as refusal:
        return str(refusal)
    return None


@given(st.text(max_size=700))
def test_whatever_is_typed_is_read_or_refused(text: str) -> None:
    assert refusal_of(text) != ""


@given(st.from_regex(r"[A-Za-z_`*@<>]{1,60}=\S{1,40}", fullmatch=True))
def test_a_refusal_repeats_no_markup(text: str) -> None:
    said = refusal_of(text) or ""
    assert "<@" not in said
    assert said.count("`") % 2 == 0

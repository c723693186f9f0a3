"""The recipe that a picture gets: no dream larger than allowed, none changed without need."""

import math

from hypothesis import given
from hypothesis import strategies as st

from bot.acceptance import fit
from dream import Recipe

LIMIT = 1024 * 768


@given(st.integers(1, 60_000), st.integers(1, 60_000), st.sampled_from([None, 64, 500, 16384]))
def test_no_dream_is_larger_than_allowed(width: int, height: int, asked: int | None) -> None:
    recipe = fit(Recipe(size=asked), (width, height), LIMIT)
    assert math.prod(recipe.dream_size((width, height))) <= LIMIT
    if asked is not None:
        assert recipe.size is not None
        assert recipe.size <= asked


@given(st.integers(1, 1024), st.integers(1, 768))
def test_a_picture_small_enough_keeps_its_size(width: int, height: int) -> None:
    assert fit(Recipe(), (width, height), LIMIT).size is None


def test_a_thin_picture_counts_as_wide_as_it_is_dreamt() -> None:
    recipe = fit(Recipe(), (LIMIT, 1), LIMIT)
    assert recipe.size is not None
    assert recipe.size * 32 <= LIMIT


def test_a_large_picture_uses_what_is_allowed() -> None:
    recipe = fit(Recipe(), (4000, 3000), LIMIT)
    assert recipe.dream_size((4000, 3000)) == (1024, 768)

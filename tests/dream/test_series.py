"""A series keeps its dreams, knows its cost, and comes back from its JSON as it was."""

import pytest

from dream.errors import RecipeError
from dream.imagination import Imagination
from dream.recipe import Recipe
from dream.series import Series, is_series

OURS = Recipe(network="dreamnet", layer="inception_4a/output", octaves=2, iterations=3)
TWO = Series((("shy", OURS), ("bold", OURS.with_(step=3.0))), columns=2, original="photograph")


def test_its_json_makes_it_again() -> None:
    assert Series.from_json(TWO.to_json()) == TWO
    assert is_series(TWO.to_json())


def test_it_costs_what_its_dreams_take_together() -> None:
    size = (1024, 768)
    assert TWO.work(size) == 2 * OURS.work(size)
    classic = Series(tuple((str(n), Recipe()) for n in range(3)), columns=3)
    assert classic.cost(size) == 3
    assert classic.cost((64, 64)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{",
        OURS.to_json(),
        Imagination("squeezenet", "class:banana").to_json(),
        '{"made": "series", "version": 2}',
        '{"made": "series", "version": 1}',
        '{"made": "series", "version": 1, "stops": [1], "columns": 1, "width": 64, "original": ""}',
        '{"made": "series", "version": 1, "stops": [["a", {}]], "columns": 1, "width": 64,'
        ' "original": ""}',
    ],
)
def test_what_is_no_series_is_refused(text: str) -> None:
    with pytest.raises(RecipeError):
        Series.from_json(text)


@pytest.mark.parametrize(
    "choices",
    [
        {"stops": ()},
        {"stops": (("x", OURS),) * 41},
        {"stops": (("x" * 61, OURS),)},
        {"columns": 0},
        {"columns": 41},
        {"width": 15},
        {"width": 4097},
        {"original": "x" * 61},
    ],
)
def test_what_does_not_fit_on_a_sheet_is_refused(choices: dict[str, object]) -> None:
    with pytest.raises(RecipeError):
        Series(**{"stops": TWO.stops, "columns": 1, **choices})  # type: ignore[arg-type]

"""When those that wait begin: the line played on, with all its rules."""

import pytest

from bot.jobs.estimates import Effort
from bot.jobs.forecast import FARTHEST, Forecast, play
from bot.jobs.turns import Bounds, Line, LineState, Overtaking, Roster, Running, Waiting

USUAL = Bounds(person=2, guild=10)
NONE_OVERTAKE = Overtaking(0.0, 100.0)


def waits(name: str, person: int, seconds: int, first: bool = True) -> Waiting:
    return Waiting(name, person, 1, Effort("n", "l", seconds), first)


def runs(person: int, seconds: int, age: float) -> Running:
    return Running(f"of {person}", person, 1, Effort("n", "l", seconds), "me", age)


def forecast(
    waiting: list[Waiting],
    running: list[Running],
    *,
    free: int = 0,
    bounds: Bounds = USUAL,
    line: Line | None = None,
    overtaking: Overtaking = NONE_OVERTAKE,
) -> dict[str, Forecast]:
    return play(
        Roster(waiting, running),
        line or Line(),
        bounds=bounds,
        expected=lambda effort: float(effort.work),
        free=free,
        overtaking=overtaking,
    )


def begins(forecasts: dict[str, Forecast]) -> dict[str, tuple[int, float | None]]:
    return {name: (one.before, one.begins_in) for name, one in forecasts.items()}


def test_on_one_slot_each_waits_for_all_before_it() -> None:
    line = [waits("a", 2, 10), waits("b", 3, 20), waits("c", 4, 5)]
    told = forecast(line, [runs(1, 30, age=12)])
    assert begins(told) == {"a": (0, 18), "b": (1, 28), "c": (2, 48)}
    assert told["b"].takes == 20


def test_more_slots_are_filled_as_they_get_free() -> None:
    line = [waits("a", 3, 10), waits("b", 4, 20), waits("c", 5, 5)]
    told = forecast(line, [runs(1, 30, age=0), runs(2, 30, age=20)])
    assert begins(told) == {"a": (0, 10), "b": (1, 20), "c": (2, 30)}


def test_a_free_slot_begins_at_once() -> None:
    assert begins(forecast([waits("a", 2, 10)], [runs(1, 30, age=0)], free=1)) == {"a": (0, 0)}


def test_one_that_should_be_over_still_takes_a_moment() -> None:
    told = forecast([waits("a", 2, 10)], [runs(1, 30, age=500)])
    assert begins(told) == {"a": (0, 3)}


def test_whoever_has_enough_running_begins_when_one_of_those_has_ended() -> None:
    line = [waits("a", 1, 10), waits("b", 2, 10)]
    told = forecast(line, [runs(1, 30, age=0)], free=1, bounds=Bounds(1, 10))
    assert begins(told) == {"b": (0, 0), "a": (1, 30)}


def test_a_short_one_that_goes_before_is_foretold_so() -> None:
    line = [waits("long", 2, 60), waits("short", 3, 2)]
    told = forecast(line, [runs(1, 10, age=0)], overtaking=Overtaking(5.0, 100.0))
    assert begins(told) == {"short": (0, 10), "long": (1, 12)}


def test_a_paused_line_has_places_and_no_times() -> None:
    paused = Line(LineState.PAUSED, "a new fan")
    told = forecast([waits("a", 1, 9), waits("b", 2, 9)], [], free=2, line=paused)
    assert begins(told) == {"a": (0, None), "b": (1, None)}
    assert told["a"].line == paused


def test_a_draining_line_goes_on() -> None:
    told = forecast([waits("a", 1, 9)], [], free=1, line=Line(LineState.DRAINING))
    assert begins(told) == {"a": (0, 0)}


@pytest.mark.parametrize("number", [FARTHEST, 5000])
def test_a_line_of_any_length_gives_each_its_place(number: int) -> None:
    line = [waits(str(person), person, 10) for person in range(number)]
    told = forecast(line, [], free=1, bounds=Bounds(1, 1))
    assert [one.before for one in told.values()] == list(range(number))
    timed = [one.begins_in for one in told.values() if one.begins_in is not None]
    assert timed == [10 * place for place in range(FARTHEST)]


def test_with_nobody_who_dreams_there_are_no_times() -> None:
    assert begins(forecast([waits("a", 1, 9)], [])) == {"a": (0, None)}

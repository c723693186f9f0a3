"""The rule of the line: who is passed over, who goes before, and by how much at most."""

from collections.abc import Iterable

from bot.jobs.estimates import Effort
from bot.jobs.turns import (
    MOST_OVERTAKEN,
    SHARE_OVERTAKEN,
    AtWork,
    Bounds,
    Overtaking,
    Running,
    Waiting,
    next_up,
)

BOUNDS = Bounds(person=1, guild=2)
PLENTY = Overtaking(MOST_OVERTAKEN, 0.0)


def waits(
    name: str, person: int, seconds: int, *, guild: int | None = 1, first: bool = True
) -> Waiting:
    return Waiting(name, person, guild, Effort("n", "l", seconds), first)


def runs(person: int, guild: int | None = 1) -> Running:
    return Running(f"of {person}", person, guild, Effort("n", "l", 1), "me", 0.0)


def expected(job: Waiting) -> float:
    return float(job.effort.work)


def chosen(
    waiting: list[Waiting], running: Iterable[Running] = (), overtaking: Overtaking = PLENTY
) -> str | None:
    found = next_up(waiting, AtWork(list(running)), BOUNDS, expected, overtaking)
    return found[0].id if found else None


def test_whoever_has_enough_running_is_passed_over_and_blocks_nobody() -> None:
    line = [waits("a", 1, 30), waits("b", 1, 30), waits("c", 2, 30)]
    assert chosen(line, [runs(1)]) == "c"
    assert chosen(line[:2], [runs(1)]) is None
    assert chosen(line) == "a"


def test_a_server_that_has_enough_running_is_passed_over() -> None:
    line = [waits("a", 1, 30), waits("b", 2, 30, guild=5), waits("c", 3, 30, guild=None)]
    assert chosen(line, [runs(8), runs(9)]) == "b"
    assert chosen(line[2:], [runs(8, None), runs(9, None), runs(10, None)]) == "c"


def test_a_short_dream_goes_before_a_long_one() -> None:
    assert chosen([waits("long", 1, 60), waits("longer", 2, 90), waits("short", 3, 2)]) == "short"


def test_a_short_one_does_not_go_before_another_short_one() -> None:
    assert chosen([waits("a", 1, 3), waits("b", 2, 1)]) == "a"


def test_somebodys_second_goes_before_nobody() -> None:
    assert chosen([waits("long", 1, 60), waits("short", 2, 2, first=False)]) == "long"


def test_one_who_may_not_begin_goes_before_nobody() -> None:
    assert chosen([waits("long", 1, 60), waits("short", 2, 2)], [runs(2)]) == "long"


def test_a_long_dream_is_overtaken_for_a_few_seconds_and_a_twentieth_of_its_wait() -> None:
    """Somebody new comes with a short dream at every moment, for ten minutes, on one slot."""
    overtaking, now, overtaken = PLENTY, 0.0, 0.0
    long = waits("long", 0, 60)
    while now < 600:
        overtaking = overtaking.by(now)
        # The long one never begins here: more of them stand before it than there is time for.
        line = [long, waits("short", 1, 2)]
        found = next_up(line, AtWork([]), BOUNDS, expected, overtaking)
        assert found is not None
        job, overtakes = found
        assert overtakes == (job.id == "short")
        if overtakes:
            overtaking = overtaking.without(2)
            overtaken += 2
        now += 2
    assert MOST_OVERTAKEN < overtaken <= MOST_OVERTAKEN + SHARE_OVERTAKEN * 600


def test_what_is_not_used_does_not_pile_up() -> None:
    assert Overtaking(1.0, 0.0).by(1e6).seconds == MOST_OVERTAKEN

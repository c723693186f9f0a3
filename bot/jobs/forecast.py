"""When dreams that wait will begin: the line, played on to its end."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import count

from bot.jobs.estimates import Effort
from bot.jobs.turns import (
    AtWork,
    Bounds,
    Line,
    LineState,
    Overtaking,
    Roster,
    Running,
    Waiting,
    next_up,
)

FARTHEST = 300
"""Dreams that are looked ahead; whoever waits behind so many is told a number and no time."""

_NEARLY_DONE = 0.1
"""Share of its time that a dream which should be over still takes."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """Where a job stands.

    Attributes:
        before: How many dreams begin before it; 0 if it is next, or doesn't wait any more.
        begins_in: Seconds until it begins, about; None if that can't be told, as in a paused line.
        takes: Seconds of its own, about.
        line: What the line does meanwhile.
    """

    before: int
    begins_in: float | None = None
    takes: float = 0.0
    line: Line = field(default_factory=Line)


def remaining(job: Running, expected: Callable[[Effort], float]) -> float:
    """Seconds that a running job still takes, about."""
    takes = expected(job.effort)
    return max(takes - job.age, takes * _NEARLY_DONE)


def play(
    roster: Roster,
    line: Line,
    *,
    bounds: Bounds,
    expected: Callable[[Effort], float],
    free: int,
    overtaking: Overtaking,
) -> dict[str, Forecast]:
    """Where each of those that wait stands.

    Args:
        roster: Every running job is a slot, wherever that is.
        expected: Seconds of a dream.
        free: Slots beside those, which wait for work.
        overtaking: At this moment.
    """
    if line.state is LineState.PAUSED:
        return {
            job.id: Forecast(before, None, expected(job.effort), line)
            for before, job in enumerate(roster.waiting)
        }
    forecasts: dict[str, Forecast] = {}
    expected = cache(expected)
    waiting, at_work, now = list(roster.waiting), AtWork(roster.running), overtaking.at
    numbers = count()
    slots: list[tuple[float, int, Waiting | Running | None]] = [
        (now + remaining(job, expected), next(numbers), job) for job in roster.running
    ]
    slots += [(now, next(numbers), None) for _ in range(free)]
    heapq.heapify(slots)
    idle = 0
    while slots and waiting and len(forecasts) < FARTHEST:
        moment, _, ended = heapq.heappop(slots)
        idle += 1
        if ended is not None:
            at_work.end(ended)
        overtaking = overtaking.by(moment)
        while idle and (
            found := next_up(waiting, at_work, bounds, lambda job: expected(job.effort), overtaking)
        ):
            job, overtakes = found
            takes = expected(job.effort)
            if overtakes:
                overtaking = overtaking.without(takes)
            idle -= 1
            at_work.begin(job)
            waiting.remove(job)
            heapq.heappush(slots, (moment + takes, next(numbers), job))
            forecasts[job.id] = Forecast(len(forecasts), moment - now, takes, line)
    for job in waiting:
        forecasts[job.id] = Forecast(len(forecasts), None, expected(job.effort), line)
    return forecasts

"""Whose dream begins next: the rule by which the line moves, for claims and for forecasts alike."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice

from bot.jobs.estimates import Effort

SHORT = 4.0
"""Seconds; a dream expected to take less may go before longer ones."""

MOST_OVERTAKEN = 5.0
"""Seconds of dreams that may go before others at once."""

SHARE_OVERTAKEN = 0.05
"""Of the passing time, that much more may."""

LOOKED_AT = 50
"""Jobs behind the next one among which a short one is looked for."""


class LineState(StrEnum):
    """What the line does; `draining` takes no wishes, `paused` begins no dreams."""

    OPEN = "open"
    PAUSED = "paused"
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Line:
    """What the line does, and why.

    Attributes:
        reason: As whoever runs the bot has put it, or nothing.
        since: None where nobody ever set it.
    """

    state: LineState = LineState.OPEN
    reason: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A job that waits.

    Attributes:
        first: Whether it stands in the line for itself, not behind another of its person's.
    """

    id: str
    person_id: int
    guild_id: int | None
    effort: Effort
    first: bool


@dataclass(frozen=True, slots=True)
class Running:
    """A job that runs.

    Attributes:
        owner: The runner that holds it.
        age: Seconds since it began.
    """

    id: str
    person_id: int
    guild_id: int | None
    effort: Effort
    owner: str
    age: float


@dataclass(frozen=True, slots=True)
class Roster:
    """All that wait, in the order of their turns, and all that run, in any bot."""

    waiting: list[Waiting] = field(default_factory=list)
    running: list[Running] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many dreams run at the same time at most.

    Attributes:
        person: Of one person.
        guild: Of one server.
    """

    person: int
    guild: int


class AtWork:
    """How many dreams of whom run."""

    def __init__(self, running: Collection[Running]) -> None:
        self._persons = Counter(job.person_id for job in running)
        self._guilds = Counter(job.guild_id for job in running if job.guild_id is not None)

    def admits(self, job: Waiting, bounds: Bounds) -> bool:
        """Whether the job may begin beside those."""
        if self._persons[job.person_id] >= bounds.person:
            return False
        return job.guild_id is None or self._guilds[job.guild_id] < bounds.guild

    def begin(self, job: Waiting) -> None:
        """The job runs."""
        self._count(job, 1)

    def end(self, job: Waiting | Running) -> None:
        """The job doesn't run any more."""
        self._count(job, -1)

    def _count(self, job: Waiting | Running, by: int) -> None:
        self._persons[job.person_id] += by
        if job.guild_id is not None:
            self._guilds[job.guild_id] += by


@dataclass(frozen=True, slots=True)
class Overtaking:
    """How much of its time a bot may give to short dreams before their turn.

    Attributes:
        seconds: At that moment.
        at: The moment, in seconds of any clock that runs evenly.
    """

    seconds: float
    at: float

    def by(self, moment: float) -> "Overtaking":
        """The same, later."""
        more = SHARE_OVERTAKEN * max(0.0, moment - self.at)
        return Overtaking(min(MOST_OVERTAKEN, self.seconds + more), max(moment, self.at))

    def without(self, seconds: float) -> "Overtaking":
        """What is left once a dream of so many seconds has gone before others."""
        return Overtaking(self.seconds - seconds, self.at)


def next_up(
    waiting: Sequence[Waiting],
    at_work: AtWork,
    bounds: Bounds,
    expected: Callable[[Waiting], float],
    overtaking: Overtaking,
) -> tuple[Waiting, bool] | None:
    """The job that begins next, and whether it goes before its turn; None if none may begin.

    1. People take turns: `waiting` is in the order of `bot.database.waiting_line.line_up`.
    2. Whoever has as many dreams running as `bounds` allow is passed over, and keeps the turn; so
       is a server.
    3. Where the next one is long, somebody's first dream that is short and stands close behind
       goes before it, as long as the bot may give it that time: 5 s at once, and a twentieth of
       the time that passes. A bot has at least one slot; so whoever waits for T seconds waits at
       most 5 s + T / 20 longer for all that went before, and nobody is overtaken by somebody's
       second.
    """
    able = (job for job in waiting if at_work.admits(job, bounds))
    head = next(able, None)
    if head is None:
        return None
    if expected(head) < SHORT:
        return head, False
    for job in islice(able, LOOKED_AT):
        if job.first and expected(job) < min(SHORT, overtaking.seconds):
            return job, True
    return head, False

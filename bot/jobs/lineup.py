"""The line as one bot sees it: what it may take from it, and when those that wait will begin."""

import asyncio
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from bot.database import Database, DatabaseAway, Session, jobs, leases, line, paces, waiting_line
from bot.jobs.estimates import LEAST_TIME, Machine
from bot.jobs.forecast import Forecast, play, remaining
from bot.jobs.job import Job
from bot.jobs.recipes import effort
from bot.jobs.submit import Unavailable
from bot.jobs.turns import (
    MOST_OVERTAKEN,
    AtWork,
    Bounds,
    Line,
    LineState,
    Overtaking,
    Roster,
    next_up,
)

AT_ONCE = Bounds(person=2, guild=10)


@dataclass(frozen=True, slots=True)
class Taken:
    """A job that this bot has taken.

    Attributes:
        takes: Seconds that its dream takes, about.
        time_limit: Seconds after which its worker counts as hung.
    """

    claim: jobs.Claim
    takes: float = 0.0
    time_limit: float = LEAST_TIME


@dataclass(frozen=True, slots=True)
class Outlook:
    """What runs and what waits, in all bots, and how that goes on.

    Attributes:
        forecasts: Of those that wait, by their ids.
        left: Seconds that those that run still take, by their ids.
    """

    line: Line
    roster: Roster
    forecasts: dict[str, Forecast]
    left: dict[str, float]


class Lineup:
    """Chooses what begins next in this bot, and foretells what begins when.

    Args:
        owner: The runner of this bot.
        slots: How many dreams its pool dreams at once.
        dreaming: Ids of those that take up a slot now.
    """

    def __init__(
        self,
        database: Database,
        owner: str,
        *,
        machine: Machine,
        bounds: Bounds,
        slots: Callable[[], int],
        dreaming: Callable[[], Collection[str]],
    ) -> None:
        self._database = database
        self._owner = owner
        self._machine = machine
        self._bounds = bounds
        self._slots = slots
        self._dreaming = dreaming
        self._overtaking = Overtaking(MOST_OVERTAKEN, 0.0)

    async def claim(self, session: Session, lease: float, held: Collection[str]) -> Taken | None:
        """Take the job that begins next, if one may; those `held` are left alone."""
        if (await line.read(session)).state is LineState.PAUSED:
            return None
        await waiting_line.lock(session)
        roster = await waiting_line.roster(session, held)
        if not roster.waiting:
            return None
        known = await paces.read(session, self._machine)
        overtaking = self._overtaking.by(_now())
        found = next_up(
            roster.waiting,
            AtWork(roster.running),
            self._bounds,
            lambda job: known.seconds(job.effort),
            overtaking,
        )
        if found is None:
            return None
        job, overtakes = found
        claim = await leases.claim(session, job.id, self._owner, lease)
        if claim is None:
            return None
        takes = known.seconds(job.effort)
        if overtakes:
            self._overtaking = overtaking.without(takes)
        return Taken(claim, takes, known.time_limit(job.effort))

    async def waiting(self) -> list[Job]:
        """The jobs that wait, as far as anybody looks ahead, in the order of their turns.

        Raises:
            DatabaseAway: The database can't be asked.
        """
        async with self._database.transaction() as session:
            return await jobs.first_waiting(session)

    async def outlook(self) -> Outlook:
        """How it stands.

        Raises:
            DatabaseAway: The database can't be asked.
        """
        async with self._database.transaction() as session:
            state = await line.read(session)
            roster = await waiting_line.roster(session)
            known = await paces.read(session, self._machine)
        dreaming = self._dreaming()
        # One of ours that takes up no slot is over in a moment.
        running = [j for j in roster.running if j.owner != self._owner or j.id in dreaming]
        forecasts = play(
            Roster(roster.waiting, running),
            state,
            bounds=self._bounds,
            expected=known.seconds,
            free=max(0, self._slots() - len(dreaming)),
            overtaking=self._overtaking.by(_now()),
        )
        left = {job.id: remaining(job, known.seconds) for job in roster.running}
        return Outlook(state, roster, forecasts, left)

    async def measured(self, session: Session, job: Job, seconds: float) -> None:
        """A job's dream took so long."""
        known = await paces.read(session, self._machine)
        after = known.after(effort(job.recipe, job.work), seconds)
        await paces.write(session, self._machine, after)

    async def set(self, state: LineState, reason: str, person_id: int, since: datetime) -> Line:
        """Have the line do that, in all bots on this database; what it does then.

        Args:
            since: When that was asked for: of what was asked for the latest counts.

        Raises:
            Unavailable: The database can't be asked.
        """
        try:
            async with self._database.transaction() as session:
                if await line.write(session, state, reason, f"person:{person_id}", since):
                    return Line(state, reason)
                return await line.read(session)
        except DatabaseAway as error:
            raise Unavailable from error


def _now() -> float:
    return asyncio.get_running_loop().time()

"""Calling a job off: who may, which one they mean, and what becomes of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from bot.database import Database, DatabaseAway, Session, calling_off, jobs, quotas
from bot.errors import Refusal
from bot.jobs.job import Job, State
from bot.jobs.submit import Unavailable
from bot.ui.languages import _, noted

SHORTEST_ENDING = 4
"""Characters of a job's id, its last ones, by which people may call it."""

_NONE = noted("You have no dream that waits or runs.")
_UNKNOWN = noted(
    "No dream that you may cancel waits or runs under that name. `/queue` shows yours with theirs."
)
_FORGOTTEN = noted("I know nothing of that dream any more.")
_NOT_THEIRS = noted(
    "That dream isn't yours to call off: whoever asked for it can, and those who look after this "
    "place."
)
_OVER = {
    State.DELIVERING: noted("That dream is finished already, and on its way."),
    State.DONE: noted("That dream is finished already."),
    State.KEPT: noted("That dream is finished already, and kept."),
    State.FAILED: noted("That dream has failed already, and what it cost is back."),
    State.CANCELLED: noted("That dream is cancelled already, and what it cost is back."),
}
"""Why a job in that state can't be called off any more."""


@dataclass(frozen=True, slots=True)
class Canceller:
    """Who wants a job called off, and whose they may.

    Attributes:
        person_id: Their own, always.
        guild_id: The server where they look after what is posted, if they do: all of that server.
        everywhere: They run the bot: all.
    """

    person_id: int
    guild_id: int | None = None
    everywhere: bool = False

    def may(self, job: Job) -> bool:
        """Whether they may call it off."""
        there = self.guild_id is not None and job.place.guild_id == self.guild_id
        return self.everywhere or there or job.person_id == self.person_id


def name(job: Job) -> str:
    """What people call a job by: the end of its id."""
    return job.id[-5:].lower()


def sentence(who: str, person_id: int) -> str:
    """Why a job of that person's ended, which somebody called off; `who` as in the ledger."""
    if who == _ledger_name(person_id):
        return noted("You called it off.")
    return noted("Somebody who looks after this place called it off.")


async def end_waiting(
    session: Session, job_id: str, person_id: int, who: str, asked_with: str | None = None
) -> bool:
    """End a job that waits, with its credits back; False if it doesn't wait any more."""
    reason = sentence(who, person_id)
    if not await calling_off.waiting(session, job_id, reason, asked_with):
        return False
    await quotas.refund(session, job_id, reason, who)
    return True


class Cancelling:
    """Calls jobs off, for commands and buttons alike.

    Args:
        tidy: Has this process's runner see to it now; others do so within seconds.
    """

    def __init__(self, database: Database, tidy: Callable[[], None]) -> None:
        self._database = database
        self._tidy = tidy

    async def choices(self, asker: Canceller) -> list[Job]:
        """Jobs that wait or run and that they may call off: their own first, then latest first.

        Raises:
            Unavailable: The database can't be asked.
        """
        try:
            async with self._database.transaction() as session:
                found = await _reachable(session, asker)
        except DatabaseAway as error:
            raise Unavailable from error
        return [job for job in found if job.state is not State.DELIVERING]

    async def cancel(
        self, asker: Canceller, which: str = "", answer_id: int | None = None, *, asked_with: str
    ) -> Job:
        """Call off one job; doing it twice with the same message is doing it once.

        One that waits has ended when this returns, and its credits are back. One that runs is
        stopped by the runner that holds it, and its credits are back then; until it is, it may
        still turn out that it was finished first.

        Args:
            asker: Who wants that.
            which: Its id, or the end of it; nothing for their own latest of those that they asked
                for before.
            answer_id: The message that is its answer, in place of `which`.
            asked_with: The message or interaction: `message:123` or `interaction:123`.

        Returns:
            The job, cancelled or still running.

        Raises:
            Refusal: There is no such job, they may not, or it is too late.
        """

        async def call_off(session: Session) -> Job:
            ended = await _called_off_before(session, asked_with)
            if ended is not None:
                return ended
            job = await _meant(session, asker, which, answer_id, asked_with)
            return await _call_off(session, job, _ledger_name(asker.person_id), asked_with)

        return await self._carry_out(call_off)

    async def cancel_this(self, asker: Canceller, job_id: str, *, asked_with: str) -> Job:
        """Call off that very job, as `cancel`.

        Raises:
            Refusal: It is forgotten, they may not, or it is too late.
        """

        async def call_off(session: Session) -> Job:
            ended = await _called_off_before(session, asked_with)
            if ended is not None:
                return ended
            job = await jobs.by_id(session, job_id)
            if job is None:
                raise Refusal(_(_FORGOTTEN))
            if not asker.may(job):
                raise Refusal(_(_NOT_THEIRS))
            return await _call_off(session, job, _ledger_name(asker.person_id), asked_with)

        return await self._carry_out(call_off)

    async def _carry_out(self, call_off: Callable[[Session], Awaitable[Job]]) -> Job:
        try:
            ended = await self._database.carry_out(call_off)
        except DatabaseAway as error:
            raise Unavailable from error
        self._tidy()
        return ended


async def _called_off_before(session: Session, asked_with: str) -> Job | None:
    """What became of the job that this has called off already, in this bot or another."""
    job = await calling_off.done_with(session, asked_with)
    if job is None or job.state is State.CANCELLED:
        return job
    if job.state in _OVER:
        raise Refusal(_(_OVER[job.state]))
    # It may wait again, only to end.
    return replace(job, state=State.RUNNING)


async def _call_off(session: Session, job: Job, who: str, asked_with: str) -> Job:
    if await end_waiting(session, job.id, job.person_id, who, asked_with):
        return replace(job, state=State.CANCELLED, error=sentence(who, job.person_id))
    if await calling_off.running(session, job.id, who, asked_with):
        return replace(job, state=State.RUNNING)
    state = await jobs.state_of(session, job.id)
    raise Refusal(_(_UNKNOWN if state is None else _OVER.get(state, _UNKNOWN)))


async def _reachable(session: Session, asker: Canceller) -> list[Job]:
    own = await jobs.under_way(session, person_id=asker.person_id)
    others: list[Job] = []
    if asker.everywhere:
        others = await jobs.under_way(session)
    elif asker.guild_id is not None:
        others = await jobs.under_way(session, guild_id=asker.guild_id)
    return own + [job for job in others if job.person_id != asker.person_id]


async def _meant(
    session: Session, asker: Canceller, which: str, answer_id: int | None, asked_with: str
) -> Job:
    if answer_id is not None:
        answered = await jobs.of_answer(session, answer_id)
        if answered is None or not asker.may(answered):
            raise Refusal(_(_UNKNOWN))
        return answered
    which = which.strip().strip("`").upper()
    if not which:
        own = await jobs.under_way(session, person_id=asker.person_id)
        # This may be carried out late, or once more: what was asked for after it isn't meant.
        own = [job for job in own if _number(job.request_key) < _number(asked_with)]
        # One that ends already can't be meant while there is another, nor one on its way.
        ending = await calling_off.asked_to_end(session, asker.person_id)
        own.sort(key=lambda job: (job.state is State.DELIVERING, job.id in ending))
        if not own:
            raise Refusal(_(_NONE))
        return own[0]
    named = [job for job in await _reachable(session, asker) if job.id.endswith(which)]
    if len(which) < SHORTEST_ENDING or not named:
        raise Refusal(_(_UNKNOWN))
    return named[0]


def _number(key: str) -> int:
    """Of the message or interaction in a key; Discord counts up."""
    return int(key.split(":")[1])


def _ledger_name(person_id: int) -> str:
    return f"person:{person_id}"

"""The work on one job, by the runner that holds it: dream, keep, deliver, or say why not."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from bot.database import Database, Session, jobs, quotas
from bot.database.connection import back_off
from bot.jobs.job import Job, Result, State
from bot.jobs.messenger import Messenger, Rejected, Undeliverable
from bot.jobs.ulid import ulid
from bot.storage import NotStored, Storage, StorageError
from dream import (
    Cancelled,
    Dream,
    DreamError,
    Output,
    Progress,
    Recipe,
    RecipeError,
    WorkerDied,
)

log = logging.getLogger(__name__)

MOST_TRIES = 2
"""So many workers may die in a job."""

GIVE_UP = timedelta(days=2)
"""So long after a job was asked for, its delivery is tried; a chat may be away for hours."""

SMALLEST_UPLOAD = 10 * 2**20
"""Bytes that may be uploaded anywhere; assumed where the place can't be asked."""

SECONDS_A_CREDIT = 900.0
"""A worker that takes longer hangs: the slowest processor dreams a credit in a tenth of this."""

_LIMIT_TIME = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0

_DIED_TWICE = (
    "The program that dreams broke down twice over this dream, so I've stopped trying. "
    "A smaller one, or another picture, may do better."
)
_REJECTED = "Discord wouldn't take the finished picture here."
_OUT_OF_REACH = "Its place and its person are out of reach."


class Pool(Protocol):
    """What dreams: `dream.Pool`, or anything that behaves like it."""

    @property
    def slots(self) -> int:
        """How many dreams it dreams at once."""

    async def dream(
        self,
        picture: bytes,
        recipe: Recipe,
        output: Output,
        *,
        on_progress: Callable[[Progress], None],
        timeout: float,  # noqa: ASYNC109 - of work alone, which only the pool can tell
    ) -> Dream:
        """The dream of a picture. Cancelling the call cancels the dream.

        `timeout` is in seconds of work; waiting for a worker doesn't count.

        Raises:
            DreamError: One of its tree.
        """


class Interrupted(Exception):
    """The work was left off because the bot stops; another goes on with it."""


class Work:
    """Takes jobs that `owner` holds from one state to the next.

    Each step is done again by another runner if this one is killed over it, so each leaves the
    job where it was until its outcome is safe. Steps raise `LeaseLost` when somebody else holds
    the job by now, and wait for as long as the database is away.
    """

    def __init__(
        self, database: Database, storage: Storage, pool: Pool, messenger: Messenger, owner: str
    ) -> None:
        self._database = database
        self._storage = storage
        self._pool = pool
        self._messenger = messenger
        self._owner = owner
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Begin no further attempt to reach somebody: raise `Interrupted` instead."""
        self._stopping.set()

    async def dream(self, job: Job, flaw: str | None, held: Callable[[], bool]) -> Dream:
        """The dream of a running job, whose recipe can't be read if it has a `flaw`.

        Its progress is shown only while it is `held` for sure: where another runner has taken it
        over, its result may stand there already.

        Raises:
            DreamError, StorageError, Undeliverable: Why there is none.
        """
        if flaw is not None:
            raise RecipeError(flaw)
        picture = await self._storage.get(job.inputs["picture"])
        output = Output("PNG", await self._upload_limit(job))
        return await self._pool.dream(
            picture,
            job.recipe,
            output,
            on_progress=self._shower(job, held),
            timeout=SECONDS_A_CREDIT * job.cost,
        )

    async def keep(self, job: Job, dream: Dream) -> Job | None:
        """Running → delivering: the dream is at rest before anybody hears of it."""
        # A key of its own, lest a runner that lost the job overwrites what its successor made.
        result = Result(f"results/{ulid()}", dream.format, dream.size, dream.seconds, dream.note)
        try:
            await self._storage.put(result.key, dream.data)
        except StorageError as error:
            return await self.give_up(job, error)

        async def write(session: Session) -> None:
            await jobs.delivering(session, job.id, self._owner, result)

        await self._database.insist(write)
        return replace(job, state=State.DELIVERING, result=result)

    async def give_up(self, job: Job, error: Exception) -> Job | None:
        """Running → failed, cancelled, or queued again if it was its first worker that died.

        The job in its new state; None if nothing remains to be done.
        """
        match error:
            case WorkerDied():
                return await self._after_a_death(job)
            case Undeliverable():
                await self._out_of_reach(job)
                return None
            case Cancelled():
                return await self._end(job, State.CANCELLED, str(error))
            case DreamError() | StorageError():
                return await self._end(job, State.FAILED, str(error))
            case _:
                number = secrets.token_hex(4)
                log.error("Job %s failed unexpectedly (%s).", job.id, number, exc_info=error)
                sentence = f"Something went wrong on my side, noted there as “{number}”."
                return await self._end(job, State.FAILED, sentence)

    async def deliver(self, job: Job) -> Job | None:
        """Delivering → done, and its credits are spent."""
        result = job.result
        assert result is not None, "a job is delivering once it has a result"

        async def send() -> None:
            # Read anew for each attempt: during an outage many may wait here.
            data = await self._storage.get(result.key)
            await self._messenger.deliver(job, result, data)

        try:
            reached = await self._reach(job, send)
        except NotStored as error:
            return await self._end(job, State.FAILED, str(error))
        except Rejected:
            log.warning("The result of job %s was rejected.", job.id, exc_info=True)
            return await self._end(job, State.FAILED, _REJECTED)
        if not reached:
            await self._out_of_reach(job)
            return None

        async def settle(session: Session) -> None:
            await jobs.done(session, job.id, self._owner)
            await quotas.settle(session, job.id)

        await self._database.insist(settle)
        return None

    async def tell(self, job: Job) -> None:
        """Failed or cancelled: the person hears why, whoever has to say it in the end."""

        async def send() -> None:
            await self._messenger.fail(job, job.error or "")

        async def note(session: Session) -> None:
            await jobs.told(session, job.id, self._owner)

        try:
            await self._reach(job, send)
        except Rejected:
            log.exception("Why job %s failed can't be told.", job.id)
        await self._database.insist(note)

    async def _upload_limit(self, job: Job) -> int:
        try:
            async with asyncio.timeout(_LIMIT_TIME):
                return await self._messenger.upload_limit(job)
        except Undeliverable:
            raise
        except Exception:
            log.exception("The upload limit for job %s can't be had.", job.id)
            return SMALLEST_UPLOAD

    def _shower(self, job: Job, held: Callable[[], bool]) -> Callable[[Progress], None]:
        """Shows progress as long as that works: a dream is worth more than its preview."""
        works = True

        def show(progress: Progress) -> None:
            nonlocal works
            if not works or not held():
                return
            try:
                self._messenger.progress(job, progress)
            except Exception:
                works = False
                log.exception("The progress of job %s can't be shown.", job.id)

        return show

    async def _after_a_death(self, job: Job) -> Job | None:
        async def write(session: Session) -> bool:
            if await jobs.died(session, job.id, self._owner) < MOST_TRIES:
                await jobs.put_back(session, job.id, self._owner)
                return True
            await jobs.ended(session, job.id, self._owner, State.FAILED, _DIED_TWICE)
            await quotas.refund(session, job.id, _DIED_TWICE)
            return False

        if not await self._database.insist(write):
            return replace(job, state=State.FAILED, error=_DIED_TWICE)
        try:
            self._messenger.restarted(replace(job, state=State.QUEUED, tries=job.tries + 1))
        except Exception:
            log.exception("That job %s begins again can't be shown.", job.id)
        return None

    async def _end(self, job: Job, state: State, sentence: str) -> Job:
        async def write(session: Session) -> None:
            await jobs.ended(session, job.id, self._owner, state, sentence)
            await quotas.refund(session, job.id, sentence)

        await self._database.insist(write)
        return replace(job, state=state, error=sentence)

    async def _out_of_reach(self, job: Job) -> None:
        async def write(session: Session) -> None:
            await jobs.ended(session, job.id, self._owner, State.FAILED, _OUT_OF_REACH)
            await quotas.refund(session, job.id, _OUT_OF_REACH)
            await jobs.told(session, job.id, self._owner)

        await self._database.insist(write)
        log.info("Nobody can be reached with job %s.", job.id)

    async def _reach(self, job: Job, send: Callable[[], Awaitable[None]]) -> bool:
        """Whether it was sent at last, or nobody can be reached for good.

        Raises:
            Interrupted: The bot stops.
            NotStored: What was to be sent is gone.
            Rejected: It isn't taken, however often it is sent.
        """
        pauses = back_off(_FIRST_PAUSE, _LONGEST_PAUSE)
        failures = 0
        while True:
            try:
                await send()
                return True
            except Undeliverable:
                return False
            except (NotStored, Rejected):
                raise
            except Exception:
                failures += 1
                if failures == 1:
                    number = secrets.token_hex(4)
                    log.exception("Job %s can't be answered yet (%s).", job.id, number)
            if datetime.now(UTC) > job.created_at + GIVE_UP:
                log.error("Job %s could not be answered in %s.", job.id, GIVE_UP)
                return False
            await self._pause(next(pauses))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return
        raise Interrupted

"""The work on one job, by the runner that holds it: dream and keep, or say why not."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count

from bot.database import Database, DatabaseAway, Session, calling_off, jobs, leases, quotas
from bot.database.connection import back_off
from bot.jobs.cancelling import sentence
from bot.jobs.delivery import OUT_OF_REACH, Delivery
from bot.jobs.ending import end
from bot.jobs.estimates import left
from bot.jobs.job import Job, Result, State
from bot.jobs.lineup import Taken
from bot.jobs.making import Made, make
from bot.jobs.messenger import Messenger, Undeliverable
from bot.jobs.pool import Pool
from bot.jobs.stopping import Stopping
from bot.jobs.ulid import ulid
from bot.storage import NotStored, Storage, StorageError
from bot.ui.languages import noted
from dream import (
    Cancelled,
    DreamError,
    Output,
    Progress,
    RecipeError,
    WorkerDied,
)

log = logging.getLogger(__name__)

MOST_TRIES = 2
"""So many workers may die in a job."""

STORE_SECONDS = 60.0
"""A storage that doesn't take a dream for so long is done without; the dream waits in memory."""

READ_TRIES = 5
"""So often a picture is tried to be read that can't be, although the storage works."""

_DROP_TIME = 5.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 10.0

_DIED_TWICE = noted(
    "The program that dreams broke down twice over this dream, so I've stopped trying. "
    "A smaller one, or another picture, may do better."
)

UNEXPECTED = noted("Something went wrong on my side, noted there as “{number}”.")


class Work:
    """Takes jobs that `owner` holds from one state to the next.

    Each step is done again by another runner if this one is killed over it, so each leaves the
    job where it was until its outcome is safe. Steps raise `LeaseLost` when somebody else holds
    the job by now, and wait for as long as the database is away.

    Args:
        measured: Notes, with the dream, what it took.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        pool: Pool,
        messenger: Messenger,
        owner: str,
        *,
        delivery: Delivery,
        stopping: Stopping,
        measured: Callable[[Session, Job, float], Awaitable[None]],
    ) -> None:
        self._database = database
        self._storage = storage
        self._pool = pool
        self._messenger = messenger
        self._owner = owner
        self._measured = measured
        self._delivery = delivery
        self._stopping = stopping

    async def dream(self, taken: Taken, held: Callable[[], float]) -> Made:
        """The picture of a running job.

        Its progress is shown only in the seconds for which it is `held` for sure: where another
        runner has taken it over, its result may stand there already.

        Raises:
            DreamError, StorageError, Undeliverable: Why there is none.
        """
        job = taken.claim.job
        if taken.claim.flaw is not None:
            raise RecipeError(taken.claim.flaw)
        given = {role: await self._read(key) for role, key in job.inputs.items()}
        output = Output("PNG", await self._delivery.upload_limit(job))
        return await make(
            self._pool,
            job.recipe,
            given,
            output,
            on_progress=self._shower(job, taken.takes, held),
            timeout=taken.time_limit,
        )

    async def keep(self, job: Job, dream: Made) -> Job | None:
        """Running → delivering: the dream is at rest before anybody hears of it."""
        # A key of its own, lest a runner that lost the job overwrites what its successor made.
        result = Result(f"results/{ulid()}", dream.format, dream.size, dream.seconds, dream.note)

        async def write(session: Session) -> bool:
            if not await leases.delivering(session, job.id, self._owner, result):
                return False
            await self._measured(session, job, dream.seconds)
            return True

        try:
            if not await self._store(result.key, dream.data):
                # It was promised: it goes out all the same.
                result = replace(result, unstored=dream.data)
            wanted = await self._database.insist(write)
        except BaseException:
            await self._drop(result.key)
            raise
        if not wanted:
            await self._drop(result.key)
            return await self.call_off(job)
        self._delivery.begins(job.id)
        return replace(job, state=State.DELIVERING, result=result)

    async def call_off(self, job: Job) -> Job:
        """Running → cancelled, since somebody wants that."""

        async def write(session: Session) -> str:
            who = await calling_off.who(session, job.id)
            reason = sentence(who, job.person_id)
            await leases.ended(session, job.id, self._owner, State.CANCELLED, reason)
            await quotas.refund(session, job.id, reason, who)
            return reason

        reason = await self._database.insist(write)
        self._delivery.begins(job.id)
        return replace(job, state=State.CANCELLED, error=reason)

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
                sentence = UNEXPECTED.format(number=number)
                return await self._end(job, State.FAILED, sentence)

    async def _read(self, key: str) -> bytes:
        """An accepted picture, waited for as long as the storage is away.

        Raises:
            StorageError: It isn't there, or can't be read though others can.
        """
        pauses = back_off(_FIRST_PAUSE, _LONGEST_PAUSE)
        for attempt in count(1):
            try:
                return await self._storage.get(key)
            except NotStored:
                raise
            except StorageError:
                if attempt >= READ_TRIES and await self._storage_works():
                    raise
            await self._stopping.pause(next(pauses))
        raise AssertionError("counting never ends")

    async def _store(self, key: str, data: bytes) -> bool:
        """Whether a dream was stored in the time that a failing storage is given."""
        pauses = back_off(_FIRST_PAUSE, _LONGEST_PAUSE)
        until = asyncio.get_running_loop().time() + STORE_SECONDS
        while True:
            try:
                await self._storage.put(key, data)
                return True
            except StorageError:
                if asyncio.get_running_loop().time() > until:
                    return False
            await self._stopping.pause(next(pauses))

    async def _drop(self, key: str) -> None:
        """Remove a result unless its job has it: nobody would know of it, not even whoever erases
        all that its person has left."""
        with suppress(DatabaseAway, StorageError, TimeoutError):
            async with asyncio.timeout(_DROP_TIME):
                async with self._database.transaction() as session:
                    if await jobs.needed(session, [key], datetime.now(UTC)):
                        return
                await self._storage.delete(key)

    async def _storage_works(self) -> bool:
        try:
            await self._storage.try_out()
        except StorageError:
            return False
        return True

    def _shower(
        self, job: Job, takes: float, held: Callable[[], float]
    ) -> Callable[[Progress], None]:
        """Shows progress as long as that works: a dream is worth more than its preview."""
        works = True
        now = asyncio.get_running_loop().time
        began = now()

        def show(progress: Progress) -> None:
            nonlocal works
            if not works or held() <= 0:
                return
            try:
                remaining = left(takes, now() - began, progress.done)
                self._messenger.progress(job, progress, remaining, held)
            except Exception:
                works = False
                log.exception("The progress of job %s can't be shown.", job.id)

        return show

    async def _after_a_death(self, job: Job) -> Job | None:
        async def write(session: Session) -> bool:
            if await leases.died(session, job.id, self._owner) < MOST_TRIES:
                await leases.put_back(session, job.id, self._owner)
                return True
            await leases.ended(session, job.id, self._owner, State.FAILED, _DIED_TWICE)
            await quotas.refund(session, job.id, _DIED_TWICE)
            return False

        if not await self._database.insist(write):
            self._delivery.begins(job.id)
            return replace(job, state=State.FAILED, error=_DIED_TWICE)
        try:
            self._messenger.restarted(replace(job, state=State.QUEUED, tries=job.tries + 1))
        except Exception:
            log.exception("That job %s begins again can't be shown.", job.id)
        return None

    async def _end(self, job: Job, state: State, sentence: str) -> Job:
        ended = await end(self._database, self._owner, job, state, sentence)
        self._delivery.begins(job.id)
        return ended

    async def _out_of_reach(self, job: Job) -> None:
        async def write(session: Session) -> None:
            await leases.ended(session, job.id, self._owner, State.FAILED, OUT_OF_REACH)
            await quotas.refund(session, job.id, OUT_OF_REACH)
            await leases.told(session, job.id, self._owner)

        await self._database.insist(write)
        log.info("Nobody can be reached with job %s.", job.id)

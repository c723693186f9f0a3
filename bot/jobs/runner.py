"""Which jobs this bot holds: it claims them, keeps their leases, and lets go of them."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bot.database import Database, DatabaseAway, Session, jobs
from bot.jobs.job import Job, State
from bot.jobs.messenger import Messenger
from bot.jobs.sweep import sweep
from bot.jobs.work import Interrupted, Pool, Work
from bot.storage import Storage, StorageError
from dream import PoolClosed

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the line is looked at unasked: another bot may have put a job, or died."""

SWEEP_SECONDS = 3600.0
"""How often stored pictures that nobody needs are removed."""

LET_GO_SECONDS = 5.0
"""How long a stopping bot tries to put its jobs back; later their leases run out."""

_MOST_DELIVERIES = 16
"""Abandoned deliveries taken up at once; each holds a picture in memory."""

_REST_SECONDS = 5.0
_LONGEST_PAUSE = 60.0


@dataclass(eq=False, slots=True)
class _Hold:
    """A job held by this bot.

    Attributes:
        dreaming: It takes up one of the pool's slots.
        until: Till when its lease lasts for sure, in the event loop's time.
        missed: The last heartbeat didn't find it held.
        lost: It was given up because somebody else holds it.
    """

    job: Job
    dreaming: bool
    until: float
    missed: bool = False
    lost: bool = False
    task: asyncio.Task[None] = field(init=False)


class Runner:
    """Runs jobs of the database's line on a pool; any number of bots may do so side by side.

    Args:
        lease_seconds: After so long without a heartbeat another runner takes a job over.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        pool: Pool,
        messenger: Messenger,
        *,
        lease_seconds: float,
    ) -> None:
        self._database = database
        self._storage = storage
        self._pool = pool
        self._lease = lease_seconds
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._work = Work(database, storage, pool, messenger, self._owner)
        self._holds: dict[str, _Hold] = {}
        self._resting_until = 0.0
        self._woken = asyncio.Event()
        self._claiming = asyncio.Lock()
        self._stopping = False
        self._over = asyncio.Event()
        self._running: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Run jobs until `stop`. What a bot that was killed has left behind comes first."""
        routines = [
            asyncio.create_task(self._every(LOOK_SECONDS, self._take_up, self._woken)),
            asyncio.create_task(self._every(self._lease / 3, self._beat)),
            asyncio.create_task(self._every(SWEEP_SECONDS, self._sweep)),
        ]
        self._running = asyncio.current_task()
        try:
            await self._over.wait()
        finally:
            # In this order, so that nothing is claimed which nobody lets go of.
            for routine in routines:
                routine.cancel()
            await asyncio.gather(*routines, return_exceptions=True)
            await self._let_go_of_all()

    def wake(self) -> None:
        """A new job was put, or a slot is free: look at the line now."""
        self._woken.set()

    async def stop(self, grace: float) -> None:
        """Claim nothing more, and end.

        Dreams and deliveries go on for up to `grace` seconds. What is still running then goes
        back to the front of the line, and counts as no try.
        """
        self._stopping = True
        self._work.stop()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                async with self._claiming:
                    pass
                while self._holds:
                    await asyncio.wait([hold.task for hold in self._holds.values()])
        self._over.set()
        if self._running is not None:
            await asyncio.wait([self._running])

    async def position(self, job: Job) -> int:
        """How many jobs go before that one; 0 if it is next, or doesn't wait any more.

        Raises:
            DatabaseAway: The database can't be asked.
        """
        async with self._database.transaction() as session:
            return await jobs.ahead(session, job.id)

    async def _every(
        self,
        seconds: float,
        step: Callable[[], Awaitable[None]],
        woken: asyncio.Event | None = None,
    ) -> None:
        """Do that again and again, whatever happens; at once when woken."""
        woken = woken or asyncio.Event()
        pause = seconds
        while True:
            woken.clear()
            try:
                await step()
                pause = seconds
            except DatabaseAway:
                # It has said so itself.
                await asyncio.sleep(min(seconds, LOOK_SECONDS))
                continue
            except Exception:
                log.exception("The runner stumbled (%s); it goes on.", secrets.token_hex(4))
                pause = min(pause * 2, _LONGEST_PAUSE)
                await asyncio.sleep(pause)
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await woken.wait()

    async def _take_up(self) -> None:
        """Put back what dead bots were running, and claim as much as can be done."""
        while not self._stopping:
            async with self._claiming:
                until = self._lease_from_now()
                claims = await self._claim()
                for claim in claims:
                    self._begin(claim, until)
            if not claims:
                return

    async def _claim(self) -> list[jobs.Claim]:
        dreaming = sum(hold.dreaming for hold in self._holds.values())
        resting = asyncio.get_running_loop().time() < self._resting_until
        held = list(self._holds)
        claims: list[jobs.Claim | None] = []
        async with self._database.transaction() as session:
            abandoned = await jobs.requeue_lapsed(session, held)
            if len(held) - dreaming < _MOST_DELIVERIES:
                claims.append(await jobs.claim_unsaid(session, self._owner, self._lease, held))
            if dreaming < self._pool.slots and not resting:
                claims.append(await jobs.claim(session, self._owner, self._lease, held))
        if abandoned:
            log.warning("Put back in the line, for nobody runs them any more: %s", abandoned)
        return [claim for claim in claims if claim is not None]

    def _begin(self, claim: jobs.Claim, until: float) -> None:
        hold = _Hold(claim.job, dreaming=claim.job.state is State.RUNNING, until=until)
        self._holds[claim.job.id] = hold
        hold.task = asyncio.create_task(self._see_through(hold, claim))

    async def _see_through(self, hold: _Hold, claim: jobs.Claim) -> None:
        """Take a job to its end, or as far as it goes here."""
        job: Job | None = claim.job
        try:
            if job and job.state is State.RUNNING:
                job = await self._dream(hold, claim)
            if job and job.state is State.DELIVERING:
                job = await self._work.deliver(job)
            if job and job.state in (State.FAILED, State.CANCELLED):
                await self._work.tell(job)
        except jobs.LeaseLost:
            log.warning("Job %s is held by another bot by now.", claim.job.id)
        except PoolClosed:
            self._resting_until = asyncio.get_running_loop().time() + _REST_SECONDS
            await self._let_go(claim.job)
        except (Interrupted, asyncio.CancelledError):
            if hold.lost:
                log.warning("Job %s is held by another bot by now.", claim.job.id)
            else:
                await self._let_go(claim.job)
        except Exception:
            # Its lease runs out, and it is taken up again from where it stands.
            number = secrets.token_hex(4)
            log.exception("Job %s stumbled (%s); it will be taken up again.", claim.job.id, number)
        finally:
            del self._holds[claim.job.id]
            self.wake()

    async def _dream(self, hold: _Hold, claim: jobs.Claim) -> Job | None:
        with self._slot(hold):
            try:
                dream = await self._work.dream(claim.job, claim.flaw, lambda: self._is_sure(hold))
            except PoolClosed:
                raise
            except Exception as error:
                # Before the slot is free: a job that is put back goes before all that wait.
                return await self._work.give_up(claim.job, error)
        return await self._work.keep(claim.job, dream)

    @contextmanager
    def _slot(self, hold: _Hold) -> Iterator[None]:
        try:
            yield
        finally:
            hold.dreaming = False
            self.wake()

    async def _beat(self) -> None:
        """Renew the leases; stop what somebody else holds by now."""
        held = dict(self._holds)
        if not held:
            return
        until = self._lease_from_now()
        async with self._database.transaction() as session:
            kept = await jobs.beat(session, self._owner, self._lease, held.keys())
        for job_id, hold in held.items():
            if job_id in kept:
                hold.until = until
                continue
            if self._holds.get(job_id) is not hold:
                continue
            # A job may have been let go of a moment ago by its own task, which is at its end.
            if hold.dreaming or hold.missed:
                hold.lost = True
                hold.task.cancel()
            hold.missed = True

    def _lease_from_now(self) -> float:
        """When a lease ends at the earliest that is about to be taken or renewed."""
        return asyncio.get_running_loop().time() + self._lease

    def _is_sure(self, hold: _Hold) -> bool:
        """Whether nobody else can hold the job; after a sleep that takes a heartbeat to know."""
        return asyncio.get_running_loop().time() < hold.until

    async def _sweep(self) -> None:
        # The storage has said so itself, and what is left can wait for the next time.
        with suppress(StorageError):
            await sweep(self._database, self._storage)

    async def _let_go_of_all(self) -> None:
        tasks = [hold.task for hold in self._holds.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _let_go(self, job: Job) -> None:
        """Put a job back, or leave it to whoever goes on with its delivery."""

        async def write(session: Session) -> None:
            await jobs.put_back(session, job.id, self._owner)

        try:
            async with asyncio.timeout(LET_GO_SECONDS):
                await self._database.insist(write)
        except jobs.LeaseLost:
            pass
        except TimeoutError:
            log.warning("Job %s can't be put back now; its lease runs out by itself.", job.id)

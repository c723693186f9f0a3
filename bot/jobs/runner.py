"""Which jobs this bot holds: it claims them, keeps their leases, and lets go of them."""

import asyncio
import logging
import os
import secrets
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from bot.database import Database, DatabaseAway, Session, calling_off, jobs, leases
from bot.jobs.cancelling import end_waiting
from bot.jobs.delivery import Delivery
from bot.jobs.estimates import SOMEWHERE, Machine
from bot.jobs.forecast import Forecast
from bot.jobs.job import Job, State
from bot.jobs.lineup import AT_ONCE, Lineup, Taken
from bot.jobs.messenger import Messenger
from bot.jobs.pool import Pool
from bot.jobs.shared import Shared
from bot.jobs.stopping import Interrupted, Stopping
from bot.jobs.turns import Bounds
from bot.jobs.watch import Watch
from bot.jobs.work import Work
from bot.storage import Storage
from dream import NoWorkers, PoolClosed

log = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
"""How often the line is looked at unasked: another bot may have put a job, or died."""

REFRESH_SECONDS = 2.5
"""How often those who wait are looked at."""

LET_GO_SECONDS = 5.0
"""How long a stopping bot tries to put its jobs back; later their leases run out."""

_MOST_DELIVERIES = 16
"""Abandoned deliveries taken up at once; each holds a picture in memory."""

_MOST_ENDS = 64
"""Abandoned jobs of any kind taken up at once; why one failed is told whatever hangs beside it."""

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
        called_off: It was given up because somebody wants it to end.
    """

    job: Job
    dreaming: bool
    until: float
    missed: bool = False
    lost: bool = False
    called_off: bool = False
    task: asyncio.Task[None] = field(init=False)


class Runner:
    """Runs jobs of the database's line on a pool; any number of bots may do so side by side.

    Args:
        lease_seconds: After so long without a heartbeat another runner takes a job over.
        bounds: How many dreams run at the same time, all bots taken together.
        machine: What the pool dreams on.

    Attributes:
        lineup: The line as this bot sees it.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        pool: Pool,
        messenger: Messenger,
        *,
        lease_seconds: float,
        bounds: Bounds = AT_ONCE,
        machine: Machine = SOMEWHERE,
    ) -> None:
        self._database = database
        self._pool = pool
        self._messenger = messenger
        self._lease = lease_seconds
        self._owner = f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
        self._holds: dict[str, _Hold] = {}
        self.lineup = Lineup(
            database,
            self._owner,
            machine=machine,
            bounds=bounds,
            slots=lambda: pool.slots,
            dreaming=self._dreaming,
        )
        self._outlook = Shared(self.lineup.outlook)
        self._leaving = Stopping()
        doors = (database, storage, pool, messenger, self._owner)
        self._delivery = Delivery(*doors, stopping=self._leaving)
        self._work = Work(
            *doors,
            delivery=self._delivery,
            stopping=self._leaving,
            measured=self.lineup.measured,
        )
        self._watch = Watch(self.lineup, messenger)
        self._resting_until = 0.0
        self._short_of_workers = False
        # When it is time again for what others left behind: not at every new job and free slot,
        # for that is most of what a job would cost this process.
        self._tidy_at = 0.0
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
            asyncio.create_task(self._every(REFRESH_SECONDS, self._watch.refresh)),
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

    def tidy(self) -> None:
        """A job was called off: see to that now, and to whoever has to be told."""
        self._tidy_at = 0.0
        self.wake()

    async def stop(self, grace: float) -> None:
        """Claim nothing more, and end.

        Dreams and deliveries go on for up to `grace` seconds. What is still running then goes
        back to the front of the line, and counts as no try.
        """
        self._stopping = True
        self._leaving.ask()
        with suppress(TimeoutError):
            async with asyncio.timeout(grace):
                async with self._claiming:
                    pass
                while self._holds:
                    await asyncio.wait([hold.task for hold in self._holds.values()])
        self._over.set()
        if self._running is not None:
            await asyncio.wait([self._running])

    async def expect(self, job: Job) -> Forecast:
        """Where a new job stands; its person is told from now on whenever that changes.

        Raises:
            DatabaseAway: The database can't be asked. The person is told later.
        """
        self.wake()
        self._watch.add(job)
        outlook = await self._outlook()
        forecast = outlook.forecasts.get(job.id)
        if forecast is None or job.id in self._holds:
            self._watch.drop(job.id)
            return forecast or Forecast(0)
        self._watch.add(job, forecast)
        return forecast

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
        """Stop what was called off, put back what dead bots were running, claim what can be."""
        now = asyncio.get_running_loop().time()
        tidy = now >= self._tidy_at
        if tidy:
            # Set before: what is called off meanwhile sets it back.
            self._tidy_at = now + LOOK_SECONDS
            await self._stop_called_off()
        while not self._stopping:
            async with self._claiming:
                until = self._lease_from_now()
                claims = await self._claim(tidy)
                for claim in claims:
                    self._begin(claim, until)
            if not claims:
                return
            # There may be more of what others left behind only if there was some.
            tidy = tidy and any(taken.claim.job.state is not State.RUNNING for taken in claims)

    async def _claim(self, tidy: bool) -> list[Taken]:
        now = asyncio.get_running_loop().time()
        dreaming = len(self._dreaming())
        free = dreaming < self._pool.slots and now >= self._resting_until
        if not free and not tidy:
            return []
        held = list(self._holds)
        ending = len(held) - dreaming
        unsaid: jobs.Claim | None = None
        next_up: Taken | None = None
        async with self._database.transaction() as session:
            abandoned = await leases.requeue_lapsed(session, held) if tidy else []
            if tidy and ending < _MOST_ENDS:
                results = ending < _MOST_DELIVERIES
                unsaid = await leases.claim_unsaid(
                    session, self._owner, self._lease, held, results=results
                )
            if free:
                next_up = await self.lineup.claim(session, self._lease, held)
        if abandoned:
            log.warning("Put back in the line, for nobody runs them any more: %s", abandoned)
        claims = [Taken(unsaid) if unsaid else None, next_up]
        return [claim for claim in claims if claim is not None]

    async def _stop_called_off(self) -> None:
        """End what waits again after it was called off; stop what runs here."""
        async with self._database.transaction() as session:
            called_off = await calling_off.wanted(session, self._owner)
        for off in called_off:
            if off.state == State.QUEUED:
                # Each by itself: another bot ends the same, maybe in another order.
                async with self._database.transaction() as session:
                    await end_waiting(session, off.job_id, off.person_id, off.who)
            hold = self._holds.get(off.job_id)
            # What is dreamt already is seen to by whoever keeps it.
            if hold is not None and hold.dreaming and not hold.called_off:
                hold.called_off = True
                hold.task.cancel()

    def _dreaming(self) -> list[str]:
        """Ids of the jobs that take up a slot."""
        return [job_id for job_id, hold in self._holds.items() if hold.dreaming]

    def _begin(self, taken: Taken, until: float) -> None:
        claim = taken.claim
        hold = _Hold(claim.job, dreaming=claim.job.state is State.RUNNING, until=until)
        self._holds[claim.job.id] = hold
        self._watch.drop(claim.job.id)
        hold.task = asyncio.create_task(self._see_through(hold, taken))

    async def _see_through(self, hold: _Hold, taken: Taken) -> None:
        """Take a job to its end, or as far as it goes here."""
        claim = taken.claim
        job: Job | None = claim.job
        try:
            if job and job.state is State.RUNNING:
                job = await self._dream(hold, taken)
            if job and job.state is State.DELIVERING:
                job = await self._delivery.deliver(job)
            if job and job.state in (State.FAILED, State.CANCELLED):
                await self._delivery.tell(job)
        except leases.LeaseLost:
            log.warning("Job %s is held by another bot by now.", claim.job.id)
        except (PoolClosed, NoWorkers) as error:
            self._rest(error)
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

    async def _dream(self, hold: _Hold, taken: Taken) -> Job | None:
        job = taken.claim.job
        with self._slot(hold):
            try:
                dream = await self._work.dream(taken, lambda: self._sure_for(hold))
            except (PoolClosed, NoWorkers, Interrupted):
                raise
            except asyncio.CancelledError:
                if not hold.called_off or hold.lost or self._over.is_set():
                    raise
                hold.task.uncancel()
                return await self._work.call_off(job)
            except Exception as error:
                # Before the slot is free: a job that is put back goes before all that wait.
                return await self._work.give_up(job, error)
        self._short_of_workers = False
        return await self._work.keep(job, dream)

    def _rest(self, error: PoolClosed | NoWorkers) -> None:
        """Dream nothing for a while; why, is logged once until a dream succeeds again."""
        self._resting_until = asyncio.get_running_loop().time() + _REST_SECONDS
        if isinstance(error, NoWorkers) and not self._short_of_workers:
            log.warning("The line waits, for no worker can be started. It is tried again.")
            self._short_of_workers = True

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
            kept = await leases.beat(session, self._owner, self._lease, held.keys())
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
                self._messenger.lost(hold.job)
            hold.missed = True

    def _lease_from_now(self) -> float:
        """When a lease ends at the earliest that is about to be taken or renewed."""
        return asyncio.get_running_loop().time() + self._lease

    def _sure_for(self, hold: _Hold) -> float:
        """Seconds in which nobody else can hold the job; after a sleep of the machine that takes
        a heartbeat to know."""
        if hold.lost or self._holds.get(hold.job.id) is not hold:
            return 0.0
        return max(0.0, hold.until - asyncio.get_running_loop().time())

    async def _let_go_of_all(self) -> None:
        tasks = [hold.task for hold in self._holds.values()]
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _let_go(self, job: Job) -> None:
        """Put a job back, or leave it to whoever goes on with its delivery."""

        async def write(session: Session) -> None:
            await leases.put_back(session, job.id, self._owner)

        try:
            async with asyncio.timeout(LET_GO_SECONDS):
                await self._database.insist(write)
        except leases.LeaseLost:
            pass
        except TimeoutError:
            log.warning("Job %s can't be put back now; its lease runs out by itself.", job.id)

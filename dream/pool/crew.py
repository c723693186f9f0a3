"""Workers of one kind: handed out in turn, replaced when they die."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from dream.errors import DreamError, PoolClosed, PoolError, TookTooLong, WorkerDied
from dream.pool.messages import Answer, Request
from dream.pool.plan import Plan
from dream.pool.process import NeverBegan, OnProgress, WorkerProcess

LONGEST_PAUSE = 30.0
"""Seconds between two attempts to start a worker, at most."""

_FIRST_PAUSE = 0.1
_LONG_LIFE = 10.0
_ATTEMPTS = 2

_log = logging.getLogger(__name__)


class Crew:
    """A fixed number of workers, each at a seat of its own.

    Args:
        plans: One for each seat.
        grace: Seconds in which a worker must give up work that was called off; it is killed and
            replaced otherwise.
    """

    def __init__(self, plans: Sequence[Plan], *, grace: float) -> None:
        self._plans = plans
        self._grace = grace
        self._idle: deque[WorkerProcess] = deque()
        self._waiting: deque[asyncio.Future[WorkerProcess]] = deque()
        self._alive: set[WorkerProcess] = set()
        self._running = 0
        self._quiet = asyncio.Event()
        self._quiet.set()
        self._trouble: str | None = None
        self._closed = False
        self._keepers: list[asyncio.Task[None]] = []
        self._settling: set[asyncio.Task[None]] = set()

    @property
    def seats(self) -> int:
        """How many pieces of work can be done at once."""
        return len(self._plans)

    @property
    def pids(self) -> list[int]:
        """Of the processes that are alive."""
        return sorted(worker.pid for worker in self._alive)

    async def start(self) -> None:
        """Start all workers and wait for them.

        Raises:
            DreamError: None of them can start; says why.
        """
        tried = [asyncio.Event() for _ in self._plans]
        self._keepers = [
            asyncio.create_task(self._keep(plan, event))
            for plan, event in zip(self._plans, tried, strict=True)
        ]
        await asyncio.gather(*(event.wait() for event in tried))
        if not self._alive and self._trouble is not None:
            raise PoolError(self._trouble)

    async def close(self, grace: float) -> None:
        """Take no more work, let what runs go on for so many seconds, then end all processes."""
        self._closed = True
        self._refuse(PoolClosed("The pool is closing down. Try again later."))
        try:
            async with asyncio.timeout(grace):
                await self._quiet.wait()
        except TimeoutError:
            pass
        tasks = [*self._keepers, *self._settling]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(worker.kill() for worker in self._alive))
        self._alive.clear()

    async def run(
        self, request: Request, on_progress: OnProgress | None = None, seconds: float | None = None
    ) -> Answer:
        """Have a piece of work done by the next free worker, first come, first served.

        Cancelling this gives the work up.

        Args:
            request: The work.
            on_progress: Told how far it is.
            seconds: That the work itself may take.

        Raises:
            DreamError: The work came to nothing; `WorkerDied`, `TookTooLong` and `PoolClosed`
                among them.
        """
        for _ in range(_ATTEMPTS):
            worker = await self._take()
            try:
                async with asyncio.timeout(seconds) as clock:
                    return await worker.ask(request, on_progress)
            except NeverBegan:
                continue  # it died while it was idle, and nobody had noticed yet
            except WorkerDied:
                if self._closed:
                    raise PoolClosed("The pool was closed down. Try again later.") from None
                raise
            except TimeoutError:
                if not clock.expired():
                    raise
                raise TookTooLong(f"That took longer than {seconds:g} seconds.") from None
            finally:
                self._give_back(worker)
        raise WorkerDied("No process lived long enough to take the work. Try again.")

    async def _take(self) -> WorkerProcess:
        if self._closed:
            raise PoolClosed("The pool is closing down. Try again later.")
        if self._trouble is not None and not self._alive:
            raise PoolError(self._trouble)
        if self._idle:
            worker = self._idle.popleft()
        else:
            turn: asyncio.Future[WorkerProcess] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                worker = await turn
            except asyncio.CancelledError:
                if turn.done() and not turn.cancelled() and turn.exception() is None:
                    self._hand_out(turn.result())
                raise
        self._running += 1
        self._quiet.clear()
        return worker

    def _give_back(self, worker: WorkerProcess) -> None:
        if worker.busy and not worker.gone.is_set() and not self._closed:
            task = asyncio.create_task(self._settle(worker))
            self._settling.add(task)
            task.add_done_callback(self._settling.discard)
        elif not worker.busy:
            self._hand_out(worker)
        self._running -= 1
        if not self._running:
            self._quiet.set()

    async def _settle(self, worker: WorkerProcess) -> None:
        """Keeps the seat taken until the abandoned work has ended."""
        await worker.settle(self._grace)
        self._hand_out(worker)

    def _hand_out(self, worker: WorkerProcess) -> None:
        """To who has waited longest, or to nobody yet."""
        if worker.gone.is_set() or self._closed:
            return
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(worker)
                return
        self._idle.append(worker)

    def _refuse(self, error: DreamError) -> None:
        """Tell all who wait that there is nothing to wait for."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(error)

    async def _keep(self, plan: Plan, tried: asyncio.Event) -> None:
        """Keep a worker at one seat, for ever."""
        pause, failures = 0.0, 0
        clock = asyncio.get_running_loop().time
        while True:
            await asyncio.sleep(pause)
            born = clock()
            try:
                worker = await WorkerProcess.start(plan)
            except (DreamError, OSError) as error:
                # What a worker says itself, such as “no such device”, won't change by asking again.
                failures += 1 if isinstance(error, PoolError | OSError) else _ATTEMPTS
                if failures >= _ATTEMPTS:
                    self._cannot_start(plan, error)
                    tried.set()
            else:
                failures, self._trouble = 0, None
                self._alive.add(worker)
                self._hand_out(worker)
                tried.set()
                await worker.gone.wait()
                self._alive.discard(worker)
                if worker in self._idle:
                    self._idle.remove(worker)
                if worker.proven or clock() - born > _LONG_LIFE:
                    pause = 0.0
                    continue
            pause = min(max(2 * pause, _FIRST_PAUSE), LONGEST_PAUSE)

    def _cannot_start(self, plan: Plan, error: Exception) -> None:
        where = f" on {plan.device}" if plan.kind == "dreamer" else ""
        self._trouble = f"No {plan.kind} can be started{where}: {error}"
        _log.error("%s", self._trouble)
        if not self._alive:
            self._refuse(PoolError(self._trouble))

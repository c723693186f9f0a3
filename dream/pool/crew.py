"""Workers of one kind: handed out in turn, replaced when they die."""

import asyncio
import logging
from collections import deque
from collections.abc import Sequence

from dream.errors import DreamError, NoWorkers, PoolClosed, PoolError, TookTooLong, WorkerDied
from dream.pool.messages import Answer, Request
from dream.pool.plan import Plan
from dream.pool.process import NeverBegan, OnProgress, WorkerProcess

LONGEST_PAUSE = 30.0
"""Seconds between two attempts to start a worker, at most."""

_FIRST_PAUSE = 0.1
_LONG_LIFE = 10.0
_MOST_FAILURES = 3
"""Of starts in a row at one seat, and of deaths in a row in work: by then something is wrong."""

_NOBODY = (
    "Nothing can be done with pictures just now, for none of the processes that do it can be "
    "started. Try again in a few minutes."
)
"""Why they can't is for the log, and for whoever starts the crew."""

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
        self._trouble: dict[int, str] = {}
        self._deaths = 0
        self._closed = False
        self._keepers: list[asyncio.Task[None]] = []
        self._settling: set[asyncio.Task[None]] = set()

    @property
    def plans(self) -> Sequence[Plan]:
        """One for each seat."""
        return self._plans

    @property
    def seats(self) -> int:
        """How many pieces of work can be done at once."""
        return len(self._plans)

    @property
    def lacking(self) -> set[str]:
        """What of its workers' isolation can't be had here, a sentence each."""
        return {sentence for worker in self._alive for sentence in worker.lacking}

    @property
    def pids(self) -> list[int]:
        """Of the processes that are alive."""
        return sorted(worker.pid for worker in self._alive)

    async def start(self) -> None:
        """Start all workers and wait for them.

        Raises:
            NoWorkers: None of them can start; says why.
        """
        tried = [asyncio.Event() for _ in self._plans]
        self._keepers = [
            asyncio.create_task(self._keep(seat, event)) for seat, event in enumerate(tried)
        ]
        await asyncio.gather(*(event.wait() for event in tried))
        if self._hopeless:
            raise NoWorkers(next(iter(self._trouble.values())))

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
            DreamError: The work came to nothing; `WorkerDied`, `TookTooLong`, `TooMuchMemory`,
                `NoWorkers` and `PoolClosed` among them.
        """
        while True:
            worker = await self._take()
            try:
                await worker.begin(request)
                async with asyncio.timeout(seconds) as clock:
                    return await worker.answer(on_progress)
            except NeverBegan:
                continue  # it died or hung while it was idle, and nobody had noticed yet
            except WorkerDied:
                if self._closed:
                    raise PoolClosed("The pool was closed down. Try again later.") from None
                self._count_deaths(self._deaths + 1)
                raise
            except TimeoutError:
                if not clock.expired():
                    raise
                raise TookTooLong(f"That took longer than {seconds:g} seconds.") from None
            finally:
                self._give_back(worker)

    async def _take(self) -> WorkerProcess:
        if self._closed:
            raise PoolClosed("The pool is closing down. Try again later.")
        if self._hopeless:
            raise NoWorkers(_NOBODY)
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
            self._count_deaths(0)
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

    async def _keep(self, seat: int, tried: asyncio.Event) -> None:
        """Keep a worker at one seat, for ever."""
        pause, failures = 0.0, 0
        while True:
            await asyncio.sleep(pause)
            try:
                worker = await WorkerProcess.start(self._plans[seat])
            except (DreamError, OSError) as error:
                # What a worker says itself, such as “no such device”, won't change by asking again.
                failures += 1 if isinstance(error, PoolError | OSError) else _MOST_FAILURES
                why = str(error)
            else:
                tried.set()
                if await self._served(worker, seat):
                    pause, failures = 0.0, 0
                    continue
                failures += 1
                why = "It ends before it takes up any work."
            if failures >= _MOST_FAILURES:
                self._in_trouble(seat, why)
                tried.set()
            pause = min(max(2 * pause, _FIRST_PAUSE), LONGEST_PAUSE)

    async def _served(self, worker: WorkerProcess, seat: int) -> bool:
        """Whether a worker, at its end, was one: its work may have killed it, but not its start."""
        self._alive.add(worker)
        self._hand_out(worker)
        lived_long = False
        try:
            async with asyncio.timeout(_LONG_LIFE):
                await worker.gone.wait()
        except TimeoutError:
            lived_long = True
            self._well_again(seat)
            await worker.gone.wait()
        self._alive.discard(worker)
        if worker in self._idle:
            self._idle.remove(worker)
        if served := lived_long or worker.proven or worker.began:
            self._well_again(seat)
        return served

    def _in_trouble(self, seat: int, why: str) -> None:
        """Log it once, however often it is tried, and however many seats are of one kind."""
        trouble = f"No {self._kind(seat)} can be started: {why}"
        if not self._alike_in_trouble(seat):
            _log.error("%s It is tried again, at least every %g seconds.", trouble, LONGEST_PAUSE)
        self._trouble[seat] = trouble
        if self._hopeless:
            self._refuse(NoWorkers(_NOBODY))

    def _well_again(self, seat: int) -> None:
        if self._trouble.pop(seat, None) and not self._alike_in_trouble(seat):
            _log.warning("A %s has been started again; all is well.", self._kind(seat))

    def _alike_in_trouble(self, seat: int) -> bool:
        return any(self._plans[other] == self._plans[seat] for other in self._trouble)

    def _kind(self, seat: int) -> str:
        plan = self._plans[seat]
        return plan.kind + (f" on {plan.device}" if plan.kind == "dreamer" else "")

    @property
    def _hopeless(self) -> bool:
        """Whether no worker lives and none can be started at any seat."""
        return not self._alive and len(self._trouble) == len(self._plans)

    def _count_deaths(self, in_a_row: int) -> None:
        """Log it once when work after work kills its worker: one picture may, all may not."""
        if in_a_row == _MOST_FAILURES:
            _log.error("%d %ss in a row died in their work.", in_a_row, self._plans[0].kind)
        elif in_a_row == 0 and self._deaths >= _MOST_FAILURES:
            _log.warning("A %s does its work again; all is well.", self._plans[0].kind)
        self._deaths = in_a_row

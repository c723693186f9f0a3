"""One worker process, seen from its parent: started, asked, watched, called off, killed."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from dream import deadline
from dream.errors import BrokenPicture, DreamError, PoolError, TooMuchMemory, WorkerDied
from dream.memory import resident
from dream.outcome import Progress
from dream.pool import wire
from dream.pool.messages import (
    Answer,
    Began,
    Cancel,
    Failure,
    FromWorker,
    Letter,
    Ready,
    Request,
    most_answer,
    most_body,
    pack,
    unpack,
)
from dream.pool.plan import Plan

PATIENCE = 120.0
"""Seconds in which a worker must have started: importing torch from a cold disk takes its time."""

ATTENTION = 10.0
"""Seconds in which an idle worker must take up work; one that doesn't hangs, and is killed."""

WATCH_SECONDS = 0.2
"""Between two looks at the memory of a worker."""

_BUFFER = 2**20
_ON_THE_LINE = 4 * 2**20
"""Bytes that a socket takes at once, where the system lets it: a picture, rather than a part."""

_FAREWELL = 1.0
_MOST_UNHEARD = 100
"""Messages of a worker that nobody has taken yet: one that says more wants to fill our memory."""

_MOST_UNSEEN = 8 * 2**20
"""Bytes of previews that nobody has taken yet."""

TOO_SLOW = "This picture takes too long to open. Save it anew and try again."

_DIED = "The process that dreamt it died. Try again."

_log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]


class NeverBegan(WorkerDied):
    """The worker died before the work reached it; another may try without any risk."""


class WorkerProcess:
    """A worker that has started. Does one piece of work at a time.

    Attributes:
        gone: Set once the process has ended and been waited for.
        busy: Whether a piece of work was sent to it that it hasn't answered yet.
        began: Whether it has begun a piece of work that it hasn't answered yet.
        proven: Whether it has answered any.
        lacking: What of its isolation can't be had, a sentence each.
    """

    def __init__(
        self,
        plan: Plan,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._plan = plan
        self._process = process
        self._reader = reader
        self._writer = writer
        self._inbox: asyncio.Queue[tuple[int, FromWorker, int] | None] = asyncio.Queue()
        self._unheard = 0
        self._most_answer = 0
        self._work = 0
        self._ended = False
        self.gone = asyncio.Event()
        self.busy = False
        self.began = False
        self.proven = False
        self.lacking: tuple[str, ...] = ()
        self._swollen = False
        self._listening = asyncio.create_task(self._listen())
        self._watching = asyncio.create_task(self._watch())

    @classmethod
    async def start(cls, plan: Plan) -> Self:
        """Start a process by a plan and wait until it is ready.

        Raises:
            DreamError: It says why it can't start, or ended, or wasn't ready in time.
        """
        worker = await cls._spawn(plan)
        try:
            async with asyncio.timeout(PATIENCE):
                message = await worker._heard()
        except TimeoutError:
            await worker.kill()
            raise PoolError(f"The {plan.kind} wasn't ready after {PATIENCE:g} seconds.") from None
        except BaseException:
            await worker.kill()
            raise
        if isinstance(message, Ready):
            worker.lacking = message.lacking
            return worker
        await worker.kill()
        if isinstance(message, Failure):
            raise message.error
        raise PoolError(f"The {plan.kind} ended as soon as it was started.")

    @classmethod
    async def _spawn(cls, plan: Plan) -> Self:
        ours, theirs = socket.socketpair()
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _ON_THE_LINE)
        with theirs:
            try:
                process = await asyncio.create_subprocess_exec(
                    *plan.command(theirs.fileno()),
                    env=plan.environment(),
                    pass_fds=[theirs.fileno()],
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=2,  # what libraries print belongs with the log
                    start_new_session=True,  # out of reach of the terminal's Ctrl-C
                )
            except BaseException:
                ours.close()
                raise
        try:
            reader, writer = await asyncio.open_connection(sock=ours, limit=_BUFFER)
        except BaseException:
            ours.close()
            process.kill()
            await process.wait()
            raise
        return cls(plan, process, reader, writer)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def begin(self, request: Request) -> None:
        """Have it take up a piece of work. Unless that is answered, `settle` must follow.

        Raises:
            NeverBegan: The process died before the work reached it, or hangs and is killed.
        """
        self._work += 1
        self._most_answer = most_answer(request)
        self.busy = True
        try:
            async with asyncio.timeout(ATTENTION):
                with suppress(OSError):  # the end of the stream tells the same
                    await wire.write(self._writer, pack(Letter(self._work, request)))
                message = await self._heard()
        except TimeoutError:
            _log.error("worker %d hangs; it is killed", self.pid)
            self._signal()
            message = None
        if message is None:
            raise NeverBegan(_DIED)

    async def answer(self, on_progress: OnProgress | None = None) -> Answer:
        """What becomes of the work that was begun.

        Raises:
            TooMuchMemory: It took more than it may, and the process was killed.
            BrokenPicture: To read a picture took longer than it may, and ended the process.
            WorkerDied: The process died.
            DreamError: The work came to nothing.
        """
        while (message := await self._heard()) is not None:
            if isinstance(message, Progress) and on_progress is not None:
                on_progress(message)
            elif isinstance(message, Failure | Answer):
                self.busy, self.began, self.proven = False, False, True
                if isinstance(message, Failure):
                    raise message.error
                return message
        await self.gone.wait()
        if self._swollen:
            raise TooMuchMemory(
                f"That took more than the {self._plan.memory / 2**30:.3g} GB of memory that there "
                "are for it. A smaller one may do."
            )
        if self._process.returncode == -deadline.SIGNAL:
            raise BrokenPicture(TOO_SLOW)
        raise WorkerDied(_DIED)

    async def settle(self, grace: float) -> None:
        """Have the abandoned work given up; kill the process if it hasn't after that time."""
        try:
            async with asyncio.timeout(grace):
                await wire.write(self._writer, pack(Letter(self._work, Cancel())))
                with suppress(DreamError):
                    await self.answer()
        except (TimeoutError, OSError):
            pass
        if self.busy:
            await self.kill()

    async def kill(self) -> None:
        """Kill the process and wait for its end."""
        if not self._ended:
            self._signal()
        await self.gone.wait()

    async def _heard(self) -> FromWorker | None:
        """The next message about the work in hand; None from a process that has ended."""
        while (heard := await self._inbox.get()) is not None:
            work, message, size = heard
            self._unheard -= size
            if work == self._work:
                self.began = self.began or isinstance(message, Began)
                return message
        self._inbox.put_nowait(None)  # whoever asks next is told as well
        return None

    async def _listen(self) -> None:
        """Take in what the process says until it ends, one way or another."""
        try:
            while (frame := await wire.read(self._reader, self._room)) is not None:
                letter = unpack(frame)
                if not isinstance(letter.message, FromWorker):
                    raise wire.Corrupted("what only a parent says")
                size = len(frame.body)
                self._unheard += size
                self._inbox.put_nowait((letter.work, letter.message, size))
                await asyncio.sleep(0)  # many frames may be there already: whoever waits goes first
                if self._inbox.qsize() > _MOST_UNHEARD:
                    raise wire.Corrupted("more than anybody listens to")
        except wire.Corrupted as error:
            _log.error("worker %d said %s", self.pid, error)
            self._signal()
        except OSError:
            pass  # killed while it was written to
        finally:
            self._ended = True
            self._watching.cancel()
            self._inbox.put_nowait(None)
            await self._end()
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()
            self.gone.set()

    def _room(self, header: bytes) -> int:
        """Bytes that may follow a header now: unheard are one answer and some previews at most."""
        left = self._most_answer + _MOST_UNSEEN - self._unheard
        return min(most_body(header, self._most_answer), left)

    async def _watch(self) -> None:
        """End the process when it takes more memory than it may, where the system tells."""
        with suppress(OSError):
            while (taken := resident(self.pid)) <= self._plan.memory:  # noqa: ASYNC110
                await asyncio.sleep(WATCH_SECONDS)
            self._swollen = True
            _log.warning("worker %d is ended: it took %d MiB", self.pid, taken // 2**20)
            self._signal()

    async def _end(self) -> None:
        """See the process off; one that has hung up and lives on is killed."""
        try:
            async with asyncio.timeout(_FAREWELL):
                await self._process.wait()
        except TimeoutError:
            self._signal()
            await self._process.wait()

    def _signal(self) -> None:
        # Not by its own method: that looks first whether the process is dead, and where it is,
        # takes its end away from asyncio, which complains of an unknown child.
        if self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

"""One worker process, seen from its parent: started, asked, called off, killed."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Self

from dream.errors import DreamError, PoolError, WorkerDied
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
    pack,
    unpack,
)
from dream.pool.plan import Plan

PATIENCE = 120.0
"""Seconds in which a worker must have started: importing torch from a cold disk takes its time."""

_BUFFER = 2**20
_FAREWELL = 1.0

_log = logging.getLogger(__name__)

OnProgress = Callable[[Progress], None]


class NeverBegan(WorkerDied):
    """The worker died before the work reached it; another may try without any risk."""


class WorkerProcess:
    """A worker that has started. Does one piece of work at a time.

    Attributes:
        gone: Set once the process has ended and been waited for.
        busy: Whether a piece of work was sent to it that it hasn't answered yet.
        proven: Whether it has answered any.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._inbox: asyncio.Queue[Letter | None] = asyncio.Queue()
        self._work = 0
        self._ended = False
        self.gone = asyncio.Event()
        self.busy = False
        self.proven = False
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, plan: Plan) -> Self:
        """Start a process by a plan and wait until it is ready.

        Raises:
            DreamError: It says why it can't start, or ended, or wasn't ready in time.
        """
        worker = await cls._spawn(plan)
        try:
            async with asyncio.timeout(PATIENCE):
                answer = await worker._inbox.get()
        except TimeoutError:
            await worker.kill()
            raise PoolError(f"The {plan.kind} wasn't ready after {PATIENCE:g} seconds.") from None
        except BaseException:
            await worker.kill()
            raise
        if answer is not None and isinstance(answer.message, Ready):
            return worker
        await worker.kill()
        if answer is not None and isinstance(answer.message, Failure):
            raise answer.message.error
        raise PoolError(f"The {plan.kind} ended as soon as it was started.")

    @classmethod
    async def _spawn(cls, plan: Plan) -> Self:
        ours, theirs = socket.socketpair()
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
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def ask(self, request: Request, on_progress: OnProgress | None = None) -> Answer:
        """Have a piece of work done. Where this is cancelled, `settle` must follow.

        Raises:
            NeverBegan: The process died before the work reached it.
            WorkerDied: The process died.
            DreamError: The work came to nothing.
        """
        self._work += 1
        self.busy = True
        with suppress(OSError):  # the end of the stream tells the same
            await wire.write(self._writer, pack(Letter(self._work, request)))
        return await self._answer(on_progress)

    async def settle(self, grace: float) -> None:
        """Have the abandoned work given up; kill the process if it hasn't after that time."""
        try:
            async with asyncio.timeout(grace):
                await wire.write(self._writer, pack(Letter(self._work, Cancel())))
                with suppress(DreamError):
                    await self._answer(None)
        except (TimeoutError, OSError):
            pass
        if self.busy:
            await self.kill()

    async def kill(self) -> None:
        """Kill the process and wait for its end."""
        if not self._ended:
            self._signal()
        await self.gone.wait()

    async def _answer(self, on_progress: OnProgress | None) -> Answer:
        began = False
        while (letter := await self._inbox.get()) is not None:
            if letter.work != self._work:
                continue
            match letter.message:
                case Began():
                    began = True
                case Progress() as progress:
                    if on_progress is not None:
                        on_progress(progress)
                case Failure(error):
                    self.busy, self.proven = False, True
                    raise error
                case answer if isinstance(answer, Answer):
                    self.busy, self.proven = False, True
                    return answer
        self._inbox.put_nowait(None)  # whoever asks next is told as well
        raise (WorkerDied if began else NeverBegan)("The process that dreamt it died. Try again.")

    async def _listen(self) -> None:
        """Take in what the process says until it ends, one way or another."""
        try:
            while (frame := await wire.read(self._reader)) is not None:
                self._inbox.put_nowait(_from_worker(unpack(frame)))
        except wire.Corrupted as error:
            _log.error("worker %d said %s", self.pid, error)
            self._signal()
        except OSError:
            pass  # killed while it was written to
        finally:
            self._ended = True
            self._inbox.put_nowait(None)
            await self._end()
            self._writer.close()
            with suppress(OSError):
                await self._writer.wait_closed()
            self.gone.set()

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


def _from_worker(letter: Letter) -> Letter:
    if not isinstance(letter.message, FromWorker):
        raise wire.Corrupted("what only a parent says")
    return letter

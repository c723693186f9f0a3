"""Keeps the bot running as a process of its own: starts it again when it dies."""

import asyncio
import ctypes
import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

_log = logging.getLogger(__name__)

_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 30.0
_SETTLED_SECONDS = 60.0
# Dying so often before it was ever ready, it won't become so.
_FALSE_STARTS = 3
_PR_SET_PDEATHSIG = 1


class BotWontStart(Exception):
    """The bot died again and again before it was ready; says so in a sentence."""


class Supervisor:
    """Runs a command until told to stop.

    Attributes:
        settled: Set by whoever knows that the command does its work.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self._command = command
        self._environment = dict(environment)
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()
        self.settled = asyncio.Event()

    async def run(self) -> None:
        """Keep it running until `stop`.

        Raises:
            BotWontStart: It dies before it ever settles.
        """
        pause, false_starts = _FIRST_PAUSE, 0
        loop = asyncio.get_running_loop()
        while not self._stopping.is_set():
            began = loop.time()
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                start_new_session=True,
                preexec_fn=_die_with(os.getpid()),
            )
            code = await self._process.wait()
            if self._stopping.is_set():
                return
            false_starts += not self.settled.is_set()
            if false_starts == _FALSE_STARTS:
                raise BotWontStart("The bot stops before it is ready; its last words are above.")
            if loop.time() - began > _SETTLED_SECONDS:
                pause = _FIRST_PAUSE
            _log.warning("The bot %s; starting it again in %g s.", _ending(code), pause)
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), pause)
            pause = min(pause * 2, _LONGEST_PAUSE)

    async def stop(self, grace: float) -> None:
        """Ask it to end, and end it after `grace` seconds. Calling it again ends it at once."""
        again = self._stopping.is_set()
        self._stopping.set()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            if not again:
                process.terminate()
                with suppress(TimeoutError):
                    await asyncio.wait_for(process.wait(), grace)
                    return
            # The whole session: a bot that hangs can't end its own workers.
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _ending(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"stopped with exit code {code}"


def _die_with(parent: int) -> Callable[[], None] | None:
    """What makes a new process die when its parent is killed; Linux alone can."""
    if not sys.platform.startswith("linux"):
        return None
    libc = ctypes.CDLL(None, use_errno=True)

    def prepare() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGKILL)

    return prepare

"""A bot as a process of its own, started again whenever it ends, and the workers it has."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.whole.conftest import children, command

RUN = (sys.executable, "-W", "ignore", "-m", "bot", "run")
_LIMIT = 90.0
_ORPHANS_LIMIT = 15.0


class Bot:
    """A bot's process and its successors.

    Args:
        environment: What it is told; nothing else of ours is.
        log: File that it writes its log to.

    Attributes:
        endings: Exit codes of those that ended unasked.
    """

    def __init__(
        self, environment: Mapping[str, str], log: Path, command: Sequence[str] = RUN
    ) -> None:
        self._environment = dict(environment)
        self._log = log
        self._command = command
        self._process: asyncio.subprocess.Process | None = None
        self._asked = False
        self._pause: float | None = 1.0
        self.endings: list[int] = []

    @property
    def pid(self) -> int | None:
        """Of the process, if there is one now."""
        process = self._process
        return process.pid if process is not None and process.returncode is None else None

    @property
    def workers(self) -> list[int]:
        """Ids of its workers."""
        return [] if self.pid is None else sorted(children(self.pid))

    @property
    def dreamers(self) -> list[int]:
        """Ids of those that dream."""
        return [pid for pid in self.workers if _dreams(pid)]

    async def run(self) -> None:
        """Keep one alive until this is cancelled, or it was ended for good."""
        while self._pause is not None:
            self._asked, self._pause = False, 1.0
            with self._log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    *self._command,
                    env=self._environment,
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                )
            code = await self._process.wait()
            if not self._asked:
                self.endings.append(code)
            if self._pause is not None:
                await asyncio.sleep(self._pause)

    def end(self, number: signal.Signals, pause: float | None) -> bool:
        """Send it a signal; so many seconds after its end the next begins, or none does.

        False if there is none to send it to.
        """
        if self.pid is None:
            return False
        self._asked, self._pause = True, pause
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)
        return True

    async def close(self) -> None:
        """End it for good, kindly and then by force."""
        self._pause = None
        if self._process is None or not self.end(signal.SIGTERM, None):
            return
        try:
            await asyncio.wait_for(self._process.wait(), _LIMIT)
        except TimeoutError:
            self.end(signal.SIGKILL, None)
            await self._process.wait()
            raise


@asynccontextmanager
async def running(bot: Bot) -> AsyncIterator[Bot]:
    """The bot, running within this and ended with it."""
    keeper = asyncio.create_task(bot.run())
    try:
        yield bot
    finally:
        try:
            await bot.close()
        finally:
            keeper.cancel()
            await asyncio.wait([keeper])


async def gone(pids: Sequence[int]) -> list[int]:
    """Those of the processes that are still there after a while."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _ORPHANS_LIMIT
    while left := [pid for pid in pids if _alive(pid)]:
        if loop.time() > until:
            return left
        await asyncio.sleep(0.2)
    return []


def _dreams(pid: int) -> bool:
    try:
        return "dreamer" in command(pid)
    except OSError:
        return False


def _alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"

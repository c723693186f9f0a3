"""A bot's runner as a process of its own, to be killed: url, folder, journal, and how.

The journal is what people see: a line for each time they are spoken to.
"""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from bot.database import Database
from bot.jobs.job import Job, Result
from bot.jobs.messenger import Telling
from bot.jobs.runner import Runner
from bot.storage import Storage
from tests.bot.jobs.other_side import RecordingMessenger, ScriptedPool

LEASE_SECONDS = 0.9


class JournalMessenger(RecordingMessenger):
    """Writes what people are told into a file; a mute one dies before it says that a job failed."""

    def __init__(self, journal: Path, *, mute: bool) -> None:
        super().__init__()
        self._journal = journal
        self._mute = mute

    async def deliver(self, job: Job, result: Result, data: bytes, telling: Telling) -> int:
        self._write(f"delivered {job.id} {data.decode()}")
        return job.place.answer_id

    async def fail(self, job: Job, sentence: str, telling: Telling) -> int:
        if self._mute:
            os.kill(os.getpid(), 9)
        self._write(f"failed {job.id} {sentence}")
        return job.place.answer_id

    def _write(self, line: str) -> None:
        with self._journal.open("a") as file:
            file.write(line + "\n")
            file.flush()
            os.fsync(file.fileno())


async def main(url: str, folder: str, journal: str, how: str) -> None:
    """Run until killed; `how` is quick, slow or broken."""
    acts: dict[str, Callable[[], Awaitable[None]]] = {"slow": _slowly, "broken": _broken}
    pool = ScriptedPool()
    if how in acts:
        pool.acts.append(acts[how])
    messenger = JournalMessenger(Path(journal), mute=how == "broken")
    storage = Storage(Path(folder))
    await Runner(Database(url), storage, pool, messenger, lease_seconds=LEASE_SECONDS).run()


async def _slowly() -> None:
    await asyncio.sleep(600)


async def _broken() -> None:
    from dream import BrokenPicture

    raise BrokenPicture("This picture breaks off.")


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

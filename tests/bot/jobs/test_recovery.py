"""What is left of a job when bots are killed, fall asleep, or lose their database."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest
from sqlalchemy import select

from bot.database import Database
from bot.database.models import JobRow
from bot.jobs.job import Job
from bot.jobs.limits import Limits
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.storage import Storage
from dream import Dream, Output, Progress, Recipe
from tests.bot.jobs import books
from tests.bot.jobs.other_side import RecordingMessenger, ScriptedPool, forever, wish

ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def bot(url: str, folder: Path, how: str) -> AsyncIterator[asyncio.subprocess.Process]:
    """A bot in a process of its own; killed in the end, if it isn't dead."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.bot.jobs.a_bot", url),
        *(str(folder / "pictures"), str(folder / "journal"), how),
        cwd=ROOT,
    )
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def journal(folder: Path) -> list[str]:
    """What people were told, a line each."""
    file = folder / "journal"
    return file.read_text().splitlines() if file.exists() else []


async def test_a_bot_killed_in_a_dream_leaves_it_to_the_next_and_it_is_charged_once(
    database: Database, database_url: str, storage: Storage, tmp_path: Path
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=20))
    request = wish(cost=2)
    job, _ = await submission.submit(request)
    async with bot(database_url, tmp_path, "slow") as first:
        await books.until_books(database, lambda kept: kept.jobs[job.id] == "running")
        first.send_signal(signal.SIGKILL)
        assert await first.wait() == -signal.SIGKILL
    assert (await books.read(database)).jobs == {job.id: "running"}
    async with bot(database_url, tmp_path, "quick"):
        kept = await books.until_books(database, lambda kept: kept.jobs[job.id] == "done")
        await asyncio.sleep(1.2)
    assert journal(tmp_path) == [f"delivered {job.id} dream of {request.picture.decode()}"]
    assert kept.ledger == {job.id: "settled"}
    assert kept.used == {1: 2}
    async with database.transaction() as session:
        assert await session.scalar(select(JobRow.tries)) == 0


async def test_a_bot_killed_between_failing_and_telling_leaves_the_telling_to_the_next(
    database: Database, database_url: str, storage: Storage, tmp_path: Path
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=20))
    job, _ = await submission.submit(wish())
    async with bot(database_url, tmp_path, "broken") as first:
        assert await asyncio.wait_for(first.wait(), 20) == -signal.SIGKILL
    kept = await books.read(database)
    assert kept.jobs == {job.id: "failed"}
    assert kept.told == set()
    assert kept.ledger == {job.id: "refunded"}
    assert journal(tmp_path) == []
    async with bot(database_url, tmp_path, "quick"):
        kept = await books.until_books(database, lambda kept: job.id in kept.told)
    assert journal(tmp_path) == [f"failed {job.id} This picture breaks off."]
    assert kept.used == {1: 0}


async def test_a_bot_that_fell_asleep_and_wakes_up_does_not_deliver_what_another_has(
    database: Database, database_url: str, storage: Storage, tmp_path: Path
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=20))
    job, _ = await submission.submit(wish())
    async with bot(database_url, tmp_path, "slow") as sleeper:
        await books.until_books(database, lambda kept: kept.jobs[job.id] == "running")
        async with database.transaction():
            # Within this it holds no lock on SQLite's file, which nobody could take from it.
            sleeper.send_signal(signal.SIGSTOP)
            await books.until(lambda: is_stopped(sleeper.pid))
        async with bot(database_url, tmp_path, "quick"):
            await books.until_books(database, lambda kept: kept.jobs[job.id] == "done")
        sleeper.send_signal(signal.SIGCONT)
        # Its dream was stopped, or it would be busy with it for ten minutes.
        other, _ = await submission.submit(wish())
        await books.until_books(database, lambda kept: kept.jobs[other.id] == "done")
    assert [line.split()[1] for line in journal(tmp_path)] == [job.id, other.id]


def is_stopped(pid: int) -> bool:
    """Whether a process has come to a halt: for a moment after the signal it may run on."""
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "T"


@asynccontextmanager
async def running(
    database: Database,
    storage: Storage,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    lease: float = 0.6,
) -> AsyncIterator[Runner]:
    """A runner in this process, with a short lease."""
    runner = Runner(database, storage, pool, messenger, lease_seconds=lease)
    task = asyncio.create_task(runner.run())
    try:
        yield runner
    finally:
        await runner.stop(grace=5)
        await task


async def test_a_long_dream_keeps_its_lease(
    database: Database, database_url: str, storage: Storage
) -> None:
    pool, idle, messenger = ScriptedPool(), ScriptedPool(), RecordingMessenger()
    gate = asyncio.Event()
    pool.acts.append(gate.wait)
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(wish())
    other = Database(database_url)
    async with running(database, storage, pool, messenger, lease=2.0):
        await books.until(lambda: pool.at_work == 1)
        async with running(other, storage, idle, messenger, lease=2.0):
            await asyncio.sleep(3.0)
            gate.set()
            await books.until_books(database, lambda kept: kept.jobs[job.id] == "done")
    await other.close()
    assert idle.begun == []
    assert len(messenger.delivered) == 1


async def test_a_heartbeat_that_finds_the_lease_lost_stops_the_dream(
    database: Database, storage: Storage
) -> None:
    pool, messenger = ScriptedPool(), RecordingMessenger()
    pool.acts.append(forever)
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(wish())
    async with running(database, storage, pool, messenger):
        await books.until(lambda: pool.at_work == 1)
        assert messenger.held() > 0
        await _give_to_another(database, job)
        await books.until(lambda: pool.cancelled == 1, seconds=2)
        assert messenger.gone == [job.id]
        assert messenger.held() == 0
    kept = await books.read(database)
    assert kept.jobs == {job.id: "running"}
    assert kept.ledger == {job.id: "reserved"}
    assert messenger.delivered == []


async def test_a_dream_that_ends_after_its_lease_was_lost_is_not_delivered(
    database: Database, storage: Storage
) -> None:
    async def lose_it() -> None:
        await _give_to_another(database, job)

    pool, messenger = ScriptedPool(), RecordingMessenger()
    pool.acts.append(lose_it)
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(wish())
    runner = Runner(database, storage, pool, messenger, lease_seconds=60)
    task = asyncio.create_task(runner.run())
    await books.until(lambda: bool(pool.begun))
    await runner.stop(grace=5)
    await task
    assert messenger.delivered == []
    assert (await books.read(database)).jobs == {job.id: "running"}


@pytest.mark.long
async def test_a_bot_that_wakes_up_shows_no_progress_where_anothers_result_may_stand(
    database: Database, storage: Storage
) -> None:
    class Asleep(ScriptedPool):
        async def dream(
            self,
            picture: bytes | None,
            recipe: Recipe,
            output: Output,
            *,
            guide: bytes | None = None,
            mask: bytes | None = None,
            on_progress: Callable[[Progress], None],
            timeout: float,
        ) -> Dream:
            dream = await super().dream(
                picture, recipe, output, on_progress=on_progress, timeout=timeout
            )
            time.sleep(3.1)  # everything here sleeps, longer than the lease
            on_progress(Progress(0.9, 2, 2))
            return dream

    pool, messenger = Asleep(), RecordingMessenger()
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(wish())
    async with running(database, storage, pool, messenger, lease=3):
        await books.until_books(database, lambda kept: kept.jobs[job.id] == "done")
    assert messenger.shown == [0.5]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_database_that_goes_away_during_a_dream_costs_nobody_the_dream(
    database: Database, database_url: str, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    pool, messenger = ScriptedPool(), RecordingMessenger()
    gate = asyncio.Event()
    pool.acts.append(gate.wait)
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(wish())
    async with running(database, storage, pool, messenger):
        await books.until(lambda: pool.at_work == 1)
        async with _shut(database_url):
            await asyncio.sleep(1)
            gate.set()
            # Longer than its lease, so that it would be dreamt again if it were forgotten.
            await asyncio.sleep(1)
            assert messenger.delivered == []
        kept = await books.until_books(database, lambda kept: kept.jobs[job.id] == "done")
    assert len(pool.begun) == 1
    assert len(messenger.delivered) == 1
    assert kept.used == {1: 1}
    away = [record for record in caplog.records if "is away" in record.getMessage()]
    assert len(away) == 1
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_connections_that_are_cut_again_and_again_cost_nobody_a_dream(
    database: Database, database_url: str, storage: Storage
) -> None:
    async def a_while() -> None:
        await asyncio.sleep(0.05)

    submission = Submission(database, storage, Limits(daily_credits=20))
    for person in range(12):
        await submission.submit(wish(person))
    pool, messenger = ScriptedPool(slots=2), RecordingMessenger()
    pool.acts.extend([a_while] * 12)
    own = Database(database_url)
    async with running(own, storage, pool, messenger):
        for _ in range(15):
            await _cut_connections(database_url)
            await asyncio.sleep(0.07)
        kept = await books.until_books(
            database, lambda kept: set(kept.jobs.values()) == {"done"}, seconds=30
        )
    await own.close()
    assert len({delivered for delivered, _ in messenger.delivered}) == 12
    assert set(kept.ledger.values()) == {"settled"}
    assert set(kept.used.values()) == {1}


async def _give_to_another(database: Database, job: Job) -> None:
    async with database.transaction() as session:
        row = await session.get_one(JobRow, job.id)
        row.owner = "another"


@asynccontextmanager
async def _shut(url: str) -> AsyncIterator[None]:
    """The database lets nobody in for a while, and throws out who was in."""
    name = urlsplit(url).path.lstrip("/")
    server = await asyncpg.connect(
        os.environ.get("TEST_POSTGRES", "postgresql://postgres@127.0.0.1/test")
    )
    try:
        await server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        await server.execute(_CUT.format(f"datname = '{name}'"))
        yield
    finally:
        await server.execute(f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        await server.close()


_CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {} AND pid <> pg_backend_pid()"


async def _cut_connections(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_CUT.format("datname = current_database()"))
    await connection.close()

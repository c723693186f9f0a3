"""What was accepted is dreamt and delivered, whatever becomes of the storage meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.database import Database
from bot.jobs import delivery, submit, work
from bot.jobs.job import Job, Result
from bot.jobs.limits import Limits
from bot.jobs.messenger import Telling
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission, Unavailable
from bot.storage import Storage
from tests.bot.bucket import Bucket
from tests.bot.jobs import books
from tests.bot.jobs.other_side import RecordingMessenger, ScriptedPool, wish


@pytest.fixture
def storage(bucket: Bucket) -> Storage:
    """In a bucket, which may be away."""
    return Storage(bucket.address, patience=6)


@pytest.fixture
def messenger() -> RecordingMessenger:
    return RecordingMessenger()


@pytest.fixture(autouse=True)
def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "_FIRST_PAUSE", 0.05)
    monkeypatch.setattr(work, "_LONGEST_PAUSE", 0.1)


@asynccontextmanager
async def running(
    database: Database, storage: Storage, pool: ScriptedPool, messenger: RecordingMessenger
) -> AsyncIterator[None]:
    runner = Runner(database, storage, pool, messenger, lease_seconds=5)
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.stop(5)
        await task


def losing(bucket: Bucket) -> Callable[[], Awaitable[None]]:
    """What happens in a dream while which the storage goes away."""

    async def act() -> None:
        bucket.away = 403

    return act


async def delivered(messenger: RecordingMessenger) -> list[tuple[str, bytes]]:
    await books.until(lambda: bool(messenger.delivered or messenger.failed))
    assert not messenger.failed
    return messenger.delivered


async def test_a_picture_is_waited_for_while_the_storage_is_away(
    database: Database, storage: Storage, messenger: RecordingMessenger, bucket: Bucket
) -> None:
    request = wish()
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(request)
    bucket.away = 403
    asked = len(bucket.requests)
    async with running(database, storage, ScriptedPool(), messenger):
        # Longer than a picture that can't be read alone is waited for.
        await books.until(lambda: len(bucket.requests) > asked + 3 * work.READ_TRIES)
        bucket.away = None
        assert await delivered(messenger) == [(job.id, b"dream of " + request.picture)]
        await books.until_books(database, lambda now: now.ledger == {job.id: "settled"})


async def test_a_picture_that_alone_cannot_be_read_is_a_refund(
    database: Database, storage: Storage, messenger: RecordingMessenger, bucket: Bucket
) -> None:
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(wish())
    bucket.unreadable = job.inputs["picture"]
    async with running(database, storage, ScriptedPool(), messenger):
        await books.until(lambda: bool(messenger.failed))
        now = await books.until_books(database, lambda now: job.id in now.told)
    assert messenger.failed == [(job.id, "I can't read the stored picture just now.")]
    assert now.ledger == {job.id: "refunded"}


async def test_a_dream_waits_in_memory_for_a_storage_that_comes_back(
    database: Database, storage: Storage, messenger: RecordingMessenger, bucket: Bucket
) -> None:
    request = wish()
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(request)
    pool = ScriptedPool()
    pool.acts.append(losing(bucket))
    async with running(database, storage, pool, messenger):
        await books.until(lambda: sum(method == "PUT" for method, _ in bucket.requests) > 3)
        assert not messenger.delivered
        bucket.away = None
        assert await delivered(messenger) == [(job.id, b"dream of " + request.picture)]
    [key] = await storage.keys("results")
    assert await storage.get(key) == b"dream of " + request.picture
    assert len(pool.begun) == 1


async def test_a_dream_is_delivered_without_a_storage_that_stays_away(
    database: Database,
    storage: Storage,
    messenger: RecordingMessenger,
    bucket: Bucket,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(work, "STORE_SECONDS", 0.3)
    request = wish()
    submission = Submission(database, storage, Limits(daily_credits=20))
    job, _ = await submission.submit(request)
    pool = ScriptedPool()
    pool.acts.append(losing(bucket))
    async with running(database, storage, pool, messenger):
        assert await delivered(messenger) == [(job.id, b"dream of " + request.picture)]
        await books.until_books(database, lambda now: now.ledger == {job.id: "settled"})
        with pytest.raises(Unavailable):
            await submission.submit(wish())


async def test_a_bot_that_stops_does_not_wait_for_the_storage(
    database: Database, storage: Storage, messenger: RecordingMessenger, bucket: Bucket
) -> None:
    request = wish()
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(request)
    pool = ScriptedPool()
    pool.acts.append(losing(bucket))
    async with running(database, storage, pool, messenger):
        await books.until(lambda: sum(method == "PUT" for method, _ in bucket.requests) > 3)
    assert (await books.read(database)).jobs == {job.id: "queued"}
    bucket.away = None
    async with running(database, storage, pool, messenger):
        assert await delivered(messenger) == [(job.id, b"dream of " + request.picture)]


async def test_a_disk_that_is_nearly_full_takes_no_new_wishes_and_goes_on_with_the_old(
    database: Database,
    messenger: RecordingMessenger,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    folder = Storage(tmp_path / "pictures")
    submission = Submission(database, folder, Limits(daily_credits=20))
    job, _ = await submission.submit(wish())
    monkeypatch.setattr(submit, "SPARE", 2**62)
    with pytest.raises(Unavailable):
        await submission.submit(wish())
    async with running(database, folder, ScriptedPool(), messenger):
        assert [each for each, _ in await delivered(messenger)] == [job.id]
    assert (await books.read(database)).jobs.keys() == {job.id}


async def test_a_storage_that_is_away_while_the_bot_stops_fails_nothing(
    database: Database, storage: Storage, messenger: RecordingMessenger, bucket: Bucket
) -> None:
    request = wish()
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(request)
    bucket.away = 403
    asked = len(bucket.requests)
    async with running(database, storage, ScriptedPool(), messenger):
        await books.until(lambda: len(bucket.requests) > asked + 2)
    assert (await books.read(database)).jobs == {job.id: "queued"}
    assert not messenger.failed


class Losing(RecordingMessenger):
    """Can't deliver the first time; meanwhile what was to be delivered is lost."""

    def __init__(self, storage: Storage) -> None:
        super().__init__()
        self._storage = storage

    async def deliver(self, job: Job, result: Result, data: bytes, telling: Telling) -> int:
        if not self.results:
            self.results.append(result)
            await self._storage.delete(result.key)
            raise OSError("not now")
        return await super().deliver(job, result, data, telling)


async def test_a_result_that_is_lost_is_dreamt_again(
    database: Database, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.05)
    request = wish()
    job, _ = await Submission(database, storage, Limits(daily_credits=20)).submit(request)
    pool, messenger = ScriptedPool(), Losing(storage)
    async with running(database, storage, pool, messenger):
        assert await delivered(messenger) == [(job.id, b"dream of " + request.picture)]
        await books.until_books(database, lambda now: now.ledger == {job.id: "settled"})
    assert len(pool.begun) == 2

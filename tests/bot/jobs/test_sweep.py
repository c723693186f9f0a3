"""Stored pictures outlive their jobs by hours, records by days, and open jobs keep theirs."""

import asyncio
import secrets
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.database import Database, jobs, retention
from bot.database.models import (
    AllowanceRow,
    BlockRow,
    ForgottenRow,
    GreetedRow,
    InputRow,
    JobRow,
    LedgerRow,
    PaceRow,
    SeenRow,
)
from bot.jobs.job import Job
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission
from bot.jobs.sweep import Sweeper
from bot.jobs.ulid import made_at, ulid
from bot.storage import NotStored, Storage, StorageError
from tests.bot.bucket import Bucket
from tests.bot.jobs.other_side import wish

KEEP, RECORD = timedelta(hours=72), timedelta(days=90)
NOW = datetime.now(UTC)


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage of each kind."""
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        return Storage(bucket.address)
    return Storage(tmp_path / "pictures")


@pytest.fixture
def folder(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "pictures")


@pytest.fixture
def ago(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], str]:
    """Makes a ULID of so many hours ago."""

    def make(hours: float) -> str:
        with monkeypatch.context() as patch:
            moment = int((datetime.now(UTC) - timedelta(hours=hours)).timestamp() * 10**9)
            patch.setattr("bot.jobs.ulid.time.time_ns", lambda: moment)
            return ulid()

    return make


def sweeper(database: Database, storage: Storage) -> Sweeper:
    return Sweeper(database, storage, keep=KEEP, record=RECORD)


async def end(database: Database, job: Job, hours: float, **values: str) -> None:
    """Let the job have ended so long ago."""
    moment = datetime.now(UTC) - timedelta(hours=hours)
    async with database.transaction() as session:
        await session.execute(
            update(JobRow)
            .where(JobRow.id == job.id)
            .values(state="done", ended_at=moment, told_at=moment, **values)
        )


def test_a_ulid_tells_when_it_was_made(ago: Callable[[float], str]) -> None:
    for hours in (0, 1, 10**5):
        assert abs(made_at(ago(hours)) - (datetime.now(UTC) - timedelta(hours=hours))) < timedelta(
            minutes=5
        )


async def test_only_what_no_job_needs_any_more_is_removed(
    database: Database, storage: Storage, ago: Callable[[float], str]
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=20))
    open_, just_ended, long_ended = [(await submission.submit(wish()))[0] for _ in range(3)]
    keys = {job.id: (f"inputs/{ago(99)}", f"results/{ago(98)}") for job in (just_ended, long_ended)}
    keys[open_.id] = (f"inputs/{ago(99)}", f"results/{ago(99)}")
    for given, made in keys.values():
        await storage.put(given, b"a picture")
        await storage.put(made, b"a dream")
    async with database.transaction() as session:
        for job_id, (given, _) in keys.items():
            await session.execute(
                update(InputRow).where(InputRow.job_id == job_id).values(key=given)
            )
    await end(database, just_ended, 71, result_key=keys[just_ended.id][1])
    await end(database, long_ended, 73, result_key=keys[long_ended.id][1])
    never_taken, still_coming = f"inputs/{ago(73)}", f"inputs/{ago(71)}"
    halves = [f"{folder}/{ago(73)}" for folder in ("unfinished", "trial")]
    others = ["inputs/not-ours", f"elsewhere/{ago(99)}", f"inputs/{ago(99)}.txt"]
    for key in (never_taken, still_coming, *halves, *others):
        await storage.put(key, b"a picture")
    lost_result = keys[open_.id][1]

    assert await sweeper(database, storage).pictures() == 6

    for key in (keys[open_.id][0], *keys[just_ended.id], still_coming, *others):
        await storage.get(key)
    for key in (*keys[long_ended.id], never_taken, lost_result, *halves):
        with pytest.raises(NotStored):
            await storage.get(key)
    assert await sweeper(database, storage).pictures() == 0


async def test_several_bots_may_sweep_at_once(
    database: Database, database_url: str, storage: Storage, ago: Callable[[float], str]
) -> None:
    keys = [f"inputs/{ago(100)}" for _ in range(20)]
    for key in keys:
        await storage.put(key, b"a picture")
    other = Database(database_url)
    await asyncio.gather(*(sweeper(each, storage).pictures() for each in (database, other)))
    await other.close()
    assert await storage.keys("inputs") == []


async def test_a_storage_that_fails_is_swept_the_next_time(
    database: Database, bucket: Bucket, ago: Callable[[float], str]
) -> None:
    storage = Storage(bucket.address)
    key = f"inputs/{ago(100)}"
    await storage.put(key, b"a picture")
    bucket.away = 403
    with pytest.raises(StorageError):
        await sweeper(database, storage).pictures()
    bucket.away = None
    assert await sweeper(database, storage).pictures() == 1


async def test_jobs_leave_with_their_ledger_once_they_are_old(
    database: Database, folder: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "MANY", 2)
    submission = Submission(database, folder, Limits(daily_credits=20))
    old = [(await submission.submit(wish()))[0] for _ in range(5)]
    recent, open_ = [(await submission.submit(wish()))[0] for _ in range(2)]
    for job in old:
        await end(database, job, 24 * 91)
    await end(database, recent, 24 * 89)

    assert await sweeper(database, folder).rows() == 5

    async with database.transaction() as session:
        for job in old:
            assert await jobs.by_request(session, job.request_key) is None
        left = {recent.id, open_.id}
        assert set(await session.scalars(select(JobRow.id))) == left
        assert set(await session.scalars(select(LedgerRow.job_id))) == left
        assert set(await session.scalars(select(InputRow.job_id))) == left


async def test_of_everything_else_what_is_over_leaves_and_what_holds_stays(
    database: Database, folder: Storage
) -> None:
    async with database.transaction() as session:
        for number, days in ((1, 91), (2, 89)):
            moment = NOW - timedelta(days=days)
            snowflake = int((moment.timestamp() - 1420070400) * 1000) << 22
            session.add_all(
                [
                    AllowanceRow(
                        holder="guild", holder_id=number, day=moment.date(), used=1, granted=0
                    ),
                    PaceRow(
                        machine=f"{number}", network="x", seconds=1, dreams=1, measured_at=moment
                    ),
                    SeenRow(channel_id=number, guild_id=1, message_id=snowflake),
                    GreetedRow(guild_id=number, since=moment),
                    _act(number, moment),
                ]
            )
        for number, until in ((1, NOW - timedelta(1)), (2, NOW + timedelta(1)), (3, None)):
            session.add(
                BlockRow(
                    person_id=number,
                    guild_id=0,
                    until=until,
                    who="bot",
                    reason="",
                    created_at=NOW - timedelta(days=200),
                )
            )
            session.add(ForgottenRow(digest=f"{number}" * 64, kept="{}", until=until))

    assert await sweeper(database, folder).rows() == 7

    async with database.transaction() as session:
        assert set(await session.scalars(select(AllowanceRow.holder_id))) == {2}
        assert set(await session.scalars(select(PaceRow.machine))) == {"2"}
        assert set(await session.scalars(select(SeenRow.channel_id))) == {2}
        assert set(await session.scalars(select(GreetedRow.guild_id))) == {2}
        assert set(await session.scalars(select(LedgerRow.person_id))) == {2}
        assert set(await session.scalars(select(BlockRow.person_id))) == {2, 3}
        assert set(await session.scalars(select(ForgottenRow.digest))) == {"2" * 64, "3" * 64}


def _act(person_id: int, moment: datetime) -> LedgerRow:
    return LedgerRow(
        id=secrets.token_hex(13),
        kind="grant",
        job_id=None,
        person_id=person_id,
        guild_id=None,
        day=moment.date(),
        cost=1,
        state="noted",
        reason="kind",
        who="person:5",
        created_at=moment,
    )

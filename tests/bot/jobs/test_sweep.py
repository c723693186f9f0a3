"""Stored pictures outlive their jobs by a day, and open jobs keep theirs."""

import os
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.database import Database
from bot.database.models import JobRow
from bot.jobs.submit import Submission
from bot.jobs.sweep import sweep
from bot.jobs.ulid import ulid
from bot.storage import NotStored, Storage
from tests.bot.jobs.other_side import wish


async def test_only_what_no_job_needs_any_more_is_removed(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    submission = Submission(database, storage, daily_credits=20)
    open_, just_ended, long_ended = [(await submission.submit(wish()))[0] for _ in range(3)]
    results = {job.id: f"results/{ulid()}" for job in (just_ended, long_ended)}
    async with database.transaction() as session:
        for job, hours in ((just_ended, 1), (long_ended, 25)):
            moment = datetime.now(UTC) - timedelta(hours=hours)
            await storage.put(results[job.id], b"a dream")
            await session.execute(
                update(JobRow)
                .where(JobRow.id == job.id)
                .values(ended_at=moment, told_at=moment, result_key=results[job.id])
            )
    never_taken, still_coming = f"inputs/{ulid()}", f"inputs/{ulid()}"
    for key in (never_taken, still_coming, "inputs/not-ours"):
        await storage.put(key, b"a picture")
    for file in (tmp_path / "pictures").rglob("*"):
        if file.is_file() and file.name != Path(still_coming).name:
            os.utime(file, (time.time() - 100 * 3600,) * 2)

    assert await sweep(database, storage) == 3

    for job in (open_, just_ended):
        await storage.get(job.inputs["picture"])
    for key in (results[just_ended.id], still_coming, "inputs/not-ours"):
        await storage.get(key)
    for key in (long_ended.inputs["picture"], results[long_ended.id], never_taken):
        with pytest.raises(NotStored):
            await storage.get(key)


async def test_an_empty_storage_needs_no_sweeping(database: Database, storage: Storage) -> None:
    assert await sweep(database, storage) == 0

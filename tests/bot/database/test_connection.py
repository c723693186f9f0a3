"""Transactions: kept or not, in an orderly line, and what happens when the database is away."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import Database, DatabaseAway, jobs
from tests.bot.database.test_quotas import new_job
from tests.bot.jobs import books

_ONE_ROW = text("INSERT INTO allowance VALUES (1, '2026-01-01', 1)")


async def test_what_breaks_off_leaves_nothing(database: Database) -> None:
    async def break_off() -> None:
        async with database.transaction() as session:
            await session.execute(_ONE_ROW)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await break_off()
    assert (await books.read(database)).used == {}


async def test_a_cancelled_transaction_leaves_nothing_and_its_connection_is_of_use_again(
    database: Database,
) -> None:
    begun = asyncio.Event()

    async def never_ending() -> None:
        async with database.transaction() as session:
            await session.execute(_ONE_ROW)
            begun.set()
            await asyncio.Event().wait()

    for _ in range(12):
        begun.clear()
        task = asyncio.create_task(never_ending())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert (await books.read(database)).used == {}


@pytest.mark.parametrize(
    "mistake",
    [
        "SELECT nonsense FROM allowance",
        "SELEKT 1",
        "INSERT INTO allowance VALUES (1, '2026-01-01', -1)",
        "INSERT INTO job_input VALUES ('no such job', 'picture', 'inputs/1', '0')",
    ],
)
async def test_a_mistake_is_not_taken_for_a_database_that_is_away(
    database: Database, mistake: str
) -> None:
    with pytest.raises(DBAPIError):
        async with database.transaction() as session:
            await session.execute(text(mistake))


@pytest.mark.parametrize("state", ["", "finished"])
async def test_a_job_has_one_of_the_states_there_are(database: Database, state: str) -> None:
    job = new_job()
    async with database.transaction() as session:
        await jobs.put(session, job, {})
    with pytest.raises(DBAPIError):
        async with database.transaction() as session:
            await session.execute(text(f"UPDATE job SET state = '{state}'"))


async def test_a_server_that_does_not_answer_is_away() -> None:
    database = Database("postgresql://nobody:secret@127.0.0.1:1/nowhere")
    with pytest.raises(DatabaseAway) as away:
        async with database.transaction():
            pass
    assert "secret" not in str(away.value)
    await database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlite_waits_for_another_writer(database: Database, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "bot.sqlite", check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    release = threading.Timer(0.5, other.commit)
    release.start()
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with database.transaction() as session:
        await session.execute(_ONE_ROW)
    assert loop.time() - begun > 0.3
    release.join()
    other.close()
    assert (await books.read(database)).used == {1: 1}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_on_sqlite_who_reads_first_and_writes_later_waits_from_the_start(
    database: Database, database_url: str
) -> None:
    async def read_and_write(one: Database) -> None:
        async with one.transaction() as session:
            before = await session.scalar(text("SELECT used FROM allowance"))
            await asyncio.sleep(0.02)
            await session.execute(
                text("UPDATE allowance SET used = :used"), {"used": (before or 0) + 1}
            )

    async with database.transaction() as session:
        await session.execute(_ONE_ROW)
    other = Database(database_url)
    await asyncio.gather(*(read_and_write(one) for one in (database, other) * 5))
    await other.close()
    assert (await books.read(database)).used == {1: 11}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_sqlite_keeps_a_log_and_minds_its_references(database: Database) -> None:
    async with database.transaction() as session:
        assert await session.scalar(text("PRAGMA journal_mode")) == "wal"
        assert await session.scalar(text("PRAGMA foreign_keys")) == 1


async def test_to_insist_is_to_try_until_it_is_done(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    tries = 0

    async def third_time_lucky(session: AsyncSession) -> str:
        nonlocal tries
        tries += 1
        await session.execute(
            text("INSERT INTO allowance VALUES (:person, '2026-01-01', 1)"), {"person": tries}
        )
        if tries < 3:
            raise ConnectionResetError("cut")
        return "done"

    assert await database.insist(third_time_lucky) == "done"
    assert (await books.read(database)).used == {3: 1}
    assert [record.getMessage() for record in caplog.records if record.name.startswith("bot")] == [
        "The database is away: cut",
        "The database is back.",
    ]

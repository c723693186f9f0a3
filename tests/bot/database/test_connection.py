"""Transactions: kept or not, in an orderly line, and what happens when the database is away."""

import asyncio
import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import Database, DatabaseAway, connection, jobs, sqlite_thread
from tests.bot.database.test_quotas import new_job
from tests.bot.jobs import books

_ONE_ROW = text("INSERT INTO allowance VALUES ('person', 1, '2026-01-01', 1, 0)")


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


async def test_a_statement_on_sqlite_goes_to_the_connections_thread_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    database = Database(f"sqlite:///{tmp_path / 'bot.sqlite'}")
    async with database.transaction() as session:
        with caplog.at_level("DEBUG", "aiosqlite"):
            rows = await session.execute(text("SELECT 1 UNION SELECT 2"))
            assert list(rows.scalars()) == [1, 2]
    await database.close()
    trips = [record for record in caplog.records if record.msg.startswith("executing")]
    assert len(trips) == 1


async def test_a_transaction_cancelled_at_any_moment_lets_the_others_in(
    database: Database, database_url: str
) -> None:
    async def busy() -> None:
        async with database.transaction() as session:
            for _ in range(3):
                await session.execute(text("SELECT count(*) FROM allowance"))
            await session.execute(_ONE_ROW)
            await session.rollback()

    other = Database(database_url)
    for moment in range(60):
        task = asyncio.create_task(busy())
        await asyncio.sleep(moment * 0.0001)
        task.cancel()
        await asyncio.wait([task])
        async with asyncio.timeout(10), other.transaction() as session:
            await session.execute(text("SELECT 1"))
    await other.close()
    await database.close()
    for thread in threading.enumerate():
        # Of the connections that were given up; they end by themselves, and report to this loop.
        if "_connection_worker" in thread.name:
            await asyncio.to_thread(thread.join, 10)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("times", [1, 2, 3])
async def test_cancelled_again_and_again_while_the_file_is_locked_it_lets_the_others_in(
    database: Database, tmp_path: Path, times: int
) -> None:
    async def count() -> None:
        async with database.transaction() as session:
            await session.execute(text("SELECT count(*) FROM allowance"))

    await count()
    other = sqlite3.connect(tmp_path / "bot.sqlite")
    other.execute("BEGIN EXCLUSIVE")
    task = asyncio.create_task(count())
    for _ in range(times):
        await asyncio.sleep(0.1)
        task.cancel()
    next_in_line = asyncio.create_task(count())
    await asyncio.sleep(0.1)
    other.rollback()
    other.close()
    async with asyncio.timeout(20):
        await next_in_line
    assert task.cancelled()


def test_a_database_that_is_closed_has_no_thread_at_work(tmp_path: Path) -> None:
    file = tmp_path / "bot.sqlite"
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN EXCLUSIVE")

    async def give_up_and_close() -> None:
        database = Database(f"sqlite:///{file}")

        async def waiting() -> None:
            async with database.transaction():
                raise AssertionError("The file is locked.")

        task = asyncio.create_task(waiting())
        await books.until(lambda: bool(_threads()))
        # Cancelled while it connects.
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        threading.Timer(0.3, other.rollback).start()
        await database.close()

    # A thread that answers to a loop that is closed raises, which fails a test.
    asyncio.run(give_up_and_close())
    for thread in _threads():
        thread.join()
    other.close()


def _threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if "_connection_worker" in each.name]


@pytest.mark.parametrize(
    "mistake",
    [
        "SELECT nonsense FROM allowance",
        "SELEKT 1",
        "INSERT INTO allowance VALUES ('person', 1, '2026-01-01', -1, 0)",
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


async def test_what_sqlite_could_not_commit_is_not_committed_by_the_next(
    migrated_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class WithoutLog(sqlite_thread._Closing):
        """As on file systems where there can be no log: a reader keeps a writer from committing."""

        def execute(self, sql: str, *given: Any) -> sqlite3.Cursor:
            return super().execute(sql.replace("= WAL", "= DELETE"), *given)

    monkeypatch.setattr(sqlite_thread, "_Closing", WithoutLog)
    monkeypatch.setattr(connection, "PATIENCE", 0.2)
    file = shutil.copyfile(migrated_file, tmp_path / "bot.sqlite")
    impatient = Database(f"sqlite:///{file}")
    async with impatient.transaction() as session:
        assert await session.scalar(text("PRAGMA journal_mode")) == "delete"
    reader = sqlite3.connect(file, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM allowance").fetchall()
    with pytest.raises(DatabaseAway):
        async with impatient.transaction() as session:
            await session.execute(_ONE_ROW)
    reader.execute("ROLLBACK")
    reader.close()
    async with impatient.transaction() as session:
        assert await session.scalar(text("SELECT count(*) FROM allowance")) == 0
    await impatient.close()


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


async def test_transactions_in_one_anothers_way_are_both_carried_out_and_no_outage(
    database: Database, database_url: str
) -> None:
    # On SQLite one waits for the other before it begins.
    side_by_side = database_url.startswith("postgresql")
    add = text("UPDATE allowance SET used = used + 1 WHERE holder_id = :person")
    async with database.transaction() as session:
        for person in (1, 2):
            await session.execute(
                text("INSERT INTO allowance VALUES ('person', :person, '2026-01-01', 0, 0)"),
                {"person": person},
            )
    both_hold = asyncio.Barrier(2)
    tries = 0

    async def spend(first: int, second: int) -> None:
        async def act(session: AsyncSession) -> None:
            nonlocal tries
            tries += 1
            await session.execute(add, {"person": first})
            if side_by_side and tries <= 2:
                await both_hold.wait()
            await session.execute(add, {"person": second})

        await database.carry_out(act)

    await asyncio.gather(spend(1, 2), spend(2, 1))
    assert (await books.read(database)).used == {1: 2, 2: 2}
    assert tries == (3 if side_by_side else 2)
    assert (database.away, database.outages) == (False, 0)


async def test_to_insist_is_to_try_until_it_is_done(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "bot")
    tries = 0

    async def third_time_lucky(session: AsyncSession) -> str:
        nonlocal tries
        tries += 1
        await session.execute(
            text("INSERT INTO allowance VALUES ('person', :person, '2026-01-01', 1, 0)"),
            {"person": tries},
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

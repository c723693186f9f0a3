"""Tables are made, unmade and made again, from the command line as from the bot."""

import asyncio
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from bot.database import CannotMigrate, Database, DatabaseAway, migrate, quotas
from bot.database.models import Base
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission
from bot.storage import Storage
from tests.bot.jobs.other_side import wish

ROOT = Path(__file__).parents[2]


def alembic(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Alembic's own command, from the repository's root."""
    return subprocess.run(
        [sys.executable, "-m", "alembic", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


async def tables(url: str) -> set[str]:
    """Names of the tables in that database, but for alembic's own."""
    database = Database(url)
    async with database.transaction() as session:
        connection = await session.connection()
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await database.close()
    return set(names) - {"alembic_version"}


@pytest.mark.long
async def test_up_down_and_up_again_and_the_models_match(database_url: str) -> None:
    for arguments, expected in (
        (("upgrade", "head"), set(Base.metadata.tables)),
        (("downgrade", "base"), set()),
        (("upgrade", "head"), set(Base.metadata.tables)),
        (("check",), set(Base.metadata.tables)),
    ):
        done = await asyncio.to_thread(alembic, *arguments, DATABASE_URL=database_url)
        assert done.returncode == 0, done.stderr
        assert await tables(database_url) == expected


async def test_the_check_notices_what_differs(database_url: str) -> None:
    await migrate(database_url)
    database = Database(database_url)
    async with database.transaction() as session:
        await session.execute(text("ALTER TABLE job DROP COLUMN preset"))
    await database.close()
    done = await asyncio.to_thread(alembic, "check", DATABASE_URL=database_url)
    assert done.returncode != 0
    assert "preset" in done.stdout + done.stderr


async def test_without_an_address_it_is_the_file_in_the_data_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    monkeypatch.delenv("DATABASE_URL", raising=False)
    done = await asyncio.to_thread(alembic, "upgrade", "head", DREAMBOT_DATA=str(data))
    assert done.returncode == 0, done.stderr
    assert await tables(f"sqlite:///{data / 'dreambot.sqlite'}") == set(Base.metadata.tables)


async def test_one_line_says_that_tables_were_made_and_none_where_they_are(
    database_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        await migrate(database_url)
        await migrate(database_url)
        await asyncio.to_thread(alembic, "downgrade", "0001", DATABASE_URL=database_url)
        await migrate(database_url)
    said = [each.getMessage() for each in caplog.records if each.name.startswith("bot.")]
    assert said == ["Tables made", "Tables brought up to date"]


_MIGRATE = (
    "import asyncio, sys; from bot.database import migrate; asyncio.run(migrate(sys.argv[1]))"
)


@pytest.mark.long
async def test_bots_that_start_at_once_make_the_tables_once(database_url: str) -> None:
    command = (sys.executable, "-W", "error", "-c", _MIGRATE, database_url)
    bots = [await asyncio.create_subprocess_exec(*command) for _ in range(4)]
    assert [await bot.wait() for bot in bots] == [0] * 4
    assert await tables(database_url) == set(Base.metadata.tables)


async def test_what_is_there_survives_another_start(database_url: str, storage: Storage) -> None:
    await migrate(database_url)
    database = Database(database_url)
    submission = Submission(database, storage, Limits(daily_credits=5))
    await submission.submit(wish())
    await migrate(database_url)
    assert (await submission.balance(1)).used == 1
    await database.close()


async def test_credits_survive_the_tables_of_an_earlier_version(
    database_url: str, storage: Storage
) -> None:
    await migrate(database_url)
    database = Database(database_url)
    submission = Submission(database, storage, Limits(daily_credits=5))
    job, _ = await submission.submit(wish(cost=2))
    for step in ("downgrade", "upgrade"):
        to = {"downgrade": "0001", "upgrade": "head"}[step]
        done = await asyncio.to_thread(alembic, step, to, DATABASE_URL=database_url)
        assert done.returncode == 0, done.stderr
    assert (await submission.balance(1)).used == 2
    async with database.transaction() as session:
        assert await quotas.refund(session, job.id, "to see that it is known") == 2
    assert (await submission.balance(1)).used == 0
    await database.close()


async def test_the_folder_of_a_sqlite_file_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/a new/folder/bot.sqlite"
    await migrate(url)
    assert await tables(url) == set(Base.metadata.tables)


async def test_tables_of_a_later_version_are_left_alone(database_url: str) -> None:
    await migrate(database_url)
    database = Database(database_url)
    async with database.transaction() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await database.close()
    with pytest.raises(CannotMigrate, match="later version"):
        await migrate(database_url)


async def test_a_server_that_does_not_answer_is_away_and_its_password_is_not_told() -> None:
    with pytest.raises(DatabaseAway) as away:
        await migrate("postgresql://nobody:secret@127.0.0.1:1/nowhere")
    assert "secret" not in str(away.value)

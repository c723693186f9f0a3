"""What tests of the bot share: real databases, and a folder for pictures."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from secrets import token_hex
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest

from bot.database import Database, migrate
from bot.database.models import Base
from bot.storage import Storage
from tests.bot.bucket import Bucket, s3_server
from tests.conftest import without

SERVER = os.environ.get("TEST_POSTGRES", "postgresql://postgres@127.0.0.1/test")


_END_OTHERS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a new database: SQLite's once, PostgreSQL's once.

    It has no tables, unless the test asks for `database` too; then they are there, and empty.
    """
    with_tables = "database" in request.fixturenames
    if request.param == "sqlite":
        file = tmp_path / "bot.sqlite"
        if with_tables:
            shutil.copyfile(request.getfixturevalue("migrated_file"), file)
        yield f"sqlite:///{file}"
        return
    if with_tables:
        url = _on_postgresql(request.getfixturevalue("migrated_name"))
        await _execute(url, _END_OTHERS, f"TRUNCATE {', '.join(Base.metadata.tables)}")
        yield url
        return
    name = _new_name()
    await _execute(SERVER, f"CREATE DATABASE {name}")
    try:
        yield _on_postgresql(name)
    finally:
        await _execute(SERVER, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    """A new database with its tables."""
    database = Database(database_url)
    yield database
    await database.close()


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file as `migrate` makes it, to be copied: that is quicker."""
    file = tmp_path_factory.mktemp("migrated") / "bot.sqlite"
    _in_a_thread(migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def migrated_name() -> Iterator[str]:
    """The name of a PostgreSQL database as `migrate` makes it, to be emptied: that is quicker."""
    name = _new_name()
    _in_a_thread(_execute(SERVER, f"CREATE DATABASE {name}"))
    try:
        _in_a_thread(migrate(_on_postgresql(name)))
        yield name
    finally:
        _in_a_thread(_execute(SERVER, f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server."""
    with s3_server(tmp_path_factory.mktemp("s3")) as address:
        yield address


@pytest.fixture
async def bucket(s3: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bucket]:
    """An empty bucket, to which the environment leads."""
    bucket = Bucket(s3, f"pictures-{token_hex(4)}")
    monkeypatch.setenv("AWS_ENDPOINT_URL", await bucket.open())
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "somebody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield bucket
    await bucket.close()


@pytest.fixture
def storage(tmp_path: Path) -> Storage:
    """An empty storage."""
    return Storage(tmp_path / "pictures")


def _new_name() -> str:
    return f"dreambot_{os.getpid()}_{token_hex(4)}"


def _on_postgresql(name: str) -> str:
    return urlunsplit(urlsplit(SERVER)._replace(path=f"/{name}"))


def _in_a_thread(work: Coroutine[Any, Any, None]) -> None:
    """Do that in an event loop of its own, whichever loop is at home here."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


async def _execute(url: str, *statements: str) -> None:
    try:
        connection = await asyncpg.connect(url, timeout=5)
    except (OSError, asyncpg.PostgresError) as error:
        without("postgresql", f"TEST_POSTGRES: no PostgreSQL answers: {error}")
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()

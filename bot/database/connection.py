"""Connections to the database: how they are opened, how a transaction begins, how it ends."""

import asyncio
import logging
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

from sqlalchemy import Connection, NullPool, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    SQLAlchemyError,
)
from sqlalchemy.exc import TimeoutError as NoFreeConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase

from bot.database.address import Address

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a transaction waits for its turn, on SQLite for the one writer's place."""

ANSWER_TIME = 10.0
"""Seconds in which a PostgreSQL server answers; later it counts as gone."""

_PASSING = {"08", "40", "53", "55", "57", "58"}
"""SQLSTATE classes of trouble that passes: connection, rollback, resources, operator, system."""

_PASSING_SQLITE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_PROTOCOL,
}


class DatabaseAway(Exception):
    """The database can't be reached, or didn't finish what it was asked; later it may."""


def open_engine(text: str, *, for_migrations: bool = False) -> AsyncEngine:
    """The engine for the database at that address.

    Migrations connect once, may take their time, and rebuild SQLite's tables, which would be
    read as deletions of what refers to them if foreign keys were on.

    Raises:
        BadAddress: Not an address of a database that can be used.
    """
    address = Address.parse(text)
    options: dict[str, Any] = {"connect_args": dict(address.arguments)}
    if for_migrations:
        options["poolclass"] = NullPool
    if address.file is not None:
        if not for_migrations:
            # SQLite has one writer: one connection forms an orderly line, several would fight.
            options |= {"pool_size": 1, "max_overflow": 0, "pool_timeout": PATIENCE}
        engine = create_async_engine(address.url, **options)
        _prepare_sqlite(engine, foreign_keys=not for_migrations)
        return engine
    options["connect_args"]["timeout"] = ANSWER_TIME
    if not for_migrations:
        options["connect_args"]["command_timeout"] = ANSWER_TIME
        options |= {"pool_size": 5, "max_overflow": 5, "pool_timeout": PATIENCE}
        options["pool_pre_ping"] = True
    return create_async_engine(address.url, **options)


def _prepare_sqlite(engine: AsyncEngine, *, foreign_keys: bool) -> None:
    @event.listens_for(engine.sync_engine, "connect")
    def connected(connection: Any, _record: object) -> None:
        # Or else the driver begins transactions by its own rules.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def begun(connection: Connection) -> None:
        # A transaction that reads first and writes later could not wait for another writer.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class Database:
    """A database that repositories are handed transactions of.

    Args:
        url: `sqlite:///path` or `postgresql://…`. Nothing is opened until it is needed.

    Raises:
        BadAddress: Not an address of a database that can be used.
    """

    def __init__(self, url: str) -> None:
        self._engine = open_engine(url)
        self._away = False

    async def close(self) -> None:
        """Close all connections. Transactions must have ended."""
        await self._engine.dispose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """A transaction, committed at the end of the block and rolled back by an exception.

        Raises:
            DatabaseAway: It couldn't begin, or broke off. Where it broke off in the commit, it
                may have been committed.
        """
        try:
            with away_if_lost():
                session = AsyncSession(self._engine, expire_on_commit=False)
                async with session, session.begin():
                    with away_if_refused():
                        await session.connection()
                    yield session
        except DatabaseAway as lost:
            if not self._away:
                self._away = True
                log.warning("The database is away: %s", lost)
            raise
        if self._away:
            self._away = False
            log.info("The database is back.")

    async def insist(self, act: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """What `act` makes of a transaction, begun again until the database carries it out.

        As a commit may have happened whose acknowledgement was lost, `act` must notice, or not
        mind, that it is done a second time.
        """
        pauses = back_off(0.1, 5.0)
        while True:
            try:
                async with self.transaction() as session:
                    return await act(session)
            except DatabaseAway:
                await asyncio.sleep(next(pauses))


def insert_unless_there(session: AsyncSession, table: type[DeclarativeBase]) -> Any:
    """An INSERT that does nothing where a row with the same unique key stands already."""
    of_dialect: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    return of_dialect[session.get_bind().dialect.name](table).on_conflict_do_nothing()


def back_off(first: float, longest: float) -> Iterator[float]:
    """Pauses in seconds, each about twice the last, never in step with somebody else's."""
    pause = first
    while True:
        yield pause * random.uniform(0.75, 1.25)
        pause = min(pause * 2, longest)


@contextmanager
def away_if_refused() -> Iterator[None]:
    """Whatever goes wrong in connecting: the database is away."""
    try:
        yield
    except (SQLAlchemyError, OSError, EOFError) as error:
        raise DatabaseAway(_reason(error)) from error


@contextmanager
def away_if_lost() -> Iterator[None]:
    """What goes wrong in a transaction through no fault of its statements: the database is away."""
    try:
        yield
    except (NoFreeConnection, OSError) as error:
        raise DatabaseAway(_reason(error)) from error
    except DBAPIError as error:
        if not _passes(error):
            raise
        raise DatabaseAway(_reason(error)) from error


def _passes(error: DBAPIError) -> bool:
    if error.connection_invalidated:
        return True
    of_sqlite = getattr(error.orig, "sqlite_errorcode", None)
    if of_sqlite is not None:
        return of_sqlite & 0xFF in _PASSING_SQLITE
    of_postgresql = getattr(error.orig, "sqlstate", None)
    if of_postgresql is not None:
        return of_postgresql[:2] in _PASSING
    # The driver itself speaks: there is no connection any more.
    return isinstance(error, OperationalError | InterfaceError)


def _reason(error: Exception) -> str:
    cause = error.orig if isinstance(error, DBAPIError) and error.orig else error
    return f"{cause}".splitlines()[0] if f"{cause}" else type(cause).__name__

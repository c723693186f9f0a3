"""Connections to the database: how they are opened, how a transaction begins, how it ends."""

import asyncio
import logging
import random
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import CursorResult, NullPool
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

from bot.database import sqlite_thread
from bot.database.address import Address
from bot.database.models import in_seconds

log = logging.getLogger(__name__)

T = TypeVar("T")

PATIENCE = 30.0
"""Seconds that a transaction waits for its turn, on SQLite for the one writer's place."""

ANSWER_TIME = 10.0
"""Seconds in which a PostgreSQL server answers; later it counts as gone."""

_PASSING = {"08", "53", "55", "57", "58"}
"""SQLSTATE classes of trouble that passes: connection, resources, operator, system."""

_ROLLED_BACK = "40"
"""SQLSTATE class of what the server has undone so that another transaction may go on."""

_TRIES = 5
"""Of a transaction that others get in the way of."""

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


class Undone(DatabaseAway):
    """The database is there, and has undone a transaction so that another one may go on."""


def open_engine(
    text: str,
    *,
    for_migrations: bool = False,
    connect: Callable[..., Any] = sqlite_thread.connect,
) -> AsyncEngine:
    """The engine for the database at that address.

    Migrations connect once, may take their time, and rebuild SQLite's tables, which would be
    read as deletions of what refers to them if foreign keys were on.

    Args:
        connect: Opens a connection to SQLite.

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
        options["connect_args"] |= {
            "async_creator_fn": connect,
            "patience": PATIENCE,
            "foreign_keys": not for_migrations,
        }
        return create_async_engine(address.url, **options)
    options["connect_args"]["timeout"] = ANSWER_TIME
    if not for_migrations:
        options["connect_args"]["command_timeout"] = ANSWER_TIME
        options |= {"pool_size": 5, "max_overflow": 5, "pool_timeout": PATIENCE}
        options["pool_pre_ping"] = True
    return create_async_engine(address.url, **options)


class Database:
    """A database that repositories are handed transactions of.

    Args:
        url: `sqlite:///path` or `postgresql://…`. Nothing is opened until it is needed.

    Raises:
        BadAddress: Not an address of a database that can be used.
    """

    def __init__(self, url: str) -> None:
        self._threads = sqlite_thread.Threads()
        self._engine = open_engine(url, connect=self._threads.connect)
        self._there = asyncio.Event()
        self._there.set()
        self._outages = 0

    @property
    def away(self) -> bool:
        """Whether it couldn't be reached when it was last needed."""
        return not self._there.is_set()

    async def is_back(self) -> None:
        """Wait until it can be reached, as far as anybody has noticed."""
        await self._there.wait()

    @property
    def outages(self) -> int:
        """How often it has gone away so far."""
        return self._outages

    async def close(self) -> None:
        """Close all connections. Transactions must have ended."""
        await self._engine.dispose()
        await self._threads.end()

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
        except Undone:
            raise
        except DatabaseAway as lost:
            if not self.away:
                self._there.clear()
                self._outages += 1
                log.warning("The database is away: %s", lost)
            raise
        if self.away:
            self._there.set()
            log.info("The database is back.")

    async def carry_out(self, act: Callable[[AsyncSession], Awaitable[T]]) -> T:
        """What `act` makes of a transaction, begun again where it was undone for another.

        Raises:
            DatabaseAway: As `transaction`.
        """
        pauses = back_off(0.05, 1.0)
        for _ in range(_TRIES - 1):
            try:
                async with self.transaction() as session:
                    return await act(session)
            except Undone as undone:
                log.info("Another transaction went first: %s", undone)
                await asyncio.sleep(next(pauses))
        async with self.transaction() as session:
            return await act(session)

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


def insert(session: AsyncSession, table: type[DeclarativeBase]) -> Any:
    """An INSERT of the database's own kind, which can say what to do about a conflict."""
    return _insert(session.get_bind().dialect.name, table)


async def insert_unless_there(
    session: AsyncSession, table: type[DeclarativeBase], **values: Any
) -> bool:
    """Insert a row; False, and nothing is written, if one with the same unique key is there."""
    statement = _insert_unless_there(session.get_bind().dialect.name, table)
    inserted = await session.execute(statement, values)
    return cast(CursorResult[Any], inserted).rowcount > 0


async def insert_or_replace(
    session: AsyncSession,
    table: type[DeclarativeBase],
    rows: Sequence[Mapping[str, Any]],
    now: str | None = None,
) -> None:
    """Insert rows of the same columns, each in place of the one with the same primary key.

    Args:
        now: A further column, which tells when that was.
    """
    dialect = session.get_bind().dialect.name
    await session.execute(_insert_or_replace(dialect, table, tuple(rows[0]), now), rows)


def _insert(dialect: str, table: type[DeclarativeBase]) -> Any:
    of_dialect: dict[str, Any] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}
    # Into the bare table: no objects are to be kept in step with it.
    return of_dialect[dialect](table.__table__)


@cache
def _insert_unless_there(dialect: str, table: type[DeclarativeBase]) -> Any:
    statement = _insert(dialect, table).on_conflict_do_nothing()
    return statement.execution_options(preserve_rowcount=True)


@cache
def _insert_or_replace(
    dialect: str, table: type[DeclarativeBase], names: Sequence[str], now: str | None
) -> Any:
    new = _insert(dialect, table)
    if now is not None:
        new = new.values({now: in_seconds(0.0)})
        names = (*names, now)
    keys = [column.name for column in table.__table__.primary_key]
    others = {name: new.excluded[name] for name in names if name not in keys}
    return new.on_conflict_do_update(index_elements=keys, set_=others)


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
        if (getattr(error.orig, "sqlstate", None) or "")[:2] == _ROLLED_BACK:
            raise Undone(_reason(error)) from error
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

"""SQLite's work is done in a thread, which each statement goes to once."""

import asyncio
import sqlite3
from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from weakref import WeakSet

import aiosqlite


class _Closing(sqlite3.Connection):
    """A connection that ends its transaction when it is closed.

    Whoever is cancelled in the midst of a transaction leaves a cursor behind. SQLite keeps a
    connection alive until its last cursor is gone, and with it the lock on the file.
    """

    def close(self) -> None:
        """Roll back, then close."""
        with suppress(sqlite3.Error):
            self.rollback()
        super().close()


class _Cursor(aiosqlite.Cursor):
    """A cursor whose rows are read where its statement is carried out, and at once.

    To begin a transaction, open a cursor, have it execute, read and close it would be five trips
    to the thread and back, which cost more than what is done there. Once it is read to its end it
    holds nothing.
    """

    _rows: list[Any]

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "_Cursor":
        """Execute the statement and read what it returns."""
        await self._execute(self._execute_and_read, sql, parameters or ())  # type: ignore[no-untyped-call]
        return self

    def _execute_and_read(self, sql: str, parameters: Any) -> None:
        self._begin()
        self._cursor.execute(sql, parameters)
        self._rows = self._cursor.fetchall()

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "_Cursor":
        """Execute the statement with each of those parameters."""
        await self._execute(self._execute_many, sql, parameters)  # type: ignore[no-untyped-call]
        return self

    def _execute_many(self, sql: str, parameters: Any) -> None:
        self._begin()
        self._cursor.executemany(sql, parameters)

    def _begin(self) -> None:
        """Begin a transaction unless there is one.

        At once for writing: one that reads first and writes later could not wait for another
        writer.
        """
        if not self._cursor.connection.in_transaction:
            self._cursor.connection.execute("BEGIN IMMEDIATE")

    async def fetchall(self) -> Iterable[Any]:
        """What the statement has returned."""
        return self._rows

    async def close(self) -> None:
        """Nothing is left to be closed."""


class _Connection(aiosqlite.Connection):
    """A connection that may be stopped as often as one likes.

    The library's own waits for ever for the end of a thread that has ended before; that happens
    to whoever is cancelled in a transaction, and again while the connection is closed for that.
    """

    _stopped: asyncio.Future[Any] | None = None

    def cursor(self) -> Any:
        """A cursor, which doesn't concern the thread yet."""
        return _Cursor(self, self._conn.cursor())

    async def rollback(self) -> None:
        """Roll back what has begun. The pool asks for that each time it gets a connection back, and
        mostly there is nothing: no reason to go to the thread."""
        if self.in_transaction:
            await super().rollback()

    def stop(self) -> asyncio.Future[Any] | None:
        """Have the thread end; done when it does, whoever asked first."""
        self._stopped = self._stopped or super().stop()
        return self._stopped and asyncio.shield(self._stopped)


class Threads:
    """The threads of one database, to see them off."""

    def __init__(self) -> None:
        self._connections: WeakSet[_Connection] = WeakSet()

    def connect(self, *arguments: Any, **options: Any) -> aiosqlite.Connection:
        """As `connect` of this module."""
        connection = connect(*arguments, **options)
        self._connections.add(connection)
        return connection

    async def end(self) -> None:
        """Have them all end, and wait for it.

        Nobody waits for the thread of somebody who was cancelled; it would bring its last answer
        to an event loop that is closed.
        """
        for connection in list(self._connections):
            if stopped := connection.stop():
                await stopped


def connect(file: str, *, patience: float, foreign_keys: bool, **options: Any) -> _Connection:
    """A connection that is there once it is awaited.

    Args:
        patience: Seconds that a transaction waits for another writer.
        foreign_keys: Whether it minds references between tables.
        options: As of `sqlite3.connect`.
    """

    def connected() -> sqlite3.Connection:
        # The driver would begin and end transactions by its own rules.
        connection = sqlite3.connect(file, isolation_level=None, factory=_Closing, **options)
        try:
            connection.execute(f"PRAGMA busy_timeout = {patience * 1000:.0f}")
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        except BaseException:
            connection.close()
            raise
        return connection

    connection = _Connection(connected, 64)
    # It is no reason for the process not to end.
    connection._thread.daemon = True
    return connection

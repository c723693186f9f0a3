"""Databases that can be taken away: SQLite's file, a PostgreSQL cluster of one's own."""

import asyncio
import os
import pwd
import shutil
import signal
import socket
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import asyncpg

_LIMIT = 60.0


class NoCluster(Exception):
    """There can't be a PostgreSQL cluster here; says why."""


@dataclass(frozen=True)
class Ground:
    """A database.

    Attributes:
        url: Its address.
        take_away: Takes it away for so many seconds, in a way that chance chooses; says which.
    """

    url: str
    take_away: Callable[[float, Random], Awaitable[str]]


@asynccontextmanager
async def sqlite_file(folder: Path) -> AsyncIterator[Ground]:
    """A SQLite file, which is taken away by locking it."""
    file = folder / "bot.sqlite"

    def lock(seconds: float) -> None:
        connection = sqlite3.connect(file, timeout=_LIMIT, isolation_level=None)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            time.sleep(seconds)
            connection.execute("ROLLBACK")
        finally:
            connection.close()

    async def take_away(seconds: float, luck: Random) -> str:
        await asyncio.to_thread(lock, seconds)
        return "file locked"

    yield Ground(f"sqlite:///{file}", take_away)


@asynccontextmanager
async def cluster() -> AsyncIterator[Ground]:
    """A PostgreSQL cluster of its own, which is taken away by stopping its server.

    Raises:
        NoCluster: Its programs aren't here.
    """
    server, turns = _Server(_programs()), asyncio.Lock()
    try:
        await server.make()
        await server.start()

        async def take_away(seconds: float, luck: Random) -> str:
            how = luck.choice([signal.SIGINT, signal.SIGQUIT])
            async with turns:
                await server.stop(how)
                await asyncio.sleep(seconds)
                await server.start()
            return "server stopped" if how == signal.SIGINT else "server broken off"

        yield Ground(server.url, take_away)
    finally:
        await server.stop(signal.SIGQUIT)
        shutil.rmtree(server.folder)


class _Server:
    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not below a folder of the tests, which nobody else may enter.
        self.folder = Path(tempfile.mkdtemp(prefix="dreambot-postgresql-"))
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"
        self._process: asyncio.subprocess.Process | None = None

    async def make(self) -> None:
        data, who = str(self.folder / "data"), _who()
        if who:
            os.chown(self.folder, pwd.getpwnam(who["user"]).pw_uid, -1)
        process = await self._run("initdb", "-D", data, "-A", "trust", "-U", "postgres", "-N")
        if await process.wait() != 0:
            raise NoCluster(f"initdb fails: {(self.folder / 'log').read_text()}")

    async def start(self) -> None:
        # What the machine itself would lose by a power cut isn't what is tried here.
        options = [f"-cport={self._port}", "-cfsync=off", f"-k{self.folder}", "-h127.0.0.1"]
        self._process = await self._run("postgres", "-D", str(self.folder / "data"), *options)
        async with asyncio.timeout(_LIMIT):
            while not await self._answers():
                if self._process.returncode is not None:
                    raise NoCluster(f"It ends: {(self.folder / 'log').read_text()[-2000:]}")
                await asyncio.sleep(0.1)

    async def stop(self, how: signal.Signals) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(how)
            await asyncio.wait_for(self._process.wait(), _LIMIT)

    async def _run(self, program: str, *arguments: str) -> asyncio.subprocess.Process:
        with (self.folder / "log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                str(self._programs / program),
                *arguments,
                cwd=self.folder,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **_who(),
            )

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url, timeout=5)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True


def _programs() -> Path:
    """The newest version's, where Debian keeps them, or those on the path."""
    on_path = shutil.which("initdb")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: p.parts[-3])
    if on_path is None and not found:
        raise NoCluster("PostgreSQL's programs (initdb, postgres) aren't installed")
    return Path(on_path).parent if on_path else found[-1].parent


def _who() -> dict[str, Any]:
    """As whom it runs: PostgreSQL refuses to run as root."""
    if os.geteuid() != 0:
        return {}
    try:
        account = pwd.getpwnam("postgres")
    except KeyError:
        raise NoCluster(
            "There is no account “postgres”, and the server won't run as root"
        ) from None
    return {"user": "postgres", "group": account.pw_gid, "extra_groups": []}

"""A PostgreSQL server of one's own, to be stopped and started."""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import without


class Cluster:
    """A server in a folder.

    Attributes:
        url: Address of its database.
    """

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    async def make(self) -> None:
        """Make its files."""
        await self._run("initdb", "-A", "trust", "-U", "postgres", "--no-sync")

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-p {self._port} -k {self._folder} -c listen_addresses=127.0.0.1"
        await self._run("pg_ctl", "-w", "-l", str(self._folder / "log"), "-o", options, "start")

    async def stop(self) -> None:
        """Stop it as a power cut would."""
        await self._run("pg_ctl", "-w", "-m", "immediate", "stop")

    async def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._folder / "data"), *arguments]
        # It refuses to be run by root.
        user = "postgres" if os.geteuid() == 0 else None
        await asyncio.to_thread(
            subprocess.run, command, check=True, user=user, stdout=subprocess.DEVNULL, cwd="/"
        )


@asynccontextmanager
async def running_cluster() -> AsyncIterator[Cluster]:
    """A new server, started; gone in the end."""
    programs = _programs()
    if programs is None:
        without("postgresql", "PostgreSQL's own programs (initdb, pg_ctl) aren't installed")
    folder = Path(tempfile.mkdtemp(prefix="cluster-"))
    if os.geteuid() == 0:
        os.chown(folder, pwd.getpwnam("postgres").pw_uid, -1)
    cluster = Cluster(programs, folder)
    try:
        await cluster.make()
        await cluster.start()
        yield cluster
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            await cluster.stop()
        shutil.rmtree(folder)


def _programs() -> Path | None:
    """Where Debian puts them, or wherever they are."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"))
    elsewhere = shutil.which("pg_ctl")
    if found:
        return found[-1].parent
    return Path(elsewhere).parent if elsewhere else None

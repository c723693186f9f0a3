"""The worker processes of a parent, as the system sees them."""

import asyncio
import math
import os
import time
from pathlib import Path


def workers(kind: str = "", parent: int | None = None) -> set[int]:
    """Ids of the worker processes (`dreamer`, `opener`, or all) whose parent is that process."""
    found = set()
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            line = (folder / "cmdline").read_bytes().split(b"\0")
            status = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended meanwhile
            continue
        ours = int(status[1]) == (parent or os.getpid()) and status[0] != "Z"
        if ours and b"dream.pool.worker" in line and (not kind or kind.encode() in line):
            found.add(int(folder.name))
    return found


def alive(pid: int) -> bool:
    """Whether that process still runs."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def at_rest(kind: str, number: int) -> dict[int, float]:
    """What each of so many workers has worked, once all are there and none does anything."""
    before: dict[int, float] = {}
    async with asyncio.timeout(20):
        while True:
            now = {pid: cpu_seconds(pid) for pid in workers(kind)}
            if len(now) == number and now == before:
                return now
            before = now
            await asyncio.sleep(0.3)


def cpu_seconds(pid: int) -> float:
    """What that process has worked so far; no number once it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return math.nan
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def wait_until_dead(pids: set[int], seconds: float = 10) -> None:
    """Wait for the end of those processes.

    Raises:
        AssertionError: They still run.
    """
    end = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end, f"{pids} still run"
        time.sleep(0.02)

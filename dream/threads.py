"""How many threads a dream may use: a sensible number for the cores there are."""

import os
from collections.abc import MutableMapping
from pathlib import Path

MOST = 4
"""More threads than this make one dream hardly faster; several dreams at once use them better."""

_QUOTA = Path("/sys/fs/cgroup/cpu.max")


def usable_cores() -> int:
    """Cores this process may use, at least 1: its affinity and its container's quota counted."""
    if hasattr(os, "sched_getaffinity"):
        cores = len(os.sched_getaffinity(0))
    else:
        cores = os.cpu_count() or 1
    return max(1, min(cores, _quota(cores)))


def default_threads() -> int:
    """Threads of one dream on the CPU where nobody chose, 1 to 4."""
    return min(MOST, usable_cores())


def share_cores(environment: MutableMapping[str, str]) -> None:
    """Have torch's threads sleep soon when they wait for each other; to be set before its import.

    As it comes, GNU's OpenMP lets them spin for long, which wins a twentieth on an idle machine.
    Where anything else wants a core, they spin in the way of the thread they wait for: a dream
    on two cores beside one busy process took 3 to 10 times as long as with this.
    """
    environment.setdefault("GOMP_SPINCOUNT", "1000")


def _quota(cores: int) -> int:
    """Whole cores that the container's time allows; all of them where it sets no limit."""
    try:
        time, period = _QUOTA.read_text().split()
        return int(time) // int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return cores

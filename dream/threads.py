"""How many threads a dream may use: a sensible number for the cores there are."""

import os
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


def _quota(cores: int) -> int:
    """Whole cores that the container's time allows; all of them where it sets no limit."""
    try:
        time, period = _QUOTA.read_text().split()
        return int(time) // int(period)
    except (OSError, ValueError, ZeroDivisionError):
        return cores

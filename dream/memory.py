"""Memory that is freed and wanted again at once, as in every step of a dream."""

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Event

_M_TRIM_THRESHOLD = -1
_M_MMAP_THRESHOLD = -3
_M_MMAP_MAX = -4
"""From glibc's malloc.h."""

_LARGE = 2**20
_MOST_MAPPED = 2**16

MOST_KEPT = 1_536 * 2**20
"""Bytes of freed memory that are kept while a large picture is dreamt: one tile's and some more."""

_keeping = Event()
"""Set once this process keeps its memory."""

_ABSENT = (AttributeError, OSError, TypeError)
"""What looking for glibc raises where there is another library."""


def keep_memory() -> None:
    """Have this process keep freed memory rather than hand it back to the system at once.

    As it comes, glibc takes each large block from the system and returns it when it is freed, and
    every page of it is cleared anew at its next use: to rectify 40 MB took 14 ms in this way and
    takes 1.6 ms in memory that was kept. Elsewhere than on glibc nothing changes.
    """
    with suppress(*_ABSENT):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_MAX, 0)
        mallopt(_M_TRIM_THRESHOLD, 2**31 - 1)
        _keeping.set()


@contextmanager
def apart() -> Iterator[None]:
    """Blocks of a MB and more that are wanted in here lie apart, where memory is kept too.

    Each goes back to the system when it is freed. Among the others they would leave holes behind
    that are handed back but belong to this process still: nobody counts it when those fill again.
    """
    kept = _keeping.is_set()
    if kept:
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_MMAP_THRESHOLD, _LARGE)
        mallopt(_M_MMAP_MAX, _MOST_MAPPED)
    try:
        yield
    finally:
        if kept:
            keep_memory()


def release_memory(most: int = MOST_KEPT) -> None:
    """Hand freed memory back to the system if more than so many bytes of it are kept.

    What is kept goes to pieces that serve no larger block: tile after tile, a process comes to
    have half as much memory again as it uses at once. It isn't done after each, for a page that was
    handed back is cleared at its next use: that took a third more time.
    """
    with suppress(*_ABSENT):
        libc = ctypes.CDLL(None)
        libc.mallinfo2.restype = _Allocated
        allocated = libc.mallinfo2()
        if resident() - allocated.uordblks - allocated.hblkhd > most:
            libc.malloc_trim(0)


class _Allocated(ctypes.Structure):
    """glibc's `struct mallinfo2`. In use are `uordblks` and `hblkhd` bytes."""

    _fields_ = tuple(
        (name, ctypes.c_size_t)
        for name in (
            *("arena", "ordblks", "smblks", "hblks", "hblkhd"),
            *("usmblks", "fsmblks", "uordblks", "fordblks", "keepcost"),
        )
    )


def die_first() -> None:
    """Have the system, when it runs out of memory, end this process rather than most others."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")


def resident(process: int | str = "self") -> int:
    """Bytes of a process that lie in memory.

    Raises:
        OSError: It has ended, or this system doesn't tell.
    """
    fields = Path(f"/proc/{process}/statm").read_text().split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")

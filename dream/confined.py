"""Work that gets so much memory and no more, whatever a library asks for in its course."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dream.memory import apart

_SIZES = Path("/proc/self/statm")
_DATA = 5
"""Which of its numbers tells the pages that hold data."""


@contextmanager
def confined(most: int | None) -> Iterator[None]:
    """Let this process take so many bytes on top of what it has; beyond them is MemoryError.

    That holds for its other threads too: none should need much meanwhile. A library that is
    refused memory may call it by another name. Only Linux counts so; elsewhere nothing changes.

    Args:
        most: Bytes; None for any number. Within another such block the smaller limit holds.
    """
    data = None if most is None else _data()
    if most is None or data is None:
        yield
        return
    import resource  # which not every system has

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [data + most, *(limit for limit in (soft, hard) if limit != resource.RLIM_INFINITY)]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        with apart():
            yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data() -> int | None:
    """Bytes of data this process has, in memory or not; None where the system doesn't tell."""
    try:
        pages = int(_SIZES.read_text().split()[_DATA])
    except OSError:
        return None
    return pages * os.sysconf("SC_PAGE_SIZE")

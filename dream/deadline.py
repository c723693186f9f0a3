"""Work that gets so many seconds and no more, whatever a library does in its course."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

SIGNAL = signal.SIGALRM
"""What a process is ended by that has overrun a deadline."""


@contextmanager
def deadline(seconds: float | None) -> Iterator[None]:
    """End this process unless what is done in here is done in time.

    Nothing gentler stops a library in the middle of its work. There is one clock in a process:
    within another such block that one's goes on, and several threads can't have one each.

    Args:
        seconds: As the clock on the wall counts them; None for any number.
    """
    if seconds is None or signal.getitimer(signal.ITIMER_REAL)[0]:
        yield
        return
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)

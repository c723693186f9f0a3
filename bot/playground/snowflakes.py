"""Discord's ids: a moment, a worker and a counter in 64 bits."""

import time
from collections.abc import Callable

EPOCH_MS = 1_420_070_400_000
_WORKER = 1


class Snowflakes:
    """Gives ids that are unique and grow with time."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._moment = 0
        self._count = 0

    def next(self) -> int:
        """A new id, larger than every one before."""
        now = int(self._clock() * 1000) - EPOCH_MS
        if now > self._moment:
            self._moment, self._count = now, 0
        else:
            self._count += 1
            if self._count == 1 << 12:
                self._moment, self._count = self._moment + 1, 0
        return self._moment << 22 | _WORKER << 17 | self._count


def seconds(snowflake: int) -> float:
    """When an id was made, in seconds since 1970."""
    return ((snowflake >> 22) + EPOCH_MS) / 1000

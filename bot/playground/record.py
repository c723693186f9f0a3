"""What was asked of the playground, so that a test can count."""

from collections import deque
from dataclasses import dataclass

_KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Seen:
    """One request; `at` in seconds since 1970, `path` below `/api/v10`."""

    at: float
    method: str
    route: str
    path: str
    status: int
    sender: int | None


class Record:
    """The latest requests."""

    def __init__(self) -> None:
        self._seen: deque[Seen] = deque(maxlen=_KEPT)

    def add(self, seen: Seen) -> None:
        """Note a request."""
        self._seen.append(seen)

    def clear(self) -> None:
        """Forget them all."""
        self._seen.clear()

    def all(self) -> list[Seen]:
        """Every request still known, oldest first."""
        return list(self._seen)

"""Rate limits: so many requests in so many seconds, per kind of route and place."""

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Limit:
    """`requests` in `seconds`."""

    requests: int
    seconds: float


# As Discord's were observed to be; the first two are what a bot that edits often meets.
MESSAGE_WRITES = Limit(5, 5.0)
WEBHOOK_WRITES = Limit(5, 2.0)
REACTIONS = Limit(4, 1.0)
ORDINARY = Limit(50, 1.0)


@dataclass(frozen=True)
class Verdict:
    """Whether a request may pass, and the headers that tell how it stands."""

    allowed: bool
    retry_after: float
    headers: dict[str, str]


@dataclass
class _Window:
    ends: float
    left: int


class Limits:
    """Counts requests in windows.

    Attributes:
        on: Whether one that comes too soon is held back.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self.on = True
        self._windows: dict[str, _Window] = {}

    def pass_through(self, route: str, place: str, limit: Limit) -> Verdict:
        """Count a request to a route in a place (its channel, its sender …)."""
        now = self._clock()
        bucket = hashlib.blake2b(route.encode(), digest_size=8).hexdigest()
        key = f"{bucket}:{place}"
        window = self._windows.get(key)
        if window is None or window.ends <= now:
            self._sweep(now)
            window = self._windows[key] = _Window(now + limit.seconds, limit.requests)
        allowed = window.left > 0 or not self.on
        window.left = max(0, window.left - 1)
        after = max(0.0, window.ends - now)
        headers = {
            "X-RateLimit-Limit": str(limit.requests),
            "X-RateLimit-Remaining": str(window.left),
            "X-RateLimit-Reset": f"{window.ends:.3f}",
            "X-RateLimit-Reset-After": f"{after:.3f}",
            "X-RateLimit-Bucket": bucket,
        }
        return Verdict(allowed, after, headers)

    def _sweep(self, now: float) -> None:
        if len(self._windows) > 1000:
            self._windows = {k: w for k, w in self._windows.items() if w.ends > now}

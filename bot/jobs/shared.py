"""One look at the database for all who want the same one at about the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from contextvars import Context
from typing import Generic, TypeVar

T = TypeVar("T")

APART = 0.1
"""Seconds from look to look: short for whoever waits, and of twenty looks a second two remain."""


class Shared(Generic[T]):
    """Looks when it is asked, yet seldom.

    Args:
        look: What is shared.
        apart: Seconds from one to the next; `APART` if not said.
    """

    def __init__(self, look: Callable[[], Awaitable[T]], apart: float | None = None) -> None:
        self._look = look
        self._apart = APART if apart is None else apart
        self._next: asyncio.Task[T] | None = None
        self._last = -self._apart

    async def __call__(self) -> T:
        """What a look found that began after this call; raises what that raises."""
        if self._next is None:
            # For nobody in particular: nothing of the first one's surroundings goes with it.
            self._next = asyncio.create_task(self._look_in_time(), context=Context())
            self._next.add_done_callback(_heard)
        return await asyncio.shield(self._next)

    async def _look_in_time(self) -> T:
        now = asyncio.get_running_loop().time
        since = now() - self._last
        if 0 <= since < self._apart:
            await asyncio.sleep(self._apart - since)
        self._next, self._last = None, now()
        return await self._look()


def _heard(task: "asyncio.Task[T]") -> None:
    """All who asked may have gone before it failed."""
    with suppress(asyncio.CancelledError):
        task.exception()

"""How many edits Discord grants in a channel, and how many it has had.

Five in five seconds were observed. One is left to what is said there besides.
"""

import asyncio
from collections import OrderedDict, deque

MOST = 4
"""Edits of a channel within `SECONDS`."""

SECONDS = 5.2
"""Five, and what they may be late on their way."""


class Allowance:
    """Counts the edits of every channel."""

    def __init__(self, most: int = MOST, seconds: float = SECONDS) -> None:
        self._most = most
        self._seconds = seconds
        self._used: OrderedDict[int, deque[float]] = OrderedDict()

    def use(self, channel_id: int) -> None:
        """An edit is about to be made there."""
        now = asyncio.get_running_loop().time()
        self._used.setdefault(channel_id, deque(maxlen=self._most)).append(now)
        self._used.move_to_end(channel_id)
        while self._is_over(next(iter(self._used.values()))[-1], now):
            self._used.popitem(last=False)

    def pause(self, channel_id: int) -> float:
        """Seconds until there is room for another one."""
        used = self._used.get(channel_id)
        now = asyncio.get_running_loop().time()
        if used is None or len(used) < self._most or self._is_over(used[0], now):
            return 0.0
        return used[0] + self._seconds - now

    async def wait(self, channel_id: int) -> None:
        """Wait until there is; whoever goes on without waiting may use it."""
        pause = self.pause(channel_id)
        while pause > 0:
            await asyncio.sleep(pause)
            # Another one that waited may have taken it.
            pause = self.pause(channel_id)

    def _is_over(self, edit: float, now: float) -> bool:
        return not 0 <= now - edit < self._seconds

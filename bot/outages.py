"""While the database or Discord is away: what is asked waits, and each channel is told once."""

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from bot.database import Database, DatabaseAway

log = logging.getLogger(__name__)

MOST_POSTPONED = 1000
"""Commands that wait; those beyond are found when the bot starts again."""

AT_ONCE = 4
"""Of those that waited."""

AGAIN = 5.0
"""Seconds until what Discord didn't answer is tried again."""

_MOST = 10_000


class Outages:
    """Remembers whom the bot has told, and what it has still to do."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._told: OrderedDict[int, int] = OrderedDict()
        self._postponed: asyncio.Queue[tuple[Callable[[], Awaitable[None]], float]] = asyncio.Queue(
            MOST_POSTPONED
        )

    def check(self) -> None:
        """Raises DatabaseAway while the database is known to be away."""
        if self._database.away:
            raise DatabaseAway("It is still away.")

    def is_news(self, channel_id: int) -> bool:
        """Whether this outage wasn't told in that channel yet; from now on it was."""
        now = self._database.outages
        if self._told.get(channel_id) == now:
            return False
        self._told[channel_id] = now
        self._told.move_to_end(channel_id)
        if len(self._told) > _MOST:
            self._told.popitem(last=False)
        return True

    def postpone(self, act: Callable[[], Awaitable[None]], pause: float = 0.0) -> None:
        """Have that done once the database is back, and `pause` seconds have passed."""
        try:
            self._postponed.put_nowait((act, pause))
        except asyncio.QueueFull:
            log.warning("Too much waits; a command is left aside.")

    async def run(self) -> None:
        """Do what was postponed, until cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._catch_up())

    async def _catch_up(self) -> None:
        while True:
            act, pause = await self._postponed.get()
            await asyncio.sleep(pause)
            await self._database.is_back()
            try:
                await act()
            except Exception:
                log.exception("What was postponed went wrong (%s).", secrets.token_hex(4))

"""Leaving off in good order: whoever waits for a better moment hears that the bot stops."""

import asyncio


class Interrupted(Exception):
    """The work was left off because the bot stops; another goes on with it."""


class Stopping:
    """Whether the bot stops."""

    def __init__(self) -> None:
        self._asked = asyncio.Event()

    def ask(self) -> None:
        """It does: no further attempt at anything begins."""
        self._asked.set()

    async def pause(self, seconds: float) -> None:
        """Wait before another attempt.

        Raises:
            Interrupted: The bot stops.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._asked.wait()
        except TimeoutError:
            return
        raise Interrupted

"""A request to Discord that is made again where its answer was lost."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

import aiohttp
import discord

log = logging.getLogger(__name__)

T = TypeVar("T")


class Later(Exception):
    """Discord can't answer now; the same may work in a while."""


OPENED_TOO_FAST = 40003

LOST = (aiohttp.ClientError, OSError, TimeoutError, Later)
"""What is worth another try, once the library has given up on its own: it has no patience with a
503, nor with a connection that breaks."""

PATIENCE = 10.0
"""Seconds of trying again while somebody waits for an answer."""

HANGS = 60.0
"""Seconds after which a request that isn't answered counts as lost."""


async def insist(
    act: Callable[[bool], Awaitable[T]],
    *,
    patience: float = PATIENCE,
    pause: float = 0.25,
    hangs: float = HANGS,
) -> T:
    """What `act` gives, tried for a while; it is told whether it was tried before.

    What was tried may have taken effect: for what may be done twice.

    Args:
        patience: Seconds in which another try begins.
        pause: Seconds before the second try; doubles with each.
        hangs: Seconds that one try may take.

    Raises:
        One of `LOST`: The last try was lost too; a `Later` is one that the server failed at.
    """
    loop = asyncio.get_running_loop()
    deadline, again = loop.time() + patience, False
    while True:
        try:
            async with asyncio.timeout(hangs):
                return await _served(act(again))
        except LOST as error:
            if loop.time() + pause > deadline:
                raise
            log.info("not answered, trying again in %.1f s: %r", pause, error)
        await asyncio.sleep(pause)
        pause, again = pause * 2, True


def check_passing(error: discord.HTTPException) -> None:
    """Raises Later where Discord may take the same in a while."""
    # 401 is a token that was just taken back: the client ends over it, what it was at must not.
    if error.status >= 500 or error.status in (401, 429) or error.code == OPENED_TOO_FAST:
        raise Later(str(error)) from error


async def _served(asked: Awaitable[T]) -> T:
    try:
        return await asked
    except discord.HTTPException as error:
        if error.status >= 500:
            raise Later(str(error)) from error
        raise

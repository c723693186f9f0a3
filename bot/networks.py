"""Sees that the networks that the presets dream with are here, and has the missing ones fetched."""

import asyncio
import logging
import os
import sys

import dream

log = logging.getLogger(__name__)

SECRETS = ("DISCORD_TOKEN", "DATABASE_URL")


def missing() -> list[str]:
    """Names of the networks that presets need and that aren't on this machine."""
    needed = {preset.recipe.network for preset in dream.presets().values()}
    return sorted(name for name in needed if not dream.available(name))


async def fetch_missing() -> None:
    """Fetch one after another; what can't be had is logged, and its presets stay refused."""
    for name in missing():
        log.info("the network %s isn't here; fetching it", name)
        try:
            why_not = await _fetch(name)
        except OSError as error:
            why_not = f"{name} can't be fetched: {error.strerror}."
        if why_not:
            log.warning("%s", why_not)
        else:
            log.info("the network %s is here now", name)


async def _fetch(name: str) -> str:
    """Why it can't be had, or nothing. In a process of its own: checking it takes torch."""
    fetching = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "dream.cli", "fetch", name),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
        env={key: value for key, value in os.environ.items() if key not in SECRETS},
    )
    try:
        _, said = await fetching.communicate()
    except asyncio.CancelledError:
        fetching.kill()
        await fetching.wait()
        raise
    if fetching.returncode == 0:
        return ""
    return said.decode(errors="replace").strip().removeprefix("Error: ")

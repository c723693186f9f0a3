"""Networks that are here or missing: has those fetched, says how, and what does in their place."""

import asyncio
import logging
import os
import re
import shutil
import sys
from pathlib import Path

import dream

log = logging.getLogger(__name__)

SECRETS = ("DISCORD_TOKEN", "DATABASE_URL")


def needed() -> set[str]:
    """Names of the networks that presets dream with."""
    return {preset.recipe.network for preset in dream.presets().values()}


def fetching(name: str) -> str:
    """What whoever runs the bot types to get that network, in the folder it was started in; where
    else the program may lie is nobody's to know."""
    beside = Path(sys.executable).parent / "dream"
    here = Path.cwd() in beside.parents[2:3]
    if here and beside.exists() and shutil.which("dream") is None:
        return f"{beside.relative_to(Path.cwd())} fetch {name}"
    return f"dream fetch {name}"


def nearest(style: dream.Preset) -> dream.Preset:
    """The preset whose network is here and that is most like that one, by what is said of both."""
    title, said = style.title.lower(), _said(style)

    def likeness(other: dream.Preset) -> tuple[bool, int, int]:
        words = _said(other)
        return title in words, len(words & said), -len(words)

    here = [each for each in dream.presets().values() if dream.available(each.recipe.network)]
    return max(here, key=likeness)


def _said(style: dream.Preset) -> set[str]:
    found = re.findall(r"[a-z]{3,}", f"{style.title} {style.text}".lower())
    return set(found) - {"and", "the", "that"}


def missing() -> list[str]:
    """Those of them that aren't on this machine."""
    return sorted(name for name in needed() if not dream.available(name))


async def fetch_missing() -> None:
    """Fetch one after another; what can't be had is logged, and its presets stay refused."""
    failures = []
    for name in missing():
        log.info("the network %s isn't here; fetching it", name)
        try:
            why_not = await _fetch(name)
        except OSError as error:
            why_not = f"{name} can't be fetched: {error.strerror}."
        if why_not:
            failures.append(why_not)
        else:
            log.info("the network %s is here now", name)
    ours = dream.default_preset().recipe.network
    if failures and set(missing()) == needed() - {ours}:
        # Mostly there is no internet, and the first reason is that of all.
        log.warning("No network can be fetched: dreaming with our own, %s. (%s)", ours, failures[0])
        return
    for why_not in failures:
        log.warning("%s", why_not)


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

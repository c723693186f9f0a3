"""The place for somebody's own judge of pictures: which function that is, and what it says."""

import asyncio
import importlib
import inspect
import logging
from collections.abc import Awaitable, Callable
from enum import StrEnum

from bot.errors import Refusal
from bot.ui import words

log = logging.getLogger(__name__)

Gate = Callable[[bytes], Awaitable[str]]
"""Takes a JPEG of a picture and says what to do with it: one of the words of `Verdict`."""

PATIENCE = 20.0
"""Seconds that it may take."""


class Verdict(StrEnum):
    """What is to be done with a picture."""

    FINE = "fine"
    SPOILER = "spoiler"
    REFUSE = "refuse"


class BadGate(Exception):
    """There is no such function; one sentence that says what to do."""


def load(name: str) -> Gate:
    """The function of that name, `module:function`.

    Raises:
        BadGate: It can't be had, or isn't one that can be asked.
    """
    module, _, function = name.partition(":")
    try:
        found = getattr(importlib.import_module(module), function)
    except Exception as error:
        # It is somebody's own code: whatever it raises in being imported.
        raise BadGate(
            f"{name} can't be had ({error or type(error).__name__}). It is written "
            "module:function, and the module lies where Python finds it, as in PYTHONPATH."
        ) from error
    if not inspect.iscoroutinefunction(found):
        raise BadGate(f"{name} is no `async def`, as docs/gate.md asks for.")
    return found  # type: ignore[no-any-return]


async def judge(gate: Gate, copy: bytes) -> Verdict:
    """What the gate makes of that copy of a picture.

    Raises:
        Refusal: It fails, takes too long, or says something else: then nothing is let in.
    """
    try:
        async with asyncio.timeout(PATIENCE):
            return Verdict(await gate(copy))
    except Exception as error:
        log.exception("The gate fails.")
        raise Refusal(words.gate_fails()) from error

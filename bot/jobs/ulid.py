"""Identifiers that sort by time: ULIDs."""

import secrets
import time
from datetime import UTC, datetime

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_DISCORD = 1_420_070_400_000
"""Milliseconds: 2015, from which Discord's ids count theirs, in their upper 42 bits."""


def ulid() -> str:
    """A new ULID: 48 bits of milliseconds and 80 random ones, as 26 characters of Crockford's
    base 32 (https://github.com/ulid/spec). Within a millisecond their order is any."""
    return _written(time.time_ns() // 1_000_000, secrets.randbits(80))


def ulid_of(asked_with: int) -> str:
    """The one ULID of what a message or interaction asked for, by its id and with its time."""
    return _written((asked_with >> 22) + _DISCORD, asked_with)


def _written(milliseconds: int, rest: int) -> str:
    number = milliseconds << 80 | rest
    return "".join(_DIGITS[number >> shift & 31] for shift in range(125, -1, -5))


def made_at(number: str) -> datetime:
    """When that ULID was made, to the millisecond below.

    Raises:
        ValueError: It is none.
    """
    milliseconds = 0
    for digit in number[:10]:
        milliseconds = milliseconds << 5 | _DIGITS.index(digit)
    return datetime.fromtimestamp(milliseconds / 1000, UTC)

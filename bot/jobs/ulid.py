"""Identifiers that sort by time: ULIDs."""

import secrets
import time

_DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def ulid() -> str:
    """A new ULID: 48 bits of milliseconds and 80 random ones, as 26 characters of Crockford's
    base 32 (https://github.com/ulid/spec). Within a millisecond their order is any."""
    number = time.time_ns() // 1_000_000 << 80 | secrets.randbits(80)
    return "".join(_DIGITS[number >> shift & 31] for shift in range(125, -1, -5))

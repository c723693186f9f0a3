"""The types that Discord's JSON is made of."""

import re
import secrets
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]

API = "/api/v10"

# Flags of a message.
EPHEMERAL = 1 << 6
LOADING = 1 << 7
SUPPRESS_EMBEDS = 1 << 2
SUPPRESS_NOTIFICATIONS = 1 << 12
COMPONENTS_V2 = 1 << 15

MIB = 2**20
FILE_BYTES = 10 * MIB
BOOSTED_FILE_BYTES = (FILE_BYTES, FILE_BYTES, 50 * MIB, 100 * MIB)
REQUEST_BYTES = 25 * MIB


def iso(seconds: float) -> str:
    """A moment (seconds since 1970) as Discord writes it."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="microseconds")


def whole(value: object) -> int | None:
    """The number that an id, or another count in decimal digits, stands for; None for others."""
    text = str(value)
    return int(text) if re.fullmatch(r"[0-9]{1,20}", text) else None


def same_secret(one: str, other: str) -> bool:
    """Whether two tokens are the same, in a time that doesn't tell how much of them is."""
    return secrets.compare_digest(*(each.encode(errors="surrogatepass") for each in (one, other)))

"""Numbers, as people read them."""

from collections.abc import Sequence

from bot.ui.languages import _, decimal, several

CELLS = 12
"""Of a bar."""


def bar(share: float) -> str:
    """A bar, filled to that share of 1."""
    full = round(min(max(share, 0.0), 1.0) * CELLS)
    return "▰" * full + "▱" * (CELLS - full)


def percent(share: float) -> str:
    """A share of 1 in percent, never 100 before the end."""
    return f"{int(share * 100)} %"


def duration(seconds: float) -> str:
    """A time, as exact as it matters."""
    if seconds < 10:
        return f"{decimal(seconds, least=1)} s"
    if seconds < 120:
        return f"{round(seconds)} s"
    return f"{round(seconds) // 60} min {round(seconds) % 60} s"


def about(seconds: float) -> str:
    """A time to come, no more exact than anybody knows it."""
    if seconds < 8:
        return _("a few seconds")
    if seconds < 55:
        step = 5 if seconds < 30 else 10
        return _("about {number} s", number=round(seconds / step) * step)
    minutes = seconds / 60
    if minutes < 55:
        return _("about {number} min", number=max(1, round(minutes)))
    return (
        _("about {number} h", number=round(minutes / 60)) if minutes >= 90 else _("about an hour")
    )


def megabytes(number: int) -> str:
    """A number of bytes in units of 2**20, as Discord counts them."""
    size = number / 2**20
    return f"{decimal(size, 2 if size < 10 else 1 if size < 100 else 0)} MB"


def dreams(number: int) -> str:
    """So many dreams."""
    return several("{number} dream", "{number} dreams", number)


def credits_of(number: int) -> str:
    """So many credits."""
    return several("{number} credit", "{number} credits", number)


def listed(parts: Sequence[str]) -> str:
    """All of them in a sentence."""
    if len(parts) < 2:
        return "".join(parts)
    return _("{others} and {last}", others=", ".join(parts[:-1]), last=parts[-1])

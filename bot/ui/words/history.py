"""Somebody's last dreams."""

from datetime import datetime

from bot.jobs.job import State
from bot.ui.languages import _, noted
from bot.ui.words.answers import seeded
from bot.ui.words.told import told

_STATES = {
    State.QUEUED: noted("waiting"),
    State.RUNNING: noted("dreaming"),
    State.DELIVERING: noted("on its way to you"),
    State.DONE: noted("dreamt"),
    State.FAILED: noted("came to nothing"),
    State.CANCELLED: noted("called off"),
    State.KEPT: noted("kept for you"),
}


def last_dreams(dreams: list[str], command: str) -> tuple[str, str]:
    """Title and text of the card with them, each as `past` tells of it.

    Args:
        command: What to type for one where there is none.
    """
    nothing = _("None so far. Post a picture with `{command}`.", command=command)
    return _("Your last dreams"), "\n".join(dreams) or nothing


def past(title: str, seed: int, asked_at: datetime, state: State, link: str | None) -> str:
    """One of a person's last dreams, in a line; `title` is as `bot.ui.words.made_so` has it."""
    became = _(_STATES[state])
    said = f"[{became}]({link})" if link else became
    return f"{title} · {seeded(seed)} · <t:{round(asked_at.timestamp())}:R> · {said}"


def kept(text: str) -> str:
    """A result that couldn't be delivered, handed over."""
    return f"{text}\n-# " + _("I couldn't reach you with this one. Nothing was charged.")


def past_keeping() -> str:
    """Why a result can't be handed over that was kept for long enough."""
    return _("I don't have it any more. Ask for it again; nothing was charged for this one.")


def not_handed_over(title: str, reason: str) -> str:
    """A result that couldn't be delivered and can't be had any more either."""
    return f"**{title}** · {told(reason)}"

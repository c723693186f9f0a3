"""What is left of somebody's day, and what it went into."""

from bot.jobs.admission import blocked, moment
from bot.jobs.job import Job, State
from bot.jobs.submit import Balance
from bot.ui.languages import _, noted
from bot.ui.words.numbers import bar, credits_of, listed

_BECAME = {
    State.QUEUED: noted("waiting"),
    State.RUNNING: noted("being dreamt"),
    State.DELIVERING: noted("on its way"),
    State.DONE: noted("done"),
    State.FAILED: noted("failed, given back"),
    State.CANCELLED: noted("cancelled, given back"),
    State.KEPT: noted("kept for you, given back"),
}
"""What a dream's state means to the person who paid for it."""


def quota(balance: Balance, dreams: list[str]) -> tuple[str, str]:
    """Title and text of the card that tells what is left, and what it went into.

    Args:
        dreams: The latest ones, as `spent` tells of them.
    """
    left, limit = balance.left, balance.limit
    lines = [
        bar(left / limit if limit else 0),
        _(
            "**{left}** of {credits} left · {used} used",
            left=left,
            credits=credits_of(limit),
            used=balance.used,
        ),
        _("All are back {when}", when=moment(balance.resets_at)),
    ]
    extra = []
    if balance.bonus:
        extra.append(_("{number} for your role", number=balance.bonus))
    if balance.granted:
        extra.append(_("{number} given to you", number=balance.granted))
    if extra:
        lines.append("-# " + _("With {extra} today.", extra=listed(extra)))
    server = balance.server
    if server is not None and server.left < left:
        lines.append(
            _(
                "This server has only **{left}** of {credits} left today, for everybody.",
                left=server.left,
                credits=credits_of(server.limit),
            )
        )
    if balance.block is not None:
        lines.append(f"**{blocked(balance.block.everywhere, balance.block.until)}**")
    if dreams:
        heading = _("Your last dreams")
        lines += ["", f"**{heading}**", *dreams]
    lines.append("-# " + _("A standard dream costs one credit."))
    return _("Your dreams today"), "\n".join(lines)


def spent(title: str, dream: Job) -> str:
    """What one dream took, and what became of it; `title` is as `bot.ui.words.made_so` has it."""
    became = _(_BECAME[dream.state])
    return f"{title} · {credits_of(dream.cost)} · {became} · {moment(dream.created_at)}"

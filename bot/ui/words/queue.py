"""The line: what runs and waits, and what is called off."""

from dataclasses import dataclass

from discord.utils import escape_markdown

from bot.jobs.forecast import Forecast
from bot.jobs.job import State
from bot.jobs.turns import Line, LineState
from bot.ui.languages import _, several
from bot.ui.words.numbers import about

MOST_OWN = 10
"""Dreams of one's own that a card lists."""


def begins(forecast: Forecast) -> str:
    """When a dream begins, following where it stands; nothing if that can't be told."""
    if forecast.begins_in is None:
        return ""
    return " · " + _("begins in {time}", time=about(forecast.begins_in))


def line_state(line: Line) -> str:
    """What the line does that is out of the ordinary, and why; nothing if it just moves."""
    because = f": {escape_markdown(line.reason)}" if line.reason else ""
    since = f" <t:{round(line.since.timestamp())}:R>" if line.since else ""
    match line.state:
        case LineState.PAUSED:
            return _(
                "The line was paused{since}{because}. What waits keeps its place.",
                since=since,
                because=because,
            )
        case LineState.DRAINING:
            return _(
                "The line was closed{since}{because}. What waits in it is still dreamt.",
                since=since,
                because=because,
            )
    return ""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many dreams run and wait here, and how many do either elsewhere."""

    running: int
    waiting: int
    elsewhere: int


def own(name: str, title: str, left: float | None, forecast: Forecast | None) -> str:
    """A dream of whoever asks, in one line: running with `left` seconds to go, or waiting."""
    if left is not None:
        does = _("dreaming") + " · " + _("{time} left", time=about(left))
    else:
        assert forecast is not None
        does = _("next")
        if forecast.before:
            does = several("{number} dream before it", "{number} dreams before it", forecast.before)
        does += begins(forecast)
    return f"▸ `{name}` **{title}** · {does}"


def line(state: Line, counts: Counts, mine: list[str]) -> tuple[str, str]:
    """Title and text of the card that tells what runs and waits."""
    lines = [
        _(
            "**{running}** dreaming, **{waiting}** waiting here",
            running=counts.running,
            waiting=counts.waiting,
        )
    ]
    if counts.elsewhere:
        lines[0] += " · " + _("{number} elsewhere", number=counts.elsewhere)
    if said := line_state(state):
        lines.insert(0, said)
    lines += mine[:MOST_OWN]
    if len(mine) > MOST_OWN:
        lines.append(_("… and {number} more of yours", number=len(mine) - MOST_OWN))
    hint = _("`/cancel` calls yours off.") if mine else _("None of them is yours.")
    lines.append(f"-# {hint}")
    return _("The line"), "\n".join(lines)


def line_set(state: Line) -> str:
    """To whoever has set the line."""
    return line_state(state) or _("The line is open: wishes are taken, and dreams begin.")


def cancel_answer(title: str, name: str, *, ended: bool) -> str:
    """To whoever has called a dream off."""
    if ended:
        return _(
            "Cancelled **{title}** `{name}`, and what it cost is back.", title=title, name=name
        )
    return _(
        "Stopping **{title}** `{name}`. What it cost is back as soon as it has stopped.",
        title=title,
        name=name,
    )


def cancel_choice(name: str, title: str, state: State, channel: str | None) -> str:
    """A dream that may be cancelled, as it is offered; with its channel if it is another's."""
    parts = [title, _("dreaming") if state is State.RUNNING else _("waiting"), name]
    if channel:
        parts.append(_("somebody else's in #{channel}", channel=channel))
    return " · ".join(parts)

"""The buttons under answers: how they look, and how a press is known again, also after a restart.

All that a button knows stands in its id, and all else in the database.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Self

import discord

from bot.ui import words


class Verb(StrEnum):
    """What a button does."""

    CANCEL = "cancel"
    AGAIN = "again"
    DEEPER = "deeper"
    TWEAK = "tweak"
    STRONGER = "stronger"
    SOFTER = "softer"
    COMPARE = "compare"
    RECIPE = "recipe"
    DELETE = "delete"
    ERASE = "erase"
    SHARE = "share"
    REPORT = "report"
    ENLARGE = "enlarge"
    VARY = "vary"
    SAVE = "save"


@dataclass(frozen=True, slots=True)
class Press:
    """A button that was pressed, or may be.

    Attributes:
        verb: What it does.
        job_id: To the dream of that job.
        number: Of the message that is to be erased; or which dream of a sheet it is about, from 1.
    """

    verb: Verb
    job_id: str
    number: int | None = None

    @property
    def custom_id(self) -> str:
        """As Discord keeps it."""
        ending = f":{self.number}" if self.number else ""
        return f"dream:{self.verb}:{self.job_id}{ending}"


@dataclass(frozen=True, slots=True)
class Look:
    """A button as people see it.

    Attributes:
        press: What it is.
        label: What stands on it.
        emoji: Before that.
        style: Its colour.
        row: From 0.
    """

    press: Press
    label: str
    emoji: str | None = None
    style: discord.ButtonStyle = discord.ButtonStyle.secondary
    row: int = 0


class DreamButton(
    discord.ui.DynamicItem[discord.ui.Button[Any]],
    template=rf"dream:(?P<verb>{'|'.join(Verb)}):(?P<job>[0-9A-Z]{{26}})(?::(?P<number>\d{{1,20}}))?",
):
    """One of our buttons. Who listens to `press` hears of it, with the interaction."""

    def __init__(self, look: Look) -> None:
        button: discord.ui.Button[Any] = discord.ui.Button(
            label=look.label, emoji=look.emoji, style=look.style, custom_id=look.press.custom_id
        )
        super().__init__(button, row=look.row)
        self._press = look.press

    @classmethod
    async def from_custom_id(
        cls,
        interaction: discord.Interaction[Any],
        item: discord.ui.Item[Any],
        match: re.Match[str],
        /,
    ) -> Self:
        """The button that was pressed."""
        number = match["number"]
        press = Press(Verb(match["verb"]), match["job"], int(number) if number else None)
        return cls(Look(press, getattr(item, "label", None) or "…"))

    async def callback(self, interaction: discord.Interaction[Any]) -> None:
        """What fails here the library would only log: whoever listens answers for it."""
        interaction.client.dispatch("press", interaction, self._press)


def under_growing(job_id: str) -> tuple[Look, ...]:
    """While a dream waits or grows."""
    return (Look(Press(Verb.CANCEL, job_id), words.cancel_label(), "✖️"),)


def under_dream(job_id: str) -> tuple[Look, ...]:
    """What may be done with a dream."""
    return (
        _again(job_id),
        _deeper(job_id),
        Look(Press(Verb.TWEAK, job_id), words.tweak_label(), "✏️"),
        share(job_id),
        _report(job_id),
        Look(Press(Verb.STRONGER, job_id), words.stronger_label(), row=1),
        Look(Press(Verb.SOFTER, job_id), words.softer_label(), row=1),
        Look(Press(Verb.COMPARE, job_id), words.compare_label(), row=1),
        Look(Press(Verb.RECIPE, job_id), words.recipe_label(), row=1),
        replace(_delete(job_id), row=1),
    )


def under_made(job_id: str) -> tuple[Look, ...]:
    """What may be done with a picture that was made of nothing."""
    return (_again(job_id), _deeper(job_id), *under_other(job_id))


def under_other(job_id: str) -> tuple[Look, ...]:
    """What may be done with whatever it is."""
    return (share(job_id), _report(job_id), _delete(job_id))


def under_four(job_id: str, number: int) -> tuple[Look, ...]:
    """What may be done with each of so many dreams on a sheet, and with all of it."""
    main = discord.ButtonStyle.primary
    rows = ((Verb.ENLARGE, words.enlarge_label, main), (Verb.VARY, words.vary_label, None))
    each = [
        Look(Press(verb, job_id, n), label(n), None, style or discord.ButtonStyle.secondary, row)
        for row, (verb, label, style) in enumerate(rows)
        for n in range(1, number + 1)
    ]
    whole = (_again(job_id), *under_other(job_id))
    return (*each, *(replace(look, row=len(rows)) for look in whole))


def _again(job_id: str) -> Look:
    press = Press(Verb.AGAIN, job_id)
    return Look(press, words.again_label(), "🔁", discord.ButtonStyle.primary)


def _deeper(job_id: str) -> Look:
    press = Press(Verb.DEEPER, job_id)
    return Look(press, words.deeper_label(), "🌀", discord.ButtonStyle.primary)


def _report(job_id: str) -> Look:
    return Look(Press(Verb.REPORT, job_id), words.report_label(), "🚩")


def _delete(job_id: str) -> Look:
    return Look(Press(Verb.DELETE, job_id), words.delete_label(), "🗑️")


def share(job_id: str) -> Look:
    """Into the gallery with it; also under the question that stars ask."""
    return Look(Press(Verb.SHARE, job_id), words.share_button(), "🖼️")


def under_recipe(job_id: str) -> tuple[Look, ...]:
    """What may be done with a recipe."""
    return (Look(Press(Verb.SAVE, job_id), words.save_label(), "💾"),)


def under_report(job_id: str) -> tuple[Look, ...]:
    """What moderators may do about a dream that was reported."""
    return (_delete(job_id),)


def under_doubt(job_id: str, message_id: int) -> tuple[Look, ...]:
    """Whether a dream is really to be deleted."""
    press = Press(Verb.ERASE, job_id, message_id)
    return (Look(press, words.delete_label(), "🗑️", discord.ButtonStyle.danger),)


def view(looks: Sequence[Look]) -> discord.ui.View | None:
    """They as the library sends them, anew for each message; None where there are none."""
    return shown(looks) if looks else None


def shown(looks: Sequence[Look]) -> discord.ui.View:
    """They as the library sends them."""
    found = discord.ui.View(timeout=None)
    for look in looks:
        found.add_item(DreamButton(look))
    return found

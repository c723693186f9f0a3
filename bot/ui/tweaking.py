"""The form in which a dream's main choices are changed."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import discord

from bot.typed import LONGEST
from bot.ui import words

_FORM = re.compile(r"dream:tweaked:(?P<job>[0-9A-Z]{26})")


class TweakForm(discord.ui.Modal):
    """A line for each choice, as it is now.

    What is filled in reaches everybody who listens to interactions, also after a restart; this
    object is only sent.
    """

    def __init__(self, job_id: str, choices: Mapping[str, str]) -> None:
        super().__init__(title=words.tweak_title(), custom_id=f"dream:tweaked:{job_id}")
        for name, (label, description) in words.tweak_lines().items():
            line: discord.ui.TextInput[Any] = discord.ui.TextInput(
                custom_id=name, default=choices[name], required=False, max_length=LONGEST
            )
            self.add_item(discord.ui.Label(text=label, description=description, component=line))


def filled_in(interaction: discord.Interaction[Any]) -> tuple[str, dict[str, str]] | None:
    """The job of such a form and what it says by name; None if the interaction isn't about one."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data: Any = interaction.data or {}
    form = _FORM.fullmatch(str(data.get("custom_id")))
    return None if form is None else (form["job"], dict(_lines(data.get("components") or [])))


def _lines(parts: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for part in parts:
        line = part.get("component") or {}
        if "custom_id" in line:
            yield str(line["custom_id"]), str(line.get("value") or "")

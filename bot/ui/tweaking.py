"""The form in which a dream's main choices are changed."""

import re
from collections.abc import Mapping
from typing import Any

import discord

from bot.typed import LONGEST
from bot.ui import filling, words

_FORM = re.compile(r"dream:tweaked:([0-9A-Z]{26})")


class TweakForm(discord.ui.Modal):
    """A line for each choice, as it is now.

    What is filled in reaches everybody who listens to interactions, also after a restart
    (`bot.ui.filling`); this object is only sent.
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
    found = filling.filled_in(interaction, _FORM)
    if found is None:
        return None
    job_id, said = found
    return job_id, {name: "".join(typed) for name, typed in said.items()}

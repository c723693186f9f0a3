"""The form in which a dream's main choices are changed."""

from collections.abc import Mapping
from typing import Any

import discord

from bot.typed import LONGEST
from bot.ui import forms, words

TWEAKED = "tweaked"
"""What its form is about."""


class TweakForm(discord.ui.Modal):
    """A line for each choice, as it is now."""

    def __init__(self, job_id: str, choices: Mapping[str, str]) -> None:
        custom_id = forms.custom_id(TWEAKED, job_id)
        super().__init__(title=words.tweak_title(), custom_id=custom_id)
        for name, (label, description) in words.tweak_lines().items():
            line: discord.ui.TextInput[Any] = discord.ui.TextInput(
                custom_id=name, default=choices[name], required=False, max_length=LONGEST
            )
            self.add_item(discord.ui.Label(text=label, description=description, component=line))

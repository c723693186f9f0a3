"""The form that asks what a preset is to be called."""

from typing import Any

import discord

from bot.presets import LONGEST
from bot.ui import forms, words

SAVED = "saved"
"""What its form is about."""

NAME = "name"
"""Its only line."""


class SaveForm(discord.ui.Modal):
    """A line for the name."""

    def __init__(self, job_id: str) -> None:
        super().__init__(title=words.save_label(), custom_id=forms.custom_id(SAVED, job_id))
        label, description = words.save_line(LONGEST)
        line: discord.ui.TextInput[Any] = discord.ui.TextInput(custom_id=NAME, max_length=LONGEST)
        self.add_item(discord.ui.Label(text=label, description=description, component=line))

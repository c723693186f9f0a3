"""The form in which somebody says why they mind a dream."""

from typing import Any

import discord

from bot.ui import forms, words

LONGEST_REASON = 300
"""Characters."""

REPORTED = "reported"
"""What its form is about."""

REASON = "reason"
"""Its only line."""


class ReportForm(discord.ui.Modal):
    """A line for the reason, which may stay empty."""

    def __init__(self, job_id: str) -> None:
        super().__init__(title=words.report_title(), custom_id=forms.custom_id(REPORTED, job_id))
        line: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=REASON,
            style=discord.TextStyle.paragraph,
            required=False,
            max_length=LONGEST_REASON,
        )
        label, description = words.report_line()
        self.add_item(discord.ui.Label(text=label, description=description, component=line))

"""The form in which somebody says why they mind a dream."""

import re
from typing import Any

import discord

from bot.ui import filling, words

LONGEST_REASON = 300
"""Characters."""

_FORM = re.compile(r"dream:reported:([0-9A-Z]{26})")


class ReportForm(discord.ui.Modal):
    """One line, which may stay empty. This object is only sent, as `bot.ui.tweaking` says."""

    def __init__(self, job_id: str) -> None:
        super().__init__(title=words.report_title(), custom_id=f"dream:reported:{job_id}")
        line: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id="reason",
            style=discord.TextStyle.paragraph,
            required=False,
            max_length=LONGEST_REASON,
        )
        label, description = words.report_line()
        self.add_item(discord.ui.Label(text=label, description=description, component=line))


def filled_in(interaction: discord.Interaction[Any]) -> tuple[str, str] | None:
    """The job of such a form and the reason; None if the interaction isn't about one."""
    found = filling.filled_in(interaction, _FORM)
    if found is None:
        return None
    job_id, said = found
    return job_id, "".join(said.get("reason", []))[:LONGEST_REASON]

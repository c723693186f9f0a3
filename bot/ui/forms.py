"""Forms about a dream, of lines to type in.

Their own objects are only sent: what is filled in reaches everybody who listens to interactions,
also after a restart (`bot.ui.filling`).
"""

import re
from typing import Any

import discord

from bot.ui import filling


def custom_id(what: str, job_id: str) -> str:
    """By which a form about that job is known again."""
    return f"dream:{what}:{job_id}"


def filled_in(
    interaction: discord.Interaction[Any], what: str
) -> tuple[str, dict[str, str]] | None:
    """The job of such a form and what it says by name; None if the interaction isn't about one."""
    found = filling.filled_in(interaction, re.compile(rf"dream:{what}:([0-9A-Z]{{26}})"))
    if found is None:
        return None
    job_id, said = found
    return job_id, {name: "".join(typed) for name, typed in said.items()}

"""What was filled into a form, read off the interaction alone: so a restart in between, after which
the library knows no form that is open, loses nothing."""

import re
from typing import Any

import discord

Filled = dict[str, list[str]]
"""What a form's fields say, by their names: what was typed, if anything was, or what was chosen."""


def filled_in(
    interaction: discord.Interaction[Any], form: re.Pattern[str]
) -> tuple[str, Filled] | None:
    """What the id of such a form ends with, and what it says; None if this isn't about one.

    Args:
        form: The whole id, with a group around its end.
    """
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data: Any = interaction.data or {}
    found = form.fullmatch(str(data.get("custom_id")))
    if found is None:
        return None
    fields = [part.get("component") or {} for part in data.get("components") or []]
    return found[1], {str(each["custom_id"]): _said(each) for each in fields if "custom_id" in each}


def _said(field: dict[str, Any]) -> list[str]:
    values = field.get("values") or [field.get("value")]
    return [str(value) for value in values if value]

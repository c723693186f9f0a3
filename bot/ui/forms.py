"""What somebody has filled into a form about a dream, also after a restart.

It reaches everybody who listens to interactions; the form's own object is only sent.
"""

import re
from collections.abc import Iterator
from typing import Any

import discord

_FORM = re.compile(r"dream:(?P<what>[a-z]+):(?P<job>[0-9A-Z]{26})")


def custom_id(what: str, job_id: str) -> str:
    """By which a form about that job is known again."""
    return f"dream:{what}:{job_id}"


def filled_in(
    interaction: discord.Interaction[Any], what: str
) -> tuple[str, dict[str, str]] | None:
    """The job of such a form and what it says by name; None if the interaction isn't about one."""
    if interaction.type is not discord.InteractionType.modal_submit:
        return None
    data: Any = interaction.data or {}
    form = _FORM.fullmatch(str(data.get("custom_id")))
    if form is None or form["what"] != what:
        return None
    return form["job"], dict(_lines(data.get("components") or []))


def _lines(parts: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    for part in parts:
        line = part.get("component") or {}
        if "custom_id" in line:
            yield str(line["custom_id"]), str(line.get("value") or "")

"""How a press or a form is answered: to the one person who made it, in their language."""

import io
from collections.abc import Awaitable
from typing import Any

import discord

from bot.client import DreamBot
from bot.commands import errors
from bot.commands.context import language_of
from bot.ui import cards
from bot.ui.insisting import insist
from bot.ui.languages import speak

Pressed = discord.Interaction[DreamBot]


async def answering(interaction: Pressed, acting: Awaitable[None]) -> None:
    """Answer in the presser's language, and also where it fails: the library would only log it."""
    speak(language_of(interaction))
    try:
        await acting
    except Exception as error:
        await errors.on_interaction_error(interaction, error)


async def privately(interaction: Pressed) -> None:
    await interaction.response.defer(ephemeral=True, thinking=True)


async def say(
    interaction: Pressed,
    *,
    picture: cards.Picture | None = None,
    attached: tuple[str, bytes] | None = None,
    **said: Any,
) -> None:
    """Fill in the answer that was begun."""

    async def edit(_: bool) -> None:
        files = [picture.file()] if picture else []
        if attached is not None:
            files.append(discord.File(io.BytesIO(attached[1]), attached[0]))
        await interaction.edit_original_response(attachments=files, **said)

    await insist(edit)

"""What a person sees when a command fails, decided in this one place."""

import logging
import secrets

import discord
from discord import app_commands
from discord.ext import commands

from bot.commands.context import Context
from bot.errors import Refusal
from bot.ui import cards, words
from dream import DreamError

log = logging.getLogger(__name__)

ANSWERED_ALREADY = {10062, 40060}
"""Codes of an interaction that another bot on this token has answered, or that is too old."""


def sentence_for(error: Exception, *, where: str, help_command: str) -> str | None:
    """What the person is told; None for nothing. The cases, in order:

    1. A `Refusal` says its own sentence.
    2. A `DreamError` says its own sentence.
    3. Arguments that can't be read: how to get help.
    4. A command asked for too often: when to ask again.
    5. Permissions that the bot lacks: their names.
    6. No such command: silence. Others' bots share the prefix.
    7. Any other check that the person or the place fails: what the library says of it.
    8. An interaction that is answered already or gone: silence. Somebody else has it.
    9. Anything else is unexpected: logged once, with its traceback and a short id that the
       person is told.

    Args:
        error: As the library raised it; what it wraps is looked at.
        where: The place the command was used in, as people call it.
        help_command: What to type for help there.
    """
    text: str | None
    match error := _innermost(error):
        case Refusal() | DreamError():
            text = str(error)
        case commands.UserInputError() | app_commands.TransformerError():
            text = words.bad_arguments(help_command)
        case commands.CommandOnCooldown() | app_commands.CommandOnCooldown():
            text = words.wait(error.retry_after)
        case commands.BotMissingPermissions() | app_commands.BotMissingPermissions():
            text = words.missing_permissions(permission_names(error.missing_permissions), where)
        case commands.CommandNotFound() | app_commands.CommandNotFound():
            text = None
        case commands.CheckFailure() | app_commands.CheckFailure():
            text = str(error)
        case discord.HTTPException(code=code) if code in ANSWERED_ALREADY:
            log.info("an interaction is in other hands: %s", error)
            text = None
        case _:
            text = words.unexpected(logged(error))
    return text


def logged(error: BaseException) -> str:
    """Log an error that nobody expected, and return its short id."""
    short_id = secrets.token_hex(3)
    log.error("unexpected, %s", short_id, exc_info=error)
    return short_id


async def on_command_error(ctx: Context, error: Exception) -> None:
    """Answer a typed command that failed, in its placeholder if there is one."""
    where = _where(ctx.channel)
    text = sentence_for(error, where=where, help_command=ctx.bot.typed("help"))
    if text is None:
        return
    try:
        if ctx.placeholder is not None:
            await cards.refusal(text).put(_partial(ctx.placeholder))
        else:
            await _answer_or_write(ctx, text)
    except discord.HTTPException as unsent:
        log.info("the answer to a failed command was not sent: %s", unsent)


async def on_interaction_error(
    interaction: discord.Interaction, error: app_commands.AppCommandError
) -> None:
    """Answer a slash command or menu that failed, in its placeholder if there is one."""
    text = sentence_for(error, where=_where(interaction.channel), help_command="/help")
    if text is None:
        return
    try:
        if interaction.response.is_done():
            await interaction.edit_original_response(content=text, attachments=[])
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as unsent:
        log.info("the answer to a failed interaction was not sent: %s", unsent)


def permission_names(names: list[str]) -> list[str]:
    """Permissions as people find them in Discord's settings."""
    return [name.replace("_", " ").replace("guild", "server").title() for name in names]


async def _answer_or_write(ctx: Context, text: str) -> None:
    try:
        await ctx.answer(text)
    except discord.Forbidden:
        # Not allowed to write there: the person learns it all the same.
        await ctx.author.send(text)


def _innermost(error: Exception) -> Exception:
    while isinstance(original := getattr(error, "original", None), Exception):
        error = original
    return error


def _where(channel: object) -> str:
    named = isinstance(channel, discord.abc.GuildChannel | discord.Thread)
    return f"in {channel.mention}" if named else "here"  # type: ignore[attr-defined]


def _partial(message: discord.Message) -> discord.PartialMessage:
    return discord.PartialMessage(channel=message.channel, id=message.id)

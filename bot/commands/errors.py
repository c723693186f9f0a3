"""What a person sees when a command fails, decided in this one place."""

import logging
import secrets
from typing import Any

import discord
from discord import app_commands
from discord.ext import commands
from discord.utils import MISSING

from bot.acceptance import Stopping
from bot.commands import log_channel
from bot.commands.context import Context
from bot.database import DatabaseAway
from bot.errors import Refusal
from bot.jobs.admission import ServerUsedUp
from bot.jobs.submit import Unavailable, Unsettled
from bot.outages import AGAIN
from bot.ui import cards, words
from bot.ui.cards import Card
from bot.ui.insisting import LOST, insist
from dream import DreamError

log = logging.getLogger(__name__)

MOST_TRIES = 60
"""Of an answer that Discord doesn't take: a quarter of an hour and more."""

ANSWERED_ALREADY = {10062, 40060}
"""Codes of an interaction that another bot on this token has answered, or that is too old."""


def sentence_for(error: Exception, *, channel: str | None, help_command: str) -> str | None:
    """What the person is told; None for nothing. The cases, in order:

    1. The database is away: to ask again later. Typed commands are told so once a channel.
    2. A `Refusal` says its own sentence.
    3. A `DreamError` says its own sentence.
    4. Arguments that can't be read: how to get help.
    5. A command asked for too often: when to ask again.
    6. Permissions that the bot lacks: their names.
    7. No such command: silence. Others' bots share the prefix.
    8. Any other check that the person or the place fails: what the library says of it.
    9. An interaction that is answered already or gone: silence. Somebody else has it.
    10. Anything else is unexpected: logged once, with its traceback and a short id that the
        person is told.

    Args:
        error: As the library raised it; what it wraps is looked at.
        channel: The mention of the place the command was used in, if it has one.
        help_command: What to type for help there.
    """
    text: str | None
    match error := _innermost(error):
        case _ if for_want_of_database(error):
            text = words.database_away()
        case Refusal():
            text = str(error)
        case DreamError():
            text = words.told(str(error))
        case commands.UserInputError() | app_commands.TransformerError():
            text = words.bad_arguments(help_command)
        case commands.CommandOnCooldown() | app_commands.CommandOnCooldown():
            text = words.wait(error.retry_after)
        case commands.BotMissingPermissions() | app_commands.BotMissingPermissions():
            text = words.missing_permissions(error.missing_permissions, channel)
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


def for_want_of_database(error: BaseException) -> bool:
    """Whether a command came to nothing since the database is away."""
    # Of other refusals it may have come to something: their own sentences promise no more.
    lacked = error.__cause__ if isinstance(error, Unavailable) else error
    return isinstance(lacked, DatabaseAway)


def logged(error: BaseException) -> str:
    """Log an error that nobody expected, and return its short id."""
    short_id = secrets.token_hex(3)
    log.error("unexpected, %s", short_id, exc_info=error)
    return short_id


async def on_command_error(ctx: Context, error: Exception) -> None:
    """Answer a typed command that failed, in its placeholder if there is one.

    What failed since Discord doesn't answer is carried out anew, while somebody may wait for it.
    """
    if isinstance(_innermost(error), (*LOST, discord.DiscordServerError)) and _may_wait(ctx):
        ctx.postponed = AGAIN
        return
    if isinstance(_innermost(error), Stopping) and ctx.interaction is None:
        # Not dealt with: the bot that comes next finds it. One beside this may be at it already,
        # with the same answer.
        ctx.postponed = AGAIN
        return
    # Of a group's commands the group itself tells.
    group = ctx.command.root_parent if ctx.command else None
    help_command = ctx.typed(group.name if group else "help")
    text = sentence_for(error, channel=_mention(ctx.channel), help_command=help_command)
    no_database = ctx.interaction is None and for_want_of_database(_innermost(error))
    if no_database and not ctx.bot.parts.outages.is_news(ctx.channel.id):
        # One channel's many need not read it many times.
        ctx.postponed = 0.0
    if text is None or ctx.postponed is not None:
        return
    await _answer(ctx, error, text)
    await _tell_those_in_charge(ctx.bot, ctx.guild, error)


async def _answer(ctx: Context, error: Exception, text: str) -> None:
    if ctx.one_of_many:
        text = words.about_nth(text, ctx.index, ctx.of)
    try:
        if ctx.placeholder is None:
            await _answer_or_write(ctx, text)
            return
        try:
            await _put(_card(error, text), ctx.placeholder)
        except discord.NotFound:
            await ctx.answer_anew(text)
    except LOST as unsent:
        log.info("the answer to a failed command was not sent yet: %s", unsent)
        ctx.postponed = AGAIN if _may_wait(ctx) else None
    except discord.HTTPException as unsent:
        log.info("the answer to a failed command was not sent: %s", unsent)


async def on_interaction_error(interaction: discord.Interaction, error: Exception) -> None:
    """Answer a slash command, menu or button that failed, in its placeholder if there is one."""
    text = sentence_for(error, channel=_mention(interaction.channel), help_command="/help")
    if text is None:
        return
    cleared: Any = [] if _card(error, text).clear else MISSING

    async def say(_: bool) -> None:
        if interaction.response.is_done():
            await interaction.edit_original_response(content=text, attachments=cleared)
        else:
            await interaction.response.send_message(text, ephemeral=True)

    try:
        await insist(say)
    except (discord.HTTPException, *LOST) as unsent:
        log.info("the answer to a failed interaction was not sent: %s", unsent)
    await _tell_those_in_charge(interaction.client, interaction.guild, error)


async def _tell_those_in_charge(bot: Any, guild: discord.Guild | None, error: Exception) -> None:
    cause = _innermost(error)
    if guild is not None and isinstance(cause, ServerUsedUp) and cause.run_out:
        await log_channel.tell_used_up(bot, guild)


async def _answer_or_write(ctx: Context, text: str) -> None:
    try:
        said = await ctx.answer(text)
        if said.content != text and cards.is_placeholder(said.content):
            # It was posted, though its answer never came, and has the one nonce.
            await _put(cards.refusal(text), said)
    except discord.Forbidden:
        # Not allowed to write there: the person learns it all the same.
        await ctx.author.send(text)


def _card(error: Exception, text: str) -> Card:
    """What a placeholder becomes. One that a job may own keeps what that has attached."""
    return Card(text) if isinstance(_innermost(error), Unsettled) else cards.refusal(text)


async def _put(card: Card, message: discord.Message) -> None:
    await insist(lambda _: card.put(_partial(message)))


def _innermost(error: Exception) -> Exception:
    while isinstance(original := getattr(error, "original", None), Exception):
        error = original
    return error


def _may_wait(ctx: Context) -> bool:
    return ctx.interaction is None and ctx.tries < MOST_TRIES


def _mention(channel: object) -> str | None:
    named = isinstance(channel, discord.abc.GuildChannel | discord.Thread)
    return channel.mention if named else None  # type: ignore[attr-defined]


def _partial(message: discord.Message) -> discord.PartialMessage:
    return discord.PartialMessage(channel=message.channel, id=message.id)

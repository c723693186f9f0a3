"""The commands of those in charge: credits, resets, blocks, and the ledger of it all."""

import re
from datetime import UTC, datetime, timedelta

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.database.ledger import Act
from bot.errors import Refusal
from bot.ui import cards, words
from bot.ui.languages import noted

MOST_GRANTED = 1000
MOST_HOURS = 366 * 24
LONGEST_REASON = 200
"""Characters."""


class SomebodysId(commands.Converter[int], app_commands.Transformer):
    """A person's id, from a mention, the id itself, or Discord's own choice of people.

    Nobody is looked up: it may be somebody who has left. Names are not taken, since several
    people may have the same.
    """

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A person, to Discord's form."""
        return discord.AppCommandOptionType.user

    async def convert(self, _ctx: commands.Context[DreamBot], argument: str) -> int:  # type: ignore[override]
        """From what was typed."""
        typed = re.fullmatch(r"(?:<@!?)?([0-9]{15,20})>?", argument)
        if typed is None or int(typed[1]) >= 2**63:
            raise commands.BadArgument(argument)
        return int(typed[1])

    async def transform(  # type: ignore[override]
        self, _interaction: discord.Interaction[DreamBot], value: discord.User | discord.Member
    ) -> int:
        """From what was chosen."""
        return value.id


class Admin(commands.Cog):
    """Acts of whoever runs the bot, everywhere, and of those who manage a server, on it."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._acts = bot.parts.acts

    @commands.hybrid_group(name="admin", description=noted("For those in charge."), fallback="help")  # type: ignore[arg-type]
    @app_commands.guild_install()
    @app_commands.default_permissions(manage_guild=True)
    async def admin(self, ctx: Context) -> None:
        """What there is to do."""
        await ctx.answer(words.acts(ctx.typed("admin")))

    @admin.command(name="grant", description=noted("Give somebody credits for today."))  # type: ignore[arg-type]
    async def grant(
        self,
        ctx: Context,
        person: SomebodysId,
        credits: commands.Range[int, 1, MOST_GRANTED],
        *,
        reason: str,
    ) -> None:
        """`!admin grant @person 5 reason`."""
        act = await self._act(ctx, person, reason)
        await self._acts.grant(act, credits)
        await ctx.answer(words.granted(act.person_id, credits))

    @admin.command(name="reset", description=noted("Give back what somebody has spent today."))  # type: ignore[arg-type]
    async def reset(self, ctx: Context, person: SomebodysId, *, reason: str) -> None:
        """`!admin reset @person reason`."""
        act = await self._act(ctx, person, reason)
        await ctx.answer(words.reset(act.person_id, await self._acts.reset(act)))

    @admin.command(name="block", description=noted("Forbid somebody to dream."))  # type: ignore[arg-type]
    @app_commands.describe(hours=noted("For how long; for good if left out"))
    async def block(
        self, ctx: Context, person: SomebodysId, hours: float | None = None, *, reason: str
    ) -> None:
        """`!admin block @person [hours] reason`: on this server, or by the owner everywhere."""
        act = await self._act(ctx, person, reason, on_own_server=True)
        if hours is not None and not 1 / 60 <= hours <= MOST_HOURS:
            raise Refusal(words.not_that_long())
        until = None if hours is None else act.at + timedelta(hours=hours)
        await self._acts.block(act, until)
        await ctx.answer(words.forbidden(act.person_id, act.guild_id is None, until))

    @admin.command(name="unblock", description=noted("Let somebody dream again."))  # type: ignore[arg-type]
    async def unblock(self, ctx: Context, person: SomebodysId, *, reason: str) -> None:
        """`!admin unblock @person reason`: on this server; by the owner everywhere too."""
        act = await self._act(ctx, person, reason, on_own_server=True)
        here = [ctx.guild.id] if ctx.guild else []
        await ctx.answer(words.allowed(act.person_id, await self._acts.unblock(act, *here)))

    @admin.command(  # type: ignore[arg-type]
        name="ledger", description=noted("What was done and taken, of somebody, and why.")
    )
    async def ledger(self, ctx: Context, person: SomebodysId) -> None:
        """`/admin ledger`: all of it to the owner, a server's part to those who manage it."""
        person_id, guild_id = _id(person), await self._scope(ctx, on_own_server=True)
        if ctx.interaction is None and ctx.guild is not None:
            raise Refusal(words.only_in_private())
        entries = await self._acts.ledger(person_id, guild_id)
        await ctx.answer(embed=cards.ledger(person_id, entries))

    async def _act(
        self, ctx: Context, person: SomebodysId, reason: str, *, on_own_server: bool = False
    ) -> Act:
        guild_id = await self._scope(ctx, on_own_server)
        return Act(
            asked_with=ctx.interaction.id if ctx.interaction else ctx.message.id,
            person_id=_id(person),
            guild_id=guild_id,
            by=ctx.author.id,
            reason=words.one_line(reason, LONGEST_REASON),
            at=datetime.now(UTC),
        )

    async def _scope(self, ctx: Context, on_own_server: bool) -> int | None:
        """The server that the one who asks is in charge of; None for the owner, everywhere.

        Raises:
            Refusal: They aren't in charge.
        """
        # Answered within three seconds or never: who owns the bot is asked of Discord, once.
        await ctx.defer(ephemeral=True)
        if await self._bot.is_owner(ctx.author):
            return None
        if not on_own_server:
            raise Refusal(words.not_in_charge())
        known = isinstance(ctx.author, discord.Member)
        if ctx.guild is None or not known or not ctx.permissions.manage_guild:
            raise Refusal(words.not_in_charge_here())
        return ctx.guild.id


def _id(person: object) -> int:
    """A converted parameter: the library's types don't say what a converter makes of it."""
    assert isinstance(person, int)
    return person

"""The commands about the line: what waits, calling a dream off, and halting it all."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.commands.looking_after import canceller, owns
from bot.database import DatabaseAway
from bot.errors import Refusal
from bot.jobs.cancelling import Canceller, name
from bot.jobs.job import Job, State
from bot.jobs.submit import Unavailable
from bot.jobs.turns import LineState, Running, Waiting
from bot.ui import cards, words
from bot.ui.languages import noted

MOST_CHOICES = 25

LONGEST_REASON = 200


class Queue(commands.Cog):
    """The line, for those who wait in it and for whoever runs the bot."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._lineup = bot.parts.lineup
        self._cancelling = bot.parts.cancelling

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="queue", description=noted("What is dreamt here, and what waits.")
    )
    @app_commands.guild_install()
    async def queue(self, ctx: Context) -> None:
        """What runs and waits here, one's own by name, the others by number."""
        await ctx.defer(ephemeral=True)
        guild_id = ctx.guild.id if ctx.guild else None

        def here(job: Running | Waiting) -> bool:
            if guild_id is None:
                return job.guild_id is None and job.person_id == ctx.author.id
            return job.guild_id == guild_id

        try:
            outlook = await self._lineup.outlook()
        except DatabaseAway as error:
            raise Unavailable from error
        own = await self._cancelling.choices(Canceller(ctx.author.id))
        # What somebody dreams elsewhere is nobody's business here.
        mine = [job for job in reversed(own) if guild_id in (None, job.place.guild_id)]
        await ctx.answer(embed=cards.line(outlook, here, mine))

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="cancel", description=noted("Call a dream off; its credits come back.")
    )
    @app_commands.describe(dream=noted("Which one; your latest if you leave this out"))
    @app_commands.guild_install()
    async def cancel(self, ctx: Context, *, dream: str = "") -> None:
        """`!cancel`, `!cancel NAME`, or `!cancel` as a reply to the dream's answer."""
        await ctx.defer(ephemeral=True)
        known = isinstance(ctx.author, discord.Member)
        allowed = ctx.permissions if known else discord.Permissions.none()
        guild_id = ctx.guild.id if ctx.guild else None
        asker = await canceller(self._bot, ctx.author.id, guild_id, allowed)
        replied = ctx.message.reference.message_id if ctx.message.reference else None
        asked = ctx.interaction
        asked_with = f"interaction:{asked.id}" if asked else f"message:{ctx.message.id}"
        job = await self._cancelling.cancel(
            asker, dream, None if dream else replied, asked_with=asked_with
        )
        title = cards.called(job)
        ended = job.state is State.CANCELLED
        await ctx.answer(words.cancel_answer(title, name(job), ended=ended))

    @cancel.autocomplete("dream")
    async def dreams_like(
        self, interaction: discord.Interaction[DreamBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Dreams that they may cancel, with what was typed so far in their line."""
        asker = await canceller(
            self._bot, interaction.user.id, interaction.guild_id, interaction.permissions
        )
        try:
            jobs = await self._cancelling.choices(asker)
        except Unavailable:
            return []
        offered = [(cards.cancel_choice(job, self._channel(job, asker)), job.id) for job in jobs]
        typed = current.strip().lower()
        return [
            app_commands.Choice(name=line, value=job_id)
            for line, job_id in offered
            if typed in line.lower()
        ][:MOST_CHOICES]

    @commands.hybrid_group(  # type: ignore[arg-type]
        name="line", fallback="show", description=noted("Whether the line moves.")
    )
    @app_commands.guild_install()
    @app_commands.default_permissions(administrator=True)
    async def line(self, ctx: Context) -> None:
        """What the line does."""
        await self._check_owner(ctx)
        await ctx.defer(ephemeral=True)
        try:
            outlook = await self._lineup.outlook()
        except DatabaseAway as error:
            raise Unavailable from error
        await ctx.answer(words.line_set(outlook.line))

    @line.command(name="pause", description=noted("Take wishes, and begin no dream."))  # type: ignore[arg-type]
    @app_commands.describe(reason=noted("What those who wait are told"))
    async def pause(self, ctx: Context, *, reason: str = "") -> None:
        """Wishes wait until the line is resumed; what runs goes on."""
        await self._set(ctx, LineState.PAUSED, reason)

    @line.command(name="drain", description=noted("Take no wishes, and dream what waits."))  # type: ignore[arg-type]
    @app_commands.describe(reason=noted("What `/queue` shows"))
    async def drain(self, ctx: Context, *, reason: str = "") -> None:
        """Dreams go on until none is left."""
        await self._set(ctx, LineState.DRAINING, reason)

    @line.command(name="resume", description=noted("Take wishes and begin dreams."))  # type: ignore[arg-type]
    async def resume(self, ctx: Context) -> None:
        """As it always was."""
        await self._set(ctx, LineState.OPEN, "")

    async def _set(self, ctx: Context, state: LineState, reason: str) -> None:
        await self._check_owner(ctx)
        await ctx.defer(ephemeral=True)
        reason = reason.strip()[:LONGEST_REASON]
        since = (ctx.interaction or ctx.message).created_at
        line = await self._lineup.set(state, reason, ctx.author.id, since)
        await ctx.answer(words.line_set(line))

    async def _check_owner(self, ctx: Context) -> None:
        if not await owns(self._bot, ctx.author.id):
            raise Refusal(words.not_in_charge())

    def _channel(self, job: Job, asker: Canceller) -> str | None:
        """Where it was asked for, if it isn't theirs: the bot doesn't know people by name."""
        if job.person_id == asker.person_id:
            return None
        channel = self._bot.get_channel(job.place.channel_id)
        return str(channel) if channel else "?"

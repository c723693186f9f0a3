"""The command that shows somebody's last dreams, and hands over what couldn't be delivered."""

import asyncio
from typing import Any

import discord
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.jobs.job import Job, State
from bot.storage import StorageError
from bot.ui import buttons, cards, words
from bot.ui.cards import Card
from bot.ui.languages import noted
from dream import DreamError

AT_ONCE = 3
"""Messages that are looked for at a time."""


class Past(commands.Cog):
    """What became of one's dreams."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._history = bot.parts.history
        self._gently = asyncio.Semaphore(AT_ONCE)

    @commands.cooldown(5, 30, commands.BucketType.user)
    @commands.hybrid_command(  # type: ignore[arg-type]
        name="history", description=noted("Your last dreams, and where they are.")
    )
    @everywhere
    async def history(self, ctx: Context) -> None:
        """One's own last dreams. What was kept is handed over: to a slash command privately, and
        to a typed one in direct messages, since not everybody there may have been meant to see it.
        So may what was dreamt elsewhere: a typed command on a server tells only of dreams there.
        """
        await ctx.defer(ephemeral=True)
        here = ctx.guild.id if ctx.guild and ctx.interaction is None else None
        jobs = await self._history.last(ctx.author.id, here)
        links = await asyncio.gather(*(self._link(job, ctx.author) for job in jobs))
        told = list(zip(jobs, links, strict=True))
        await ctx.answer(embed=cards.history(told, ctx.typed("dream")))
        kept = [job for job in reversed(jobs) if job.state is State.KEPT]
        if kept:
            await self._hand_over(ctx, kept)

    async def _link(self, job: Job, person: discord.User | discord.Member) -> str | None:
        """Where its answer is, if it is there."""
        place = job.place
        channel: discord.abc.Messageable = self._bot.get_partial_messageable(
            place.channel_id, guild_id=place.guild_id
        )
        found = await self._find(channel, place.answer_id)
        elsewhere = place.guild_id is not None or place.visiting
        if found is None and elsewhere and job.state is not State.KEPT:
            # What couldn't be said there was sent to the person.
            found = await self._find(person, place.answer_id)
        return found

    async def _find(self, channel: discord.abc.Messageable, message_id: int) -> str | None:
        async with self._gently:
            try:
                return (await channel.fetch_message(message_id)).jump_url
            except discord.HTTPException:
                return None

    async def _hand_over(self, ctx: Context, kept: list[Job]) -> None:
        try:
            for number, job in enumerate(kept):
                card = await self._kept(job)
                shown: dict[str, Any] = {
                    "files": [card.picture.file()] if card.picture else [],
                    "view": buttons.view(card.buttons),
                }
                if ctx.interaction is not None:
                    await ctx.send(card.text, ephemeral=True, **shown)
                else:
                    nonce = f"{ctx.message.id}-{number}"
                    await ctx.author.send(card.text, nonce=nonce, **shown)
        except discord.Forbidden:
            nonce = f"{ctx.message.id}-way"
            await ctx.send(words.not_privately(), reference=ctx.message, nonce=nonce)

    async def _kept(self, job: Job) -> Card:
        limit = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
        try:
            picture = await self._history.picture(job, limit)
        except (StorageError, DreamError) as error:
            return Card(words.not_handed_over(cards.called(job), str(error)))
        if picture is None or job.result is None:
            return Card(words.not_handed_over(cards.called(job), words.past_keeping()))
        return cards.kept(job, job.result, *picture)

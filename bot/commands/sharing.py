"""The commands of the gallery, and the stars that fill it."""

import contextlib
from typing import Any, Literal

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands import sight
from bot.commands.answering import Pressed, answering, privately, say
from bot.commands.context import Context
from bot.database import DatabaseAway
from bot.database.shares import Share
from bot.errors import Refusal
from bot.jobs.job import Job
from bot.ui import buttons, cards, words
from bot.ui.buttons import Press, Verb
from bot.ui.exhibition import Exhibition, link
from bot.ui.languages import noted, speaking

STAR = "⭐"

MOST_COUNTED = 100
"""Stars of one message that are counted."""


class Sharing(commands.Cog):
    """Dreams go where all can see them, if their owners want that."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._parts = bot.parts
        self._gallery = bot.parts.gallery
        self._exhibition = Exhibition(bot, bot.parts.gallery, bot.parts.history)

    @commands.cooldown(5, 30, commands.BucketType.user)
    @commands.hybrid_command(  # type: ignore[arg-type]
        name="share", description=noted("Hang a dream of yours in this server's gallery.")
    )
    @app_commands.guild_install()
    @app_commands.guild_only()
    async def share(self, ctx: Context) -> None:
        """`!share` as a reply to a dream; without, one's newest dream there."""
        await ctx.defer(ephemeral=True)
        job = await self._meant(ctx, "share")
        post, new = await self._put_up(job, ctx.author.id)
        await ctx.answer(words.shared(post, new=new))

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="unshare", description=noted("Take a dream out of this server's gallery.")
    )
    @app_commands.guild_install()
    @app_commands.guild_only()
    async def unshare(self, ctx: Context) -> None:
        """`!unshare` as a reply to a dream or its post; without, one's newest dream there."""
        await ctx.defer(ephemeral=True)
        job = await self._meant(ctx, "unshare")
        moderates = isinstance(ctx.author, discord.Member) and ctx.permissions.manage_messages
        if job.person_id != ctx.author.id and not moderates:
            raise Refusal(words.not_yours_to_remove())
        was_there = await self._exhibition.remove(job.id)
        await ctx.answer(words.unshared(cards.called(job), was_there=was_there))

    @commands.cooldown(3, 30, commands.BucketType.user)
    @commands.hybrid_command(  # type: ignore[arg-type]
        name="gallery", description=noted("The best dreams of this server's last week.")
    )
    @app_commands.guild_install()
    @app_commands.guild_only()
    async def gallery(self, ctx: Context) -> None:
        """The best of the week, most stars first."""
        await ctx.defer(ephemeral=True)
        assert ctx.guild is not None
        found = await self._gallery.best(ctx.guild.id)
        best = await self._best_picture(ctx, found[0]) if found else None
        await ctx.answer(embed=cards.best_of_week(found, best))

    async def _best_picture(self, ctx: Context, share: Share) -> str | None:
        """The address of what hangs there, where it may be shown to whoever asks, and there."""
        try:
            await sight.check(self._bot, ctx.channel, [share.channel_id])
            await sight.check_seen(self._bot, ctx.author, [share.channel_id])
        except Refusal:
            return None
        return await self._exhibition.picture_of(share)

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="stars", description=noted("Whether others' ⭐ may bring your dreams into a gallery.")
    )
    @app_commands.describe(wanted=noted("What enough stars do"))
    @app_commands.guild_install()
    async def stars(self, ctx: Context, wanted: Literal["ask", "always", "never"]) -> None:
        """What happens to one's dreams that people like."""
        await ctx.defer(ephemeral=True)
        chosen = None if wanted == "ask" else wanted
        await self._parts.preferences.choose_stars(ctx.author.id, chosen)
        await ctx.answer(words.stars_chosen(chosen))

    @commands.Cog.listener()
    async def on_press(self, interaction: Pressed, press: Press) -> None:
        """The button under a dream was pressed, or that of the question."""
        if press.verb is Verb.SHARE:
            await answering(interaction, self._press(interaction, press.job_id))

    async def _press(self, interaction: Pressed, job_id: str) -> None:
        await privately(interaction)
        job = await self._parts.dreams.find(job_id)
        if job is None:
            raise Refusal(words.past_sharing())
        post, new = await self._put_up(job, interaction.user.id)
        await say(interaction, content=words.shared(post, new=new))

    async def _put_up(self, job: Job, person_id: int) -> tuple[str, bool]:
        """Hang a dream up for that person: the address of its post, and whether it is new.

        Raises:
            Refusal: It isn't theirs, or it can't be there.
        """
        guild_id = job.place.guild_id
        if guild_id is None:
            raise Refusal(words.only_on_servers())
        if job.person_id != person_id:
            raise Refusal(words.not_yours_to_share())
        rules = await self._parts.guilds.rules(guild_id)
        if rules.gallery_channel_id is None:
            raise Refusal(words.no_gallery())
        if (await self._parts.submission.balance(person_id, guild_id)).block is not None:
            raise Refusal(words.blocked_from_sharing())
        return await self._exhibition.share(job, rules.gallery_channel_id)

    @commands.Cog.listener()
    async def on_raw_reaction_add(self, reaction: discord.RawReactionActionEvent) -> None:
        """Somebody gives a star."""
        if reaction.message_author_id in (None, self._bot.user and self._bot.user.id):
            await self._starred(reaction)

    @commands.Cog.listener()
    async def on_raw_reaction_remove(self, reaction: discord.RawReactionActionEvent) -> None:
        """Somebody takes a star back."""
        await self._starred(reaction)

    async def _starred(self, reaction: discord.RawReactionActionEvent) -> None:
        """A message has another number of stars: count, and hang it up if there are enough."""
        if reaction.guild_id is None or str(reaction.emoji) != STAR:
            return
        with contextlib.suppress(DatabaseAway, Refusal, discord.HTTPException):
            rules = await self._parts.guilds.rules(reaction.guild_id)
            if rules.gallery_channel_id is None:
                return
            job = await self._gallery.shown_in(reaction.message_id)
            if job is None:
                return
            share = await self._gallery.share_of(job.id)
            if share is None and not rules.stars:
                return
            stars = await self._stars_of(job, share)
            if share is not None:
                await self._gallery.count(job.id, stars)
            if 0 < rules.stars <= stars and (share is None or share.state == "posting"):
                await self._bring(job, stars, rules.gallery_channel_id)

    async def _bring(self, job: Job, stars: int, channel_id: int) -> None:
        """Enough people like it: into the gallery, if its owner wants that."""
        wanted = await self._parts.preferences.stars(job.person_id)
        if wanted == "always":
            await self._exhibition.share(job, channel_id)
            await self._gallery.count(job.id, stars)
        if wanted is not None or job.place.guild_id is None:
            return
        share = Share(
            job_id=job.id,
            guild_id=job.place.guild_id,
            person_id=job.person_id,
            channel_id=channel_id,
            link=link(self._bot, job),
            title=cards.called(job),
            state="asked",
            stars=stars,
        )
        if await self._gallery.ask(share):
            await self._ask(job, stars)

    async def _ask(self, job: Job, stars: int) -> None:
        """Ask its owner under the dream, who is called if they want to be."""
        place = job.place
        channel = self._bot.get_partial_messageable(place.channel_id, guild_id=place.guild_id)
        called = await self._parts.preferences.wants_mention(job.person_id)
        people = [discord.Object(job.person_id)] if called else []
        with speaking(job.locale):
            await channel.send(
                words.starred(job.person_id, stars),
                view=buttons.shown((buttons.share(job.id),)),
                reference=discord.MessageReference(
                    message_id=place.answer_id,
                    channel_id=place.channel_id,
                    guild_id=place.guild_id,
                    fail_if_not_exists=False,
                ),
                allowed_mentions=discord.AllowedMentions(
                    everyone=False, roles=False, users=people, replied_user=False
                ),
            )

    async def _stars_of(self, job: Job, share: Share | None) -> int:
        """How many people like a dream, here or in the gallery; its owner and bots don't count."""
        shown = [(job.place.channel_id, job.place.answer_id)]
        if share is not None and share.message_id is not None:
            shown.append((share.channel_id, share.message_id))
        people: set[int] = set()
        for channel_id, message_id in shown:
            people |= await self._fans(channel_id, message_id)
        return len(people - {job.person_id})

    async def _fans(self, channel_id: int, message_id: int) -> set[int]:
        try:
            channel: Any = self._bot.get_partial_messageable(channel_id)
            message = await channel.fetch_message(message_id)
        except (discord.NotFound, discord.Forbidden):
            return set()
        for given in message.reactions:
            if str(given.emoji) == STAR:
                return {user.id async for user in given.users(limit=MOST_COUNTED) if not user.bot}
        return set()

    async def _meant(self, ctx: Context, command: str) -> Job:
        """The dream that is replied to, or their newest one there."""
        assert ctx.guild is not None
        replied = ctx.message.reference.message_id if ctx.message.reference else None
        if replied is not None:
            job = await self._gallery.shown_in(replied)
            if job is None or job.place.guild_id != ctx.guild.id:
                raise Refusal(words.not_a_dream())
            return job
        job = await self._gallery.newest(ctx.author.id, ctx.guild.id)
        if job is None:
            raise Refusal(words.nothing_to_share(ctx.typed(command)))
        return job

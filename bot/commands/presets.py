"""The commands of saved presets, and the button that makes one of a dream's recipe."""

from collections.abc import Iterable

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.admin import SomebodysId
from bot.commands.answering import Pressed, answering, privately, say
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.commands.wishing import styles_of
from bot.database import DatabaseAway
from bot.database.presets import Holder, Saved
from bot.errors import Refusal
from bot.jobs.job import Job
from bot.presets import MOST_OFFERED
from bot.ui import cards, words
from bot.ui.buttons import Press, Verb
from bot.ui.forms import filled_in
from bot.ui.languages import noted
from bot.ui.saving import NAME, SAVED, SaveForm

SWITCH = (noted("on"), noted("off"))

_SWITCHES = [app_commands.Choice(name=each, value=each) for each in SWITCH]

Offered = list[app_commands.Choice[str]]


class SavedPresets(commands.Cog):
    """People's own presets, their servers', and those that they share."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._presets = bot.parts.presets

    @commands.cooldown(10, 30, commands.BucketType.user)
    @commands.hybrid_group(  # type: ignore[arg-type]
        name="preset", fallback="list", description=noted("Your saved presets.")
    )
    @everywhere
    async def preset(self, ctx: Context) -> None:
        """`!preset`: one's own, the server's, and the latest that others share."""
        await ctx.defer(ephemeral=True)
        styles = await self._presets.styles(ctx.author.id, _guild_id(ctx))
        public = await self._presets.public(ctx.author.id)
        await ctx.answer(embed=cards.saved(styles, public, ctx.typed("dream")))

    @preset.command(name="save", description=noted("Keep your newest dream's recipe as a preset."))  # type: ignore[arg-type]
    @app_commands.describe(name=noted("What it is to be called"))
    async def save(self, ctx: Context, *, name: str) -> None:
        """`!preset save NAME` as a reply to a dream; without, of one's newest."""
        await ctx.defer(ephemeral=True)
        await self._check_allowed(ctx.author.id, _guild_id(ctx))
        saved, left = await self._presets.save(ctx.author.id, name, await self._meant(ctx))
        await ctx.answer(words.preset_saved(saved.name, ctx.typed("dream"), left))

    @preset.command(name="delete", description=noted("Delete a preset of yours."))  # type: ignore[arg-type]
    @app_commands.describe(name=noted("Which one"))
    async def delete(self, ctx: Context, *, name: str) -> None:
        """Gone for good; what was dreamt with it stays as it is."""
        await ctx.defer(ephemeral=True)
        await ctx.answer(words.preset_deleted(await self._presets.delete(ctx.author.id, name)))

    @preset.command(name="share", description=noted("Let everybody copy a preset of yours."))  # type: ignore[arg-type]
    @app_commands.describe(name=noted("Which one"), switch=noted("Off makes it yours alone again"))
    @app_commands.choices(switch=_SWITCHES)
    async def share(self, ctx: Context, name: str, switch: str = "on") -> None:
        """`!preset share NAME`, `!preset share NAME off`."""
        wanted = _is_on(switch)
        await ctx.defer(ephemeral=True)
        if wanted:
            await self._check_allowed(ctx.author.id, _guild_id(ctx))
        shared = await self._presets.share(ctx.author.id, name, wanted)
        await ctx.answer(words.preset_shared(shared, public=wanted))

    @preset.command(name="take", description=noted("Copy a preset that somebody shares."))  # type: ignore[arg-type]
    @app_commands.describe(
        name=noted("Which one"), person=noted("Whose, where several share one of that name")
    )
    async def take(self, ctx: Context, name: str, person: SomebodysId | None = None) -> None:
        """`!preset take NAME`, `!preset take NAME @somebody`."""
        await ctx.defer(ephemeral=True)
        await self._check_allowed(ctx.author.id, _guild_id(ctx))
        taken = await self._presets.take(ctx.author.id, name, person)  # type: ignore[arg-type]
        await ctx.answer(words.preset_taken(taken.name, ctx.typed("dream")))

    @preset.command(name="server", description=noted("Give a preset of yours to this server."))  # type: ignore[arg-type]
    @app_commands.describe(name=noted("Which one"), switch=noted("Off takes it away again"))
    @app_commands.choices(switch=_SWITCHES)
    async def server(self, ctx: Context, name: str, switch: str = "on") -> None:
        """`!preset server NAME`, `!preset server NAME off`, for those who manage it."""
        wanted = _is_on(switch)
        await ctx.defer(ephemeral=True)
        if ctx.guild is None:
            raise Refusal(words.no_servers_presets())
        known = isinstance(ctx.author, discord.Member)
        if not (known and ctx.permissions.manage_guild):
            raise Refusal(words.not_in_charge_of_server())
        if not wanted:
            gone = await self._presets.take_away(ctx.guild.id, name)
            await ctx.answer(words.preset_taken_away(gone))
            return
        await self._check_allowed(ctx.author.id, ctx.guild.id)
        given = await self._presets.give(ctx.author.id, ctx.guild.id, name)
        await ctx.answer(words.preset_given(given.name, ctx.typed("dream")))

    @delete.autocomplete("name")
    @share.autocomplete("name")
    async def own_like(self, interaction: Pressed, current: str) -> Offered:
        """One's own with what was typed so far in their name."""
        return await self._like(interaction, current, ("person",))

    @server.autocomplete("name")
    async def own_or_servers_like(self, interaction: Pressed, current: str) -> Offered:
        """One's own and the server's."""
        return await self._like(interaction, current, ("person", "guild"))

    @take.autocomplete("name")
    async def shared_like(self, interaction: Pressed, current: str) -> Offered:
        """The latest that others share, each name once."""
        try:
            found = await self._presets.public(interaction.user.id, MOST_OFFERED, current)
        except DatabaseAway:
            return []
        by_name = {each.name: cards.public_choice(each) for each in reversed(found)}
        return [app_commands.Choice(name=by_name[name], value=name) for name in reversed(by_name)]

    @commands.Cog.listener()
    async def on_press(self, interaction: Pressed, press: Press) -> None:
        """The button under a recipe was pressed."""
        if press.verb is Verb.SAVE:
            await answering(interaction, self._open_form(interaction, press.job_id))

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Pressed) -> None:
        """The form was filled in."""
        filled = filled_in(interaction, SAVED)
        if filled is not None:
            job_id, lines = filled
            await answering(interaction, self._save(interaction, job_id, lines.get(NAME, "")))

    async def _open_form(self, interaction: Pressed, job_id: str) -> None:
        form = SaveForm(job_id)
        await interaction.response.send_modal(form)
        # What is filled in comes by another way, which survives a restart.
        form.stop()

    async def _save(self, interaction: Pressed, job_id: str, name: str) -> None:
        await privately(interaction)
        await self._check_allowed(interaction.user.id, interaction.guild_id)
        command = self._bot.typed("dream", interaction.guild_id)
        job = await self._bot.parts.dreams.find(job_id)
        if job is None:
            raise Refusal(words.dream_unknown(command))
        saved, left = await self._presets.save(interaction.user.id, name, job)
        await say(interaction, content=words.preset_saved(saved.name, command, left))

    async def _meant(self, ctx: Context) -> Job:
        """The dream that is replied to, or their newest one."""
        replied = ctx.message.reference.message_id if ctx.message.reference else None
        if replied is None:
            job = await self._presets.newest(ctx.author.id)
            if job is None:
                raise Refusal(words.nothing_to_save(ctx.typed("preset save")))
            return job
        job = await self._bot.parts.gallery.shown_in(replied)
        if job is None or job.place.guild_id != _guild_id(ctx):
            raise Refusal(words.not_a_dream())
        return job

    async def _check_allowed(self, person_id: int, guild_id: int | None) -> None:
        """Raises Refusal for those who may not dream there."""
        balance = await self._bot.parts.submission.balance(person_id, guild_id)
        if balance.block is not None:
            raise Refusal(words.blocked_from_presets())

    async def _like(self, interaction: Pressed, current: str, holders: Iterable[Holder]) -> Offered:
        try:
            styles = await styles_of(self._bot, interaction.user.id, interaction.guild_id)
        except DatabaseAway:
            return []
        return [
            app_commands.Choice(name=cards.choice(each), value=each.name)
            for each in styles.like(current)
            if isinstance(each, Saved) and each.holder in holders
        ][:MOST_OFFERED]


def _guild_id(ctx: Context) -> int | None:
    return ctx.guild.id if ctx.guild else None


def _is_on(switch: str) -> bool:
    if switch.lower() not in SWITCH:
        raise commands.BadArgument("neither on nor off")
    return switch.lower() == "on"

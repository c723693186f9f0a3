"""The commands that show what there is: presets, as a list or on a picture, and networks."""

from difflib import get_close_matches

import discord
from discord import app_commands
from discord.ext import commands

import dream
from bot.client import DreamBot
from bot.commands import finding, house_rules
from bot.commands.asking import Asking, Here, Wanted
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.commands.kinds import OF_SCRATCH, check_chosen, pointing
from bot.errors import Refusal
from bot.guilds import NONE
from bot.jobs.job import Kind
from bot.plans import AllPresets
from bot.presets import MOST_OFFERED
from bot.typed import Typed, read
from bot.ui import cards, words
from bot.ui.languages import noted


class Catalogue(commands.Cog):
    """Presets and networks."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._asking = Asking(bot)

    @commands.command(name="presets")
    async def typed_presets(self, ctx: Context, *, asked: str = "") -> None:
        """`!presets`, the list; with a picture, or what leads to one, all of them on that."""
        typed = read(asked)
        if await self._has_picture(ctx, typed):
            await self._asking.typed(
                ctx, typed, lambda here: self._all_presets(typed, here), command="presets"
            )
            return
        await self._list(ctx)

    @app_commands.command(name="presets", description=noted("The styles a dream can have."))
    @app_commands.describe(
        image=words.PRESETS_IMAGE, link=words.OPTIONS["link"], person=words.OPTIONS["person"]
    )
    @everywhere
    async def presets(
        self,
        interaction: discord.Interaction[DreamBot],
        image: discord.Attachment | None = None,
        link: str | None = None,
        person: discord.User | None = None,
    ) -> None:
        """`/presets`, the list to whoever asks alone; with a picture, all of them on that."""
        typed, found = pointing(Typed(), image, link, person)
        if found or link or person:
            await house_rules.check_making(interaction, Kind.PRESETS)
            await self._asking.chosen(
                interaction,
                typed,
                lambda here: self._all_presets(typed, here),
                found,
                command="presets",
                people={person.id: person} if person else {},
            )
            return
        await self._list(await self._bot.get_context(interaction))

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="network", description=noted("The networks that dream, and where they are from.")
    )
    @app_commands.describe(name=words.NETWORK_NAME)
    @app_commands.guild_install()
    async def network(self, ctx: Context, *, name: str = "") -> None:
        """`!network`, all of them; `!network NAME`, one."""
        if not name:
            await ctx.answer(embed=cards.networks(ctx.typed("network")))
            return
        try:
            found = dream.network(name)
        except dream.DreamError:
            known = list(dream.known_networks())
            near = get_close_matches(name.lower(), known, 3) or known
            raise Refusal(words.no_such_network(name, near)) from None
        await ctx.answer(embed=cards.network(found))

    @network.autocomplete("name")
    async def networks_like(
        self, interaction: discord.Interaction[DreamBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Networks with what was typed so far in their name."""
        typed = current.strip().lower()
        return [
            app_commands.Choice(name=name, value=name)
            for name in dream.known_networks()
            if typed in name
        ][:MOST_OFFERED]

    async def _list(self, ctx: Context) -> None:
        """Answer with all presets, and a sample of each."""
        await ctx.answer(embed=cards.catalogue(ctx.typed("dream")), picture=cards.sample())

    async def _has_picture(self, ctx: Context, typed: Typed) -> bool:
        """Whether it comes with a picture; a reply to what has none is as good as none."""
        message = ctx.message
        if finding.brought(message) or typed.links or typed.avatar is not None:
            return True
        if not finding.pointed_at(message, typed):
            return False
        try:
            await finding.find(self._asking.ask(ctx, typed, "presets", NONE))
        except Refusal:
            return False
        return True

    def _all_presets(self, typed: Typed, here: Here) -> Wanted:
        if typed.roles:
            raise Refusal(words.no_further_pictures("/dream"))
        check_chosen(typed.choices, OF_SCRATCH)
        able = [each for each in dream.presets().values() if dream.available(each.recipe.network)]
        return Wanted(self._asking.preset("", here), AllPresets(able))

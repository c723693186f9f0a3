"""The commands that ask for a dream: typed, slash, and in the menu of a message."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands import finding, sight
from bot.commands.asking import Asking, Wanted, links
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.commands.wishing import presets_like
from bot.database import DatabaseAway
from bot.errors import Refusal
from bot.plans import LONGEST_SIDE, MOST_ITERATIONS
from bot.presets import MOST_OFFERED
from bot.typed import Choices, Typed, read
from bot.ui import cards, words
from bot.ui.languages import noted


class Dreaming(commands.Cog):
    """Three ways to the same dream."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._asking = Asking(bot)
        menu = app_commands.ContextMenu(name=words.DREAM_THIS, callback=self.chosen)
        self._menu = everywhere(menu)

    async def cog_load(self) -> None:
        """Add the menu, which the library doesn't take from a cog by itself."""
        self._bot.tree.add_command(self._menu)

    async def cog_unload(self) -> None:
        """Take the menu away again."""
        self._bot.tree.remove_command(self._menu.name, type=self._menu.type)

    @commands.command(name="dream")
    async def typed(self, ctx: Context, *, asked: str = "") -> None:
        """`!dream [preset] [choices]` with pictures, as a reply to one, or with what leads to one.

        Each picture of a message is a wish of its own; this is about the context's.
        """
        typed = read(asked)
        await self._asking.typed(
            ctx, typed, lambda here: Wanted(self._asking.style(typed, here)), command="dream"
        )

    @app_commands.command(
        name="dream", description=noted("See what a neural network sees in a picture.")
    )
    @app_commands.describe(**words.OPTIONS)
    @everywhere
    async def slash(  # noqa: PLR0917 - each is an option of Discord's form
        self,
        interaction: discord.Interaction[DreamBot],
        image: discord.Attachment | None = None,
        preset: str = "",
        strength: app_commands.Range[float, 0.0, 2.0] | None = None,
        iterations: app_commands.Range[int, 1, MOST_ITERATIONS] | None = None,
        layer: str | None = None,
        seed: app_commands.Range[int, 0, 2**32 - 1] | None = None,
        size: app_commands.Range[int, 1, LONGEST_SIDE] | None = None,
        link: str | None = None,
        person: discord.User | None = None,
        guide: discord.Attachment | None = None,
        mask: discord.Attachment | None = None,
    ) -> None:
        """`/dream`, with a picture, what leads to one, or neither."""
        typed = Typed(
            preset,
            Choices(strength, iterations, layer, seed, size),
            links=links(link) if link else (),
            avatar=person.id if person else None,
        )
        files = {"guide": guide, "mask": mask}
        further = {role: finding.candidate(file) for role, file in files.items() if file}
        named = [thing for thing in (image, link, person) if thing]
        note = words.attached() if len(named) > 1 else ""
        found = finding.Found(finding.candidate(image), note) if image else None
        people = {person.id: person} if person else {}
        await self._asking.chosen(
            interaction,
            typed,
            lambda here: Wanted(self._asking.style(typed, here)),
            found,
            command="dream",
            further=further,
            people=people,
        )

    @slash.autocomplete("preset")
    async def presets_like(
        self, interaction: discord.Interaction[DreamBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Presets with what was typed so far in their name or title."""
        return await presets_like(interaction, current)

    @slash.autocomplete("layer")
    async def layers_like(
        self, interaction: discord.Interaction[DreamBot], current: str
    ) -> list[app_commands.Choice[str]]:
        """Layers of the chosen preset's network, shallow to deep, and those of its presets."""
        try:
            preset, guild_id = interaction.namespace.preset or "", interaction.guild_id
            rules = await self._bot.parts.guilds.rules(guild_id)
            here = await self._asking.here(preset, interaction.user.id, guild_id, rules)
            style = self._asking.preset(preset, here)
        except (Refusal, DatabaseAway):
            return []
        typed = current.strip().lower()
        return [
            app_commands.Choice(name=shown, value=layer)
            for layer, shown in cards.layers(style.recipe)
            if typed in shown.lower()
        ][:MOST_OFFERED]

    async def chosen(
        self, interaction: discord.Interaction[DreamBot], message: discord.Message
    ) -> None:
        """“Dream this” in the menu of a message."""
        found = finding.in_message(message, self._bot)
        if found is None:
            raise Refusal(words.from_menu())
        if not sight.fits(self._bot, interaction.channel, found.origins):
            raise Refusal(words.age_restricted())
        await self._asking.chosen(
            interaction,
            Typed(),
            lambda here: Wanted(self._asking.style(Typed(), here)),
            found,
            command="dream",
        )

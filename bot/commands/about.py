"""The commands that tell: presets, quota, help."""

from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.ui import cards


class About(commands.Cog):
    """What there is, what is left, and how to ask."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot

    @commands.hybrid_command(name="presets", description="The styles a dream can have.")  # type: ignore[arg-type]
    @app_commands.guild_install()
    async def presets(self, ctx: Context) -> None:
        """All presets in one message."""
        await ctx.answer(embed=cards.catalogue(self._bot.typed("dream")))

    @commands.hybrid_command(name="quota", description="How many dreams you have left today.")  # type: ignore[arg-type]
    @app_commands.guild_install()
    async def quota(self, ctx: Context) -> None:
        """What is left of the person's credits, and when they come back."""
        await ctx.defer(ephemeral=True)
        balance = await self._bot.parts.submission.balance(ctx.author.id)
        await ctx.answer(
            embed=cards.quota(balance.used, balance.limit, balance.left, balance.resets_at)
        )

    @commands.hybrid_command(name="help", description="How to ask for a dream.")  # type: ignore[arg-type]
    @app_commands.guild_install()
    async def help(self, ctx: Context) -> None:
        """One screen that shows what to type."""
        await ctx.answer(embed=cards.help_card(self._bot.parts.settings, self._bot.only_mentioned))

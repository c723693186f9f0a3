"""The commands that tell the rules: what is kept of people, and what holds between them and us."""

from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.ui import cards
from bot.ui.languages import noted


class Pages(commands.Cog):
    """The rules in short, each with where the whole page is."""

    def __init__(self, bot: DreamBot) -> None:
        self._settings = bot.parts.settings

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="privacy", description=noted("What I keep about you, how long, and who sees it.")
    )
    @everywhere
    async def privacy(self, ctx: Context) -> None:
        """`!privacy`."""
        await ctx.answer(embed=cards.privacy(self._settings))

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="terms", description=noted("What holds when you ask me for a dream.")
    )
    @everywhere
    async def terms(self, ctx: Context) -> None:
        """`!terms`."""
        await ctx.answer(embed=cards.terms(self._settings))

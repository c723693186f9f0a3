"""The command by which people choose whether they are called."""

from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.ui import words
from bot.ui.languages import noted

CHOICES = (noted("on"), noted("off"))


class Mention(commands.Cog):
    """Whether a dream that took its time calls whoever asked for it."""

    def __init__(self, bot: DreamBot) -> None:
        self._preferences = bot.parts.preferences

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="mention",
        description=noted("Whether I call you when a dream took more than a minute."),
    )
    @app_commands.describe(choice=noted("What it is to be; leave it out to learn what it is"))
    @app_commands.choices(choice=[app_commands.Choice(name=each, value=each) for each in CHOICES])
    @app_commands.guild_install()
    async def mention(self, ctx: Context, choice: str = "") -> None:
        """`!mention on`, `!mention off`, `!mention`."""
        if choice and choice.lower() not in CHOICES:
            raise commands.BadArgument("neither on nor off")
        await ctx.defer(ephemeral=True)
        person_id = ctx.author.id
        if choice:
            await self._preferences.choose_mention(person_id, choice.lower() == "on")
        wanted = await self._preferences.wants_mention(person_id)
        await ctx.answer(words.mention(wanted=wanted))

"""The commands that tell: quota, help."""

from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.commands.house_rules import usual_preset
from bot.commands.installs import everywhere
from bot.commands.wishing import roles_of
from bot.ui import cards, words
from bot.ui.languages import noted


class About(commands.Cog):
    """What is left, and how to ask."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="quota", description=noted("How many dreams you have left today.")
    )
    @everywhere
    async def quota(self, ctx: Context) -> None:
        """What is left of the person's credits, when they come back, and what took the rest."""
        await ctx.defer(ephemeral=True)
        balance = await self._bot.parts.submission.balance(
            ctx.author.id, ctx.guild.id if ctx.guild else None, roles_of(ctx.author)
        )
        await ctx.answer(embed=cards.quota(balance))

    @commands.hybrid_command(name="help", description=noted("How to ask for a dream."))  # type: ignore[arg-type]
    @app_commands.describe(topic=noted("What to know more of; leave it out for the most of it"))
    @app_commands.choices(
        topic=[
            app_commands.Choice(name=app_commands.locale_str(what), value=topic)
            for topic, what in words.TOPICS.items()
        ]
    )
    @everywhere
    async def help(self, ctx: Context, topic: str = "") -> None:
        """One screen that shows what to type, or all of one topic."""
        guild_id = ctx.guild.id if ctx.guild else None
        usual = usual_preset(self._bot.parts.settings, self._bot.parts.guilds.known(guild_id))
        prefix, mention = self._bot.prefix_on(guild_id), self._bot.only_mentioned
        card = cards.help_card(topic.lower(), prefix, mention, usual.name)
        await ctx.answer(embed=card)

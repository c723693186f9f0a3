"""The commands by which people ask for news of the bot, and by which it tells them."""

import discord
from discord import app_commands
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.commands.looking_after import owns
from bot.commands.mention import CHOICES
from bot.commands.question import Question, Wording
from bot.database.news import Announcement
from bot.errors import Refusal
from bot.ui import words
from bot.ui.languages import noted

_WORDING = Wording(
    yes=words.announce,
    no=words.keep,
    left=words.not_announced,
    unanswered=words.announcing_unanswered,
    not_asked=words.not_in_charge,
)


class NewsOfBot(commands.Cog):
    """Those who asked get what whoever runs the bot announces."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._news = bot.parts.news
        self._postman = bot.parts.postman

    @commands.hybrid_command(  # type: ignore[arg-type]
        name="news", description=noted("Whether I send you news of me.")
    )
    @app_commands.describe(choice=noted("What it is to be; leave it out to learn what it is"))
    @app_commands.choices(choice=[app_commands.Choice(name=each, value=each) for each in CHOICES])
    @everywhere
    async def news(self, ctx: Context, choice: str = "") -> None:
        """`!news on`, `!news off`, `!news`."""
        if choice and choice.lower() not in CHOICES:
            raise commands.BadArgument("neither on nor off")
        await ctx.defer(ephemeral=True)
        if choice:
            await self._news.choose(ctx.author.id, choice.lower() == "on")
        await ctx.answer(words.news(wanted=await self._news.wants(ctx.author.id)))

    @commands.command(name="announce")
    async def announce(self, ctx: Context, *, text: str = "") -> None:
        """`!announce TEXT`: to all who asked for news, once whoever runs the bot has confirmed."""
        if not await owns(self._bot, ctx.author.id):
            raise Refusal(words.not_in_charge())
        if not text:
            raise Refusal(words.announce_what(ctx.typed("announce")))
        if len(text) > words.LONGEST_NEWS:
            raise Refusal(words.news_too_long(len(text)))
        audience = await self._news.audience()
        if not audience:
            raise Refusal(words.nobody_asked())

        async def act(interaction: discord.Interaction) -> None:
            await self._begin(interaction, ctx.message.id, text)

        question = Question(self._bot, ctx.author.id, _WORDING, act)
        asked = words.sure_to_announce(audience, text)
        question.message = await ctx.answer(asked, view=question)

    async def _begin(self, interaction: discord.Interaction, number: int, text: str) -> None:
        assert interaction.message is not None, "a button is under a message"
        await interaction.response.edit_message(content=words.announcing(), view=None)
        place = interaction.message.channel.id, interaction.message.id
        await self._news.begin(Announcement(number, interaction.user.id, *place, text))
        self._postman.wake()

"""The command by which a person is forgotten: shown what there is, asked, then erased."""

import discord
from discord.ext import commands

from bot.client import DreamBot
from bot.commands.context import Context
from bot.commands.installs import everywhere
from bot.commands.question import Question, Wording
from bot.ui import cards, words
from bot.ui.languages import noted

_WORDING = Wording(
    yes=words.erase,
    no=words.keep,
    left=words.nothing_erased,
    unanswered=words.unanswered,
    not_asked=words.not_asked,
)


class Privacy(commands.Cog):
    """What is kept of a person, and its end."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._forgetting = bot.parts.forgetting
        self._hours = bot.parts.settings.keep_hours

    @commands.hybrid_command(name="forget", description=noted("Erase everything I keep about you."))  # type: ignore[arg-type]
    @everywhere
    async def forget(self, ctx: Context) -> None:
        """Show what there is, and ask before it goes."""
        await ctx.defer(ephemeral=True)
        traces = await self._forgetting.traces(ctx.author.id)
        if not traces:
            await ctx.answer(words.nothing_kept())
            return
        question = Question(self._bot, ctx.author.id, _WORDING, self._erase)
        question.message = await ctx.answer(embed=cards.traces(traces, self._hours), view=question)

    async def _erase(self, interaction: discord.Interaction) -> None:
        """Erase it all, and say so once it is done."""
        await interaction.response.edit_message(content=words.erasing(), embed=None, view=None)
        await self._forgetting.forget(interaction.user.id)
        await interaction.edit_original_response(content=words.erased())

"""The command by which a person is forgotten: shown what there is, asked, then erased."""

import contextlib
from typing import Any

import discord
from discord.ext import commands

from bot.client import DreamBot
from bot.commands import errors
from bot.commands.context import Context, language_of
from bot.commands.installs import everywhere
from bot.jobs.forget import Forgetting
from bot.ui import cards, words
from bot.ui.languages import noted, speak, speaking, spoken

CONFIRM_SECONDS = 120.0
"""How long the question stands; later it must be asked for again."""


class Privacy(commands.Cog):
    """What is kept of a person, and its end."""

    def __init__(self, bot: DreamBot) -> None:
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
        question = Question(self._forgetting, ctx.author.id)
        question.message = await ctx.answer(embed=cards.traces(traces, self._hours), view=question)


class Question(discord.ui.View):
    """Whether to erase it all: two buttons for one person, for a while.

    Attributes:
        message: That it stands under, once it was sent.
    """

    message: discord.Message | None = None

    def __init__(self, forgetting: Forgetting, person_id: int) -> None:
        super().__init__(timeout=CONFIRM_SECONDS)
        self._forgetting = forgetting
        self._person_id = person_id
        self._language = spoken()
        self.erase.label, self.keep.label = words.erase(), words.keep()

    @discord.ui.button(style=discord.ButtonStyle.danger)
    async def erase(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Erase it all, and say so once it is done."""
        self.stop()
        await interaction.response.edit_message(content=words.erasing(), embed=None, view=None)
        await self._forgetting.forget(self._person_id)
        await interaction.edit_original_response(content=words.erased())

    @discord.ui.button(style=discord.ButtonStyle.secondary)
    async def keep(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Leave all as it is."""
        self.stop()
        await interaction.response.edit_message(
            content=words.nothing_erased(), embed=None, view=None
        )

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Only the person themselves may answer."""
        speak(language_of(interaction))
        if interaction.user.id == self._person_id:
            return True
        await interaction.response.send_message(words.not_asked(), ephemeral=True)
        return False

    async def on_timeout(self) -> None:
        """Take the buttons away, which do nothing any more."""
        if self.message is not None:
            with contextlib.suppress(discord.HTTPException), speaking(self._language):
                await self.message.edit(content=words.unanswered(), embed=None, view=None)

    async def on_error(
        self, interaction: discord.Interaction, error: Exception, item: Any, /
    ) -> None:
        """Decided in `bot.commands.errors`."""
        await errors.on_interaction_error(interaction, error)

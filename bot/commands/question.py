"""A question before something that can't be taken back, which one person answers at a button."""

import asyncio
import contextlib
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import discord
from discord.ext import commands

from bot.client import DreamBot
from bot.commands import errors
from bot.commands.answering import Pressed, answering
from bot.commands.context import language_of
from bot.errors import Refusal
from bot.ui import words
from bot.ui.languages import speak, speaking, spoken

CONFIRM_SECONDS = 120.0
"""How long the question stands; later it must be asked for again."""

HEAD_START = 1.0
"""Seconds in which whoever asked may answer a press before another bot does, of Discord's three."""

_ID = re.compile(r"question:(?P<mark>[0-9a-f]+):[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Wording:
    """What stands on its buttons, and what it becomes, each in the language spoken then.

    Attributes:
        yes: The button that does it.
        no: The button that doesn't.
        left: All is left as it is.
        unanswered: It has stood for long enough.
        not_asked: Somebody answers for another.
    """

    yes: Callable[[], str]
    no: Callable[[], str]
    left: Callable[[], str]
    unanswered: Callable[[], str]
    not_asked: Callable[[], str]


class Question(discord.ui.View):
    """Two buttons for one person, for a while.

    Args:
        bot: Who asks.
        person_id: Who is asked.
        act: Does it, and answers the press.

    Attributes:
        message: That it stands under, once it was sent.
    """

    message: discord.Message | None = None

    def __init__(
        self,
        bot: DreamBot,
        person_id: int,
        wording: Wording,
        act: Callable[[discord.Interaction], Awaitable[None]],
    ) -> None:
        super().__init__(timeout=CONFIRM_SECONDS)
        self._person_id = person_id
        self._wording = wording
        self._act = act
        self._language = spoken()
        self.yes.label, self.no.label = wording.yes(), wording.no()
        for button in (self.yes, self.no):
            button.custom_id = f"question:{bot.mark}:{button.custom_id}"

    @discord.ui.button(style=discord.ButtonStyle.danger)
    async def yes(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Do it."""
        self.stop()
        await self._act(interaction)

    @discord.ui.button(style=discord.ButtonStyle.secondary)
    async def no(self, interaction: discord.Interaction, _: discord.ui.Button[Any]) -> None:
        """Leave all as it is."""
        self.stop()
        await interaction.response.edit_message(content=self._wording.left(), embed=None, view=None)

    async def interaction_check(self, interaction: discord.Interaction, /) -> bool:
        """Only the person themselves may answer."""
        speak(language_of(interaction))
        if interaction.user.id == self._person_id:
            return True
        await interaction.response.send_message(self._wording.not_asked(), ephemeral=True)
        return False

    async def on_timeout(self) -> None:
        """Take the buttons away, which do nothing any more."""
        if self.message is not None:
            with contextlib.suppress(discord.HTTPException), speaking(self._language):
                await self.message.edit(content=self._wording.unanswered(), embed=None, view=None)

    async def on_error(
        self, interaction: discord.Interaction, error: Exception, item: Any, /
    ) -> None:
        """Decided in `bot.commands.errors`."""
        await errors.on_interaction_error(interaction, error)


class Questions(commands.Cog):
    """Tells whoever answers a question that was asked before a restart to ask again.

    What is to be done stands in the memory of the bot that asked. One that is still there, beside
    this one on the same token, answers first.
    """

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot

    @commands.Cog.listener()
    async def on_interaction(self, interaction: Pressed) -> None:
        """A button was pressed."""
        data: Any = interaction.data or {}
        found = _ID.fullmatch(str(data.get("custom_id")))
        if found is not None and found["mark"] != self._bot.mark:
            await asyncio.sleep(HEAD_START)
            await answering(interaction, self._refuse())

    async def _refuse(self) -> None:
        raise Refusal(words.asked_before_restart())

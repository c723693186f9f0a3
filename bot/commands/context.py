"""What a typed command answers through: one answer a wish, whoever else sees its message."""

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Self

import discord
from discord.ext import commands

from bot.ui.cards import Picture
from bot.ui.insisting import insist
from bot.ui.languages import ENGLISH, language

if TYPE_CHECKING:
    from bot.client import DreamBot  # noqa: F401


def language_of(interaction: discord.Interaction[Any]) -> str:
    """What somebody who pressed or chose something is answered in."""
    return language(str(interaction.locale), str(interaction.guild_locale))


class Context(commands.Context["DreamBot"]):
    """The surroundings of a command, typed or slash.

    A message may hold several wishes, each with a context and an answer of its own: they are
    carried out one after another, and what becomes of one is nothing to the others.

    Attributes:
        index: Which of its message's wishes this is.
        of: How many there are, as far as is known.
        placeholders: First answers to them, by index: they are edited from then on.
        settled: Those that have been dealt with.
        failure: Why the command failed, if it has.
        postponed: Whether it is carried out anew: when the database is back, and after so many
            seconds; None if not.
        tries: How often it was carried out before.
        language: That a typed command is answered in.
    """

    index: int = 0
    of: int = 1
    settled: Collection[int] = ()
    failure: Exception | None = None
    postponed: float | None = None
    tries: int = 0
    language: str = ENGLISH

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.placeholders: dict[int, discord.Message] = {}

    @property
    def placeholder(self) -> discord.Message | None:
        """The first answer to this wish, once there is one."""
        return self.placeholders.get(self.index)

    @property
    def one_of_many(self) -> bool:
        """Whether its answers say which of the message's wishes they are about.

        What fails before the first answer is there fails for all of them, and is told once.
        """
        return self.of > 1 and (self.index > 0 or self.placeholder is not None)

    @property
    def following(self) -> int | None:
        """The message's next wish that has to be dealt with; None if this is the last."""
        if not self.one_of_many:
            return None
        later = range(self.index + 1, self.of)
        return next((index for index in later if index not in self.settled), None)

    def typed(self, command: str) -> str:
        """The command as people here type it."""
        return self.bot.typed(command, self.guild.id if self.guild else None)

    def go_on(self, other: Self, index: int) -> None:
        """Be about that wish of the same message, of which the other context knows more."""
        self.index, self.of, self.settled = index, other.of, other.settled
        self.placeholders, self.language = other.placeholders, other.language

    async def answer(
        self,
        text: str | None = None,
        embed: discord.Embed | None = None,
        view: discord.ui.View | None = None,
        picture: Picture | None = None,
    ) -> discord.Message:
        """Answer to the one who asked: privately to a slash command, with a reply otherwise.

        Raises:
            commands.BotMissingPermissions: A reply with an embed would arrive empty.
        """
        if embed is not None and self.interaction is None and not self.bot_permissions.embed_links:
            raise commands.BotMissingPermissions(["embed_links"])
        return await self._send(text, embed, view, picture=picture)

    async def place(self, text: str, of: int = 1) -> discord.Message:
        """The first answer of those that are edited; only for typed commands.

        One that stands there already, from a bot that was killed over it, is taken over.

        Args:
            of: How many wishes there are in the message.
        """
        answer = self.placeholder or await self._send(text)
        self.placeholders[self.index], self.of = answer, of
        return answer

    async def answer_anew(self, text: str) -> discord.Message:
        """Answer where somebody has deleted the first answer."""
        return await self._send(text, nonce="anew")

    async def _send(
        self,
        text: str | None,
        embed: discord.Embed | None = None,
        view: discord.ui.View | None = None,
        nonce: str = "got",
        picture: Picture | None = None,
    ) -> discord.Message:
        given = {"embed": embed, "view": view}
        extra: dict[str, Any] = {name: what for name, what in given.items() if what is not None}

        def file() -> dict[str, Any]:
            # A new one for each try: sending reads it to its end.
            return {"file": picture.file()} if picture else {}

        if self.interaction is not None:
            # To read it twice is better than never.
            return await insist(lambda _: self.send(text, ephemeral=True, **file(), **extra))
        # The same message may be seen twice, after a reconnect or by a second bot on the same
        # token, and a post whose answer was lost is made again. Discord makes one post of those
        # with one nonce, of at most 25 characters.
        which = f"{nonce[:3]}{self.index}" if self.index else nonce
        return await insist(
            lambda _: self.send(
                text,
                nonce=f"{which}-{self.message.id}",
                reference=self.message.to_reference(fail_if_not_exists=False),
                **file(),
                **extra,
            )
        )

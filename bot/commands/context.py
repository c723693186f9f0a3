"""What a typed command answers through: one answer a message, whoever else sees that message."""

from typing import TYPE_CHECKING, Any

import discord
from discord.ext import commands

if TYPE_CHECKING:
    from bot.client import DreamBot  # noqa: F401


class Context(commands.Context["DreamBot"]):
    """The surroundings of a command, typed or slash.

    Attributes:
        placeholder: The first answer, once there is one: it is edited from then on.
    """

    placeholder: discord.Message | None = None

    async def answer(self, text: str | None = None, embed: discord.Embed | None = None) -> None:
        """Answer to the one who asked: privately to a slash command, with a reply otherwise.

        Raises:
            commands.BotMissingPermissions: A reply with an embed would arrive empty.
        """
        if embed is not None and self.interaction is None and not self.bot_permissions.embed_links:
            raise commands.BotMissingPermissions(["embed_links"])
        await self._send(text, embed)

    async def place(self, text: str) -> discord.Message:
        """The first answer of those that are edited; only for typed commands."""
        self.placeholder = await self._send(text, None)
        return self.placeholder

    async def _send(self, text: str | None, embed: discord.Embed | None) -> discord.Message:
        extra: dict[str, Any] = {} if embed is None else {"embed": embed}
        if self.interaction is not None:
            return await self.send(text, ephemeral=True, **extra)
        # The same message may be seen twice, after a reconnect or by a second bot on the same
        # token. Discord makes one post of those with one nonce.
        return await self.send(
            text,
            nonce=f"got-{self.message.id}",
            reference=self.message.to_reference(fail_if_not_exists=False),
            **extra,
        )

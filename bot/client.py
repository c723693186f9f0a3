"""The Discord client: addresses, intents, commands, and what happens to errors."""

import asyncio
import logging
import sys
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.acceptance import Acceptance
from bot.commands import errors
from bot.commands.context import Context
from bot.commands.registration import register
from bot.jobs.submit import Submission
from bot.settings import Settings
from bot.ui import words
from bot.ui.messenger import DiscordMessenger

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """What the commands work with."""

    settings: Settings
    acceptance: Acceptance
    submission: Submission
    messenger: DiscordMessenger


def use_addresses(settings: Settings) -> None:
    """Point the library at the server of the settings; before a client is made.

    The library keeps its three addresses in classes, not in the client, so they are one choice for
    the whole process: REST, the gateway (for a client that knows its number of shards, and after a
    session that can't be resumed; otherwise REST tells it), and the server of avatars and emoji.
    Attachments carry their own address.
    """
    discord.http.Route.BASE = settings.discord_api.rstrip("/")
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(settings.discord_gateway)
    discord.Asset.BASE = settings.discord_cdn.rstrip("/")


class DreamBot(commands.AutoShardedBot):
    """The client. Of what happens it hears only messages and interactions.

    Args:
        parts: What its commands work with; the messenger speaks through it from now on.
        message_content: Whether it asks for the privileged intent to read messages that neither
            mention it nor are sent to it. Without, typed commands need a mention on servers.
        shard_count: How many connections; None leaves it to Discord.

    Attributes:
        up: Set once it is connected for the first time.
    """

    def __init__(
        self, parts: Parts, *, message_content: bool = True, shard_count: int | None = None
    ) -> None:
        # Voice libraries aren't installed, and nobody misses them.
        discord.VoiceClient.warn_nacl = False
        discord.VoiceClient.warn_dave = False
        intents = discord.Intents(guilds=True, guild_messages=True, dm_messages=True)
        intents.message_content = message_content
        prefix = parts.settings.prefix
        super().__init__(
            command_prefix=commands.when_mentioned_or(prefix),
            intents=intents,
            shard_count=shard_count,
            allowed_mentions=discord.AllowedMentions.none(),
            activity=discord.CustomActivity(f"{prefix}help or /help"),
            case_insensitive=True,
            strip_after_prefix=True,
            help_command=None,
            max_messages=None,
            tree_cls=_Tree,
        )
        self.parts = parts
        self.up = asyncio.Event()
        parts.messenger.attach(self)

    @property
    def only_mentioned(self) -> str | None:
        """What typed commands must begin with where messages can't be read; None if they can."""
        if self.intents.message_content:
            return None
        return f"@{self.user.display_name}" if self.user else "@me"

    def typed(self, command: str) -> str:
        """The command as people here type it."""
        mention = self.only_mentioned
        return f"{mention} {command}" if mention else f"{self.parts.settings.prefix}{command}"

    async def setup_hook(self) -> None:
        """Load the commands and register those of Discord's own menu."""
        from bot.commands.about import About
        from bot.commands.dreaming import Dreaming

        await self.add_cog(Dreaming(self))
        await self.add_cog(About(self))
        await register(self.tree, self.parts.settings.data / "registered-commands.json")

    async def on_ready(self) -> None:
        """Say so in the log; comes again after some reconnects."""
        self.up.set()
        log.info("connected as %s, servers: %d", self.user, len(self.guilds))
        if not self.intents.message_content:
            log.warning("%s", words.content_is_off(self.parts.settings.prefix))

    async def get_context(self, origin: Any, /, *, cls: Any = Context) -> Any:
        """With our own kind of context."""
        return await super().get_context(origin, cls=cls)

    async def on_command_error(self, context: Any, exception: commands.CommandError, /) -> None:
        """Decided in `bot.commands.errors`."""
        await errors.on_command_error(context, exception)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """An error outside of any command: nobody to tell but the log."""
        error = sys.exception()
        if error is not None:
            errors.logged(error)


class _Tree(app_commands.CommandTree[DreamBot]):
    async def on_error(
        self, interaction: discord.Interaction[DreamBot], error: app_commands.AppCommandError, /
    ) -> None:
        await errors.on_interaction_error(interaction, error)

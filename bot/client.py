"""The Discord client: addresses, intents, commands, and what happens to errors."""

import asyncio
import contextlib
import logging
import secrets
import sys
from dataclasses import dataclass
from typing import Any

import discord
import yarl
from discord import app_commands
from discord.ext import commands

from bot.acceptance import Acceptance
from bot.arrivals import Arrivals
from bot.commands import errors, house_rules
from bot.commands.catching_up import CatchingUp
from bot.commands.context import Context, language_of
from bot.commands.installs import offer_to_servers_alone
from bot.commands.registration import register
from bot.commands.translating import Translator
from bot.database import DatabaseAway
from bot.dreams import Dreams
from bot.errors import Refusal
from bot.gallery import Gallery
from bot.guilds import Guilds
from bot.history import History
from bot.jobs.acts import Acts
from bot.jobs.cancelling import Cancelling
from bot.jobs.forget import Forgetting
from bot.jobs.lineup import Lineup
from bot.jobs.submit import Submission
from bot.news import News
from bot.outages import Outages
from bot.preferences import Preferences
from bot.presets import Presets
from bot.seen import Seen
from bot.settings import Settings
from bot.ui import words
from bot.ui.insisting import LOST, insist
from bot.ui.languages import language, speak, speaking
from bot.ui.messenger import DiscordMessenger
from bot.ui.postman import Postman

log = logging.getLogger(__name__)

_CONNECTING_SECONDS, _LOOK_SECONDS = 15.0, 0.2
_LANGUAGE_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the commands work with."""

    settings: Settings
    acceptance: Acceptance
    submission: Submission
    messenger: DiscordMessenger
    acts: Acts
    forgetting: Forgetting
    lineup: Lineup
    cancelling: Cancelling
    history: History
    dreams: Dreams
    gallery: Gallery
    news: News
    postman: Postman
    preferences: Preferences
    presets: Presets
    guilds: Guilds
    outages: Outages
    seen: Seen
    arrivals: Arrivals


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
    """The client. Of what happens it hears only messages, reactions and interactions.

    Args:
        parts: What its commands work with; the messenger speaks through it from now on.
        message_content: Whether it asks for the privileged intent to read messages that neither
            mention it nor are sent to it. Without, typed commands need a mention on servers.
        shard_count: How many connections; None leaves it to Discord.

    Attributes:
        up: Set once it is connected for the first time.
        mark: By which it tells what it has asked from what a bot before or beside it has.
    """

    def __init__(
        self, parts: Parts, *, message_content: bool = True, shard_count: int | None = None
    ) -> None:
        # Voice libraries aren't installed, and nobody misses them.
        discord.VoiceClient.warn_nacl = False
        discord.VoiceClient.warn_dave = False
        intents = discord.Intents(
            guilds=True, guild_messages=True, dm_messages=True, guild_reactions=True
        )
        intents.message_content = message_content
        prefix = parts.settings.prefix
        super().__init__(
            command_prefix=_prefixes,
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
        self.mark = secrets.token_hex(4)
        self._catching_up = CatchingUp(self)
        parts.messenger.attach(self)
        parts.postman.attach(self)

    @property
    def only_mentioned(self) -> str | None:
        """What typed commands must begin with where messages can't be read; None if they can."""
        if self.intents.message_content:
            return None
        return f"@{self.user.display_name}" if self.user else "@me"

    def prefix_on(self, guild_id: int | None) -> str:
        """What typed commands begin with on that server, or in direct messages."""
        return self.parts.guilds.known(guild_id).prefix or self.parts.settings.prefix

    def typed(self, command: str, guild_id: int | None) -> str:
        """The command as people on that server type it."""
        mention = self.only_mentioned
        return f"{mention} {command}" if mention else f"{self.prefix_on(guild_id)}{command}"

    async def setup_hook(self) -> None:
        """Load the commands and register those of Discord's own menu."""
        from bot.commands.about import About
        from bot.commands.admin import Admin
        from bot.commands.catalogue import Catalogue
        from bot.commands.dreaming import Dreaming
        from bot.commands.greeting import Greeting
        from bot.commands.history import Past
        from bot.commands.kinds import Kinds
        from bot.commands.mention import Mention
        from bot.commands.news import NewsOfBot
        from bot.commands.pages import Pages
        from bot.commands.presets import SavedPresets
        from bot.commands.pressing import Pressing
        from bot.commands.privacy import Privacy
        from bot.commands.question import Questions
        from bot.commands.queue import Queue
        from bot.commands.reporting import Reporting
        from bot.commands.rules import RulesOfServers
        from bot.commands.sharing import Sharing

        for group in (
            *(Dreaming, Kinds, Catalogue, About, Queue, Past, Mention, Admin, Privacy),
            *(Pressing, Pages, Greeting, RulesOfServers, Sharing, Reporting, NewsOfBot),
            *(SavedPresets, Questions),
        ):
            await self.add_cog(group(self))
        await self.tree.set_translator(Translator())
        if self.application is None or self.application.user_integration_config is None:
            offer_to_servers_alone(self.tree)
        await register(self.tree, self.parts.settings.data / "registered-commands.json")

    async def on_ready(self) -> None:
        """Say so in the log, and catch up; comes again after reconnects that missed something."""
        self.up.set()
        self.parts.postman.wake()
        log.info("connected as %s, servers: %d", self.user, len(self.guilds))
        if not self.intents.message_content:
            log.warning("%s", words.content_is_off(self.parts.settings.prefix))
        await self._catching_up.run()

    async def on_shard_disconnect(self, shard_id: int) -> None:
        """From now on messages are missed, unless the session is resumed."""
        self.parts.seen.lost_sight(shard_id)

    async def on_shard_connect(self, shard_id: int) -> None:
        """There is a new session; what was missed before it is looked for when all are there."""
        self.parts.seen.sees_again(shard_id)

    async def on_shard_resumed(self, shard_id: int) -> None:
        """The session was resumed, and Discord has sent what was missed."""
        self.parts.seen.regained_sight(shard_id)

    async def on_message(self, message: discord.Message, /) -> None:
        """Deal with a message, unless it was found before it was sent here."""
        if not self._catching_up.took(message.id):
            await self.deal_with(message)

    async def deal_with(self, message: discord.Message, context: Context | None = None) -> None:
        """Carry out the command of a message, if it is one; in its context if that is made."""
        with contextlib.ExitStack() as dealing:
            guild_id = message.guild.id if message.guild else None
            seen = self.parts.seen.dealing_with(guild_id, message.channel.id, message.id)
            dealing.enter_context(seen)
            if message.author.bot:
                return
            context = context or await self.get_context(message)
            if context.valid and isinstance(message.channel, discord.PartialMessageable):
                context = await self.get_context(await self._in_its_place(message))
            if context.valid:
                context.language = await self._language_of(context.message)
            await self._see_through(context, dealing)

    async def _see_through(self, context: Context, dealing: contextlib.ExitStack) -> None:
        """Carry out one wish of a message after another."""
        await self._carry_out(context)
        while context.postponed is None and (index := context.following) is not None:
            following = await self.get_context(context.message)
            following.go_on(context, index)
            context = following
            await self._carry_out(context)
        if context.postponed is not None:
            # It stays under way: after a kill it is found in its channel's history.
            self._postpone(context, context.postponed, dealing.pop_all())

    def _postpone(self, context: Context, pause: float, dealing: contextlib.ExitStack) -> None:
        """Have a command carried out anew when what it lacked is back, and what follows it."""

        async def again() -> None:
            renewed = await self.get_context(context.message)
            renewed.go_on(context, context.index)
            renewed.tries = context.tries + 1
            with dealing:
                await self._see_through(renewed, dealing)

        self.parts.outages.postpone(again, pause)

    async def _carry_out(self, context: Context) -> None:
        """Do what a typed command says, and answer if that fails."""
        with speaking(context.language):
            try:
                if context.valid:
                    await _know_member(context.message)
                    await house_rules.check_typed(context)
                await self.invoke(context)
            except (Refusal, *LOST) as error:
                context.failure = error
            if context.failure is not None:
                await errors.on_command_error(context, context.failure)

    async def _language_of(self, message: discord.Message) -> str:
        """What its author was last seen to read Discord in, or else what their server is set to,
        by its own rules first: with a message Discord doesn't tell, as it does with everything that
        isn't typed."""
        own = None
        with contextlib.suppress(DatabaseAway, TimeoutError):
            self.parts.outages.check()
            async with asyncio.timeout(_LANGUAGE_SECONDS):
                own = await self.parts.preferences.locale(message.author.id)
        if message.guild is None:
            return language(own)
        rules = await self.parts.guilds.rules(message.guild.id)
        return language(own, rules.locale, str(message.guild.preferred_locale))

    async def on_interaction(self, interaction: discord.Interaction, /) -> None:
        """Note what somebody reads Discord in, unless they have just asked to be forgotten."""
        chosen = interaction.type is discord.InteractionType.application_command
        command = interaction.command
        if chosen and command is not None and command.qualified_name != "forget":
            with contextlib.suppress(DatabaseAway):
                await self.parts.preferences.note_locale(
                    interaction.user.id, str(interaction.locale)
                )

    async def _in_its_place(self, message: discord.Message) -> discord.Message:
        """The message with all that is known of its channel, which isn't while connecting, nor
        in a thread that was asleep for long."""
        with contextlib.suppress(discord.HTTPException, *LOST):
            async with asyncio.timeout(_CONNECTING_SECONDS):
                while message.guild and message.guild.unavailable:
                    await asyncio.sleep(_LOOK_SECONDS)
                    message.guild = self.get_guild(message.guild.id) or message.guild
            number = message.channel.id
            channel = self.get_channel(number) or await self.fetch_channel(number)
            if isinstance(channel, discord.abc.Messageable):
                return await channel.fetch_message(message.id)
        return message

    async def get_context(self, origin: Any, /, *, cls: Any = Context) -> Any:
        """With our own kind of context."""
        return await super().get_context(origin, cls=cls)

    def dispatch(self, event_name: str, /, *args: Any, **kwargs: Any) -> None:
        """Tell who listens; that a typed command failed, also its context.

        The library answers failures in a task of its own, and nobody knew when that is done. A
        message has been dealt with only then.
        """
        if event_name == "command_error":
            context, failure = args
            context.failure = failure
        super().dispatch(event_name, *args, **kwargs)

    async def on_command_error(self, context: Any, exception: commands.CommandError, /) -> None:
        """Decided in `bot.commands.errors`; of typed commands see `deal_with`."""
        if context.interaction is not None:
            await errors.on_command_error(context, exception)

    async def on_error(self, event_method: str, /, *args: Any, **kwargs: Any) -> None:
        """An error outside of any command: nobody to tell but the log."""
        error = sys.exception()
        if error is not None:
            errors.logged(error)


async def _prefixes(bot: DreamBot, message: discord.Message) -> list[str]:
    """What a command in that message begins with."""
    guild_id = message.guild.id if message.guild else None
    rules = await bot.parts.guilds.rules(guild_id)
    return commands.when_mentioned_or(rules.prefix or bot.parts.settings.prefix)(bot, message)


async def _know_member(message: discord.Message) -> None:
    """Have its author with their roles, which a message from a channel's history comes without."""
    guild, author = message.guild, message.author
    if guild is not None and isinstance(author, discord.User):
        with contextlib.suppress(discord.HTTPException):
            message.author = await insist(lambda _: guild.fetch_member(author.id))


class _Tree(app_commands.CommandTree[DreamBot]):
    async def interaction_check(self, interaction: discord.Interaction[DreamBot], /) -> bool:
        speak(language_of(interaction))
        try:
            await house_rules.check_chosen(interaction)
        except Refusal as refusal:
            await errors.on_interaction_error(interaction, refusal)
            return False
        return True

    async def on_error(
        self, interaction: discord.Interaction[DreamBot], error: app_commands.AppCommandError, /
    ) -> None:
        await errors.on_interaction_error(interaction, error)

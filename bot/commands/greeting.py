"""Hello, on a server that the bot was just added to: once, where all may read it."""

import logging
from datetime import timedelta

import discord
from discord.ext import commands

from bot.client import DreamBot
from bot.database import DatabaseAway
from bot.ui import cards
from bot.ui.insisting import LOST, insist
from bot.ui.languages import language, speaking

log = logging.getLogger(__name__)

NEWLY = timedelta(hours=1)
"""So long ago the bot came to a server that is new. Discord announces servers after outages too,
at times as if they were."""


class Greeting(commands.Cog):
    """Says it."""

    def __init__(self, bot: DreamBot) -> None:
        self._bot = bot
        self._parts = bot.parts

    @commands.Cog.listener()
    async def on_guild_join(self, guild: discord.Guild) -> None:
        """Say hello, unless another bot on the token does or there is no place for it."""
        channel = place_for(guild)
        if channel is None:
            log.info("No hello on server %d: I may speak nowhere there.", guild.id)
            return
        since = guild.me.joined_at
        if since is None or discord.utils.utcnow() - since > NEWLY:
            return
        try:
            if not await self._parts.arrivals.is_new(guild.id, since):
                return
        except DatabaseAway as error:
            log.info("No hello on server %d: %s", guild.id, error)
            return
        with speaking(language(str(guild.preferred_locale))):
            card = cards.greeting(self._parts.settings, self._bot.only_mentioned)
        # What is posted again since its answer was lost is one post.
        nonce = f"hello-{int(since.timestamp() * 1000)}"
        try:
            await insist(lambda _: channel.send(embed=card, nonce=nonce))
        except (discord.HTTPException, *LOST) as error:
            log.info("No hello on server %d: %s", guild.id, error)


def place_for(guild: discord.Guild) -> discord.TextChannel | None:
    """Where to say hello: where Discord itself greets new members, or else in the first text
    channel from above, but no announcements; each only if the bot may. None if it may nowhere."""
    below_each_other = [
        channel
        for _, channels in guild.by_category()
        for channel in channels
        if isinstance(channel, discord.TextChannel) and not channel.is_news()
    ]
    wanted = [guild.system_channel, *below_each_other]
    return next((channel for channel in wanted if channel and _may_speak(channel)), None)


def _may_speak(channel: discord.TextChannel) -> bool:
    allowed = channel.permissions_for(channel.guild.me)
    return allowed.view_channel and allowed.send_messages and allowed.embed_links

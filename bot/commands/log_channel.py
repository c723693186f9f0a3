"""What those who manage a server are told, in the channel that they have chosen for it."""

import logging
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import discord

from bot.database import DatabaseAway
from bot.jobs.admission import moment, next_midnight
from bot.ui import words
from bot.ui.insisting import LOST, insist
from bot.ui.languages import language, speaking

if TYPE_CHECKING:
    from bot.client import DreamBot

log = logging.getLogger(__name__)


async def tell_used_up(bot: "DreamBot", guild: discord.Guild) -> None:
    """The server's credits have run out: said once a day, and to nobody with a ping."""
    guilds = bot.parts.guilds
    rules = await guilds.rules(guild.id)
    channel_id = rules.log_channel_id
    if channel_id is None:
        return
    channel = bot.get_partial_messageable(channel_id, guild_id=guild.id)
    with speaking(language(rules.locale, str(guild.preferred_locale))):
        resets = moment(next_midnight(datetime.now(UTC)))
        text = words.server_ran_out((await guilds.limits(guild.id)).server_credits, resets)
    try:
        if await guilds.tells(guild.id):
            await insist(lambda _: channel.send(text))
    except (DatabaseAway, discord.HTTPException, *LOST) as unsent:
        log.info("Those who manage server %d were not told: %s", guild.id, unsent)

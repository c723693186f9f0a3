"""What somebody may do to others' dreams: those who look after a place, and who runs the bot."""

import contextlib

import discord

from bot.client import DreamBot
from bot.jobs.cancelling import Canceller
from bot.jobs.job import Job


async def owns(bot: DreamBot, person_id: int) -> bool:
    """Whether they run the bot, as Discord says; nobody does while it can't be asked."""
    with contextlib.suppress(discord.HTTPException):
        return await bot.is_owner(discord.Object(person_id))  # type: ignore[arg-type]
    return False


def owns_place(bot: DreamBot, person_id: int, job: Job) -> bool:
    """Whether they own the server that a dream belongs to, wherever they say so."""
    guild = bot.get_guild(job.place.guild_id or 0)
    return guild is not None and guild.owner_id == person_id


async def canceller(
    bot: DreamBot, person_id: int, guild_id: int | None, permissions: discord.Permissions
) -> Canceller:
    """Whose dreams somebody may call off who has those permissions on that server."""
    there = guild_id if permissions.manage_messages else None
    return Canceller(person_id, there, everywhere=await owns(bot, person_id))

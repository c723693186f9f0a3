"""On which servers the bot has said hello, so that of several on one token one does."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_unless_there
from bot.database.models import GreetedRow


async def greet(session: AsyncSession, guild_id: int, since: datetime) -> bool:
    """Whether nobody has said hello there since the bot came, at that moment; now somebody has."""
    return await insert_unless_there(session, GreetedRow, guild_id=guild_id, since=since)

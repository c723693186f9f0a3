"""The last message that was seen in each channel, by whichever bot on this database."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert
from bot.database.models import JobRow, SeenRow

_MANY = 500
"""Rows in one statement, well below any database's limit."""


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a channel was seen.

    Attributes:
        guild_id: None for direct messages.
        message_id: Of the last message; all before it were seen too.
    """

    guild_id: int | None
    message_id: int


async def marks(session: AsyncSession) -> dict[int, Mark]:
    """By channel id; of direct messages those too that only a job tells of."""
    asked = func.max(func.coalesce(JobRow.message_id, JobRow.answer_id))
    told_of = await session.execute(
        select(JobRow.channel_id, asked)
        .where(JobRow.guild_id.is_(None), ~JobRow.visiting)
        .group_by(JobRow.channel_id)
    )
    found = {channel_id: Mark(None, message_id) for channel_id, message_id in told_of}
    rows = await session.execute(select(SeenRow.channel_id, SeenRow.guild_id, SeenRow.message_id))
    return found | {row.channel_id: Mark(row.guild_id, row.message_id) for row in rows}


async def mark(session: AsyncSession, seen: Mapping[int, Mark]) -> None:
    """Note how far channels were seen; where another bot has seen more, that stays."""
    # In one order, so that two bots that do this at once never wait for each other in a ring.
    rows = [
        {"channel_id": channel, "guild_id": found.guild_id, "message_id": found.message_id}
        for channel, found in sorted(seen.items())
    ]
    for start in range(0, len(rows), _MANY):
        new = insert(session, SeenRow).values(rows[start : start + _MANY])
        await session.execute(
            new.on_conflict_do_update(
                index_elements=[SeenRow.channel_id],
                set_={"message_id": new.excluded.message_id},
                where=SeenRow.message_id < new.excluded.message_id,
            )
        )

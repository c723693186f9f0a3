"""Whether the line moves, in the database: for all bots on it at once."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert
from bot.database.models import LineRow
from bot.jobs.turns import Line, LineState

_ONE = 1

# Built once: it is asked at every turn, and building it takes longer than asking.
_READ = select(LineRow.state, LineRow.reason, LineRow.since).where(LineRow.id == _ONE)


async def read(session: AsyncSession) -> Line:
    """What the line does now."""
    row = (await session.execute(_READ)).one_or_none()
    return Line(LineState(row.state), row.reason, row.since) if row else Line()


async def write(
    session: AsyncSession, state: LineState, reason: str, who: str, since: datetime
) -> bool:
    """Have the line do that; `who` as in the ledger.

    Args:
        since: When it was asked for. False, and nothing is written, if something newer was: a
            message may be carried out late, or once more.
    """
    row = {"state": state, "reason": reason, "who": who, "since": since}
    new = insert(session, LineRow).values(id=_ONE, **row)
    written = await session.execute(
        new.on_conflict_do_update(
            index_elements=[LineRow.id], set_=row, where=LineRow.since <= new.excluded.since
        ).execution_options(preserve_rowcount=True)
    )
    return cast(CursorResult[Any], written).rowcount > 0

"""How a person and their server stand: all that may keep a wish from becoming a job."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Date, Select, String, bindparam, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import blocks, quotas
from bot.database.blocks import Block
from bot.database.models import AllowanceRow, BlockRow, JobRow, LedgerRow, LineRow, Moment
from bot.jobs.job import State


@dataclass(frozen=True, slots=True)
class Standing:
    """How things stand.

    Attributes:
        used: Credits that the person has used today, or holds reserved.
        granted: What they have today on top of what everybody has.
        server_used: Credits that the server's people have used today or hold reserved.
        waiting: The person's dreams in the line, wherever they were asked for.
        server_waiting: Those of the server's people that were asked for there.
        last_at: When the person's latest wish became a job.
        draining: Whether no wishes are taken.
        block: What forbids the person to dream there.
        used_here: Of `used`, what the person has used on that server.
    """

    used: int
    granted: int
    server_used: int
    waiting: int
    server_waiting: int
    last_at: datetime | None
    draining: bool
    block: Block | None
    used_here: int = 0


async def standing(
    session: AsyncSession, person_id: int, guild_id: int | None, now: datetime, besides: str = ""
) -> Standing:
    """How things stand at that moment, but for the job with the id `besides`."""
    found = await session.execute(
        _STANDING,
        {
            "person": person_id,
            "server": guild_id or 0,
            "day": now.astimezone(UTC).date(),
            "now": now,
            "besides": besides,
        },
    )
    # A row for each block, or one without.
    rows = found.all()
    used, granted, server_used, used_here, waits, server_waits, last_at, line, _, _ = rows[0]
    forbidding = [(server, until) for *_, server, until in rows if server is not None]
    return Standing(
        used=used or 0,
        granted=granted or 0,
        server_used=server_used or 0,
        waiting=waits,
        server_waiting=server_waits,
        last_at=last_at,
        draining=line == "draining",
        block=blocks.longest(forbidding),
        used_here=used_here or 0,
    )


def _statement() -> Select[Any]:
    person, server = bindparam("person", type_=BigInteger), bindparam("server", type_=BigInteger)
    day = bindparam("day", type_=Date)
    own, shared = quotas.of("person", person, day), quotas.of("guild", server, day)
    own_here = select(func.sum(LedgerRow.cost)).where(
        LedgerRow.person_id == person,
        LedgerRow.day == day,
        LedgerRow.guild_id == server,
        LedgerRow.kind == "job",
        LedgerRow.state != "refunded",
    )
    one = select(literal(1)).subquery()
    other = JobRow.id != bindparam("besides", type_=String)
    waiting = select(func.count(JobRow.id)).where(
        JobRow.state == State.QUEUED, JobRow.told_at.is_(None), other
    )
    last_at = select(func.max(JobRow.created_at)).where(JobRow.person_id == person, other)
    return select(
        select(AllowanceRow.used).where(own).scalar_subquery(),
        select(AllowanceRow.granted).where(own).scalar_subquery(),
        select(AllowanceRow.used).where(shared).scalar_subquery(),
        own_here.scalar_subquery(),
        waiting.where(JobRow.person_id == person).scalar_subquery(),
        waiting.where(JobRow.guild_id == server).scalar_subquery(),
        last_at.scalar_subquery(),
        select(LineRow.state).scalar_subquery(),
        BlockRow.guild_id,
        BlockRow.until,
    ).select_from(
        one.outerjoin(BlockRow, blocks.current(person, server, bindparam("now", type_=Moment)))
    )


# Built once: every wish asks this, and building it takes longer than asking.
_STANDING = _statement()

"""The ledger, read and written: what became of credits and rights, who did it, and why."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_unless_there
from bot.database.models import LedgerRow
from bot.jobs.ulid import ulid_of

Kind = Literal["grant", "reset", "block", "unblock"]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that somebody in charge does to a person's credits or rights.

    Attributes:
        asked_with: Id of the message or interaction; asked for twice with the same, it is done
            once.
        person_id: To whom.
        guild_id: On which server; None for everywhere.
        by: The id of who does it.
        reason: Why, in one line.
        at: When; its day (UTC) is the one whose credits change.
    """

    asked_with: int
    person_id: int
    guild_id: int | None
    by: int
    reason: str
    at: datetime

    @property
    def day(self) -> date:
        """Its day, in UTC."""
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Entry:
    """A row as those in charge see it; its fields are those of `LedgerRow`."""

    kind: str
    cost: int
    state: str
    reason: str
    who: str
    at: datetime


async def note(session: AsyncSession, kind: Kind, act: Act, cost: int = 0) -> bool:
    """Write an act down. False, and nothing is written, if it was done before."""
    return await insert_unless_there(
        session,
        LedgerRow,
        id=ulid_of(act.asked_with),
        kind=kind,
        person_id=act.person_id,
        guild_id=act.guild_id,
        day=act.day,
        cost=cost,
        state="noted",
        reason=act.reason,
        who=f"person:{act.by}",
        created_at=act.at,
    )


async def noted(session: AsyncSession, act: Act) -> int | None:
    """Credits of that act, if it was done before."""
    return await session.scalar(
        select(LedgerRow.cost).where(LedgerRow.id == ulid_of(act.asked_with))
    )


async def sums(session: AsyncSession, person_id: int, day: date) -> dict[tuple[str, str], int]:
    """The person's credits of that day in the ledger, by kind and state."""
    found = await session.execute(
        select(LedgerRow.kind, LedgerRow.state, func.sum(LedgerRow.cost))
        .where(LedgerRow.person_id == person_id, LedgerRow.day == day)
        .group_by(LedgerRow.kind, LedgerRow.state)
    )
    return {(kind, state): int(total) for kind, state, total in found}


async def last(
    session: AsyncSession, person_id: int, guild_id: int | None, most: int
) -> list[Entry]:
    """The person's latest entries, newest first; of one server's alone unless that is None."""
    rows = (
        select(LedgerRow)
        .where(LedgerRow.person_id == person_id)
        .order_by(LedgerRow.id.desc())
        .limit(most)
    )
    if guild_id is not None:
        rows = rows.where(LedgerRow.guild_id == guild_id)
    return [
        Entry(row.kind, row.cost, row.state, row.reason, row.who, row.created_at)
        for row in await session.scalars(rows)
    ]

"""Credits of people: each is reserved with a job, then either settled or refunded, once."""

from datetime import UTC, date

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_unless_there
from bot.database.models import AllowanceRow, LedgerRow
from bot.jobs.job import Job

_PLAIN = {"synchronize_session": False}


async def used(session: AsyncSession, person_id: int, day: date) -> int:
    """Credits that the person has used or holds reserved on that day."""
    found = select(AllowanceRow.used).where(
        AllowanceRow.person_id == person_id, AllowanceRow.day == day
    )
    return await session.scalar(found) or 0


async def reserve(session: AsyncSession, job: Job, limit: int) -> bool:
    """Reserve a new job's credits of the person's allowance for its day, if so many are left.

    The condition is part of the update, so that of many who take at once none gets too much.
    """
    person_id, cost, day = job.person_id, job.cost, job.created_at.astimezone(UTC).date()
    await session.execute(
        insert_unless_there(session, AllowanceRow).values(person_id=person_id, day=day, used=0)
    )
    taken = await session.execute(
        update(AllowanceRow)
        .where(
            AllowanceRow.person_id == person_id,
            AllowanceRow.day == day,
            AllowanceRow.used + cost <= limit,
        )
        .values(used=AllowanceRow.used + cost)
        .returning(AllowanceRow.used)
        .execution_options(**_PLAIN)
    )
    if taken.scalar_one_or_none() is None:
        return False
    session.add(
        LedgerRow(
            job_id=job.id,
            person_id=person_id,
            day=day,
            cost=cost,
            state="reserved",
            reason="asked for",
            who=f"person:{person_id}",
            created_at=job.created_at,
        )
    )
    await session.flush()
    return True


async def settle(session: AsyncSession, job_id: str) -> None:
    """The job was done: its credits are spent."""
    await session.execute(
        update(LedgerRow)
        .where(LedgerRow.job_id == job_id, LedgerRow.state == "reserved")
        .values(state="settled", reason="delivered", who="bot")
        .execution_options(**_PLAIN)
    )


async def refund(session: AsyncSession, job_id: str, reason: str, who: str = "bot") -> int:
    """Give the job's credits back, to the day they were taken from; how many they were.

    A reservation that was settled or refunded before is left as it is: 0.
    """
    returned = await session.execute(
        update(LedgerRow)
        .where(LedgerRow.job_id == job_id, LedgerRow.state == "reserved")
        .values(state="refunded", reason=reason, who=who)
        .returning(LedgerRow.person_id, LedgerRow.day, LedgerRow.cost)
        .execution_options(**_PLAIN)
    )
    reservation = returned.one_or_none()
    if reservation is None:
        return 0
    await session.execute(
        update(AllowanceRow)
        .where(
            AllowanceRow.person_id == reservation.person_id,
            AllowanceRow.day == reservation.day,
        )
        .values(used=AllowanceRow.used - reservation.cost)
        .execution_options(**_PLAIN)
    )
    return int(reservation.cost)

"""Jobs that somebody wants to end, waiting or running."""

from dataclasses import dataclass

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import jobs
from bot.database.models import JobRow, in_seconds
from bot.jobs.job import Job, State

_PLAIN = {"synchronize_session": False}

_CANCEL_LOCK = 0x43414E43
"""Seed of those on what calls a job off."""


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A job that is to end, and who wants it, as in the ledger."""

    job_id: str
    person_id: int
    state: str
    who: str


async def done_with(session: AsyncSession, asked_with: str) -> Job | None:
    """The job that this message or interaction has called off.

    Another bot that hears of the same waits here until this transaction ends.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = func.hashtextextended(asked_with, _CANCEL_LOCK)
        await session.execute(select(func.pg_advisory_xact_lock(lock)))
    row = await session.scalar(select(JobRow).where(JobRow.cancelled_with == asked_with))
    return None if row is None else jobs.read(row).job


async def waiting(
    session: AsyncSession, job_id: str, sentence: str, asked_with: str | None
) -> bool:
    """End a waiting job as cancelled, its person still to be told; False if it doesn't wait.

    Args:
        asked_with: What called it off; None if that is known already.
    """
    ended = await session.execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.state == State.QUEUED)
        .values(
            state=State.CANCELLED,
            error=sentence,
            ended_at=in_seconds(0.0),
            cancelled_by=None,
            cancelled_with=func.coalesce(JobRow.cancelled_with, asked_with),
        )
        .returning(JobRow.id)
        .execution_options(**_PLAIN)
    )
    return ended.scalar_one_or_none() is not None


async def running(session: AsyncSession, job_id: str, who: str, asked_with: str) -> bool:
    """Ask whoever runs the job to end it; False if nobody runs it. The first who asks counts."""
    asked = await session.execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.state == State.RUNNING)
        .values(
            cancelled_by=func.coalesce(JobRow.cancelled_by, who),
            cancelled_with=func.coalesce(JobRow.cancelled_with, asked_with),
        )
        .returning(JobRow.id)
        .execution_options(**_PLAIN)
    )
    return asked.scalar_one_or_none() is not None


async def asked_to_end(session: AsyncSession, person_id: int) -> set[str]:
    """Ids of the person's jobs that somebody has called off, and that haven't ended yet."""
    found = select(JobRow.id).where(
        JobRow.person_id == person_id, JobRow.told_at.is_(None), JobRow.cancelled_by.is_not(None)
    )
    return set(await session.scalars(found))


async def wanted(session: AsyncSession, owner: str) -> list[CalledOff]:
    """What is to end: of the jobs that `owner` runs, and of those that wait again meanwhile."""
    mine = and_(JobRow.state == State.RUNNING, JobRow.owner == owner)
    rows = await session.execute(
        select(JobRow.id, JobRow.person_id, JobRow.state, JobRow.cancelled_by).where(
            JobRow.told_at.is_(None),
            JobRow.cancelled_by.is_not(None),
            or_(mine, JobRow.state == State.QUEUED),
        )
    )
    return [CalledOff(row.id, row.person_id, row.state, row.cancelled_by) for row in rows]


async def who(session: AsyncSession, job_id: str) -> str:
    """Who wants a running job to end, as in the ledger."""
    who = select(JobRow.cancelled_by).where(JobRow.id == job_id)
    return await session.scalar(who) or "bot"

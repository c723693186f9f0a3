"""What the database says at the end: jobs, ledger and allowances, read and never written."""

import json
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, func, select

from bot.database import Database
from bot.database.models import AllowanceRow, JobRow, LedgerRow


@dataclass(frozen=True)
class JobEntry:
    """A job.

    Attributes:
        answer: Id of the message that becomes its result.
        name: Of its dream's file, without the ending.
    """

    id: str
    request_key: str
    person: int
    answer: int
    state: str
    cost: int
    told: bool
    name: str
    error: str | None = None


@dataclass(frozen=True)
class LedgerEntry:
    """A reservation."""

    job: str | None
    person: int
    guild: int | None
    day: date
    cost: int
    state: str


@dataclass(frozen=True)
class AllowanceEntry:
    """What somebody has used on a day."""

    holder: str
    id: int
    day: date
    used: int


@dataclass(frozen=True)
class Books:
    """All of them."""

    jobs: tuple[JobEntry, ...]
    ledger: tuple[LedgerEntry, ...]
    allowances: tuple[AllowanceEntry, ...]


async def read_books(database: Database) -> Books:
    """The books as they are now."""
    async with database.transaction() as session:
        jobs = (await session.scalars(select(JobRow).order_by(JobRow.id))).all()
        ledger = (await session.scalars(select(LedgerRow).where(LedgerRow.kind == "job"))).all()
        allowances = (await session.scalars(select(AllowanceRow))).all()
    return Books(
        tuple(_job(row) for row in jobs),
        tuple(
            LedgerEntry(row.job_id, row.person_id, row.guild_id, row.day, row.cost, row.state)
            for row in ledger
        ),
        tuple(AllowanceEntry(row.holder, row.holder_id, row.day, row.used) for row in allowances),
    )


async def open_jobs(database: Database) -> int:
    """How many jobs somebody still has to do something about."""
    return await _count(database, JobRow.told_at.is_(None), JobRow.state != "kept")


async def running_jobs(database: Database) -> int:
    """How many jobs are being dreamt."""
    return await _count(database, JobRow.told_at.is_(None), JobRow.state == "running")


async def _count(database: Database, *conditions: ColumnElement[bool]) -> int:
    async with database.transaction() as session:
        return await session.scalar(select(func.count()).where(*conditions)) or 0


def _job(row: JobRow) -> JobEntry:
    return JobEntry(
        id=row.id,
        request_key=row.request_key,
        person=row.person_id,
        answer=row.answer_id,
        state=row.state,
        cost=row.cost,
        told=row.told_at is not None,
        name=f"dream-{row.preset}-{json.loads(row.recipe)['seed']}",
        error=row.error,
    )

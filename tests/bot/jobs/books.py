"""What the tables say about jobs and credits, read past the code that writes them."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.database import Database
from bot.database.models import AllowanceRow, JobRow, LedgerRow


@dataclass(frozen=True)
class Books:
    """Everything at one moment.

    Attributes:
        jobs: State by job id.
        ledger: State by job id.
        used: Credits by person, over all days.
        reserved_or_settled: Credits in the ledger by person.
        told: Ids of the jobs whose person knows how they ended.
    """

    jobs: dict[str, str]
    ledger: dict[str, str]
    used: dict[int, int]
    reserved_or_settled: dict[int, int]
    told: set[str]


async def read(database: Database) -> Books:
    """The books as they are now."""
    async with database.transaction() as session:
        jobs = await session.execute(select(JobRow.id, JobRow.state, JobRow.told_at))
        rows = jobs.all()
        entries = await session.execute(select(LedgerRow.job_id, LedgerRow.state))
        used = await session.execute(
            select(AllowanceRow.person_id, func.sum(AllowanceRow.used)).group_by(
                AllowanceRow.person_id
            )
        )
        held = await session.execute(
            select(LedgerRow.person_id, func.sum(LedgerRow.cost))
            .where(LedgerRow.state != "refunded")
            .group_by(LedgerRow.person_id)
        )
        return Books(
            jobs={row.id: row.state for row in rows},
            ledger={entry.job_id: entry.state for entry in entries},
            used={person: int(total) for person, total in used},
            reserved_or_settled={person: int(total) for person, total in held},
            told={row.id for row in rows if row.told_at is not None},
        )


async def until(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for that to become true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def until_books(
    database: Database, condition: Callable[[Books], bool], seconds: float = 20
) -> Books:
    """The books as soon as that is true of them."""
    async with asyncio.timeout(seconds):
        while not condition(books := await read(database)):
            await asyncio.sleep(0.02)
    return books

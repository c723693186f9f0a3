"""What the tables say about jobs and credits, read past the code that writes them."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

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
        reserved_or_settled: Credits of jobs in the ledger by person.
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
        entries = await session.execute(
            select(LedgerRow.job_id, LedgerRow.state).where(LedgerRow.kind == "job")
        )
        used = await session.execute(
            select(AllowanceRow.holder_id, func.sum(AllowanceRow.used))
            .where(AllowanceRow.holder == "person")
            .group_by(AllowanceRow.holder_id)
        )
        held = await session.execute(
            select(LedgerRow.person_id, func.sum(LedgerRow.cost))
            .where(LedgerRow.kind == "job", LedgerRow.state != "refunded")
            .group_by(LedgerRow.person_id)
        )
        return Books(
            jobs={row.id: row.state for row in rows},
            ledger={entry.job_id: entry.state for entry in entries},
            used={person: int(total) for person, total in used},
            reserved_or_settled={person: int(total) for person, total in held},
            told={row.id for row in rows if row.told_at is not None},
        )


async def allowance(database: Database, holder: str, holder_id: int, day: date) -> tuple[int, int]:
    """Credits used and granted of a `person` or `guild` on that day."""
    async with database.transaction() as session:
        row = await session.get(AllowanceRow, (holder, holder_id, day))
        return (row.used, row.granted) if row is not None else (0, 0)


async def entries(database: Database) -> Sequence[LedgerRow]:
    """The whole ledger, oldest first."""
    async with database.transaction() as session:
        return (await session.scalars(select(LedgerRow).order_by(LedgerRow.id))).all()


async def check_sums(database: Database) -> None:
    """Every allowance is, to the credit, what the ledger says."""
    async with database.transaction() as session:
        rows = (await session.scalars(select(AllowanceRow))).all()
        states = {job.id: job.state for job in await session.scalars(select(JobRow))}
    written = await entries(database)
    kept = {(row.holder, row.holder_id, row.day): (row.used, row.granted) for row in rows}
    sums = dict.fromkeys(kept, (0, 0))
    for entry in written:
        if entry.kind == "job":
            if entry.state == "refunded":
                continue
            holders = [("person", entry.person_id), ("guild", entry.guild_id)]
            change = (entry.cost, 0)
        else:
            holders, change = [("person", entry.person_id)], (0, entry.cost)
        for holder, holder_id in holders:
            if holder_id is not None and any(change):
                used, granted = sums.get((holder, holder_id, entry.day), (0, 0))
                sums[holder, holder_id, entry.day] = used + change[0], granted + change[1]
    assert kept == sums
    assert states.keys() == {entry.job_id for entry in written if entry.kind == "job"}


async def until(condition: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for that to become true."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.01)


async def until_books(
    database: Database, condition: Callable[[Books], bool], seconds: float = 60
) -> Books:
    """The books as soon as that is true of them."""
    async with asyncio.timeout(seconds):
        while not condition(books := await read(database)):
            await asyncio.sleep(0.02)
    return books

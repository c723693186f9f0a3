"""Credits: reserved within the limit, then settled or refunded, once."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.database import Database, jobs, quotas
from bot.database.models import LedgerRow
from bot.jobs.job import Job, State
from bot.jobs.ulid import ulid
from tests.bot.jobs import books
from tests.bot.jobs.other_side import wish


def new_job(person_id: int = 1, cost: int = 1, created_at: datetime | None = None) -> Job:
    request = wish(person_id, cost=cost)
    return Job(
        id=ulid(),
        request_key=request.key,
        kind="dream",
        state=State.QUEUED,
        person_id=person_id,
        place=request.place,
        preset=request.preset,
        recipe=request.recipe,
        inputs={},
        cost=cost,
        tries=0,
        created_at=created_at or datetime.now(UTC),
    )


async def reserve(database: Database, job: Job, limit: int) -> bool:
    async with database.transaction() as session:
        assert await jobs.put(session, job, {})
        return await quotas.reserve(session, job, limit)


async def refund(database: Database, job: Job) -> int:
    async with database.transaction() as session:
        return await quotas.refund(session, job.id, "it failed", who="person:7")


async def test_of_200_who_reserve_at_once_exactly_as_many_as_the_limit_allows_succeed(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    outcomes = await asyncio.gather(
        *(reserve((database, other)[number % 2], new_job(), 50) for number in range(200))
    )
    await other.close()
    assert outcomes.count(True) == 50
    assert (await books.read(database)).used == {1: 50}


async def test_a_second_refund_changes_nothing(database: Database) -> None:
    job = new_job(cost=3)
    await reserve(database, job, 10)
    await reserve(database, new_job(cost=2), 10)
    assert await refund(database, job) == 3
    assert await refund(database, job) == 0
    kept = await books.read(database)
    assert kept.used == kept.reserved_or_settled == {1: 2}


async def test_refunds_at_once_count_once(database: Database) -> None:
    job = new_job(cost=3)
    await reserve(database, job, 10)
    returned = await asyncio.gather(*(refund(database, job) for _ in range(10)))
    assert sorted(returned) == [0] * 9 + [3]
    assert (await books.read(database)).used == {1: 0}


async def test_what_was_delivered_is_not_refunded(database: Database) -> None:
    job = new_job(cost=3)
    await reserve(database, job, 10)
    async with database.transaction() as session:
        await quotas.settle(session, job.id)
    assert await refund(database, job) == 0
    kept = await books.read(database)
    assert kept.ledger == {job.id: "settled"}
    assert kept.used == {1: 3}


async def test_credits_return_to_the_day_they_were_taken_from(database: Database) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)
    job = new_job(cost=3, created_at=yesterday)
    await reserve(database, job, 10)
    await reserve(database, new_job(cost=5), 10)
    await refund(database, job)
    async with database.transaction() as session:
        assert await quotas.used(session, 1, yesterday.date()) == 0
        assert await quotas.used(session, 1, datetime.now(UTC).date()) == 5


async def test_the_day_is_that_of_utc(database: Database) -> None:
    in_tokyo = datetime.fromisoformat("2026-03-02T05:00:00+09:00")
    await reserve(database, replace(new_job(), created_at=in_tokyo), 10)
    async with database.transaction() as session:
        assert await quotas.used(session, 1, datetime(2026, 3, 1).date()) == 1


async def test_the_ledger_says_who_refunded_and_why(database: Database) -> None:
    job = new_job()
    await reserve(database, job, 10)
    await refund(database, job)
    async with database.transaction() as session:
        entry = await session.scalar(select(LedgerRow))
    assert entry is not None
    assert (entry.state, entry.reason, entry.who) == ("refunded", "it failed", "person:7")
    assert entry.created_at == job.created_at

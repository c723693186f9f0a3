"""Credits: reserved, then settled or refunded, once; given on top, and given back."""

import asyncio
import random
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from sqlalchemy import select

from bot.database import Database, jobs, quotas
from bot.database.ledger import Act
from bot.database.models import LedgerRow
from bot.jobs.job import Job, Kind, State
from bot.jobs.ulid import ulid
from tests.bot.jobs import books
from tests.bot.jobs.other_side import SERVER, wish

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TODAY = NOON.date()
OWNER = 2**62 + 7


def new_job(
    person_id: int = 1,
    cost: int = 1,
    created_at: datetime | None = None,
    guild_id: int | None = SERVER,
) -> Job:
    request = wish(person_id, cost=cost, guild_id=guild_id)
    return Job(
        id=ulid(),
        request_key=request.key,
        kind=Kind.DREAM,
        state=State.QUEUED,
        person_id=person_id,
        place=request.place,
        preset=request.preset,
        recipe=request.recipe,
        inputs={},
        remark="",
        work=1,
        cost=cost,
        tries=0,
        created_at=created_at or datetime.now(UTC),
    )


at_noon = partial(new_job, created_at=NOON)


def act(number: int, person_id: int = 1, at: datetime = NOON) -> Act:
    return Act(
        asked_with=number << 22,
        person_id=person_id,
        guild_id=None,
        by=OWNER,
        reason="a good reason",
        at=at,
    )


async def reserve(database: Database, job: Job) -> None:
    async with database.transaction() as session:
        assert await jobs.put(session, job, {})
        day = job.created_at.astimezone(UTC).date()
        await quotas.hold(session, job.person_id, job.place.guild_id, day)
        await quotas.reserve(session, job)


async def refund(database: Database, job: Job) -> int:
    async with database.transaction() as session:
        return await quotas.refund(session, job.id, "it failed", who="person:7")


async def settle(database: Database, job: Job) -> None:
    async with database.transaction() as session:
        await quotas.settle(session, job.id)


async def grant(database: Database, by: Act, amount: int) -> None:
    async with database.transaction() as session:
        await quotas.grant(session, by, amount)


async def reset(database: Database, by: Act) -> int:
    async with database.transaction() as session:
        return await quotas.reset(session, by)


async def allowance(
    database: Database, holder: str, holder_id: int, day: date = TODAY
) -> tuple[int, int]:
    """Used and granted."""
    return await books.allowance(database, holder, holder_id, day)


async def test_a_reservation_is_held_of_the_person_and_of_the_server(database: Database) -> None:
    await reserve(database, at_noon(1, cost=3))
    await reserve(database, at_noon(2, cost=4))
    await reserve(database, at_noon(2, cost=5, guild_id=None))
    assert await allowance(database, "person", 1) == (3, 0)
    assert await allowance(database, "person", 2) == (9, 0)
    assert await allowance(database, "guild", SERVER) == (7, 0)
    await books.check_sums(database)


async def test_a_second_refund_changes_nothing(database: Database) -> None:
    job = at_noon(cost=3)
    await reserve(database, job)
    await reserve(database, at_noon(cost=2))
    assert await refund(database, job) == 3
    assert await refund(database, job) == 0
    assert await allowance(database, "person", 1) == (2, 0)
    assert await allowance(database, "guild", SERVER) == (2, 0)


async def test_refunds_at_once_count_once(database: Database, database_url: str) -> None:
    other = Database(database_url)
    job = at_noon(cost=3)
    await reserve(database, job)
    returned = await asyncio.gather(
        *(refund((database, other)[number % 2], job) for number in range(10))
    )
    await other.close()
    assert sorted(returned) == [0] * 9 + [3]
    assert await allowance(database, "person", 1) == (0, 0)
    assert await allowance(database, "guild", SERVER) == (0, 0)


async def test_what_was_delivered_is_not_refunded(database: Database) -> None:
    job = at_noon(cost=3)
    await reserve(database, job)
    await settle(database, job)
    assert await refund(database, job) == 0
    kept = await books.read(database)
    assert kept.ledger == {job.id: "settled"}
    assert kept.used == {1: 3}


async def test_credits_return_to_the_day_they_were_taken_from(database: Database) -> None:
    yesterday = NOON - timedelta(days=1)
    job = new_job(cost=3, created_at=yesterday)
    await reserve(database, job)
    await reserve(database, at_noon(cost=5))
    await refund(database, job)
    for holder, holder_id in (("person", 1), ("guild", SERVER)):
        assert await allowance(database, holder, holder_id, yesterday.date()) == (0, 0)
        assert await allowance(database, holder, holder_id) == (5, 0)


async def test_the_day_is_that_of_utc(database: Database) -> None:
    in_tokyo = datetime.fromisoformat("2026-03-02T05:00:00+09:00")
    await reserve(database, new_job(created_at=in_tokyo))
    await grant(database, act(1, at=in_tokyo), 2)
    assert await allowance(database, "person", 1, date(2026, 3, 1)) == (1, 2)


async def test_the_ledger_says_who_refunded_and_why(database: Database) -> None:
    job = at_noon()
    await reserve(database, job)
    await refund(database, job)
    async with database.transaction() as session:
        entry = await session.scalar(select(LedgerRow))
    assert entry is not None
    assert (entry.state, entry.reason, entry.who) == ("refunded", "it failed", "person:7")
    assert entry.created_at == job.created_at


async def test_a_grant_that_two_bots_hear_of_is_given_once(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    await asyncio.gather(*(grant((database, other)[number % 2], act(1), 5) for number in range(10)))
    await grant(database, act(2), 3)
    await other.close()
    assert await allowance(database, "person", 1) == (0, 8)
    async with database.transaction() as session:
        entries = (await session.scalars(select(LedgerRow).order_by(LedgerRow.id))).all()
    assert [(entry.kind, entry.cost, entry.who) for entry in entries] == [
        ("grant", 5, f"person:{OWNER}"),
        ("grant", 3, f"person:{OWNER}"),
    ]
    assert {entry.reason for entry in entries} == {"a good reason"}


async def test_a_reset_gives_back_what_was_spent_and_only_once(
    database: Database, database_url: str
) -> None:
    spent, under_way = at_noon(cost=4), at_noon(cost=3)
    for job in (spent, under_way):
        await reserve(database, job)
    await settle(database, spent)
    other = Database(database_url)
    back = await asyncio.gather(
        *(reset((database, other)[number % 2], act(1)) for number in range(6))
    )
    await other.close()
    assert back == [4] * 6
    assert await allowance(database, "person", 1) == (7, 4)
    assert await reset(database, act(2)) == 0
    # Had the reset given these back too, they would come back twice now.
    await refund(database, under_way)
    assert await allowance(database, "person", 1) == (4, 4)
    await books.check_sums(database)


async def test_yesterdays_spending_is_not_given_back_today(database: Database) -> None:
    job = new_job(cost=4, created_at=NOON - timedelta(days=1))
    await reserve(database, job)
    await settle(database, job)
    assert await reset(database, act(1)) == 0


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_in_whatever_order_the_sums_are_those_of_the_ledger(
    database: Database, database_url: str, seed: int
) -> None:
    dice = random.Random(seed)
    other = Database(database_url)
    reserved: list[Job] = []
    acts = iter(range(1, 1000))

    async def something() -> None:
        through = dice.choice((database, other))
        person_id = dice.randint(1, 3)
        at = NOON + timedelta(days=dice.randint(0, 1))
        match dice.choice(("reserve", "reserve", "settle", "refund", "grant", "reset")):
            case "reserve":
                guild_id = dice.choice((SERVER, SERVER + 1, None))
                job = new_job(person_id, dice.randint(1, 5), at, guild_id)
                await reserve(through, job)
                reserved.append(job)
            case "settle" if reserved:
                await settle(through, dice.choice(reserved))
            case "refund" if reserved:
                await refund(through, dice.choice(reserved))
            case "grant":
                await grant(through, act(next(acts), person_id, at), dice.randint(1, 5))
            case "reset":
                await reset(through, act(next(acts), person_id, at))

    for _ in range(12):
        await asyncio.gather(*(something() for _ in range(10)))
        await books.check_sums(database)
    await other.close()

"""The line: who is next, who holds which, and that nobody holds what another holds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import Database, jobs
from bot.jobs.job import Job, Result, State
from tests.bot.database.test_quotas import new_job

LEASE = 60.0
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RESULT = Result("results/1", "WEBP", (640, 480), 2.5, "its first frame of 2")


async def put(database: Database, job: Job) -> Job:
    async with database.transaction() as session:
        assert await jobs.put(session, job, dict.fromkeys(job.inputs, "0" * 64))
        await jobs.line_up(session, job)
    return job


async def asked(database: Database, person_id: int, after: timedelta) -> Job:
    """A job that the person asked for so long after noon."""
    return await put(database, new_job(person_id, created_at=NOON + after))


async def claim(database: Database, owner: str = "me", lease: float = LEASE) -> Job | None:
    async with database.transaction() as session:
        claimed = await jobs.claim(session, owner, lease)
    return claimed.job if claimed else None


async def everybody_in_turn(database: Database) -> list[int]:
    """Whose jobs are claimed, one after the other."""
    order = []
    while job := await claim(database):
        order.append(job.person_id)
    return order


async def test_a_job_comes_out_as_it_went_in(database: Database) -> None:
    job = replace(new_job(2**63 - 1), inputs={"picture": "inputs/1", "mask": "inputs/2"})
    job = replace(job, place=replace(job.place, guild_id=None, message_id=None))
    await put(database, job)
    async with database.transaction() as session:
        assert await jobs.by_request(session, job.request_key) == job
        assert await jobs.by_request(session, "another") is None


async def test_a_request_key_is_taken_once(database: Database) -> None:
    job = await put(database, new_job())
    async with database.transaction() as session:
        again = replace(new_job(), request_key=job.request_key)
        assert not await jobs.put(session, again, {})


async def test_people_who_ask_for_many_alternate(database: Database) -> None:
    for person in (1, 2):
        for second in range(4):
            await asked(database, person, timedelta(seconds=10 * person + second))
    assert await everybody_in_turn(database) == [1, 2] * 4


async def test_a_newcomer_goes_before_somebodys_second(database: Database) -> None:
    for second in range(10):
        await asked(database, 1, timedelta(seconds=second))
    await asked(database, 2, timedelta(minutes=50))
    assert await everybody_in_turn(database) == [1, 2] + [1] * 9


async def test_newcomers_without_end_do_not_starve_anybody(database: Database) -> None:
    await asked(database, 1, timedelta())
    await asked(database, 1, timedelta(seconds=1))
    served = []
    for minute in range(0, 90, 10):
        # More come than are served: in a plain round robin the second would never be.
        await asked(database, 100 + minute, timedelta(minutes=minute, seconds=2))
        await asked(database, 101 + minute, timedelta(minutes=minute, seconds=3))
        job = await claim(database)
        assert job is not None
        served.append(job.person_id)
    served += await everybody_in_turn(database)
    assert served.index(1, 1) <= 14  # after those of the first hour, before all others
    assert served[-1] == 181


async def test_a_dream_that_runs_counts_and_one_that_is_delivered_does_not(
    database: Database,
) -> None:
    first = await asked(database, 1, timedelta())
    await claim(database)
    await asked(database, 1, timedelta(minutes=1))
    await asked(database, 2, timedelta(minutes=2))
    async with database.transaction() as session:
        await jobs.delivering(session, first.id, "me", RESULT)
    await asked(database, 3, timedelta(minutes=3))
    assert await everybody_in_turn(database) == [2, 3, 1]


async def test_the_position_is_how_many_go_before(database: Database) -> None:
    some = [await put(database, new_job(person)) for person in range(4)]
    await claim(database)
    async with database.transaction() as session:
        assert [await jobs.ahead(session, job.id) for job in some] == [0, 0, 1, 2]


async def test_claimers_at_once_never_get_the_same_job(
    database: Database, database_url: str
) -> None:
    some = [await put(database, new_job(person)) for person in range(40)]
    other = Database(database_url)
    claimed = await asyncio.gather(
        *(claim((database, other)[number % 2], f"owner {number}") for number in range(60))
    )
    await other.close()
    assert sorted(job.id for job in claimed if job) == sorted(job.id for job in some)
    assert claimed.count(None) == 20


async def test_a_lease_that_ran_out_puts_the_job_back_to_the_front_as_no_try(
    database: Database,
) -> None:
    first = await put(database, new_job(1))
    await put(database, new_job(2))
    await claim(database, lease=0.4)
    async with database.transaction() as session:
        assert await jobs.requeue_lapsed(session, []) == []
    await asyncio.sleep(0.5)
    async with database.transaction() as session:
        assert await jobs.requeue_lapsed(session, [first.id]) == []
        assert await jobs.requeue_lapsed(session, []) == [first.id]
        assert await jobs.requeue_lapsed(session, []) == []
    again = await claim(database)
    assert again is not None
    assert (again.id, again.tries) == (first.id, 0)


async def test_a_heartbeat_keeps_what_is_held_and_says_what_is_not(database: Database) -> None:
    mine, lost = await put(database, new_job(1)), await put(database, new_job(2))
    await claim(database, "me", lease=0.4)
    await claim(database, "another")
    async with database.transaction() as session:
        assert await jobs.beat(session, "me", LEASE, [mine.id, lost.id]) == {mine.id}
    await asyncio.sleep(0.5)
    async with database.transaction() as session:
        assert await jobs.requeue_lapsed(session, []) == []


async def test_nobody_changes_a_job_that_another_holds(database: Database) -> None:
    job = await put(database, new_job())
    await claim(database, "another")
    changes: list[Callable[[AsyncSession], Awaitable[object]]] = [
        lambda session: jobs.delivering(session, job.id, "me", RESULT),
        lambda session: jobs.ended(session, job.id, "me", State.FAILED, "no"),
        lambda session: jobs.died(session, job.id, "me"),
        lambda session: jobs.put_back(session, job.id, "me"),
        lambda session: jobs.done(session, job.id, "me"),
        lambda session: jobs.told(session, job.id, "me"),
    ]
    for change in changes:
        with pytest.raises(jobs.LeaseLost):
            async with database.transaction() as session:
                await change(session)
    async with database.transaction() as session:
        kept = await jobs.by_request(session, job.request_key)
        assert kept is not None
        assert kept.state is State.RUNNING


async def test_a_delivery_is_taken_over_only_once_its_lease_ran_out(database: Database) -> None:
    job = await put(database, new_job())
    await claim(database, "dead", lease=0.4)
    async with database.transaction() as session:
        await jobs.delivering(session, job.id, "dead", RESULT)
        assert await jobs.claim_unsaid(session, "me", LEASE) is None
    await asyncio.sleep(0.5)
    async with database.transaction() as session:
        assert await jobs.requeue_lapsed(session, []) == []
        taken = await jobs.claim_unsaid(session, "me", LEASE)
        assert taken is not None
        assert taken.job == replace(job, state=State.DELIVERING, result=RESULT)
        assert await jobs.claim_unsaid(session, "me", LEASE) is None
        await jobs.done(session, job.id, "me")
        assert await jobs.claim_unsaid(session, "me", LEASE) is None


async def test_a_failure_is_told_until_it_is_told(database: Database) -> None:
    job = await put(database, new_job())
    await claim(database, "dead", lease=0.4)
    async with database.transaction() as session:
        await jobs.ended(session, job.id, "dead", State.CANCELLED, "called off")
    await asyncio.sleep(0.5)
    async with database.transaction() as session:
        taken = await jobs.claim_unsaid(session, "me", LEASE)
        assert taken is not None
        assert (taken.job.state, taken.job.error) == (State.CANCELLED, "called off")
        await jobs.told(session, job.id, "me")
    async with database.transaction() as session:
        assert await jobs.claim_unsaid(session, "me", LEASE) is None

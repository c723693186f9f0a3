"""The line: who is next, who holds which, and that nobody holds what another holds."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import Database, jobs, leases, waiting_line
from bot.jobs.estimates import Effort
from bot.jobs.job import Job, Result, State
from tests.bot.database.test_quotas import new_job

LEASE = 60.0
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
RESULT = Result("results/1", "WEBP", (640, 480), 2.5, "its first frame of 2")


async def put(database: Database, job: Job) -> Job:
    async with database.transaction() as session:
        assert await jobs.put(session, job, dict.fromkeys(job.inputs, "0" * 64))
        await waiting_line.line_up(session, job)
    return job


async def asked(database: Database, person_id: int, after: timedelta) -> Job:
    """A job that the person asked for so long after noon."""
    return await put(database, new_job(person_id, created_at=NOON + after))


async def claim(database: Database, owner: str = "me") -> Job | None:
    async with database.transaction() as session:
        await waiting_line.lock(session)
        waiting = (await waiting_line.roster(session)).waiting
        claimed = await leases.claim(session, waiting[0].id, owner, LEASE) if waiting else None
    return claimed.job if claimed else None


async def let_lapse(database: Database, owner: str, job_id: str) -> None:
    """The lease of that job has run out."""
    async with database.transaction() as session:
        assert await leases.beat(session, owner, -1.0, [job_id]) == {job_id}


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
        await leases.delivering(session, first.id, "me", RESULT)
    await asked(database, 3, timedelta(minutes=3))
    assert await everybody_in_turn(database) == [2, 3, 1]


async def test_the_line_stands_in_the_order_of_turns_beside_what_runs(database: Database) -> None:
    first = await asked(database, 1, timedelta())
    second = await asked(database, 1, timedelta(seconds=1))
    other = await asked(database, 2, timedelta(seconds=2))
    await claim(database, "another")
    async with database.transaction() as session:
        standing = await waiting_line.roster(session)
        rest = await waiting_line.roster(session, held=[other.id])
    assert [(job.id, job.first) for job in standing.waiting] == [
        (other.id, True),
        (second.id, False),
    ]
    [running] = standing.running
    assert (running.id, running.owner, running.person_id) == (first.id, "another", 1)
    assert running.effort == Effort("googlenet", "inception_4c/output", first.work)
    assert 0 <= running.age < 30
    assert [job.id for job in rest.waiting] == [second.id]


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
    await claim(database)
    async with database.transaction() as session:
        assert await leases.requeue_lapsed(session, []) == []
    await let_lapse(database, "me", first.id)
    async with database.transaction() as session:
        assert await leases.requeue_lapsed(session, [first.id]) == []
        assert await leases.requeue_lapsed(session, []) == [first.id]
        assert await leases.requeue_lapsed(session, []) == []
    again = await claim(database)
    assert again is not None
    assert (again.id, again.tries) == (first.id, 0)


async def test_a_heartbeat_keeps_what_is_held_and_says_what_is_not(database: Database) -> None:
    mine, lost = await put(database, new_job(1)), await put(database, new_job(2))
    await claim(database, "me")
    await claim(database, "another")
    await let_lapse(database, "me", mine.id)
    async with database.transaction() as session:
        assert await leases.beat(session, "me", LEASE, [mine.id, lost.id]) == {mine.id}
    async with database.transaction() as session:
        assert await leases.requeue_lapsed(session, []) == []


async def test_nobody_changes_a_job_that_another_holds(database: Database) -> None:
    job = await put(database, new_job())
    await claim(database, "another")
    changes: list[Callable[[AsyncSession], Awaitable[object]]] = [
        lambda session: leases.delivering(session, job.id, "me", RESULT),
        lambda session: leases.ended(session, job.id, "me", State.FAILED, "no"),
        lambda session: leases.died(session, job.id, "me"),
        lambda session: leases.put_back(session, job.id, "me"),
        lambda session: leases.done(session, job.id, "me"),
        lambda session: leases.told(session, job.id, "me"),
    ]
    for change in changes:
        with pytest.raises(leases.LeaseLost):
            async with database.transaction() as session:
                await change(session)
    async with database.transaction() as session:
        kept = await jobs.by_request(session, job.request_key)
        assert kept is not None
        assert kept.state is State.RUNNING


async def test_a_delivery_is_taken_over_only_once_its_lease_ran_out(database: Database) -> None:
    job = await put(database, new_job())
    await claim(database, "dead")
    async with database.transaction() as session:
        await leases.delivering(session, job.id, "dead", RESULT)
        assert await leases.claim_unsaid(session, "me", LEASE) is None
    await let_lapse(database, "dead", job.id)
    async with database.transaction() as session:
        assert await leases.requeue_lapsed(session, []) == []
        taken = await leases.claim_unsaid(session, "me", LEASE)
        assert taken is not None
        assert taken.job == replace(job, state=State.DELIVERING, result=RESULT)
        assert await leases.claim_unsaid(session, "me", LEASE) is None
        await leases.done(session, job.id, "me")
        assert await leases.claim_unsaid(session, "me", LEASE) is None


async def test_who_has_no_hand_free_for_results_still_takes_what_is_only_to_be_told(
    database: Database,
) -> None:
    for _ in range(2):
        await put(database, new_job())
        await claim(database, "dead")
    async with database.transaction() as session:
        held = await jobs.under_way(session)
        await leases.delivering(session, held[1].id, "dead", RESULT)
        await leases.put_back(session, held[1].id, "dead")
        await leases.ended(session, held[0].id, "dead", State.FAILED, "no")
        await leases.put_back(session, held[0].id, "dead")
    async with database.transaction() as session:
        taken = await leases.claim_unsaid(session, "me", LEASE, results=False)
        assert taken is not None
        assert taken.job.id == held[0].id
        assert await leases.claim_unsaid(session, "me", LEASE, results=False) is None
        taken = await leases.claim_unsaid(session, "me", LEASE)
        assert taken is not None
        assert taken.job.id == held[1].id


async def test_a_failure_is_told_until_it_is_told(database: Database) -> None:
    job = await put(database, new_job())
    await claim(database, "dead")
    async with database.transaction() as session:
        await leases.ended(session, job.id, "dead", State.CANCELLED, "called off")
    await let_lapse(database, "dead", job.id)
    async with database.transaction() as session:
        taken = await leases.claim_unsaid(session, "me", LEASE)
        assert taken is not None
        assert (taken.job.state, taken.job.error) == (State.CANCELLED, "called off")
        await leases.told(session, job.id, "me")
    async with database.transaction() as session:
        assert await leases.claim_unsaid(session, "me", LEASE) is None


async def test_a_persons_last_jobs_come_newest_first_whatever_became_of_them(
    database: Database,
) -> None:
    own = [await asked(database, 1, timedelta(minutes=minute)) for minute in range(4)]
    await asked(database, 2, timedelta(hours=1))
    await claim(database)
    async with database.transaction() as session:
        found = await jobs.last_of(session, 1, 3)
        assert await jobs.last_of(session, 3, 3) == []
    assert [job.id for job in found] == [job.id for job in reversed(own[1:])]


async def test_a_kept_job_is_at_its_end(database: Database) -> None:
    job = await put(database, new_job())
    await claim(database)
    async with database.transaction() as session:
        with pytest.raises(leases.LeaseLost):
            await leases.kept(session, job.id, "me")
    async with database.transaction() as session:
        await leases.delivering(session, job.id, "me", RESULT)
        await leases.answered(session, job.id, "me", 4711)
        await leases.kept(session, job.id, "me")
    async with database.transaction() as session:
        assert await leases.claim_unsaid(session, "other", LEASE) is None
        [found] = await jobs.last_of(session, job.person_id, 1)
        assert (found.state, found.result, found.place.answer_id) == (State.KEPT, RESULT, 4711)
        with pytest.raises(leases.LeaseLost):
            await leases.answered(session, job.id, "me", 1)


async def test_who_waits_is_found_in_the_order_of_their_turns(database: Database) -> None:
    greedy = [await asked(database, 1, timedelta(minutes=n)) for n in range(3)]
    late = await asked(database, 2, timedelta(minutes=5))
    running = await claim(database)
    async with database.transaction() as session:
        found = [job.id for job in await jobs.first_waiting(session)]
        ids = await jobs.waiting(session)
    assert running is not None
    assert running.id == greedy[0].id
    assert found == [late.id, greedy[1].id, greedy[2].id]
    assert ids == set(found)

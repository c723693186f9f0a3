"""Calling dreams off: who may, which one is meant, and that it is exact."""

import asyncio
from itertools import count

import pytest

from bot.database import Database, calling_off, leases
from bot.errors import Refusal
from bot.jobs.cancelling import Canceller, Cancelling, end_waiting, name
from bot.jobs.job import Job, Result, State
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission, Unavailable
from bot.storage import Storage
from tests.bot.jobs import books
from tests.bot.jobs.other_side import wish

HERE = 2**62
ALICE, BOB = Canceller(1), Canceller(2)
MODERATOR = Canceller(7, guild_id=HERE)
OWNER = Canceller(9, everywhere=True)

_numbers = count(2**32)


def anew() -> str:
    """A message that nobody has heard of yet."""
    return f"message:{next(_numbers)}"


@pytest.fixture
def submission(database: Database, storage: Storage) -> Submission:
    return Submission(database, storage, Limits(daily_credits=20))


@pytest.fixture
def cancelling(database: Database) -> Cancelling:
    return Cancelling(database, lambda: None)


async def submit(submission: Submission, person_id: int = 1, guild_id: int | None = HERE) -> Job:
    job, _ = await submission.submit(wish(person_id, cost=2, guild_id=guild_id))
    return job


async def claim(database: Database, job: Job) -> None:
    async with database.transaction() as session:
        assert await leases.claim(session, job.id, "a runner", 60)


async def test_one_that_waits_ends_at_once_and_its_credits_are_back(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    job = await submit(submission)
    ended = await cancelling.cancel(ALICE, asked_with=anew())
    assert (ended.id, ended.state, ended.error) == (job.id, State.CANCELLED, "You called it off.")
    kept = await books.read(database)
    assert kept.jobs == {job.id: "cancelled"}
    assert kept.ledger == {job.id: "refunded"}
    assert kept.used == {1: 0}
    # Whichever bot comes by tells the person.
    assert kept.told == set()
    async with database.transaction() as session:
        unsaid = await leases.claim_unsaid(session, "a runner", 60)
    assert unsaid is not None
    assert unsaid.job.id == job.id


async def test_it_can_be_called_off_once(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    await submit(submission)
    outcomes = await asyncio.gather(
        *(cancelling.cancel(ALICE, asked_with=anew()) for _ in range(8)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Job) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, Refusal) for outcome in outcomes) == 7
    assert (await books.read(database)).used == {1: 0}


async def test_what_was_asked_for_after_a_message_is_not_called_off_by_it(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    heard = anew()
    # It is carried out late, or again since nobody has got its answer.
    later, _ = await submission.submit(wish(1, key=f"{anew()}:0", cost=2))
    with pytest.raises(Refusal, match="no dream"):
        await cancelling.cancel(ALICE, asked_with=heard)
    before = await submit(submission)
    assert (await cancelling.cancel(ALICE, asked_with=heard)).id == before.id
    assert (await books.read(database)).jobs == {before.id: "cancelled", later.id: "queued"}


async def test_one_that_ends_already_is_not_meant_while_there_is_another(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    other, runs = await submit(submission), await submit(submission)
    await claim(database, runs)
    for job in (runs, other):
        assert (await cancelling.cancel(ALICE, asked_with=anew())).id == job.id


async def test_who_calls_a_dream_off_as_the_second_leaves_the_first_ones_message_known(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    waits, runs = await submit(submission), await submit(submission)
    await claim(database, runs)
    heard = anew()
    assert (await cancelling.cancel(ALICE, asked_with=heard)).id == runs.id
    assert (await cancelling.cancel(MODERATOR, runs.id, asked_with=anew())).id == runs.id
    async with database.transaction() as session:
        await leases.ended(session, runs.id, "a runner", State.CANCELLED, "You called it off.")
        await leases.told(session, runs.id, "a runner")
    assert (await cancelling.cancel(ALICE, asked_with=heard)).id == runs.id
    assert (await books.read(database)).jobs[waits.id] == "queued"


@pytest.mark.parametrize("way", ["the latest", "its name", "its answer"])
async def test_a_message_that_many_bots_hear_of_calls_one_dream_off(
    database: Database, database_url: str, submission: Submission, way: str
) -> None:
    first, second = await submit(submission), await submit(submission)
    which = {
        "the latest": ("", None),
        "its name": (name(second), None),
        "its answer": ("", second.place.answer_id),
    }[way]
    others = [Database(database_url) for _ in range(4)]
    heard, later = anew(), anew()
    ended = await asyncio.gather(
        *(
            Cancelling(other, lambda: None).cancel(ALICE, *which, asked_with=heard)
            for other in others
        )
    )
    assert {(job.id, job.state) for job in ended} == {(second.id, State.CANCELLED)}
    assert (await books.read(database)).jobs == {first.id: "queued", second.id: "cancelled"}
    # Another message is another call.
    assert (await Cancelling(database, lambda: None).cancel(ALICE, asked_with=later)).id == first.id
    for other in others:
        await other.close()


async def test_a_message_heard_again_after_its_running_dream_has_ended_ends_no_other(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    waits, runs = await submit(submission), await submit(submission)
    await claim(database, runs)
    heard = anew()
    for _ in range(2):
        assert (await cancelling.cancel(ALICE, asked_with=heard)).state is State.RUNNING
    async with database.transaction() as session:
        await leases.ended(session, runs.id, "a runner", State.CANCELLED, "You called it off.")
        await leases.told(session, runs.id, "a runner")
    for answer_id in (None, runs.place.answer_id):
        ended = await cancelling.cancel(ALICE, "", answer_id, asked_with=heard)
        assert (ended.id, ended.state) == (runs.id, State.CANCELLED)
    assert (await books.read(database)).jobs[waits.id] == "queued"


async def test_what_called_a_dream_off_is_known_after_its_bot_died(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    job = await submit(submission)
    await claim(database, job)
    heard = anew()
    await cancelling.cancel(ALICE, asked_with=heard)
    async with database.transaction() as session:
        await leases.put_back(session, job.id, "a runner")
    assert (await cancelling.cancel(ALICE, asked_with=heard)).state is State.RUNNING
    async with database.transaction() as session:
        assert await end_waiting(session, job.id, 1, "person:1")
    assert (await cancelling.cancel(ALICE, asked_with=heard)).state is State.CANCELLED


@pytest.mark.parametrize(
    ("state", "said"),
    [(State.FAILED, "has failed already"), (State.CANCELLED, "is cancelled already")],
)
async def test_why_it_is_too_late_is_said_as_it_is(
    database: Database, submission: Submission, cancelling: Cancelling, state: State, said: str
) -> None:
    job = await submit(submission)
    await claim(database, job)
    async with database.transaction() as session:
        await leases.ended(session, job.id, "a runner", state, "A reason.")
    with pytest.raises(Refusal, match=said):
        await cancelling.cancel(ALICE, "", job.place.answer_id, asked_with=anew())


async def test_the_latest_of_ones_own_is_meant(
    submission: Submission, cancelling: Cancelling
) -> None:
    first, second = await submit(submission), await submit(submission)
    await submit(submission, person_id=2)
    assert (
        await cancelling.cancel(MODERATOR, first.id[-5:].lower(), asked_with=anew())
    ).id == first.id
    assert (await cancelling.cancel(ALICE, asked_with=anew())).id == second.id
    with pytest.raises(Refusal, match="no dream that waits or runs"):
        await cancelling.cancel(ALICE, asked_with=anew())


@pytest.mark.parametrize("way", ["its id", "its name", "quoted", "its answer"])
async def test_a_certain_one_is_meant(
    submission: Submission, cancelling: Cancelling, way: str
) -> None:
    job, _ = await submit(submission), await submit(submission)
    match way:
        case "its id":
            ended = await cancelling.cancel(ALICE, job.id, asked_with=anew())
        case "its name":
            ended = await cancelling.cancel(ALICE, name(job), asked_with=anew())
        case "quoted":
            ended = await cancelling.cancel(ALICE, f" `{name(job)}` ", asked_with=anew())
        case _:
            ended = await cancelling.cancel(ALICE, "", job.place.answer_id, asked_with=anew())
    assert ended.id == job.id


@pytest.mark.parametrize("typed", ["x", "1", "zzzzz", "%", "'; DROP TABLE job; --", "`" * 500])
async def test_what_names_no_dream_is_refused(
    database: Database, submission: Submission, cancelling: Cancelling, typed: str
) -> None:
    job = await submit(submission)
    with pytest.raises(Refusal):
        await cancelling.cancel(BOB, typed, asked_with=anew())
    assert (await books.read(database)).jobs == {job.id: "queued"}


@pytest.mark.parametrize(
    ("asker", "guild_id", "may"),
    [
        (ALICE, HERE, True),
        (BOB, HERE, False),
        (MODERATOR, HERE, True),
        (MODERATOR, 5, False),
        (MODERATOR, None, False),
        (OWNER, 5, True),
        (OWNER, None, True),
    ],
)
async def test_only_who_may_can(
    database: Database,
    submission: Submission,
    cancelling: Cancelling,
    asker: Canceller,
    guild_id: int | None,
    may: bool,
) -> None:
    for by_answer in (False, True):
        job = await submit(submission, guild_id=guild_id)
        assert (job.id in [each.id for each in await cancelling.choices(asker)]) == may
        which = ("", job.place.answer_id) if by_answer else (job.id, None)
        if may:
            assert (
                await cancelling.cancel(asker, *which, asked_with=anew())
            ).state is State.CANCELLED
        else:
            with pytest.raises(Refusal, match="may cancel"):
                await cancelling.cancel(asker, *which, asked_with=anew())
            assert (await books.read(database)).jobs[job.id] == "queued"


async def test_one_that_runs_is_left_to_its_runner(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    job = await submit(submission)
    await claim(database, job)
    assert (await cancelling.cancel(MODERATOR, job.id, asked_with=anew())).state is State.RUNNING
    assert (await cancelling.cancel(ALICE, asked_with=anew())).state is State.RUNNING
    async with database.transaction() as session:
        [off] = await calling_off.wanted(session, "a runner")
        assert await calling_off.wanted(session, "another") == []
    assert (off.job_id, off.who) == (job.id, "person:7")
    kept = await books.read(database)
    assert kept.jobs == {job.id: "running"}
    assert kept.ledger == {job.id: "reserved"}


async def test_one_that_is_delivered_is_too_late(
    database: Database, submission: Submission, cancelling: Cancelling
) -> None:
    job = await submit(submission)
    await claim(database, job)
    async with database.transaction() as session:
        result = Result("results/1", "PNG", (1, 1), 1.0, "")
        assert await leases.delivering(session, job.id, "a runner", result)
    for which in ("", job.id):
        with pytest.raises(Refusal, match="finished already"):
            await cancelling.cancel(ALICE, which, asked_with=anew())
    assert await cancelling.choices(ALICE) == []
    # With another that waits, that one is meant.
    other = await submit(submission)
    assert (await cancelling.cancel(ALICE, asked_with=anew())).id == other.id


async def test_a_claim_and_a_call_at_once_agree(
    database: Database, database_url: str, submission: Submission, cancelling: Cancelling
) -> None:
    other = Database(database_url)
    for person in range(20):
        job = await submit(submission, person)

        async def take(job: Job = job) -> object:
            async with other.transaction() as session:
                return await leases.claim(session, job.id, "a runner", 60)

        taken, ended = await asyncio.gather(
            take(), cancelling.cancel(Canceller(person), job.id, asked_with=anew())
        )
        assert (taken is None) == (ended.state is State.CANCELLED)
    await other.close()


async def test_without_its_database_it_says_so(submission: Submission) -> None:
    away = Cancelling(Database("postgresql://nobody@127.0.0.1:9/x"), lambda: None)
    with pytest.raises(Unavailable):
        await away.cancel(ALICE, asked_with=anew())
    with pytest.raises(Unavailable):
        await away.choices(ALICE)

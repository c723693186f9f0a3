"""The life of a job in one bot: dreamt, kept, delivered, or failed, refunded and told."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.database import Database
from bot.database.models import JobRow
from bot.jobs import runner as runner_module
from bot.jobs import work
from bot.jobs.job import Job
from bot.jobs.messenger import Rejected, Undeliverable
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.storage import Storage
from dream import (
    BrokenPicture,
    Cancelled,
    NetworkUnavailable,
    Output,
    PoolClosed,
    TookTooLong,
    UnknownName,
    WorkerDied,
)
from tests.bot.jobs import books
from tests.bot.jobs.other_side import (
    RecordingMessenger,
    ScriptedPool,
    at_once,
    breaking,
    forever,
    wish,
)

Bot = Callable[..., Runner]


@pytest.fixture
def submission(database: Database, storage: Storage) -> Submission:
    return Submission(database, storage, daily_credits=20)


@pytest.fixture
def messenger() -> RecordingMessenger:
    return RecordingMessenger()


@pytest.fixture
def pool() -> ScriptedPool:
    return ScriptedPool()


@pytest.fixture
def bot(
    database: Database, storage: Storage, pool: ScriptedPool, messenger: RecordingMessenger
) -> Bot:
    def make(lease: float = 5, *, on: Database = database) -> Runner:
        return Runner(on, storage, pool, messenger, lease_seconds=lease)

    return make


@asynccontextmanager
async def running(runner: Runner, grace: float = 5) -> AsyncIterator[None]:
    """That runner at work; it is stopped in the end."""
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.stop(grace)
        await task


async def ended(database: Database, job: Job, state: str) -> books.Books:
    """The books as soon as the job is in that state, and its person knows."""
    return await books.until_books(
        database, lambda kept: kept.jobs[job.id] == state and job.id in kept.told
    )


async def test_a_job_is_dreamt_delivered_and_its_credits_are_spent(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    request = wish(cost=3)
    job, _ = await submission.submit(request)
    async with running(bot()):
        kept = await ended(database, job, "done")
    assert pool.begun == [(request.picture, request.recipe, Output("PNG", messenger.limit))]
    assert messenger.delivered == [(job.id, b"dream of " + request.picture)]
    result = messenger.results[0]
    assert (result.format, result.size, result.seconds) == ("PNG", (640, 480), 1.5)
    assert result.note == "its first frame of 2"
    assert messenger.shown == [0.5]
    assert messenger.failed == []
    assert kept.ledger == {job.id: "settled"}
    assert kept.used == {1: 3}


async def test_a_woken_runner_does_not_wait_for_its_next_look(
    database: Database, submission: Submission, bot: Bot, messenger: RecordingMessenger
) -> None:
    runner = bot()
    async with running(runner):
        await asyncio.sleep(0.2)
        await submission.submit(wish())
        runner.wake()
        await books.until(lambda: bool(messenger.delivered), seconds=0.7)


async def test_as_many_dreams_at_once_as_the_pool_has_slots(
    database: Database, submission: Submission, pool: ScriptedPool, bot: Bot
) -> None:
    pool.slots = 3
    gate = asyncio.Event()
    pool.acts = deque([gate.wait] * 7)
    for person in range(7):
        await submission.submit(wish(person))
    async with running(bot()):
        await books.until(lambda: pool.at_work == 3)
        await asyncio.sleep(0.2)
        gate.set()
        await books.until_books(database, lambda kept: set(kept.jobs.values()) == {"done"})
    assert pool.most_at_work == 3


async def test_a_slow_delivery_holds_no_slot(
    database: Database, submission: Submission, storage: Storage, pool: ScriptedPool
) -> None:
    class Slow(RecordingMessenger):
        async def deliver(self, *_: object) -> None:
            await asyncio.Event().wait()

    for person in range(2):
        await submission.submit(wish(person))
    async with running(Runner(database, storage, pool, Slow(), lease_seconds=5), grace=0):
        await books.until(lambda: len(pool.begun) == 2, seconds=3)


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (BrokenPicture("This picture breaks off."), "failed"),
        (UnknownName("There is no layer called “x”."), "failed"),
        (NetworkUnavailable("Its weights can't be had."), "failed"),
        (TookTooLong("It took too long."), "failed"),
        (Cancelled("You called it off."), "cancelled"),
    ],
)
async def test_what_cannot_be_dreamt_is_refunded_and_said(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
    error: Exception,
    state: str,
) -> None:
    pool.acts.append(breaking(error))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, state)
    assert messenger.failed == [(job.id, str(error))]
    assert len(pool.begun) == 1
    assert kept.ledger == {job.id: "refunded"}
    assert kept.used == {1: 0}


async def test_an_unexpected_error_is_logged_once_under_the_number_that_the_person_sees(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
    caplog: pytest.LogCaptureFixture,
) -> None:
    pool.acts.append(breaking(ZeroDivisionError("secret detail")))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, "failed")
    [(_, sentence)] = messenger.failed
    assert "secret detail" not in sentence
    [record] = [record for record in caplog.records if record.exc_info]
    number = sentence.split("“")[1].split("”")[0]
    assert number in record.getMessage()
    assert kept.used == {1: 0}


async def test_a_dream_whose_worker_died_is_dreamt_once_more(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    pool.acts.append(breaking(WorkerDied("It died.")))
    job, _ = await submission.submit(wish(person_id=1))
    await submission.submit(wish(person_id=2))
    async with running(bot()):
        kept = await books.until_books(database, lambda kept: set(kept.jobs.values()) == {"done"})
    assert messenger.again == [job.id]
    # At the front of the line: before the other, who had waited for its turn.
    assert pool.begun[0][0] == pool.begun[1][0]
    assert job.id in [delivered for delivered, _ in messenger.delivered]
    assert messenger.failed == []
    assert set(kept.ledger.values()) == {"settled"}
    assert kept.used == {1: 1, 2: 1}


async def test_a_dream_that_two_workers_died_of_is_given_up(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    pool.acts.extend([breaking(WorkerDied("It died."))] * 2)
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, "failed")
        await asyncio.sleep(0.1)
    assert len(pool.begun) == 2
    assert messenger.again == [job.id]
    assert [told for told, _ in messenger.failed] == [job.id]
    assert "twice" in messenger.failed[0][1]
    assert kept.ledger == {job.id: "refunded"}
    assert kept.used == {1: 0}


async def test_a_delivery_that_goes_wrong_is_tried_again_without_dreaming_again(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(work, "_FIRST_PAUSE", 0.01)
    messenger.troubles.extend([RuntimeError("the chat is out")] * 4)
    job, _ = await submission.submit(wish())
    async with running(bot()):
        await ended(database, job, "done")
    assert len(pool.begun) == 1
    assert len(messenger.delivered) == 1
    assert len([record for record in caplog.records if record.exc_info]) == 1


async def test_a_delivery_under_way_is_not_begun_again_when_its_lease_lapses(
    database: Database, submission: Submission, storage: Storage, pool: ScriptedPool
) -> None:
    class Slow(RecordingMessenger):
        begun = 0

        async def deliver(self, *_: object) -> None:
            self.begun += 1
            await gate.wait()

    gate, slow = asyncio.Event(), Slow()
    job, _ = await submission.submit(wish())
    runner = Runner(database, storage, pool, slow, lease_seconds=60)
    async with running(runner):
        await books.until(lambda: slow.begun == 1)
        async with database.transaction() as session:
            # As if the database had been away, and the next heartbeat were still to come.
            long_ago = datetime.now(UTC) - timedelta(minutes=5)
            await session.execute(update(JobRow).values(lease_until=long_ago))
        runner.wake()
        await asyncio.sleep(0.3)
        assert slow.begun == 1
        gate.set()
        await ended(database, job, "done")


async def test_nobody_to_deliver_to_is_a_refund(
    database: Database,
    submission: Submission,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.append(Undeliverable("the channel is gone"))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, "failed")
    assert not messenger.delivered
    assert not messenger.failed
    assert kept.ledger == {job.id: "refunded"}


async def test_a_result_that_is_not_taken_is_told_and_refunded(
    database: Database,
    submission: Submission,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.append(Rejected("413 Request entity too large"))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, "failed")
        async with asyncio.timeout(5):
            while not messenger.failed:
                await asyncio.sleep(0.01)
    assert not messenger.delivered
    [(_, sentence)] = messenger.failed
    assert "wouldn't take the finished picture" in sentence
    assert kept.ledger == {job.id: "refunded"}


async def test_nobody_to_tell_ends_the_job_all_the_same(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    pool.acts.append(breaking(BrokenPicture("broken")))
    messenger.troubles.append(Undeliverable("the channel is gone"))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        await ended(database, job, "failed")


async def test_a_progress_that_cannot_be_shown_costs_no_dream(
    database: Database, submission: Submission, storage: Storage, pool: ScriptedPool
) -> None:
    class Blind(RecordingMessenger):
        def progress(self, *_: object) -> None:
            raise RuntimeError("no progress today")

        async def upload_limit(self, job: Job) -> int:
            raise RuntimeError("no limit today")

    blind = Blind()
    job, _ = await submission.submit(wish())
    async with running(Runner(database, storage, pool, blind, lease_seconds=5)):
        await ended(database, job, "done")
    assert [delivered for delivered, _ in blind.delivered] == [job.id]
    assert pool.begun[0][2].budget == 10 * 2**20


async def test_a_picture_that_is_gone_from_the_storage_is_a_refund(
    database: Database,
    submission: Submission,
    storage: Storage,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    job, _ = await submission.submit(wish())
    await storage.delete(job.inputs["picture"])
    async with running(bot()):
        kept = await ended(database, job, "failed")
    assert messenger.failed == [
        (job.id, "The picture isn't in my storage any more. Please send it again.")
    ]
    assert kept.used == {1: 0}


async def test_a_dream_that_cannot_be_kept_is_a_refund(
    database: Database,
    submission: Submission,
    messenger: RecordingMessenger,
    bot: Bot,
    tmp_path: Path,
) -> None:
    job, _ = await submission.submit(wish())
    (tmp_path / "pictures" / "results").write_text("a file where the folder should be")
    async with running(bot()):
        kept = await ended(database, job, "failed")
    assert messenger.failed[0][1].startswith("I can't store pictures just now.")
    assert kept.used == {1: 0}


async def test_a_recipe_of_another_version_fails_with_its_reason_and_stops_nobody_else(
    database: Database, submission: Submission, messenger: RecordingMessenger, bot: Bot
) -> None:
    old, _ = await submission.submit(wish(person_id=1))
    job, _ = await submission.submit(wish(person_id=2))
    async with database.transaction() as session:
        await session.execute(
            update(JobRow).where(JobRow.id == old.id).values(recipe='{"version": 0}')
        )
    async with running(bot()):
        await ended(database, old, "failed")
        await ended(database, job, "done")
    assert messenger.failed == [
        (old.id, "This recipe is of another version than this program reads.")
    ]


async def test_a_stopping_bot_finishes_what_it_can_and_puts_the_rest_back(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    async def shortly() -> None:
        await asyncio.sleep(0.4)

    pool.slots = 2
    pool.acts.extend([shortly, forever])
    quick, _ = await submission.submit(wish(person_id=1))
    slow, _ = await submission.submit(wish(person_id=2))
    waiting, _ = await submission.submit(wish(person_id=3))
    async with running(bot(), grace=1):
        await books.until(lambda: pool.at_work == 2)
    kept = await books.read(database)
    assert kept.jobs == {quick.id: "done", slow.id: "queued", waiting.id: "queued"}
    assert pool.cancelled == 1
    assert len(pool.begun) == 2

    # Put back: at once free for the next, at the front, and no try.
    async with running(bot()):
        await ended(database, slow, "done")
        await ended(database, waiting, "done")
    assert [recipe for _, recipe, _ in pool.begun][2:] == [slow.recipe, waiting.recipe]
    assert len(messenger.delivered) == 3
    assert messenger.again == []


async def test_a_runner_that_is_cancelled_puts_its_job_back(
    database: Database, submission: Submission, pool: ScriptedPool, bot: Bot
) -> None:
    pool.acts.append(forever)
    job, _ = await submission.submit(wish())
    task = asyncio.create_task(bot().run())
    await books.until(lambda: pool.at_work == 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (await books.read(database)).jobs == {job.id: "queued"}
    assert pool.at_work == 0


async def test_a_stopping_bot_leaves_a_delivery_that_fails_to_the_next(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.append(RuntimeError("the chat is out"))
    job, _ = await submission.submit(wish())
    async with running(bot(), grace=30):
        await books.until(lambda: not messenger.troubles)
    assert (await books.read(database)).jobs == {job.id: "delivering"}
    async with running(bot()):
        await ended(database, job, "done")
    assert len(pool.begun) == 1
    assert len(messenger.delivered) == 1


async def test_a_closing_pool_puts_its_dream_back(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    pool.acts.append(breaking(PoolClosed("closing")))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        await books.until(lambda: len(pool.begun) == 1)
        await books.until_books(database, lambda kept: kept.jobs[job.id] == "queued")
    assert not messenger.failed
    assert not messenger.again
    assert (await books.read(database)).ledger == {job.id: "reserved"}


async def test_a_bot_that_stumbles_goes_on(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Stumbling(ScriptedPool):
        @property
        def slots(self) -> int:
            if not stumbled.is_set():
                stumbled.set()
                raise RuntimeError("a mistake")
            return 1

        @slots.setter
        def slots(self, _: int) -> None: ...

    monkeypatch.setattr(runner_module, "LOOK_SECONDS", 0.1)
    stumbled = asyncio.Event()
    pool.__class__ = Stumbling
    job, _ = await submission.submit(wish())
    async with running(bot()):
        await ended(database, job, "done")
    assert stumbled.is_set()


async def test_people_take_turns(
    database: Database, submission: Submission, pool: ScriptedPool, bot: Bot
) -> None:
    greedy = [(await submission.submit(wish(person_id=1)))[0] for _ in range(5)]
    late = [(await submission.submit(wish(person_id=2)))[0] for _ in range(2)]
    runner = bot()
    assert [await runner.position(job) for job in greedy] == [0, 2, 4, 5, 6]
    assert [await runner.position(job) for job in late] == [1, 3]
    async with running(runner):
        await books.until_books(database, lambda kept: set(kept.jobs.values()) == {"done"})
    order = [greedy[0], late[0], greedy[1], late[1], *greedy[2:]]
    assert [recipe for _, recipe, _ in pool.begun] == [job.recipe for job in order]


async def test_two_bots_share_the_line_and_no_job_is_done_twice(
    database: Database,
    database_url: str,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    jobs = [(await submission.submit(wish(person)))[0] for person in range(20)]
    pool.slots = 3
    pool.acts = deque([at_once] * 20)
    other = Database(database_url)
    async with running(bot()), running(bot(on=other)):
        await books.until_books(database, lambda kept: set(kept.jobs.values()) == {"done"})
    await other.close()
    assert sorted(delivered for delivered, _ in messenger.delivered) == sorted(
        job.id for job in jobs
    )
    assert len(pool.begun) == 20


async def test_tracebacks_are_not_written_for_what_people_cause(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    bot: Bot,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    pool.acts.append(breaking(BrokenPicture("broken")))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        await ended(database, job, "failed")
    assert not [record for record in caplog.records if record.exc_info]

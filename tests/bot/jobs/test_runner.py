"""The life of a job in one bot: dreamt, kept, delivered, or failed, refunded and told."""

import asyncio
import logging
from collections import deque

import pytest
from sqlalchemy import update

from bot.database import Database
from bot.database.models import JobRow
from bot.jobs import runner as runner_module
from bot.jobs.submit import Submission
from bot.storage import Storage
from dream import (
    BrokenPicture,
    Cancelled,
    NetworkUnavailable,
    NoWorkers,
    Output,
    PoolClosed,
    PoolError,
    TookTooLong,
    UnknownName,
    WorkerDied,
)
from tests.bot.jobs import books
from tests.bot.jobs.bots import Bot, ended, running
from tests.bot.jobs.other_side import (
    RecordingMessenger,
    ScriptedPool,
    at_once,
    breaking,
    forever,
    wish,
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
    submission: Submission,
    bot: Bot,
    messenger: RecordingMessenger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "LOOK_SECONDS", 600.0)
    runner = bot()
    async with running(runner):
        await asyncio.sleep(0.2)
        await submission.submit(wish())
        runner.wake()
        await books.until(lambda: bool(messenger.delivered))


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


@pytest.mark.parametrize(
    ("error", "state"),
    [
        (BrokenPicture("This picture breaks off."), "failed"),
        (UnknownName("There is no layer called “x”."), "failed"),
        (NetworkUnavailable("Its weights can't be had."), "failed"),
        (TookTooLong("It took too long."), "failed"),
        (PoolError("Something went wrong that nobody expected."), "failed"),
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
    gate = asyncio.Event()
    pool.slots = 2
    pool.acts.extend([gate.wait, forever])
    quick, _ = await submission.submit(wish(person_id=1))
    slow, _ = await submission.submit(wish(person_id=2))
    waiting, _ = await submission.submit(wish(person_id=3))
    async with running(bot(), grace=3):
        await books.until(lambda: pool.at_work == 2)
        # It is told that it is to stop before any other task gets its turn.
        gate.set()
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


async def test_a_line_without_workers_waits_for_them_and_that_is_no_try(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(runner_module, "_REST_SECONDS", 0.1)
    monkeypatch.setattr(runner_module, "LOOK_SECONDS", 0.1)
    pool.acts.extend([breaking(NoWorkers("not now"))] * 4)
    pool.acts.append(breaking(WorkerDied("It died.")))
    jobs_put = [(await submission.submit(wish(person)))[0] for person in range(3)]
    async with running(bot()):
        kept = await books.until_books(database, lambda kept: set(kept.jobs.values()) == {"done"})
    assert messenger.failed == []
    assert messenger.again == [jobs_put[0].id]
    assert set(kept.ledger.values()) == {"settled"}
    lines = [record for record in caplog.records if "no worker can be started" in record.message]
    assert len(lines) == 1


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

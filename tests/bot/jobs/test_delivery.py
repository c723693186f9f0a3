"""How a result or a failure reaches its person."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from bot.database import Database, people
from bot.database.models import JobRow
from bot.jobs import delivery
from bot.jobs.job import Job
from bot.jobs.limits import Limits
from bot.jobs.messenger import Rejected, TooLarge, Undeliverable
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.storage import Storage
from dream import (
    BrokenPicture,
    Format,
    NoWorkers,
    Output,
)
from tests.bot.jobs import books
from tests.bot.jobs.bots import Bot, ended, running
from tests.bot.jobs.other_side import (
    RecordingMessenger,
    ScriptedPool,
    breaking,
    wish,
)


async def test_a_slow_delivery_holds_no_slot(
    database: Database, submission: Submission, storage: Storage, pool: ScriptedPool
) -> None:
    class Slow(RecordingMessenger):
        async def deliver(self, *_: object) -> int:
            await asyncio.Event().wait()
            return 0

    for person in range(2):
        await submission.submit(wish(person))
    async with running(Runner(database, storage, pool, Slow(), lease_seconds=5), grace=0):
        await books.until(lambda: len(pool.begun) == 2, seconds=3)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_while_the_chat_hangs_few_results_are_held_in_memory(
    database: Database, tmp_path: Path, pool: ScriptedPool
) -> None:
    class Counting(Storage):
        read = 0

        async def get(self, key: str) -> bytes:
            self.read += key.startswith("results/")
            return await super().get(key)

    class Hanging(RecordingMessenger):
        at_once = 0

        async def deliver(self, job: Job, *rest: Any) -> int:
            self.at_once += 1
            await gate.wait()
            return await super().deliver(job, *rest)

    gate, chat, storage = asyncio.Event(), Hanging(), Counting(tmp_path)
    submission = Submission(database, storage, Limits(daily_credits=20))
    number = delivery.AT_ONCE + 4
    jobs = [(await submission.submit(wish(person)))[0] for person in range(number)]
    async with running(Runner(database, storage, pool, chat, lease_seconds=5), grace=0):
        await books.until(lambda: len(pool.begun) == number)
        await asyncio.sleep(0.2)
        assert storage.read == chat.at_once == delivery.AT_ONCE
    # Stopped meanwhile: whoever waited for its turn is delivered by the next.
    gate.set()
    async with running(Runner(database, storage, pool, chat, lease_seconds=5)):
        for job in jobs:
            await ended(database, job, "done")
    assert len(pool.begun) == number


async def test_a_delivery_that_goes_wrong_is_tried_again_without_dreaming_again(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.01)
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

        async def deliver(self, *_: object) -> int:
            self.begun += 1
            await gate.wait()
            return 0

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


async def test_nobody_to_deliver_to_is_a_refund_and_the_result_is_kept(
    database: Database,
    submission: Submission,
    storage: Storage,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.append(Undeliverable("the channel is gone"))
    request = wish()
    job, _ = await submission.submit(request)
    async with running(bot()):
        kept = await ended(database, job, "kept")
    assert not messenger.delivered
    assert not messenger.failed
    assert kept.ledger == {job.id: "refunded"}
    assert kept.used == {1: 0}
    found = await submission.find(job.request_key)
    assert found is not None
    assert found.result is not None
    assert await storage.get(found.result.key) == b"dream of " + request.picture
    # It has come to its end: nobody takes it up again.
    async with running(bot()):
        await asyncio.sleep(0.2)
    assert not messenger.delivered


async def test_a_delivery_that_never_works_is_given_up_and_the_result_kept(
    database: Database,
    submission: Submission,
    messenger: RecordingMessenger,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(delivery, "GIVE_UP", timedelta(0))
    messenger.troubles.extend([RuntimeError("the chat is out")] * 9)
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, "kept")
    assert kept.ledger == {job.id: "refunded"}


async def test_a_result_too_large_for_its_place_is_made_as_large_as_it_may_be(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.append(TooLarge("413 Request entity too large"))
    messenger.limit = 2**17
    job, _ = await submission.submit(replace(wish(), picture=bytes(2**18)))
    async with running(bot()):
        kept = await ended(database, job, "done")
    assert pool.reencoded == [Output("PNG", 2**17)]
    [(_, data)] = messenger.delivered
    assert len(data) == 2**17
    assert messenger.results[0].format == "JPEG"
    assert kept.ledger == {job.id: "settled"}


async def test_where_the_limit_is_not_what_it_was_said_to_be_less_is_tried(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.extend([TooLarge("413")] * 2)
    messenger.limit = 2**30
    job, _ = await submission.submit(replace(wish(), picture=bytes(2**20 - len(b"dream of "))))
    async with running(bot()):
        await ended(database, job, "done")
    assert [output.budget for output in pool.reencoded] == [2**19, 2**18]


async def test_a_place_that_takes_no_file_at_all_is_told(
    database: Database,
    submission: Submission,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.append(TooLarge("413"))
    messenger.limit = 2**30
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, "failed")
    assert "wouldn't take the finished picture" in messenger.failed[0][1]
    assert kept.ledger == {job.id: "refunded"}


async def test_whoever_waited_is_called_if_they_want_that(
    database: Database,
    submission: Submission,
    messenger: RecordingMessenger,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with database.transaction() as session:
        await people.choose_mention(session, 2, False)
        await people.choose_mention(session, 3, False)
        await people.choose_mention(session, 3, True)
    quick, _ = await submission.submit(wish(person_id=1))
    async with running(bot()):
        await ended(database, quick, "done")
    monkeypatch.setattr(delivery, "MENTION_AFTER", timedelta(0))
    jobs = [(await submission.submit(wish(person_id=person)))[0] for person in (1, 2, 3)]
    async with running(bot()):
        for job in jobs:
            await ended(database, job, "done")
    told = zip(messenger.delivered, messenger.tellings, strict=True)
    called = {job: telling.mention for (job, _), telling in told}
    assert called == {
        quick.id: False,
        **dict(zip([j.id for j in jobs], [True, False, True], strict=True)),
    }


async def test_a_delivery_that_somebody_else_may_have_begun_is_said_to_be_one(
    database: Database,
    submission: Submission,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    messenger.troubles.append(RuntimeError("the chat is out"))
    first, _ = await submission.submit(wish(person_id=1))
    async with running(bot(), grace=30):
        await books.until(lambda: not messenger.troubles)
    async with running(bot()):
        await ended(database, first, "done")
        second, _ = await submission.submit(wish(person_id=2))
        await ended(database, second, "done")
    assert [telling.again for telling in messenger.tellings] == [True, False]


async def test_an_answer_that_was_posted_anew_is_known_by_its_new_place(
    database: Database, submission: Submission, storage: Storage, pool: ScriptedPool
) -> None:
    class Anew(RecordingMessenger):
        async def deliver(self, *_: object) -> int:
            return 4711

    job, _ = await submission.submit(wish())
    async with running(Runner(database, storage, pool, Anew(), lease_seconds=5)):
        await ended(database, job, "done")
    found = await submission.find(job.request_key)
    assert found is not None
    assert found.place == replace(job.place, answer_id=4711)


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


async def test_without_workers_to_make_a_result_smaller_its_delivery_is_tried_again(
    database: Database,
    submission: Submission,
    storage: Storage,
    messenger: RecordingMessenger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Short(ScriptedPool):
        async def reencode(self, picture: bytes, output: Output) -> tuple[bytes, Format]:
            if not self.reencoded:
                self.reencoded.append(output)
                raise NoWorkers("not now")
            return await super().reencode(picture, output)

    monkeypatch.setattr(delivery, "_FIRST_PAUSE", 0.01)
    monkeypatch.setattr(delivery, "SMALLEST_FILE", 1)
    monkeypatch.setattr(delivery, "SMALLEST_UPLOAD", 4)
    messenger.limit = 4
    messenger.troubles.append(TooLarge("413"))
    pool = Short()
    job, _ = await submission.submit(wish())
    async with running(Runner(database, storage, pool, messenger, lease_seconds=5)):
        await ended(database, job, "done")
    assert messenger.delivered == [(job.id, b"drea")]
    assert len(pool.reencoded) == 2
    assert len(pool.begun) == 1

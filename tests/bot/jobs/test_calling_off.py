"""Dreams that somebody calls off, waiting, running or done."""

import asyncio

import pytest

from bot.database import Database, leases
from bot.jobs import runner as runner_module
from bot.jobs.cancelling import Canceller, Cancelling
from bot.jobs.job import State
from bot.jobs.submit import Submission
from tests.bot.jobs import books
from tests.bot.jobs.bots import Bot, ended, running
from tests.bot.jobs.other_side import (
    RecordingMessenger,
    ScriptedPool,
    forever,
    wish,
)


async def test_a_dream_called_off_while_it_runs_stops_and_is_refunded_once(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    pool.acts.append(forever)
    job, _ = await submission.submit(wish(cost=2))
    behind, _ = await submission.submit(wish(person_id=2))
    async with running(runner := bot()):
        await books.until(lambda: pool.at_work == 1)
        cancelling = Cancelling(database, runner.tidy)
        # Whichever comes later may come too late.
        await asyncio.gather(
            *(cancelling.cancel(Canceller(1), asked_with=f"message:{10**6 + n}") for n in range(3)),
            return_exceptions=True,
        )
        kept = await ended(database, job, "cancelled")
        await ended(database, behind, "done")
    assert pool.cancelled == 1
    assert messenger.failed == [(job.id, "You called it off.")]
    assert kept.ledger[job.id] == "refunded"
    assert kept.used[1] == 0


async def test_a_dream_called_off_in_its_own_bot_does_not_wait_for_the_next_look(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "LOOK_SECONDS", 600.0)
    pool.acts.extend([forever, forever])
    first, _ = await submission.submit(wish())
    async with running(runner := bot(), grace=0):
        await books.until(lambda: pool.at_work == 1)
        waits, _ = await submission.submit(wish())
        cancelling = Cancelling(database, runner.tidy)
        await cancelling.cancel(Canceller(1), waits.id, asked_with="message:10000001")
        await ended(database, waits, "cancelled")
        await cancelling.cancel(Canceller(1), first.id, asked_with="message:10000002")
        await ended(database, first, "cancelled")


async def test_a_dream_that_another_bot_runs_is_called_off_as_well(
    database: Database,
    database_url: str,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    pool.acts.append(forever)
    job, _ = await submission.submit(wish(1))
    other = Database(database_url)
    async with running(bot(on=other)):
        await books.until(lambda: pool.at_work == 1)
        moderator = Canceller(7, guild_id=2**62)
        elsewhere = Cancelling(database, lambda: None)
        await elsewhere.cancel(moderator, job.id, asked_with="message:10000001")
        await ended(database, job, "cancelled")
    await other.close()
    assert [told for told, _ in messenger.failed] == [job.id]
    assert "looks after this place" in messenger.failed[0][1]


async def test_a_dream_called_off_as_it_ends_is_not_delivered_and_refunded(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    # Its runner hasn't heard of it when the dream is there.
    cancelling = Cancelling(database, lambda: None)
    pool.acts.append(lambda: cancelling.cancel(Canceller(1), asked_with="message:10000001"))
    job, _ = await submission.submit(wish())
    async with running(bot()):
        kept = await ended(database, job, "cancelled")
    assert messenger.delivered == []
    assert [told for told, _ in messenger.failed] == [job.id]
    assert kept.used == {1: 0}


async def test_a_dream_called_off_in_a_bot_that_is_dead_ends_in_another(
    database: Database, submission: Submission, pool: ScriptedPool, bot: Bot
) -> None:
    job, _ = await submission.submit(wish())
    async with database.transaction() as session:
        await leases.claim(session, job.id, "dead", lease=0.2)
    cancelling = Cancelling(database, lambda: None)
    assert (
        await cancelling.cancel(Canceller(1), asked_with="message:10000001")
    ).state is State.RUNNING
    await asyncio.sleep(0.3)
    async with running(bot()):
        kept = await ended(database, job, "cancelled")
    assert pool.begun == []
    assert kept.used == {1: 0}

"""Whose dream begins when, in one bot or several, and what those who wait are told."""

import asyncio
from collections import Counter, deque
from datetime import UTC, datetime
from itertools import groupby

import pytest

from bot.database import Database, waiting_line
from bot.jobs import runner as runner_module
from bot.jobs import watch
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission
from bot.jobs.turns import Bounds, LineState
from bot.storage import Storage
from tests.bot.jobs import books
from tests.bot.jobs.bots import Bot, ended, running
from tests.bot.jobs.other_side import (
    RecordingMessenger,
    ScriptedPool,
    at_once,
    forever,
    wish,
)


async def test_people_take_turns(
    database: Database, submission: Submission, pool: ScriptedPool, bot: Bot
) -> None:
    greedy = [(await submission.submit(wish(person_id=1)))[0] for _ in range(5)]
    late = [(await submission.submit(wish(person_id=2)))[0] for _ in range(2)]
    runner = bot()
    assert [(await runner.expect(job)).before for job in greedy] == [0, 2, 4, 5, 6]
    assert [(await runner.expect(job)).before for job in late] == [1, 3]
    async with running(runner):
        await books.until_books(database, lambda kept: set(kept.jobs.values()) == {"done"})
    order = [greedy[0], late[0], greedy[1], late[1], *greedy[2:]]
    assert [recipe for _, recipe, _ in pool.begun] == [job.recipe for job in order]


async def test_a_single_dream_during_a_burst_begins_within_the_next_two_slots(
    database: Database, storage: Storage, pool: ScriptedPool, bot: Bot
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=100, waiting=0))
    slots = [asyncio.Event() for _ in range(31)]
    pool.acts = deque([slot.wait for slot in slots])
    for _ in range(15):
        await submission.submit(wish(person_id=1))
    async with running(runner := bot()):
        await books.until(lambda: pool.at_work == 1)
        for _ in range(15):
            await submission.submit(wish(person_id=1))
        single, _ = await submission.submit(wish(person_id=2))
        assert (await runner.expect(single)).before <= 1
        begun = len(pool.begun)
        for slot in slots:
            slot.set()
        await books.until_books(database, lambda kept: kept.jobs[single.id] == "done")
    assert single.recipe in [recipe for _, recipe, _ in pool.begun[begun : begun + 2]]


async def test_a_short_dream_begins_before_a_long_one_and_is_foretold_so(
    database: Database, submission: Submission, pool: ScriptedPool, bot: Bot
) -> None:
    gate = asyncio.Event()
    pool.acts.append(gate.wait)
    await submission.submit(wish(1))
    async with running(runner := bot()):
        await books.until(lambda: pool.at_work == 1)
        long, _ = await submission.submit(wish(2, size=(4000, 3000)))
        short, _ = await submission.submit(wish(3, size=(64, 48)))
        assert [(await runner.expect(job)).before for job in (short, long)] == [0, 1]
        gate.set()
        await books.until_books(database, lambda kept: set(kept.jobs.values()) == {"done"})
    assert [recipe for _, recipe, _ in pool.begun][1:] == [short.recipe, long.recipe]


async def test_two_bots_keep_to_the_bounds_together(
    database: Database,
    database_url: str,
    submission: Submission,
    pool: ScriptedPool,
    bot: Bot,
) -> None:
    gate = asyncio.Event()
    pool.slots = 4
    pool.acts = deque([gate.wait] * 24)
    for _ in range(8):
        for person in range(3):
            await submission.submit(wish(person))
    other = Database(database_url)
    bounds = Bounds(person=2, guild=5)
    async with running(bot(bounds=bounds)), running(bot(on=other, bounds=bounds)):
        await books.until(lambda: pool.at_work == 5)
        await asyncio.sleep(1.5)
        async with database.transaction() as session:
            persons = Counter(job.person_id for job in (await waiting_line.roster(session)).running)
        assert sorted(persons.values()) == [1, 2, 2]
        gate.set()
        await books.until_books(
            database, lambda kept: set(kept.jobs.values()) == {"done"}, seconds=60
        )
    await other.close()
    assert pool.most_at_work == 5


async def test_a_person_with_enough_running_blocks_nobody_behind(
    database: Database, submission: Submission, pool: ScriptedPool, bot: Bot
) -> None:
    pool.slots = 3
    pool.acts = deque([forever, forever, at_once])
    busy = [(await submission.submit(wish(person_id=1)))[0] for _ in range(4)]
    other, _ = await submission.submit(wish(person_id=2))
    async with running(bot(bounds=Bounds(1, 9)), grace=0):
        kept = await books.until_books(
            database, lambda kept: sorted(kept.jobs.values()).count("running") == 2
        )
        assert [kept.jobs[job.id] for job in busy] == ["running", "queued", "queued", "queued"]
        assert kept.jobs[other.id] == "running"


async def test_what_dreams_take_is_learnt_and_bounds_their_time(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    large = {"size": (1024, 768), "cost": 1}
    first, _ = await submission.submit(wish(**large))  # type: ignore[arg-type]
    async with running(bot()):
        await ended(database, first, "done")
        second, _ = await submission.submit(wish(**large))  # type: ignore[arg-type]
        await ended(database, second, "done")
    # The pool says 1.5 seconds; ten times that is less than anything is given.
    assert pool.limits[0] > 60
    assert pool.limits[1] == 60
    # Half of it is done when it is shown.
    assert messenger.left[1] == pytest.approx(0.75 / 2, rel=0.4)


async def test_those_who_wait_see_how_they_come_forward(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(runner_module, "REFRESH_SECONDS", 0.02)
    monkeypatch.setattr(watch, "APART", 0.05)
    slots = [asyncio.Event() for _ in range(4)]
    pool.acts = deque([slot.wait for slot in slots])
    waiting = [(await submission.submit(wish(person)))[0] for person in range(4)]
    last = waiting[-1]

    def seen() -> list[int]:
        return [forecast.before for job_id, forecast in messenger.moves if job_id == last.id]

    async with running(runner := bot()):
        await books.until(lambda: pool.at_work == 1)
        assert (await runner.expect(last)).before == 2
        for done, slot in enumerate(slots[:3]):
            await books.until(lambda done=done: len(pool.begun) == done + 1)  # type: ignore[misc]
            slot.set()
            if done < 2:
                await books.until(lambda done=done: 1 - done in seen())  # type: ignore[misc]
        await books.until(lambda: len(pool.begun) == 4)
        moves = len(messenger.moves)
        await asyncio.sleep(0.2)
        assert len(messenger.moves) == moves, "nobody waits any more"
        slots[3].set()
    # A time may change more often.
    assert [before for before, _ in groupby(seen()) if before < 2] == [1, 0]


async def test_a_bot_that_comes_back_shows_those_it_finds_waiting_where_they_stand(
    database: Database,
    submission: Submission,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    bot: Bot,
) -> None:
    pool.acts.append(forever)
    await submission.submit(wish(1))
    waiting, _ = await submission.submit(wish(2))
    async with running(bot(), grace=0):
        await books.until(lambda: waiting.id in [job_id for job_id, _ in messenger.moves])
        assert dict(messenger.moves)[waiting.id].before <= 1


async def test_a_paused_line_begins_nothing_in_any_bot_until_it_is_resumed(
    database: Database,
    database_url: str,
    submission: Submission,
    pool: ScriptedPool,
    bot: Bot,
) -> None:
    gate = asyncio.Event()
    pool.acts.append(gate.wait)
    runs, _ = await submission.submit(wish(1))
    other = Database(database_url)
    async with running(runner := bot()), running(bot(on=other)):
        await books.until(lambda: pool.at_work == 1)
        await runner.lineup.set(LineState.PAUSED, "a new fan", 9, datetime.now(UTC))
        waits, _ = await submission.submit(wish(2))
        forecast = await runner.expect(waits)
        assert (forecast.before, forecast.begins_in) == (0, None)
        assert forecast.line.reason == "a new fan"
        gate.set()
        await ended(database, runs, "done")
        await asyncio.sleep(1.2)
        assert (await books.read(database)).jobs[waits.id] == "queued"
        await runner.lineup.set(LineState.OPEN, "", 9, datetime.now(UTC))
        await ended(database, waits, "done")
    await other.close()

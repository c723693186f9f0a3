"""A person who is forgotten leaves nothing, wins nothing, and takes nothing from others."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from bot.database import Database, forgetting, people
from bot.database.models import (
    AllowanceRow,
    Base,
    BlockRow,
    ForgottenRow,
    LedgerRow,
    LineRow,
    SeenRow,
)
from bot.errors import Refusal
from bot.jobs.admission import QuotaUsedUp
from bot.jobs.forget import Forgetting, digest
from bot.jobs.job import Place, Request
from bot.jobs.limits import Limits
from bot.jobs.runner import Runner
from bot.jobs.submit import Submission
from bot.jobs.sweep import Sweeper
from bot.jobs.ulid import ulid
from bot.storage import Storage
from tests.bot.bucket import Bucket
from tests.bot.jobs import books
from tests.bot.jobs.other_side import RecordingMessenger, ScriptedPool, forever, wish

ALICE, BOB, ADMIN = 987654321012345678, 112233445566778899, 556677889900112233
KEY = b"a key that no database has"
NOW = datetime.now(UTC)
MIDNIGHT = NOW.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)


@pytest.fixture(params=["folder", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    """An empty storage of each kind."""
    if request.param == "s3":
        bucket: Bucket = request.getfixturevalue("bucket")
        return Storage(bucket.address)
    return Storage(tmp_path / "pictures")


@pytest.fixture
def folder(tmp_path: Path) -> Storage:
    return Storage(tmp_path / "pictures")


def doors(
    database: Database, storage: Storage, *, credits_a_day: int = 20, patience: float = 0.3
) -> tuple[Submission, Forgetting]:
    submission = Submission(database, storage, Limits(daily_credits=credits_a_day), key=KEY)
    return submission, Forgetting(database, storage, KEY, patience=patience)


@asynccontextmanager
async def running(
    database: Database,
    storage: Storage,
    pool: ScriptedPool,
    messenger: RecordingMessenger,
    lease: float = 5,
) -> AsyncIterator[None]:
    runner = Runner(database, storage, pool, messenger, lease_seconds=lease)
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.stop(5)
        await task


def in_private(request: Request) -> Request:
    return replace(request, place=Place(None, 4242424242, 1, 2))


def block(person_id: int, until: datetime | None, who: str = f"person:{ADMIN}") -> BlockRow:
    return BlockRow(
        person_id=person_id,
        guild_id=7,
        until=until,
        who=who,
        reason=f"<@{person_id}> was rude",
        created_at=NOW,
    )


async def rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    """All that the tables hold."""
    async with database.transaction() as session:
        found = {}
        for name, table in Base.metadata.tables.items():
            lines = await session.execute(select(table))
            found[name] = [dict(line) for line in lines.mappings()]
        return found


def mentions(found: dict[str, list[dict[str, Any]]], what: object) -> list[str]:
    """Tables and columns in which that stands, alone or in a text."""
    return [
        f"{table}.{column}: {value}"
        for table, lines in found.items()
        for line in lines
        for column, value in line.items()
        if str(what) in str(value)
    ]


async def stored(storage: Storage) -> list[bytes]:
    keys = [
        key for folder in ("inputs", "results", "unfinished") for key in await storage.keys(folder)
    ]
    return [await storage.get(key) for key in keys]


async def test_nothing_of_a_person_is_left_and_everything_of_others(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    submission, forgetting = doors(database, storage)
    wishes = [wish(ALICE), in_private(wish(ALICE, cost=2)), wish(BOB)]
    messenger = RecordingMessenger()
    async with running(database, storage, ScriptedPool(), messenger):
        for each in wishes:
            await submission.submit(each)
        await books.until(lambda: len(messenger.delivered) == 3)
        await books.until_books(database, lambda now: len(now.told) == 3)
    waiting, _ = await submission.submit(wish(ALICE, cost=4))
    async with database.transaction() as session:
        for person in (ALICE, BOB):
            await people.choose_mention(session, person, wanted=False)
        session.add_all(
            [
                block(ALICE, MIDNIGHT + timedelta(days=3)),
                SeenRow(channel_id=4242424242, guild_id=None, message_id=1),
                SeenRow(channel_id=7, guild_id=7, message_id=1),
                AllowanceRow(holder="guild", holder_id=ALICE, day=NOW.date(), used=3, granted=0),
            ]
        )
    before = await forgetting.traces(ALICE)
    assert (len(before.jobs), before.unfinished, len(before.keys)) == (3, 1, 5)
    assert before.settings
    of_bob = mentions(await rows(database), BOB)

    async with running(database, storage, ScriptedPool(), messenger):
        # A runner may claim it first: either way it ends cancelled or done.
        await forgetting.forget(ALICE)

    left = await rows(database)
    assert mentions(left, ALICE) == [f"allowance.holder_id: {ALICE}"]  # a server of that number
    assert mentions(left, BOB) == of_bob
    assert not mentions(left, waiting.id)
    assert {line["channel_id"] for line in left["seen"]} == {7}
    pictures = await stored(storage)
    assert sorted(pictures) == sorted([wishes[2].picture, b"dream of " + wishes[2].picture])
    for file in tmp_path.glob("pictures/**/*"):
        assert not file.is_file() or file.read_bytes() in pictures
    assert not await forgetting.traces(ALICE)
    now = await books.read(database)
    assert now.used[BOB] == now.reserved_or_settled[BOB] == 1


async def test_what_waits_is_called_off_and_the_person_told_in_its_answer(
    database: Database, folder: Storage
) -> None:
    submission, forgetting = doors(database, folder, patience=30)
    job, _ = await submission.submit(wish(ALICE))
    messenger, idle = RecordingMessenger(), ScriptedPool(slots=0)
    async with running(database, folder, idle, messenger):
        await forgetting.forget(ALICE)
    assert messenger.failed == [(job.id, "You asked me to forget you.")]
    assert not (await rows(database))["forgotten"]


async def test_what_runs_is_stopped_and_never_delivered(
    database: Database, folder: Storage
) -> None:
    submission, forgetting = doors(database, folder)
    await submission.submit(wish(ALICE))
    pool, messenger = ScriptedPool(), RecordingMessenger()
    pool.acts.append(forever)
    async with running(database, folder, pool, messenger, lease=0.6):
        await books.until(lambda: pool.at_work == 1)
        await forgetting.forget(ALICE)
        await books.until(lambda: pool.cancelled == 1)
        await submission.submit(wish(BOB))
        await books.until(lambda: len(messenger.delivered) == 1)
    assert not mentions(await rows(database), ALICE)
    assert len(await stored(folder)) == 2


async def test_a_dream_that_ends_too_late_is_not_kept(database: Database, folder: Storage) -> None:
    submission, forgetting = doors(database, folder)
    request = wish(ALICE)
    await submission.submit(request)
    gate = asyncio.Event()
    pool, messenger = ScriptedPool(), RecordingMessenger()
    pool.acts.append(gate.wait)
    # Its heart beats so seldom that the dream comes to its end.
    async with running(database, folder, pool, messenger, lease=600):
        await books.until(lambda: pool.at_work == 1)
        await forgetting.forget(ALICE)
        gate.set()
        await books.until(lambda: pool.at_work == 0)
    assert not messenger.delivered
    assert not mentions(await rows(database), ALICE)
    assert await stored(folder) == []


async def test_forgetting_is_no_way_to_new_credits(database: Database, folder: Storage) -> None:
    submission, forgetting = doors(database, folder, credits_a_day=3)
    messenger = RecordingMessenger()
    async with running(database, folder, ScriptedPool(), messenger):
        await submission.submit(wish(ALICE, cost=2))
        await books.until_books(database, lambda now: len(now.told) == 1)
    async with database.transaction() as session:
        await session.execute(update(AllowanceRow).values(granted=2))
    for _ in range(2):
        await forgetting.forget(ALICE)
        [kept] = (await rows(database))["forgotten"]
        assert kept["until"] == MIDNIGHT
        assert kept["digest"] == digest(KEY, ALICE) != digest(b"another key", ALICE)
    with pytest.raises(QuotaUsedUp):
        await submission.submit(wish(ALICE, cost=4))
    assert (await submission.balance(ALICE)).used == 2
    assert (await submission.balance(BOB)).used == 0
    await submission.submit(wish(ALICE))
    left = await rows(database)
    own = [line for line in left["allowance"] if line["holder"] == "person"]
    assert [(line["used"], line["granted"]) for line in own] == [(3, 2)]
    assert not left["forgotten"]


async def test_after_midnight_todays_use_is_forgotten_too(
    database: Database, folder: Storage
) -> None:
    submission, forgetting = doors(database, folder)
    async with running(database, folder, ScriptedPool(), RecordingMessenger()):
        await submission.submit(wish(ALICE))
        await books.until_books(database, lambda now: len(now.told) == 1)
    await forgetting.forget(ALICE)
    async with database.transaction() as session:
        [row] = await session.scalars(select(ForgottenRow))
        kept = json.loads(row.kept) | {"day": (NOW.date() - timedelta(days=1)).isoformat()}
        row.kept, row.until = json.dumps(kept), NOW - timedelta(seconds=1)
    await Sweeper(database, folder, keep=timedelta(1), record=timedelta(9)).rows()
    assert not (await rows(database))["forgotten"]


@pytest.mark.parametrize("until", [None, MIDNIGHT + timedelta(days=9), NOW - timedelta(hours=1)])
async def test_a_block_that_goes_on_outlives_it(
    database: Database, folder: Storage, until: datetime | None
) -> None:
    submission, forgetting = doors(database, folder)
    async with database.transaction() as session:
        session.add(block(ALICE, until))
    await forgetting.forget(ALICE)
    hidden = await rows(database)
    assert not mentions(hidden, ALICE)
    assert not hidden["block"]
    assert [line["until"] for line in hidden["forgotten"]] == (
        [] if until is not None and until < NOW else [until]
    )
    await submission.balance(ALICE)
    again = (await rows(database))["block"]
    assert [(line["person_id"], line["guild_id"], line["until"]) for line in again] == (
        [] if until is not None and until < NOW else [(ALICE, 7, until)]
    )


async def test_whoever_acted_on_others_is_taken_out_of_that(
    database: Database, folder: Storage
) -> None:
    short, longer = 12, 123
    forgetting = doors(database, folder)[1]
    async with database.transaction() as session:
        for who in (short, longer):
            session.add(_grant(BOB, f"person:{who}", f"as <@{who}> said"))
        session.add(block(BOB, None, who=f"person:{short}"))
        session.add(LineRow(id=1, state="open", reason="", who=f"person:{short}", since=NOW))
    await forgetting.forget(BOB)
    await forgetting.forget(short)
    left = await rows(database)
    assert not mentions(left, BOB)
    assert [line["who"] for line in left["line"]] == ["forgotten"]
    [kept] = [json.loads(line["kept"]) for line in left["forgotten"]]
    assert [one["who"] for one in kept["blocks"]] == ["forgotten"]

    async with database.transaction() as session:
        for who in (short, longer):
            session.add(_grant(BOB, f"person:{who}", f"as <@{who}> said"))
    await forgetting.forget(short)
    acts = (await rows(database))["ledger"]
    assert sorted((line["who"], line["reason"]) for line in acts) == [
        ("forgotten", "as forgotten said"),
        (f"person:{longer}", f"as <@{longer}> said"),
    ]


async def test_a_storage_that_fails_leaves_the_record_and_the_next_time_completes_it(
    database: Database, bucket: Bucket
) -> None:
    storage = Storage(bucket.address)
    submission, forgetting = doors(database, storage)
    for _ in range(3):
        await submission.submit(wish(ALICE))
    bucket.troubles.append(403)
    with pytest.raises(Refusal, match="some of it is still here"):
        await forgetting.forget(ALICE)
    assert len(await storage.keys("inputs")) == 1
    assert len((await forgetting.traces(ALICE)).jobs) == 3
    await forgetting.forget(ALICE)
    assert await stored(storage) == []
    assert not mentions(await rows(database), ALICE)


async def test_a_database_that_is_away_is_a_sentence(folder: Storage) -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    forgetting = doors(database, folder)[1]
    with pytest.raises(Refusal, match="can't look up"):
        await forgetting.traces(ALICE)
    with pytest.raises(Refusal, match="Ask me again"):
        await forgetting.forget(ALICE)
    await database.close()


async def test_two_bots_at_once_are_as_one(
    database: Database, database_url: str, folder: Storage
) -> None:
    other = Database(database_url)
    submission, forgetting = doors(database, folder)
    async with running(database, folder, ScriptedPool(), RecordingMessenger()):
        for _ in range(4):
            await submission.submit(wish(ALICE, cost=2))
        await books.until_books(database, lambda now: len(now.told) == 4)
    await submission.submit(wish(ALICE))
    await asyncio.gather(
        *(each.forget(ALICE) for each in (forgetting, doors(other, folder)[1], forgetting))
    )
    await other.close()
    assert not mentions(await rows(database), ALICE)
    assert await stored(folder) == []
    assert (await submission.balance(ALICE)).used == 8


async def test_asking_while_being_forgotten_wins_nothing(
    database: Database, database_url: str, folder: Storage
) -> None:
    other = Database(database_url)
    submission, forgetting = doors(database, folder, credits_a_day=5, patience=30)
    messenger = RecordingMessenger()
    async with running(database, folder, ScriptedPool(slots=4), messenger):
        for _ in range(4):
            door = Submission(other, folder, Limits(daily_credits=5), key=KEY)
            await asyncio.gather(
                *(door.submit(wish(ALICE)) for _ in range(6)),
                forgetting.forget(ALICE),
                return_exceptions=True,
            )
        await books.until_books(database, lambda now: len(now.told) == len(now.jobs))
    await other.close()
    # What was called off came back; what was delivered was paid for.
    assert len(messenger.delivered) <= 5
    assert (await submission.balance(ALICE)).used == len(messenger.delivered)


async def test_of_whom_nothing_is_known_nothing_is_written(
    database: Database, folder: Storage
) -> None:
    forgetting = doors(database, folder)[1]
    assert not await forgetting.traces(ALICE)
    await forgetting.forget(ALICE)
    async with database.transaction() as session:
        for table in Base.metadata.sorted_tables:
            assert await session.scalar(select(func.count()).select_from(table)) == 0


def _grant(person_id: int, who: str, reason: str) -> LedgerRow:
    return LedgerRow(
        id=ulid(),
        kind="grant",
        job_id=None,
        person_id=person_id,
        guild_id=None,
        day=NOW.date(),
        cost=1,
        state="noted",
        reason=reason,
        who=who,
        created_at=NOW,
    )


async def test_people_who_are_forgotten_at_once_do_not_wait_for_one_another_in_a_circle(
    database: Database, folder: Storage
) -> None:
    submission = Submission(database, folder, Limits(daily_credits=100))
    for _ in range(3):
        for person, servers in ((ALICE, (10, 11, 12)), (BOB, (12, 11, 10))):
            for server in servers * 3:
                await submission.submit(wish(person, guild_id=server))

        async def cancel(person: int) -> None:
            async with database.transaction() as session:
                await forgetting.cancel(session, person, "Forgotten.")

        await asyncio.gather(cancel(ALICE), cancel(BOB))
    assert set((await books.read(database)).used.values()) == {0}
    assert database.outages == 0

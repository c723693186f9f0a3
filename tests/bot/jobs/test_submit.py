"""Taking wishes: all or nothing, once each, within the quota."""

import asyncio
import re
import resource
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.database import Database, jobs, quotas
from bot.jobs.job import State
from bot.jobs.submit import QuotaUsedUp, Submission, Unavailable
from bot.storage import Storage
from tests.bot.jobs import books
from tests.bot.jobs.other_side import wish
from tests.bot.jobs.severed import severed_at_commit

ROOT = Path(__file__).parents[3]


def stored(tmp_path: Path) -> list[Path]:
    """Files in the storage of that test."""
    return [path for path in (tmp_path / "pictures").rglob("*") if path.is_file()]


async def test_a_wish_becomes_a_job_with_its_picture_at_rest_and_its_credits_reserved(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, daily_credits=5)
    request = wish(person_id=2**63 - 1, cost=2)

    job, new = await submission.submit(request)

    assert new
    assert job.state is State.QUEUED
    assert await storage.get(job.inputs["picture"]) == request.picture
    async with database.transaction() as session:
        assert await jobs.by_request(session, job.request_key) == job
    assert (job.place, job.recipe, job.cost) == (request.place, request.recipe, 2)
    kept = await books.read(database)
    assert kept.ledger == {job.id: "reserved"}
    assert kept.used == {request.person_id: 2}


async def test_of_200_wishes_at_once_a_quota_of_50_lets_exactly_50_through(
    database: Database, database_url: str, storage: Storage, tmp_path: Path
) -> None:
    others = [Database(database_url) for _ in range(2)]
    doors = [Submission(each, storage, daily_credits=50) for each in (database, *others)]
    outcomes = await asyncio.gather(
        *(doors[number % 3].submit(wish()) for number in range(200)), return_exceptions=True
    )
    for other in others:
        await other.close()

    assert [type(each) for each in outcomes].count(tuple) == 50
    assert [type(each) for each in outcomes].count(QuotaUsedUp) == 150
    kept = await books.read(database)
    assert len(kept.jobs) == len(kept.ledger) == 50
    assert kept.used == kept.reserved_or_settled == {1: 50}
    assert len(stored(tmp_path)) == 50


async def test_the_same_wish_50_times_at_once_is_one_job_and_one_charge(
    database: Database, database_url: str, storage: Storage, tmp_path: Path
) -> None:
    other = Database(database_url)
    # With a quota of just this one, so that repetitions are no refusals either.
    doors = [Submission(each, storage, daily_credits=1) for each in (database, other)]
    outcomes = await asyncio.gather(
        *(doors[number % 2].submit(wish(key="message:1:0")) for number in range(50))
    )
    await other.close()

    assert len({job.id for job, _ in outcomes}) == 1
    assert [new for _, new in outcomes].count(True) == 1
    kept = await books.read(database)
    assert len(kept.jobs) == 1
    assert kept.used == kept.reserved_or_settled == {1: 1}
    assert len(stored(tmp_path)) == 1


async def test_people_do_not_share_a_quota(database: Database, storage: Storage) -> None:
    submission = Submission(database, storage, daily_credits=1)
    await submission.submit(wish(person_id=1))
    await submission.submit(wish(person_id=2))
    assert (await books.read(database)).used == {1: 1, 2: 1}


async def test_the_balance_says_what_is_left_and_when_it_resets(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, daily_credits=20)
    await submission.submit(wish(cost=3))
    balance = await submission.balance(1)
    assert (balance.used, balance.limit, balance.left) == (3, 20, 17)
    assert balance.resets_at.utcoffset() == timedelta(0)
    assert balance.resets_at.time().isoformat() == "00:00:00"
    assert timedelta(0) < balance.resets_at - datetime.now(UTC) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("used", "cost", "sentence"),
    [
        (5, 1, "You've used up your 5 credits of today, and this dream costs 1 credit. "),
        (4, 3, "You have 1 credit left today, and this dream costs 3 credits. "),
        (0, 9, "This dream costs 9 credits, more than the 5 of a whole day. "),
    ],
)
async def test_a_refusal_says_what_is_left_and_what_it_would_cost(
    database: Database, storage: Storage, tmp_path: Path, used: int, cost: int, sentence: str
) -> None:
    submission = Submission(database, storage, daily_credits=5)
    if used:
        await submission.submit(wish(cost=used))
    with pytest.raises(QuotaUsedUp) as refusal:
        await submission.submit(wish(cost=cost))
    assert str(refusal.value).startswith(sentence)
    if cost <= 5:
        resets = int((await submission.balance(1)).resets_at.timestamp())
        assert f"<t:{resets}:R>" in str(refusal.value)
    assert (await books.read(database)).used.get(1, 0) == used
    assert len(stored(tmp_path)) == (1 if used else 0)


async def test_yesterdays_credits_are_not_todays(database: Database, storage: Storage) -> None:
    submission = Submission(database, storage, daily_credits=1)
    job, _ = await submission.submit(wish())
    async with database.transaction() as session:
        yesterday = datetime.now(UTC).date() - timedelta(days=1)
        assert await quotas.used(session, 1, yesterday) == 0
        assert await quotas.used(session, 1, job.created_at.date()) == 1


async def test_a_database_that_is_away_means_no_dream_no_charge_and_no_picture(
    storage: Storage, tmp_path: Path
) -> None:
    for url in ("postgresql://nobody@127.0.0.1:1/nowhere", f"sqlite:///{tmp_path}/no/such/file"):
        database = Database(url)
        submission = Submission(database, storage, daily_credits=5)
        with pytest.raises(Unavailable, match=r"just now\. Nothing was charged"):
            await submission.submit(wish())
        with pytest.raises(Unavailable):
            await submission.balance(1)
        await database.close()
    assert stored(tmp_path) == []
    # SQLite's driver ends the thread of a connection that failed on its own time.
    await asyncio.sleep(0.1)


async def test_a_storage_that_cannot_be_written_means_no_dream_and_no_charge(
    database: Database, tmp_path: Path
) -> None:
    (tmp_path / "pictures").write_text("a file where the folder should be")
    submission = Submission(database, Storage(tmp_path / "pictures"), daily_credits=5)
    with pytest.raises(Unavailable):
        await submission.submit(wish())
    kept = await books.read(database)
    assert (kept.jobs, kept.used) == ({}, {})


_ON_A_FULL_DISK = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from bot.database import Database
from bot.jobs.submit import Submission, Unavailable
from bot.storage import Storage, StorageFull
from tests.bot.jobs.other_side import wish

async def main(url, folder):
    database = Database(url)
    submission = Submission(database, Storage(Path(folder)), daily_credits=5)
    try:
        await submission.submit(replace(wish(), picture=bytes(3 * 2**20)))
    except Unavailable as refusal:
        print(type(refusal.__cause__).__name__, refusal)
    await submission.submit(wish())
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""


async def test_a_disk_that_fills_up_under_a_picture_means_no_dream_and_no_charge(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (2 * 2**20, 2 * 2**20))

    child = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", _ON_A_FULL_DISK, database_url, str(tmp_path / "pictures")],
        cwd=ROOT,
        preexec_fn=little_room,
        capture_output=True,
        text=True,
        check=False,
    )
    assert child.returncode == 0, child.stderr
    assert child.stdout.startswith("StorageFull I can't take dreams just now.")
    kept = await books.read(database)
    # Only the small picture that came after it, with nothing left over from the large one.
    assert len(kept.jobs) == 1
    assert kept.used == {1: 1}
    assert [path.stat().st_size for path in stored(tmp_path)] == [len(wish().picture)]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_commit_whose_answer_is_lost_is_neither_denied_nor_charged_twice(
    database: Database, database_url: str, storage: Storage
) -> None:
    async with severed_at_commit(database_url) as (url, severed):
        across = Database(url)
        submission = Submission(across, storage, daily_credits=5)
        await submission.balance(1)
        severed.arm(after=2)  # the look before, and then the one that counts
        request = wish()
        job, new = await submission.submit(request)
        assert severed.happened
        await across.close()
    assert new
    assert await storage.get(job.inputs["picture"]) == request.picture
    kept = await books.read(database)
    assert kept.jobs == {job.id: "queued"}
    assert kept.used == {1: 1}


async def test_refusals_reach_people_as_one_sentence_or_two(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, daily_credits=1)
    await submission.submit(wish())
    with pytest.raises(QuotaUsedUp) as refusal:
        await submission.submit(wish())
    assert len(str(refusal.value)) < 200
    assert not re.search(r"Error|Traceback|SQL", str(refusal.value))

"""Taking wishes: all or nothing, once each, within the quota."""

import asyncio
import re
import resource
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import update

from bot.database import Database, blocks, jobs, leases, quotas
from bot.database.ledger import Act
from bot.database.models import LineRow
from bot.errors import Refusal
from bot.jobs.admission import (
    Blocked,
    Draining,
    Purse,
    QuotaUsedUp,
    ServerLineFull,
    ServerUsedUp,
    TooManyWaiting,
    TooSoon,
)
from bot.jobs.job import State
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission, Unavailable, Unsettled
from bot.storage import Storage, StorageFull
from tests.bot.jobs import books
from tests.bot.jobs.other_side import SERVER, wish
from tests.bot.jobs.severed import severed_at_commit

ROOT = Path(__file__).parents[3]

_numbers = count(1)


def act() -> Act:
    """Something done to the person with the id 1, on their server."""
    return Act(
        next(_numbers) << 22,
        person_id=1,
        guild_id=SERVER,
        by=7,
        reason="a good reason",
        at=datetime.now(UTC),
    )


def stored(tmp_path: Path) -> list[Path]:
    """Files in the storage of that test."""
    return [path for path in (tmp_path / "pictures").rglob("*") if path.is_file()]


async def test_a_wish_becomes_a_job_with_its_picture_at_rest_and_its_credits_reserved(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=5))
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


@pytest.mark.parametrize(
    ("limits", "people", "refusal"),
    [
        pytest.param(Limits(daily_credits=50), 1, QuotaUsedUp, id="a person's credits"),
        pytest.param(
            *(Limits(daily_credits=20, server_credits=50), 40, ServerUsedUp),
            id="a server's credits",
            marks=pytest.mark.long,
        ),
        pytest.param(
            *(Limits(daily_credits=500, waiting=50), 1, TooManyWaiting),
            id="a person's line",
            marks=pytest.mark.long,
        ),
        pytest.param(
            *(Limits(daily_credits=20, server_waiting=50), 40, ServerLineFull),
            id="a server's line",
            marks=pytest.mark.long,
        ),
    ],
)
async def test_of_200_wishes_at_once_a_limit_of_50_lets_exactly_50_through(
    database: Database,
    database_url: str,
    storage: Storage,
    tmp_path: Path,
    limits: Limits,
    people: int,
    refusal: type[Refusal],
) -> None:
    others = [Database(database_url) for _ in range(2)]
    doors = [Submission(each, storage, limits) for each in (database, *others)]
    outcomes = await asyncio.gather(
        *(doors[number % 3].submit(wish(1 + number % people)) for number in range(200)),
        return_exceptions=True,
    )
    for other in others:
        await other.close()

    assert [type(each) for each in outcomes].count(tuple) == 50
    assert [type(each) for each in outcomes].count(refusal) == 150
    kept = await books.read(database)
    assert len(kept.jobs) == len(kept.ledger) == 50
    assert sum(kept.used.values()) == 50
    await books.check_sums(database)
    assert len(stored(tmp_path)) == 50


async def test_of_wishes_at_once_at_two_bots_one_passes_the_cooldown(
    database: Database, database_url: str, storage: Storage
) -> None:
    other = Database(database_url)
    limits = Limits(daily_credits=50, cooldown=3600)
    doors = [Submission(each, storage, limits) for each in (database, other)]
    async with database.transaction() as session:
        await quotas.grant(session, act(), 1)  # so that there is an allowance to be held
    outcomes = await asyncio.gather(
        *(doors[number % 2].submit(wish()) for number in range(20)), return_exceptions=True
    )
    await doors[0].submit(wish(person_id=2))
    await other.close()
    assert [type(each) for each in outcomes].count(tuple) == 1
    assert [type(each) for each in outcomes].count(TooSoon) == 19
    assert (await books.read(database)).used == {1: 1, 2: 1}


async def test_a_wish_seen_again_is_refused_by_nothing(
    database: Database, storage: Storage
) -> None:
    request = wish(key="message:1:0")
    limits = Limits(1, server_credits=1, waiting=1, server_waiting=1, cooldown=3600)
    submission = Submission(database, storage, limits)
    job, _ = await submission.submit(request)
    async with database.transaction() as session:
        await blocks.block(session, act(), None)
    assert await submission.look(request.key, 1, SERVER, ()) == job
    assert await submission.submit(request) == (job, False)
    with pytest.raises(Blocked):
        await submission.look("message:2:0", 1, SERVER, ())


async def test_who_waits_in_line_is_counted_and_who_dreams_is_not(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=20, waiting=2))
    first, _ = await submission.submit(wish())
    await submission.submit(wish())
    with pytest.raises(TooManyWaiting, match="2 dreams waiting"):
        await submission.submit(wish(guild_id=None))
    async with database.transaction() as session:
        assert await leases.claim(session, first.id, "a runner", 60)
    await submission.submit(wish())


async def test_a_servers_limits_are_not_those_of_a_direct_message_or_of_another_server(
    database: Database, storage: Storage
) -> None:
    limits = Limits(daily_credits=20, server_credits=1, server_waiting=1)
    submission = Submission(database, storage, limits)
    await submission.submit(wish())
    with pytest.raises(ServerUsedUp, match=r"used up its 1 credit of today.*<t:\d+:R>"):
        await submission.submit(wish(2))
    for elsewhere in (None, None, SERVER + 1):
        await submission.submit(wish(2, guild_id=elsewhere))
    await books.check_sums(database)


async def test_a_refund_counts_for_person_and_server_once(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=3, server_credits=3))
    job, _ = await submission.submit(wish(cost=3))
    for _ in range(2):
        async with database.transaction() as session:
            await quotas.refund(session, job.id, "it failed")
    await submission.submit(wish(cost=3))
    with pytest.raises(QuotaUsedUp):
        await submission.submit(wish())
    with pytest.raises(ServerUsedUp):
        await submission.submit(wish(2))
    await books.check_sums(database)


async def test_a_role_and_a_grant_raise_the_limit_of_the_day(
    database: Database, storage: Storage
) -> None:
    limits = Limits(daily_credits=2, bonuses={10: 1, 20: 3, 30: 9})
    submission = Submission(database, storage, limits)
    roles = {10, 20, 99}
    with pytest.raises(QuotaUsedUp):
        await submission.submit(wish(cost=6, roles=roles))
    await submission.submit(wish(cost=5, roles=roles))
    async with database.transaction() as session:
        await quotas.grant(session, act(), 4)
    await submission.submit(wish(cost=3, roles=roles))
    balance = await submission.balance(1, SERVER, roles)
    assert (balance.used, balance.limit, balance.left) == (8, 9, 1)
    assert (balance.bonus, balance.granted) == (3, 4)
    # Without the roles, as elsewhere, more is used than there is.
    assert (await submission.balance(1)).left == 0


async def test_no_wishes_are_taken_while_the_line_drains(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=5))
    async with database.transaction() as session:
        now = datetime.now(UTC)
        session.add(LineRow(id=1, state="draining", reason="new disk", who="person:7", since=now))
    with pytest.raises(Draining, match="no new dreams for now"):
        await submission.submit(wish())
    async with database.transaction() as session:
        await session.execute(update(LineRow).values(state="paused"))
    await submission.submit(wish())
    assert len(stored(tmp_path)) == 1


async def test_who_is_blocked_hears_until_when_and_not_by_whom(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=5))
    until = datetime.now(UTC) + timedelta(hours=2)
    async with database.transaction() as session:
        await blocks.block(session, act(), until)
    with pytest.raises(Blocked) as refusal:
        await submission.submit(wish())
    assert "on this server until <t:" in str(refusal.value)
    assert not re.search(r"@|\b7\b|a good reason", str(refusal.value))
    await submission.submit(wish(guild_id=None))
    assert len(stored(tmp_path)) == 1


async def test_the_balance_tells_of_the_latest_five_dreams(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=50, server_credits=30))
    for cost in range(1, 8):
        await submission.submit(wish(cost=cost))
    await submission.submit(wish(2))
    balance = await submission.balance(1, SERVER)
    assert [dream.cost for dream in balance.dreams] == [7, 6, 5, 4, 3]
    assert {dream.state for dream in balance.dreams} == {State.QUEUED}
    assert balance.server == Purse(used=29, limit=30)


async def test_the_same_wish_50_times_at_once_is_one_job_and_one_charge(
    database: Database, database_url: str, storage: Storage, tmp_path: Path
) -> None:
    other = Database(database_url)
    # With a quota of just this one, so that repetitions are no refusals either.
    doors = [Submission(each, storage, Limits(daily_credits=1)) for each in (database, other)]
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
    submission = Submission(database, storage, Limits(daily_credits=1))
    await submission.submit(wish(person_id=1))
    await submission.submit(wish(person_id=2))
    assert (await books.read(database)).used == {1: 1, 2: 1}


async def test_the_balance_says_what_is_left_and_when_it_resets(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=20))
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
    submission = Submission(database, storage, Limits(daily_credits=5))
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
    submission = Submission(database, storage, Limits(daily_credits=1))
    job, _ = await submission.submit(wish())
    today = job.created_at.date()
    assert await books.allowance(database, "person", 1, today - timedelta(days=1)) == (0, 0)
    assert await books.allowance(database, "person", 1, today) == (1, 0)


async def test_a_database_that_is_away_means_no_dream_no_charge_and_no_picture(
    storage: Storage, tmp_path: Path
) -> None:
    for url in ("postgresql://nobody@127.0.0.1:1/nowhere", f"sqlite:///{tmp_path}/no/such/file"):
        database = Database(url)
        submission = Submission(database, storage, Limits(daily_credits=5))
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
    submission = Submission(database, Storage(tmp_path / "pictures"), Limits(daily_credits=5))
    with pytest.raises(Unavailable):
        await submission.submit(wish())
    kept = await books.read(database)
    assert (kept.jobs, kept.used) == ({}, {})


_ON_A_FULL_DISK = """
import asyncio, sys
from dataclasses import replace
from pathlib import Path
from bot.database import Database
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission, Unavailable
from bot.storage import Storage, StorageFull
from tests.bot.jobs.other_side import wish

async def main(url, folder):
    database = Database(url)
    submission = Submission(database, Storage(Path(folder)), Limits(daily_credits=5))
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
        submission = Submission(across, storage, Limits(daily_credits=5))
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


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_of_a_commit_that_nobody_can_ask_about_nothing_is_promised(
    database: Database, database_url: str, storage: Storage
) -> None:
    async with severed_at_commit(database_url) as (url, severed):
        across = Database(url)
        submission = Submission(across, storage, Limits(daily_credits=5))
        await submission.balance(1)
        severed.arm(after=2, for_good=True)
        with pytest.raises(Unsettled, match="look at `/queue` before you ask again") as refusal:
            await submission.submit(wish())
        await across.close()
    assert "charged" not in str(refusal.value)
    assert (await books.read(database)).used == {1: 1}


async def test_a_wish_with_several_pictures_has_all_of_them_at_rest_or_none(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=1))
    request = replace(wish(), further={"guide": b"a guide", "mask": b"a mask"})
    job, _ = await submission.submit(request)
    found = {role: await storage.get(key) for role, key in job.inputs.items()}
    assert found == {"picture": request.picture, "guide": b"a guide", "mask": b"a mask"}
    async with database.transaction() as session:
        assert await jobs.by_request(session, job.request_key) == job
        assert await jobs.needed(session, job.inputs.values(), job.created_at) == {
            *job.inputs.values()
        }
    same, new = await submission.submit(request)
    assert (same, new) == (job, False)
    assert len(stored(tmp_path)) == 3


async def test_a_picture_that_can_not_be_stored_leaves_no_other_behind(
    database: Database, storage: Storage, tmp_path: Path
) -> None:
    class Full(Storage):
        async def put(self, key: str, data: bytes, *, leaving: int = 0) -> None:
            if data == b"a guide":
                raise StorageFull("There is no room.")
            await super().put(key, data, leaving=leaving)

    submission = Submission(database, Full(tmp_path / "pictures"), Limits(daily_credits=1))
    with pytest.raises(Unavailable):
        await submission.submit(replace(wish(), further={"guide": b"a guide"}))
    assert stored(tmp_path) == []
    assert (await books.read(database)).jobs == {}


async def test_what_wishes_became_is_known_by_their_keys(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=5))
    job, _ = await submission.submit(wish(key="message:9:1"))
    keys = [f"message:9:{index}" for index in range(3)]
    assert await submission.became(keys) == {"message:9:1": job}


async def test_refusals_reach_people_as_one_sentence_or_two(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=1))
    await submission.submit(wish())
    with pytest.raises(QuotaUsedUp) as refusal:
        await submission.submit(wish())
    assert len(str(refusal.value)) < 200
    assert not re.search(r"Error|Traceback|SQL", str(refusal.value))

"""How far channels were seen, as several bots write it."""

import asyncio
from dataclasses import replace

from bot.database import Database, seen
from bot.database.seen import Mark
from bot.jobs.limits import Limits
from bot.jobs.submit import Submission
from bot.storage import Storage
from tests.bot.jobs.other_side import wish


async def marks(database: Database) -> dict[int, Mark]:
    async with database.transaction() as session:
        return await seen.marks(session)


async def mark(database: Database, marks: dict[int, Mark]) -> None:
    async with database.transaction() as session:
        await seen.mark(session, marks)


async def test_nothing_was_seen_at_first(database: Database) -> None:
    assert await marks(database) == {}


async def test_the_furthest_mark_stays(database: Database) -> None:
    await mark(database, {1: Mark(None, 10), 2: Mark(2**62, 2**62)})
    await mark(database, {1: Mark(None, 9), 2: Mark(2**62, 2**62 + 1), 3: Mark(4, 5)})
    assert await marks(database) == {
        1: Mark(None, 10),
        2: Mark(2**62, 2**62 + 1),
        3: Mark(4, 5),
    }


async def test_a_thousand_channels_are_written_at_once(database: Database) -> None:
    many = {channel: Mark(7, channel + 1) for channel in range(1, 1201)}
    await mark(database, many)
    assert await marks(database) == many


async def test_two_bots_write_side_by_side(database: Database, database_url: str) -> None:
    other = Database(database_url)
    there = {channel: Mark(7, 100) for channel in range(50)}
    back = {channel: Mark(7, 200) for channel in reversed(range(50))}
    await asyncio.gather(*(mark(one, m) for one, m in [(database, there), (other, back)] * 10))
    await other.close()
    assert await marks(database) == back


async def test_direct_messages_are_known_from_jobs_too(
    database: Database, storage: Storage
) -> None:
    submission = Submission(database, storage, Limits(daily_credits=20))
    request = wish()
    await submission.submit(request)
    assert await marks(database) == {}
    place = replace(wish().place, guild_id=None)
    await submission.submit(replace(wish(), place=place))
    assert place.message_id is not None
    assert await marks(database) == {place.channel_id: Mark(None, place.message_id)}
    await mark(database, {place.channel_id: Mark(None, place.message_id + 5)})
    assert (await marks(database))[place.channel_id].message_id == place.message_id + 5

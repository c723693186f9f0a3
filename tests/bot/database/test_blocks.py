"""Blocks: where they hold, until when, and how they end."""

import asyncio
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.database import Database, blocks
from bot.database.blocks import Block
from bot.database.ledger import Act
from bot.database.models import BlockRow, LedgerRow
from bot.database.standing import standing

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=2)
HERE, THERE = 2**62, 2**62 + 1


def act(number: int, guild_id: int | None = HERE) -> Act:
    return Act(number << 22, person_id=1, guild_id=guild_id, by=7, reason="spam", at=NOW)


async def block(database: Database, by: Act, until: datetime | None = None) -> None:
    async with database.transaction() as session:
        await blocks.block(session, by, until)


async def unblock(database: Database, by: Act, *guilds: int) -> bool:
    async with database.transaction() as session:
        return await blocks.unblock(session, by, *guilds)


async def current(
    database: Database, guild_id: int | None = HERE, now: datetime = NOW
) -> Block | None:
    async with database.transaction() as session:
        return (await standing(session, 1, guild_id, now)).block


async def kinds(database: Database) -> list[str]:
    """Of the entries in the ledger, oldest first."""
    async with database.transaction() as session:
        entries = await session.scalars(select(LedgerRow).order_by(LedgerRow.id))
        return [entry.kind for entry in entries]


async def test_a_servers_block_holds_on_that_server_alone(database: Database) -> None:
    await block(database, act(1))
    assert await current(database) == Block(everywhere=False, until=None)
    assert await current(database, THERE) is None
    assert await current(database, None) is None


async def test_a_block_everywhere_holds_everywhere(database: Database) -> None:
    await block(database, act(1, None))
    for place in (HERE, THERE, None):
        assert await current(database, place) == Block(everywhere=True, until=None)


async def test_a_block_ends_by_itself(database: Database) -> None:
    await block(database, act(1), LATER)
    assert await current(database) == Block(everywhere=False, until=LATER)
    assert await current(database, now=LATER) is None


async def test_of_two_blocks_the_longer_one_is_told(database: Database) -> None:
    await block(database, act(1), LATER)
    await block(database, act(2, None), LATER + timedelta(hours=1))
    assert await current(database) == Block(True, LATER + timedelta(hours=1))
    await block(database, act(3))
    assert await current(database) == Block(False, None)
    await block(database, act(4, None))
    assert await current(database) == Block(True, None)


async def test_a_new_block_takes_the_place_of_the_old_one(database: Database) -> None:
    await block(database, act(1))
    await block(database, act(2), LATER)
    assert await current(database) == Block(False, LATER)
    assert await kinds(database) == ["block", "block"]


async def test_unblocking_lifts_the_block_and_says_whether_there_was_one(
    database: Database,
) -> None:
    await block(database, act(1))
    assert not await unblock(database, act(2, THERE))
    assert await unblock(database, act(3))
    assert await current(database) is None
    assert not await unblock(database, act(4))
    assert await kinds(database) == ["block", "unblock"]


async def test_whoever_unblocks_everywhere_unblocks_where_they_are_too(
    database: Database,
) -> None:
    await block(database, act(1, HERE))
    await block(database, act(2, THERE))
    await block(database, act(3, None))
    assert await unblock(database, act(4, None), HERE)
    assert await current(database, HERE) is None
    assert await current(database, THERE) == Block(False, None)


async def test_two_bots_that_hear_of_one_act_do_it_once_and_say_the_same(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    both = (database, other)
    await asyncio.gather(*(block(both[n % 2], act(1), LATER) for n in range(6)))
    said = await asyncio.gather(*(unblock(both[n % 2], act(2)) for n in range(6)))
    # Heard of late, when it was lifted already.
    await block(other, act(1), LATER)
    await other.close()
    assert said == [True] * 6
    assert await current(database) is None
    assert await kinds(database) == ["block", "unblock"]


async def test_two_in_charge_who_block_at_once_don_t_stumble(
    database: Database, database_url: str
) -> None:
    other = Database(database_url)
    await asyncio.gather(*(block((database, other)[n % 2], act(n), LATER) for n in range(1, 7)))
    await other.close()
    async with database.transaction() as session:
        [row] = await session.scalars(select(BlockRow))
    assert (row.who, row.reason, row.until) == ("person:7", "spam", LATER)
    assert len(await kinds(database)) == 6

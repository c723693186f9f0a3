"""Saved presets, as the next bot reads them."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete

from bot.database import Database, forgetting, guilds, presets, retention
from bot.database.models import BlockRow, GuildRow
from bot.database.presets import Put, Saved
from dream import Recipe

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ALICE, BOB, SERVER = 2**63 - 1, 2, 7
RECIPE = Recipe(network="dreamnet", iterations=(4, 5, 6), smoothing=0.4, keep_colours=True)
FUR = Saved("person", ALICE, "night-fur", RECIPE)


async def put(database: Database, *wanted: Saved, most: int = 25, at: datetime = NOON) -> Put:
    done = Put.SAVED
    for each in wanted:
        async with database.transaction() as session:
            done = await presets.put(session, each, most, at)
    return done


async def usable(database: Database, person_id: int, guild_id: int | None = None) -> list[Saved]:
    async with database.transaction() as session:
        return await presets.usable(session, person_id, guild_id)


async def test_ones_own_come_first_then_the_servers_with_all_their_choices(
    database: Database,
) -> None:
    servers = Saved("guild", SERVER, "ants", RECIPE, given_by=BOB)
    others = [replace(FUR, holder_id=BOB), replace(servers, holder_id=8)]
    await put(database, servers, FUR, replace(FUR, name="moss"), *others)
    assert await usable(database, ALICE, SERVER) == [replace(FUR, name="moss"), FUR, servers]
    assert await usable(database, ALICE) == [replace(FUR, name="moss"), FUR]
    async with database.transaction() as session:
        assert await presets.find(session, "person", ALICE, "moss") == replace(FUR, name="moss")
        assert await presets.find(session, "guild", SERVER, "moss") is None


async def test_a_name_is_taken_but_by_the_same_and_there_is_room_for_so_many(
    database: Database,
) -> None:
    assert await put(database, FUR, most=1) is Put.SAVED
    assert await put(database, FUR, most=1) is Put.SAVED
    assert await put(database, replace(FUR, recipe=Recipe()), most=1) is Put.TAKEN
    assert await put(database, replace(FUR, name="moss"), most=1) is Put.FULL
    assert await put(database, replace(FUR, holder_id=BOB), most=1) is Put.SAVED
    assert await usable(database, ALICE) == [FUR]


async def test_of_many_at_once_no_more_than_there_is_room_for_are_saved(
    database: Database,
) -> None:
    wanted = [replace(FUR, name=f"fur-{number}") for number in range(6)]
    done = await asyncio.gather(*(put(database, each, most=3) for each in wanted))
    assert sorted(each.name for each in done) == ["FULL"] * 3 + ["SAVED"] * 3
    assert len(await usable(database, ALICE)) == 3


async def test_what_is_shared_is_found_by_others_the_latest_first(database: Database) -> None:
    await put(database, FUR, replace(FUR, holder_id=BOB), replace(FUR, name="moss"))
    await put(database, replace(FUR, name="100%", public=True), at=NOON + timedelta(hours=1))
    async with database.transaction() as session:
        assert await presets.share(session, ALICE, "night-fur", True)
        assert await presets.share(session, ALICE, "night-fur", True), "asked for twice"
        assert not await presets.share(session, ALICE, "no-such", True)
    async with database.transaction() as session:
        found = await presets.public(session, BOB, 5)
        assert [each.name for each in found] == ["100%", "night-fur"]
        assert [each.name for each in await presets.public(session, BOB, 1)] == ["100%"]
        assert [each.name for each in await presets.public(session, BOB, 5, "t-f")] == ["night-fur"]
        assert [each.name for each in await presets.public(session, BOB, 5, "%")] == ["100%"]
        assert await presets.public(session, ALICE, 5) == []
        shared = replace(FUR, public=True)
        assert await presets.public_called(session, BOB, "night-fur") == [shared]
        assert await presets.public_called(session, BOB, "moss") == []
    async with database.transaction() as session:
        assert await presets.share(session, ALICE, "night-fur", False)
        assert await presets.public_called(session, BOB, "night-fur") == []


async def test_of_whoever_may_dream_nowhere_nothing_is_shared_meanwhile(
    database: Database,
) -> None:
    await put(database, replace(FUR, public=True))
    now = datetime.now(UTC)

    async def shared_while_blocked(guild_id: int, until: datetime | None) -> list[str]:
        async with database.transaction() as session:
            session.add(
                BlockRow(
                    person_id=ALICE,
                    guild_id=guild_id,
                    until=until,
                    who="bot",
                    reason="",
                    created_at=now,
                )
            )
        async with database.transaction() as session:
            found = await presets.public(session, BOB, 5)
            assert found == await presets.public_called(session, BOB, "night-fur")
            await session.execute(delete(BlockRow))
        return [each.name for each in found]

    assert await shared_while_blocked(0, None) == []
    assert await shared_while_blocked(0, now + timedelta(hours=1)) == []
    assert await shared_while_blocked(0, now - timedelta(hours=1)) == ["night-fur"]
    assert await shared_while_blocked(SERVER, None) == ["night-fur"]


async def test_only_its_holders_is_removed(database: Database) -> None:
    await put(database, FUR, replace(FUR, holder_id=BOB))
    async with database.transaction() as session:
        assert await presets.remove(session, "person", ALICE, "night-fur")
        assert not await presets.remove(session, "person", ALICE, "night-fur")
        assert not await presets.remove(session, "guild", BOB, "night-fur")
    assert (await usable(database, ALICE), len(await usable(database, BOB))) == ([], 1)


async def test_whoever_is_forgotten_leaves_servers_what_they_gave_but_not_their_id(
    database: Database,
) -> None:
    given = Saved("guild", SERVER, "ants", RECIPE, given_by=ALICE)
    # A server's number may be that of a person.
    same_number = Saved("guild", ALICE, "moss", RECIPE, given_by=BOB)
    await put(database, FUR, given, same_number, replace(FUR, holder_id=BOB))
    async with database.transaction() as session:
        assert (await forgetting.traces(session, ALICE)).presets == 2
    async with database.transaction() as session:
        assert await forgetting.erase(session, "0" * 64, ALICE, frozenset(), NOON)
    async with database.transaction() as session:
        assert not await forgetting.traces(session, ALICE)
    assert await usable(database, ALICE, SERVER) == [replace(given, given_by=None)]
    assert await usable(database, BOB, ALICE) == [replace(FUR, holder_id=BOB), same_number]


async def test_a_server_that_the_bot_has_left_for_long_loses_its_presets(
    database: Database,
) -> None:
    await put(database, Saved("guild", SERVER, "ants", RECIPE), replace(FUR, holder_id=SERVER))
    await put(database, Saved("guild", 8, "ants", RECIPE))
    async with database.transaction() as session:
        await guilds.leave(session, SERVER)
    async with database.transaction() as session:
        left = await session.get(GuildRow, SERVER)
        assert left is not None
        assert left.left_at is not None
        after = left.left_at + timedelta(seconds=1)
        await retention.remove_others(session, left.left_at - timedelta(seconds=1), after)
    assert len(await usable(database, SERVER, SERVER)) == 2
    async with database.transaction() as session:
        await retention.remove_others(session, after, after)
    assert await usable(database, SERVER, SERVER) == [replace(FUR, holder_id=SERVER)]
    assert len(await usable(database, 1, 8)) == 1

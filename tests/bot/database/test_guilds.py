"""The rules of servers, as the next bot reads them, and as a bot remembers them."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import text

from bot.database import Database, guilds, retention
from bot.errors import Refusal
from bot.guilds import Guilds
from bot.jobs.limits import Limits
from bot.rules import Rules, Thing

SERVER = 2**63 - 1
ALL = Rules(
    prefix="?",
    preset="strokes",
    channels=frozenset({1, SERVER}),
    gallery_channel_id=SERVER,
    stars=3,
    dream_size=512,
    person_credits=5,
    server_credits=100,
    waiting=2,
    bonuses={SERVER: 10, 7: 1},
    locale="de",
    off=frozenset({Thing.LINKS, Thing.LOOKING_BACK}),
    log_channel_id=SERVER - 1,
)
TODAY = date(2026, 3, 1)


async def kept(database: Database, guild_id: int = SERVER) -> Rules:
    async with database.transaction() as session:
        return await guilds.rules(session, guild_id)


async def set_to(database: Database, wanted: Rules, guild_id: int = SERVER) -> None:
    async with database.transaction() as session:
        await guilds.hold(session, guild_id)
        await guilds.put(session, guild_id, wanted)


def service(database: Database) -> Guilds:
    return Guilds(database, Limits(daily_credits=20, server_credits=1000, waiting=10))


async def test_all_rules_are_kept_as_they_were_set(database: Database) -> None:
    assert await kept(database) == Rules()
    for wanted in (ALL, Rules(stars=1), ALL, Rules()):
        await set_to(database, wanted)
        assert await kept(database) == wanted
        assert await kept(database, 1) == Rules()


async def test_what_was_set_is_forgotten(database: Database) -> None:
    await set_to(database, ALL)
    await set_to(database, ALL, 1)
    async with database.transaction() as session:
        await guilds.forget(session, SERVER)
    assert (await kept(database), await kept(database, 1)) == (Rules(), ALL)


async def test_what_a_later_version_switches_off_troubles_no_earlier_one(
    database: Database,
) -> None:
    await set_to(database, ALL)
    async with database.transaction() as session:
        await session.execute(text("""UPDATE guild SET off = '["links", "time travel"]'"""))
    assert (await kept(database)).off == {Thing.LINKS}


async def test_changes_at_the_same_time_are_all_made(database: Database) -> None:
    bots = [service(database), service(database)]

    def with_bonus(role: int) -> "asyncio.Task[Rules]":
        def change(rules: Rules) -> Rules:
            return replace(rules, bonuses={**rules.bonuses, role: role})

        return asyncio.create_task(bots[role % 2].change(SERVER, change))

    await asyncio.gather(*map(with_bonus, range(1, 9)))
    assert (await kept(database)).bonuses == {role: role for role in range(1, 9)}


async def test_a_change_that_cannot_be_changes_nothing(database: Database) -> None:
    def no(_: Rules) -> Rules:
        raise Refusal("no")

    await set_to(database, ALL)
    with pytest.raises(Refusal):
        await service(database).change(SERVER, no)
    assert await kept(database) == ALL


async def test_those_in_charge_are_told_once_a_day(database: Database) -> None:
    async def tells(day: date) -> bool:
        async with database.transaction() as session:
            return await guilds.tells(session, SERVER, day)

    assert not await tells(TODAY), "nobody has set where"
    await set_to(database, ALL)
    assert sorted(await asyncio.gather(*(tells(TODAY) for _ in range(3)))) == [False, False, True]
    await set_to(database, replace(ALL, prefix="#"))
    assert not await tells(TODAY)
    assert await tells(TODAY + timedelta(days=1))


async def test_rules_of_a_server_that_was_left_go_in_time_unless_the_bot_returns(
    database: Database,
) -> None:
    for guild_id in (1, 2, 3):
        await set_to(database, ALL, guild_id)
    for guild_id in (1, 2):
        await service(database).leave(guild_id)
    # It returned to the first one, where somebody says something.
    assert await kept(database, 1) == ALL
    now = datetime.now(UTC)

    async def sweep(before: datetime) -> int:
        async with database.transaction() as session:
            return await retention.remove_others(session, before, now)

    assert await sweep(now - timedelta(days=90)) == 0
    assert await sweep(now + timedelta(hours=1)) == 1
    assert [await kept(database, guild_id) for guild_id in (1, 2, 3)] == [ALL, Rules(), ALL]


async def test_rules_are_looked_up_once_for_many_who_ask(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await set_to(database, ALL)
    ours = service(database)
    assert await asyncio.gather(*(ours.rules(SERVER) for _ in range(9))) == [ALL] * 9
    await set_to(database, Rules())
    assert await ours.rules(SERVER) == ALL, "another bot's change is seen a little later"
    monkeypatch.setattr("bot.guilds.FRESH", 0.0)
    ours = service(database)
    assert await ours.rules(SERVER) == Rules()
    await set_to(database, ALL)
    assert await ours.rules(SERVER) == ALL


async def test_ones_own_change_is_seen_at_once(database: Database) -> None:
    ours = service(database)
    assert await ours.rules(SERVER) == Rules()
    await ours.change(SERVER, lambda _: ALL)
    assert await ours.rules(SERVER) == ALL
    await ours.reset(SERVER)
    assert await ours.rules(SERVER) == Rules()


async def test_direct_messages_have_no_rules(database: Database) -> None:
    assert await service(database).rules(None) == Rules()
    assert await service(database).limits(None) == service(database).own


async def test_rules_go_no_further_than_the_bots_own_limits(database: Database) -> None:
    await set_to(database, replace(ALL, server_credits=5000, waiting=50))
    limits = await service(database).limits(SERVER)
    assert (limits.server_credits, limits.waiting) == (1000, 10)
    boundless = Guilds(database, Limits(daily_credits=20))
    limits = await boundless.limits(SERVER)
    assert (limits.server_credits, limits.waiting) == (5000, 50)


async def test_what_was_known_goes_while_the_database_is_away() -> None:
    database = Database("postgresql://nobody@127.0.0.1:1/nowhere")
    assert await service(database).rules(SERVER) == Rules()
    assert database.away
    await database.close()


async def test_no_more_servers_are_remembered_than_have_room(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.guilds.MOST", 2)
    ours = service(database)
    for guild_id in (1, 2, 3):
        await set_to(database, ALL, guild_id)
        await ours.rules(guild_id)
    assert [ours.known(guild_id) for guild_id in (1, 2, 3)] == [Rules(), ALL, ALL]

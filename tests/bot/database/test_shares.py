"""Dreams in galleries, as the next bot reads them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.database import Database, retention, shares
from bot.database.shares import Share

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def share(number: int, stars: int = 0, guild_id: int = 7) -> Share:
    return Share(
        f"{number:026}", guild_id, 2**63 - 1, 5, "https://x", "Eyes", "posting", None, stars
    )


async def hang(database: Database, dream: Share, at: datetime = NOON) -> None:
    async with database.transaction() as session:
        await shares.begin(session, dream, at)
        assert await shares.posted(session, dream.job_id, 5, int(dream.job_id) + 100, at)


async def test_a_dream_that_was_hung_up_is_found_by_itself_and_by_its_post(
    database: Database,
) -> None:
    await hang(database, share(1))
    async with database.transaction() as session:
        found = await shares.of_message(session, 101)
        assert found == await shares.of_job(session, share(1).job_id)
        assert found == replace(share(1), state="shared", message_id=101)
        assert await shares.of_message(session, 102) is None
        assert await shares.of_job(session, share(2).job_id) is None


async def test_its_owner_is_asked_once_and_never_about_what_was_hung_up_or_taken_out(
    database: Database,
) -> None:
    await hang(database, share(2))
    await hang(database, share(3))
    async with database.transaction() as session:
        await shares.remove(session, share(3).job_id, NOON)
    for number, asked in [(1, True), (1, False), (2, False), (3, False)]:
        async with database.transaction() as session:
            assert await shares.ask(session, share(number), NOON) == asked


async def test_what_hangs_is_begun_again_as_it_is(database: Database) -> None:
    await hang(database, share(1))
    async with database.transaction() as session:
        assert (await shares.begin(session, share(1), NOON)).message_id == 101


async def test_what_was_taken_out_in_the_very_moment_is_not_noted_as_hanging(
    database: Database,
) -> None:
    async with database.transaction() as session:
        await shares.begin(session, share(1), NOON)
    async with database.transaction() as session:
        assert await shares.remove(session, share(1).job_id, NOON)
    async with database.transaction() as session:
        assert not await shares.posted(session, share(1).job_id, 5, 101, NOON)
        # Its owner may change their mind.
        assert (await shares.begin(session, share(1), NOON)).state == "posting"
        assert await shares.remove(session, share(9).job_id, NOON) is None


async def test_the_best_are_those_with_most_stars_then_the_latest_of_one_server(
    database: Database,
) -> None:
    await hang(database, share(1))
    await hang(database, share(2), NOON + timedelta(hours=1))
    await hang(database, share(3))
    await hang(database, share(4, guild_id=8))
    await hang(database, share(5), NOON - timedelta(days=8))
    await hang(database, share(6))
    async with database.transaction() as session:
        await shares.count(session, share(3).job_id, 4)
        await shares.remove(session, share(6).job_id, NOON)
    async with database.transaction() as session:
        found = await shares.best(session, 7, NOON - timedelta(days=7), 5)
        assert [int(each.job_id) for each in found] == [3, 2, 1]
        assert [each.stars for each in found] == [4, 0, 0]
        assert found[0].post == "https://discord.com/channels/7/5/103"
        assert len(await shares.best(session, 7, NOON - timedelta(days=7), 2)) == 2


async def test_what_hung_there_long_ago_is_forgotten(database: Database) -> None:
    await hang(database, share(1), NOON - timedelta(days=40))
    await hang(database, share(2))
    async with database.transaction() as session:
        assert await retention.remove_others(session, NOON - timedelta(days=30), NOON) == 1
    async with database.transaction() as session:
        assert await shares.of_job(session, share(1).job_id) is None
        assert await shares.of_job(session, share(2).job_id) is not None

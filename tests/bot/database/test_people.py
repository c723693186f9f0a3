"""What people have chosen, as the next bot reads it."""

from bot.database import Database, people


async def test_who_has_chosen_nothing_is_called(database: Database) -> None:
    async with database.transaction() as session:
        assert await people.wants_mention(session, 2**63 - 1)


async def test_the_last_choice_counts_and_is_ones_own(database: Database) -> None:
    for wanted in (False, False, True, False):
        async with database.transaction() as session:
            await people.choose_mention(session, 1, wanted)
        async with database.transaction() as session:
            assert await people.wants_mention(session, 1) == wanted
            assert await people.wants_mention(session, 2)


async def test_what_a_person_reads_discord_in_is_noted_beside_what_they_chose(
    database: Database,
) -> None:
    async with database.transaction() as session:
        assert await people.locale(session, 1) is None
        await people.note_locale(session, 1, "de")
    async with database.transaction() as session:
        assert await people.wants_mention(session, 1), "nothing is chosen by that"
        await people.choose_mention(session, 1, False)
    for seen in ("de", "fr", "fr"):
        async with database.transaction() as session:
            await people.note_locale(session, 1, seen)
        async with database.transaction() as session:
            assert await people.locale(session, 1) == seen
            assert not await people.wants_mention(session, 1)

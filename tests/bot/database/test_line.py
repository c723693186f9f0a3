"""What the line does, for all bots on a database."""

from datetime import UTC, datetime, timedelta

from bot.database import Database, line
from bot.jobs.turns import Line, LineState

NOW = datetime(2026, 11, 28, 9, 30, 0, 123000, UTC)


async def test_a_line_that_nobody_set_is_open(database: Database) -> None:
    async with database.transaction() as session:
        assert await line.read(session) == Line(LineState.OPEN, "", None)


async def test_what_it_was_set_to_last_counts(database: Database) -> None:
    async with database.transaction() as session:
        assert await line.write(session, LineState.PAUSED, "a new fan", "person:1", NOW)
    async with database.transaction() as session:
        later = NOW + timedelta(milliseconds=1)
        assert await line.write(session, LineState.DRAINING, "good night", "person:2", later)
        found = await line.read(session)
    assert found == Line(LineState.DRAINING, "good night", later)


async def test_what_was_asked_for_before_what_it_does_has_no_effect(
    database: Database,
) -> None:
    before = NOW - timedelta(milliseconds=1)
    async with database.transaction() as session:
        await line.write(session, LineState.OPEN, "", "person:1", NOW)
    async with database.transaction() as session:
        assert not await line.write(session, LineState.PAUSED, "late", "person:2", before)
        assert await line.read(session) == Line(LineState.OPEN, "", NOW)

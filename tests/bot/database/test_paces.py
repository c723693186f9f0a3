"""What was measured of a machine, and what another of its kind may take from it."""

import pytest

from bot.database import Database, paces
from bot.jobs.estimates import BUSY, Machine, Pace, Paces

MOON = Machine("moon", "cpu x4")


async def read(database: Database, machine: Machine) -> Paces:
    async with database.transaction() as session:
        return await paces.read(session, machine)


async def write(database: Database, machine: Machine, **measured: float) -> None:
    async with database.transaction() as session:
        found = {name: Pace(seconds, 7) for name, seconds in measured.items()}
        await paces.write(session, machine, found)


async def test_nothing_is_known_at_first(database: Database) -> None:
    assert await read(database, MOON) == Paces("cpu x4", {})


async def test_what_was_measured_is_kept_and_the_latest_counts(database: Database) -> None:
    await write(database, MOON, googlenet=400.0, dreamnet=100.0)
    await write(database, MOON, googlenet=300.0)
    assert (await read(database, MOON)).measured == {
        "googlenet": Pace(300.0, 7),
        "dreamnet": Pace(100.0, 7),
    }


async def test_a_new_machine_begins_with_what_its_kind_took_lately(database: Database) -> None:
    await write(database, Machine("sun", "cpu x4"), googlenet=500.0)
    await write(database, Machine("mars", "cuda"), googlenet=9.0)
    await write(database, MOON, dreamnet=100.0)
    async with database.transaction() as session:
        await paces.write(session, Machine("sun", "cpu x4"), {BUSY: Pace(3.0, 7)})
    known = (await read(database, MOON)).measured
    assert known == {"googlenet": Pace(500.0, 1), "dreamnet": Pace(100.0, 7)}


@pytest.mark.parametrize("name", ["100%", "a_b", "\\"])
async def test_a_machine_of_any_name_has_its_own(database: Database, name: str) -> None:
    await write(database, Machine(name, "cpu"), googlenet=500.0)
    await write(database, Machine("moon", "cuda"), googlenet=9.0)
    assert (await read(database, Machine(name, "cpu"))).measured == {"googlenet": Pace(500.0, 7)}
    assert (await read(database, Machine("x", name))).measured == {}

"""Bringing the tables up to date."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError

from bot.database.address import Address
from bot.database.connection import away_if_lost, away_if_refused

_PACKAGE = Path(__file__).parent.parent


class CannotMigrate(Exception):
    """The tables can't be brought up to date; the sentence says why."""


async def migrate(url: str) -> None:
    """Bring the tables of that database up to date, or make them.

    The folder of a SQLite file is made. Bots that start at once wait for each other, and a
    migration that breaks off leaves everything as it was.

    Raises:
        BadAddress: Not an address of a database that can be used.
        CannotMigrate: The tables are those of a later version.
        DatabaseAway: It can't be reached.
    """
    address = Address.parse(url)
    if address.file is not None:
        with away_if_refused():
            address.file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with away_if_lost():
            # In a thread, since the migrations' environment runs an event loop of its own.
            await asyncio.to_thread(command.upgrade, _configuration(url), "head")
    except CommandError as error:
        raise CannotMigrate(
            f"The database can't be brought up to date: {error} "
            "Was it used by a later version of this program? Then run that one."
        ) from error


def _configuration(url: str) -> Config:
    # In an installed package they lie inside of it, in a checkout beside it.
    folders = (_PACKAGE / "migrations", _PACKAGE.parent / "migrations")
    folder = next(folder for folder in folders if (folder / "env.py").is_file())
    configuration = Config()
    configuration.set_main_option("script_location", str(folder).replace("%", "%%"))
    configuration.attributes["url"] = url
    return configuration

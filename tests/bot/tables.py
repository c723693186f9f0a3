"""A database with its tables, for tests that are about something else."""

import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.database import migrate
from bot.database.address import Address

_folder = TemporaryDirectory(prefix="dreambot-tables-")
_FILE = Path(_folder.name) / "bot.sqlite"


async def make_tables(url: str) -> None:
    """As `migrate`, but of SQLite files only the first is made, and copied: that is quicker."""
    file = Address.parse(url).file
    if file is None or file.exists():
        await migrate(url)
        return
    if not _FILE.exists():
        await migrate(f"sqlite:///{_FILE}")
    file.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(_FILE, file)

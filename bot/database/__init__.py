"""The database: its public names."""

from sqlalchemy.ext.asyncio import AsyncSession as Session

from bot.database.address import BadAddress
from bot.database.connection import Database, DatabaseAway
from bot.database.migrating import CannotMigrate, migrate

__all__ = ["BadAddress", "CannotMigrate", "Database", "DatabaseAway", "Session", "migrate"]

"""The database: its public names."""

from bot.database.address import BadAddress
from bot.database.connection import Database, DatabaseAway
from bot.database.migrating import CannotMigrate, migrate

__all__ = ["BadAddress", "CannotMigrate", "Database", "DatabaseAway", "migrate"]

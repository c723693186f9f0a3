"""How alembic reaches the database: by the bot's own settings, through the bot's own engine."""

import asyncio
import logging
from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection, text

from bot.database.connection import away_if_refused, open_engine
from bot.database.models import Base, Moment
from bot.settings import Settings

log = logging.getLogger("bot.database.migrations")

LOCK = 0x647265616D
"""Of all who migrate one PostgreSQL database, whatever program they are: `dream` in ASCII."""


def render(kind: str, item: object, _context: AutogenContext) -> str | Literal[False]:
    """A migration names the types of that day's tables, and nothing that changes with the bot."""
    moment = kind == "type" and isinstance(item, Moment)
    return "sa.DateTime(timezone=True)" if moment else False


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_item=render,
        render_as_batch=connection.dialect.name == "sqlite",
        # SQLite can, once the driver no longer ends transactions by itself.
        transactional_ddl=True,
    )
    with context.begin_transaction():
        # SQLite's transaction has locked out all others as it began.
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        before = context.get_context().get_current_heads()
        context.run_migrations()
        after = context.get_context().get_current_heads()
    if before != after:
        log.info("Tables brought up to date" if before else "Tables made")


async def connect_and_migrate(url: str) -> None:
    engine = open_engine(url, for_migrations=True)
    try:
        with away_if_refused():
            connection = await engine.connect()
        try:
            await connection.run_sync(migrate)
        finally:
            await connection.close()
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise SystemExit("Migrations look at the database they change: --sql is not for them.")

asyncio.run(connect_and_migrate(context.config.attributes.get("url") or Settings().database))

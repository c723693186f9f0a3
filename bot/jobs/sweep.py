"""What has had its time is removed: stored pictures after hours, what is on record after days."""

import asyncio
import logging
import re
import secrets
from datetime import UTC, datetime, timedelta

from bot.database import Database, DatabaseAway, jobs, retention
from bot.durable import UNFINISHED
from bot.jobs.ulid import made_at
from bot.storage import TRIAL, Storage, StorageError

log = logging.getLogger(__name__)

SWEEP_SECONDS = 3600.0
"""How often it is looked for."""

_FOLDERS = ("inputs", "results", UNFINISHED, TRIAL)
_OURS = re.compile(r"[a-z]+/([0-7][0-9A-HJKMNP-TV-Z]{25})")


class Sweeper:
    """Removes what has had its time; several bots may do so side by side.

    Args:
        keep: How long a picture and its dream stay in the storage after their job has ended.
        record: How long jobs and what they cost stay in the database.
    """

    def __init__(
        self, database: Database, storage: Storage, *, keep: timedelta, record: timedelta
    ) -> None:
        self._database = database
        self._storage = storage
        self._keep = keep
        self._record = record

    async def run(self) -> None:
        """Sweep again and again, whatever happens."""
        while True:
            for sweep in (self.rows, self.pictures):
                try:
                    await sweep()
                except (DatabaseAway, StorageError):
                    # They have said so themselves, and what is left can wait for the next time.
                    continue
                except Exception:
                    log.exception("The sweeper stumbled (%s); it goes on.", secrets.token_hex(4))
            await asyncio.sleep(SWEEP_SECONDS)

    async def pictures(self) -> int:
        """Remove pictures whose job ended long ago, or never came to be; how many they were.

        How old they are is in their keys: not every storage tells, nor by the same clock.

        Raises:
            DatabaseAway, StorageError: Some are left for the next time.
        """
        since = datetime.now(UTC) - self._keep
        removed = 0
        for folder in _FOLDERS:
            old = {key for key in await self._storage.keys(folder) if _made_before(key, since)}
            async with self._database.transaction() as session:
                needed = await jobs.needed(session, old, since)
            for key in old - needed:
                await self._storage.delete(key)
            removed += len(old - needed)
        if removed:
            log.info("%d old pictures were removed from the storage.", removed)
        return removed

    async def rows(self) -> int:
        """Remove rows of what ended long ago; how many, each job with all of its own as one.

        Raises:
            DatabaseAway: Some are left for the next time.
        """
        now = datetime.now(UTC)
        before = now - self._record
        async with self._database.transaction() as session:
            removed = await retention.remove_others(session, before, now)
        while True:
            async with self._database.transaction() as session:
                jobs_removed = await retention.remove_jobs(session, before)
            removed += jobs_removed
            if jobs_removed < retention.MANY:
                return removed


def _made_before(key: str, moment: datetime) -> bool:
    found = _OURS.fullmatch(key)
    return found is not None and made_at(found[1]) < moment

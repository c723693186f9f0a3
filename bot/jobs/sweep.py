"""Stored pictures that no job needs any more are removed."""

import logging
import re
from datetime import UTC, datetime, timedelta

from bot.database import Database, jobs
from bot.storage import Storage

log = logging.getLogger(__name__)

KEPT = timedelta(hours=24)
"""How long a picture and its dream stay in the storage after their job has ended."""

_OURS = re.compile(r"(inputs|results)/[0-9A-Z]{26}")


async def sweep(database: Database, storage: Storage) -> int:
    """Remove pictures whose job ended a day ago, or never came to be; how many they were.

    Raises:
        DatabaseAway, StorageError: Some are left for the next time.
    """
    age = KEPT.total_seconds()
    await storage.remove_unfinished(age)
    old = await storage.older_than("inputs", age) | await storage.older_than("results", age)
    ours = {key for key in old if _OURS.fullmatch(key)}
    async with database.transaction() as session:
        needed = await jobs.needed(session, ours, datetime.now(UTC) - KEPT)
    for key in ours - needed:
        await storage.delete(key)
    if ours - needed:
        log.info("%d old pictures were removed from the storage.", len(ours - needed))
    return len(ours - needed)

"""A person's last dreams, and the results that are kept for them."""

from typing import Protocol

from bot.database import Database, jobs
from bot.jobs.job import Job
from bot.storage import NotStored, Storage
from dream import Format, Output

MOST = 10
"""Dreams that are told of."""


class Encoder(Protocol):
    """Makes pictures fit; `dream.Pool`."""

    async def reencode(self, picture: bytes, output: Output) -> tuple[bytes, Format]:
        """The picture as a file of that output. Raises a DreamError."""


class History:
    """What became of somebody's dreams."""

    def __init__(self, database: Database, storage: Storage, encoder: Encoder) -> None:
        self._database = database
        self._storage = storage
        self._encoder = encoder

    async def last(self, person_id: int, guild_id: int | None = None) -> list[Job]:
        """The person's last jobs, newest first, at most `MOST`; only that server's if one is named.

        Raises:
            DatabaseAway: The database can't be asked.
        """
        async with self._database.transaction() as session:
            return await jobs.last_of(session, person_id, MOST, guild_id)

    async def picture(self, job: Job, limit: int) -> tuple[bytes, Format] | None:
        """The result of a job as a file of at most `limit` bytes; None if it isn't kept any more.

        Raises:
            StorageError: It can't be read just now.
            DreamError: It can't be made to fit.
        """
        if job.result is None:
            return None
        try:
            data = await self._storage.get(job.result.key)
        except NotStored:
            return None
        if len(data) <= limit:
            return data, job.result.format
        return await self._encoder.reencode(data, Output(job.result.format, limit))

"""What is known of the dreams in servers' galleries, and of those that may come there."""

from datetime import UTC, datetime, timedelta

from bot.database import Database, jobs, shares
from bot.database.shares import Share
from bot.jobs.job import Job, State

WEEK = timedelta(days=7)

MOST_SHOWN = 5
"""Dreams that are the best of a week."""

_LOOKED_THROUGH = 50
"""One's last dreams, among which the newest finished one is looked for."""


class Gallery:
    """Reads and writes that. All raise `DatabaseAway`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def shown_in(self, message_id: int) -> Job | None:
        """The dream that a message shows: its own answer, or a gallery's post."""
        async with self._database.transaction() as session:
            job = await jobs.shown_in(session, message_id)
            if job is None and (share := await shares.of_message(session, message_id)):
                job = await jobs.by_id(session, share.job_id)
        return job

    async def newest(self, person_id: int, guild_id: int) -> Job | None:
        """The person's newest finished dream on that server."""
        async with self._database.transaction() as session:
            found = await jobs.last_of(session, person_id, _LOOKED_THROUGH, guild_id)
        return next((job for job in found if job.state is State.DONE), None)

    async def share_of(self, job_id: str) -> Share | None:
        """How a dream stands to its gallery; None if that never was a question."""
        async with self._database.transaction() as session:
            return await shares.of_job(session, job_id)

    async def ask(self, share: Share) -> bool:
        """Note that its owner is asked; False if they were before, or it has been there."""
        async with self._database.transaction() as session:
            return await shares.ask(session, share, _now())

    async def begin(self, share: Share) -> Share:
        """Note that it is about to be posted, unless it stands there; how it is then."""
        async with self._database.transaction() as session:
            return await shares.begin(session, share, _now())

    async def posted(self, job_id: str, channel_id: int, message_id: int) -> bool:
        """It stands there; False if it was taken out, or forgotten, meanwhile."""
        async with self._database.transaction() as session:
            return await shares.posted(session, job_id, channel_id, message_id, _now())

    async def remove(self, job_id: str) -> Share | None:
        """Take it out for good, as far as stars go; how it was, None if it never was there."""
        async with self._database.transaction() as session:
            return await shares.remove(session, job_id, _now())

    async def count(self, job_id: str, stars: int) -> None:
        """So many people like it by now."""
        async with self._database.transaction() as session:
            await shares.count(session, job_id, stars)

    async def best(self, guild_id: int) -> list[Share]:
        """The best of the server's last week: most stars first."""
        async with self._database.transaction() as session:
            return list(await shares.best(session, guild_id, _now() - WEEK, MOST_SHOWN))

    async def report(self, job_id: str, person_id: int) -> bool:
        """Note that a person reports a dream; False if they did before."""
        async with self._database.transaction() as session:
            return await shares.report(session, job_id, person_id, _now())

    async def take_back(self, job_id: str, person_id: int) -> None:
        """Nobody could be told of that report."""
        async with self._database.transaction() as session:
            await shares.take_back(session, job_id, person_id)


def _now() -> datetime:
    return datetime.now(UTC)

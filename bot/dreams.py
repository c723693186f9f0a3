"""Dreams that were delivered: found again, compared with what they were made of, deleted."""

import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from bot.database import Database, jobs
from bot.intake import Candidate, Intake, Stored
from bot.jobs.job import Job
from bot.storage import Storage, StorageError
from dream import Format, Output

log = logging.getLogger(__name__)

COMPARED_WIDTH = 640
"""Pixels of each of two pictures side by side."""


class Comparer(Protocol):
    """Draws pictures side by side; `dream.Pool`."""

    async def compare(
        self, shown: Sequence[tuple[str, bytes]], width: int, output: Output
    ) -> tuple[bytes, Format]:
        """One picture of that output with all of them. Raises a DreamError."""


class Dreams:
    """What becomes of dreams once they are there."""

    def __init__(
        self, database: Database, storage: Storage, intake: Intake, comparer: Comparer
    ) -> None:
        self._database = database
        self._storage = storage
        self._intake = intake
        self._comparer = comparer

    async def find(self, job_id: str) -> Job | None:
        """The job of that id; None if it is forgotten, or its dream was deleted.

        Raises:
            DatabaseAway: The database can't be asked.
        """
        async with self._database.transaction() as session:
            return await jobs.by_id(session, job_id)

    async def compare(
        self, job: Job, labels: tuple[str, str], posted: Candidate | None, most: int
    ) -> tuple[bytes, Format]:
        """The picture and the dream side by side, as a file of at most so many bytes.

        Args:
            labels: Above each of them.
            posted: The dream as a file of the chat, for when it isn't kept any more.

        Raises:
            Refusal: One of them isn't kept any more, or can't be had just now.
            DreamError: They can't be shown.
        """
        before = await self._intake.fetch(before_of(job))
        after = await self._intake.fetch(result_of(job, posted))
        shown = list(zip(labels, (before, after), strict=True))
        return await self._comparer.compare(shown, COMPARED_WIDTH, Output("JPEG", most))

    async def delete(self, job: Job) -> None:
        """Tell of a dream no more, and keep it no longer; its answer is the chat's to delete.

        Raises:
            DatabaseAway: Nothing was deleted.
        """
        async with self._database.transaction() as session:
            await jobs.delete(session, job.id)
        if job.result is not None:
            # What can't be removed now has its time, as any other.
            with suppress(StorageError):
                await self._storage.delete(job.result.key)
        log.info("The dream of job %s was deleted.", job.id)


def before_of(job: Job) -> Stored:
    """The picture that a job was given."""
    return Stored(job.inputs["picture"], job.spoiler)


def result_of(job: Job, posted: Candidate | None) -> Stored:
    """The dream that came of a job, or else the file that was posted of it."""
    assert job.result is not None, "there is a dream once it was delivered"
    return Stored(job.result.key, job.spoiler, posted)

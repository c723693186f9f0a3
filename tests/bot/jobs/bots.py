"""Runners in tests: at work for a while, and looked at when a job has ended."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from bot.database import Database
from bot.jobs.job import Job
from bot.jobs.runner import Runner
from tests.bot.jobs import books

Bot = Callable[..., Runner]
"""Makes one, with a lease of so many seconds."""


@asynccontextmanager
async def running(runner: Runner, grace: float = 5) -> AsyncIterator[None]:
    """That runner at work; it is stopped in the end."""
    task = asyncio.create_task(runner.run())
    try:
        yield
    finally:
        await runner.stop(grace)
        await task


async def ended(database: Database, job: Job, state: str) -> books.Books:
    """The books as soon as the job is in that state, and its person knows."""
    return await books.until_books(
        database, lambda kept: kept.jobs[job.id] == state and job.id in kept.told
    )

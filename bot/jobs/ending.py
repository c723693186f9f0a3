"""How a job ends that came to nothing: said why, and its credits back, in one transaction."""

from dataclasses import replace

from bot.database import Database, Session, leases, quotas
from bot.jobs.job import Job, State


async def end(database: Database, owner: str, job: Job, state: State, sentence: str) -> Job:
    """End a job that `owner` holds; its person is still to be told.

    Raises:
        LeaseLost: Somebody else holds it by now.
    """

    async def write(session: Session) -> None:
        await leases.ended(session, job.id, owner, state, sentence)
        await quotas.refund(session, job.id, sentence)

    await database.insist(write)
    return replace(job, state=state, error=sentence)

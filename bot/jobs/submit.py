"""A wish becomes a job: picture at rest, credits reserved, all or nothing."""

import hashlib
import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.database import Database, DatabaseAway, jobs, quotas
from bot.errors import Refusal
from bot.jobs.job import Job, Request, State
from bot.jobs.ulid import ulid
from bot.storage import Storage, StorageError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Balance:
    """A person's credits of today.

    Attributes:
        used: Spent, or reserved for dreams that aren't finished.
        limit: Of one day.
        left: What may still be used.
        resets_at: When there are new ones: the next midnight in UTC.
    """

    used: int
    limit: int
    left: int
    resets_at: datetime


class QuotaUsedUp(Refusal):
    """The person has too few credits left today for this dream.

    Attributes:
        balance: What there is.
        cost: What the dream would take.
    """

    def __init__(self, balance: Balance, cost: int) -> None:
        self.balance = balance
        self.cost = cost
        resets = f"<t:{int(balance.resets_at.timestamp())}:R>"
        costs = f"this dream costs {_credits(cost)}"
        if cost > balance.limit:
            sentence = (
                f"{costs.capitalize()}, more than the {balance.limit} of a whole day. "
                "Try a smaller one, or fewer iterations."
            )
        elif balance.left == 0:
            sentence = (
                f"You've used up your {_credits(balance.limit)} of today, and {costs}. "
                f"You get new ones {resets}."
            )
        else:
            sentence = (
                f"You have {_credits(balance.left)} left today, and {costs}. "
                f"You get new ones {resets}; a smaller dream may fit before."
            )
        super().__init__(sentence)


class Unavailable(Refusal):
    """Dreams can't be taken just now, through no fault of the person."""

    def __init__(self) -> None:
        super().__init__(
            "I can't take dreams just now. Nothing was charged; please try again in a few minutes."
        )


class Submission:
    """Takes wishes.

    Args:
        daily_credits: What each person has a day (UTC).
    """

    def __init__(self, database: Database, storage: Storage, *, daily_credits: int) -> None:
        self._database = database
        self._storage = storage
        self._limit = daily_credits

    async def submit(self, request: Request) -> tuple[Job, bool]:
        """The job for that wish, and whether it is new; its credits are reserved.

        A wish seen before gives the job it became, whatever has become of that, and costs
        nothing. From here on a new one is not lost: it ends delivered, or refunded.

        Raises:
            QuotaUsedUp: Too few credits are left.
            Unavailable: Storage or database can't take it.
        """
        job = _job(request)
        try:
            # Before anything is written to the disk on behalf of somebody who has nothing left.
            seen = await self._look(job)
            if seen is not None:
                return seen, False
            await self._storage.put(job.inputs["picture"], request.picture)
        except (StorageError, DatabaseAway) as error:
            raise Unavailable from error
        try:
            kept = await self._accept(job, hashlib.sha256(request.picture).hexdigest())
        except DatabaseAway as error:
            kept = await self._after_a_lost_commit(job, error)
        except Refusal:
            await self._forget(job)
            raise
        if kept.id != job.id:
            await self._forget(job)
        return kept, kept.id == job.id

    async def find(self, request_key: str) -> Job | None:
        """The job that a wish has become; None also where the database can't be asked."""
        try:
            async with self._database.transaction() as session:
                return await jobs.by_request(session, request_key)
        except DatabaseAway:
            return None

    async def waits(self, job: Job) -> bool:
        """Whether the job is still in the line; False also where the database can't be asked."""
        found = await self.find(job.request_key)
        return found is not None and found.state is State.QUEUED

    async def balance(self, person_id: int) -> Balance:
        """What the person has left today.

        Raises:
            Unavailable: The database can't be asked.
        """
        now = datetime.now(UTC)
        try:
            async with self._database.transaction() as session:
                used = await quotas.used(session, person_id, now.date())
        except DatabaseAway as error:
            raise Unavailable from error
        return self._balance(used, now)

    async def _look(self, job: Job) -> Job | None:
        """The job that its wish became before; a refusal if there is none and can't be."""
        async with self._database.transaction() as session:
            # In this order: a charge that is seen is never that of a job which isn't.
            used = await quotas.used(session, job.person_id, job.created_at.date())
            seen = await jobs.by_request(session, job.request_key)
        balance = self._balance(used, job.created_at)
        if seen is None and job.cost > balance.left:
            raise QuotaUsedUp(balance, job.cost)
        return seen

    async def _accept(self, job: Job, digest: str) -> Job:
        """The job written with its credits reserved, or the one that its wish became before."""
        async with self._database.transaction() as session:
            if not await jobs.put(session, job, {"picture": digest}):
                seen = await jobs.by_request(session, job.request_key)
                assert seen is not None, "jobs are never deleted"
                return seen
            if not await quotas.reserve(session, job, self._limit):
                day = job.created_at.date()
                used = await quotas.used(session, job.person_id, day)
                raise QuotaUsedUp(self._balance(used, job.created_at), job.cost)
            await jobs.line_up(session, job)
        return job

    async def _after_a_lost_commit(self, job: Job, error: DatabaseAway) -> Job:
        """The job, if it was written after all; where nobody can tell, its picture is kept."""
        try:
            async with self._database.transaction() as session:
                written = await jobs.by_request(session, job.request_key)
        except DatabaseAway:
            raise Unavailable from error
        if written is None:
            await self._forget(job)
            raise Unavailable from error
        return written

    async def _forget(self, job: Job) -> None:
        try:
            await self._storage.delete(job.inputs["picture"])
        except StorageError as error:
            log.warning("A picture that no job needs stays until it is swept out: %s", error)

    def _balance(self, used: int, now: datetime) -> Balance:
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        left = max(0, self._limit - used)
        return Balance(used, self._limit, left, midnight + timedelta(days=1))


def _job(request: Request) -> Job:
    job_id = ulid()
    return Job(
        id=job_id,
        request_key=request.key,
        kind="dream",
        state=State.QUEUED,
        person_id=request.person_id,
        place=request.place,
        preset=request.preset,
        recipe=request.recipe,
        inputs={"picture": f"inputs/{job_id}"},
        cost=request.cost,
        tries=0,
        created_at=datetime.now(UTC),
    )


def _credits(number: int) -> str:
    return "1 credit" if number == 1 else f"{number} credits"

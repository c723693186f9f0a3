"""The last way of a job, by the runner that holds it: its result or its end reaches the person."""

import asyncio
import logging
import secrets
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.database import Database, DatabaseAway, Session, leases, people, quotas
from bot.database.connection import back_off
from bot.jobs.ending import end
from bot.jobs.job import Job, Result, State
from bot.jobs.messenger import Messenger, Rejected, Telling, TooLarge, Undeliverable
from bot.jobs.pool import Pool
from bot.jobs.stopping import Stopping
from bot.storage import NotStored, Storage, StorageError
from bot.ui.languages import noted
from dream import Format, Output, PictureError, PoolClosed

log = logging.getLogger(__name__)

GIVE_UP = timedelta(days=2)
"""So long one bot tries to deliver a job; a chat may be away for hours."""

SMALLEST_UPLOAD = 10 * 2**20
"""Bytes that may be uploaded anywhere; assumed where the place can't be asked."""

MENTION_AFTER = timedelta(minutes=1)
"""Whoever waited longer may have turned away, and is called: an edit notifies nobody."""

SMALLEST_FILE = 2**16
"""Bytes: a place that won't have so few takes no dream at all."""

AT_ONCE = 16
"""Results on their way at the same time: each is held in memory, for as long as a chat hangs."""

OUT_OF_REACH = noted("Its place and its person are out of reach.")

_LIMIT_TIME = 10.0
_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 300.0

_REJECTED = noted("Discord wouldn't take the finished picture here. Ask again, or elsewhere.")


class Delivery:
    """Brings people what `owner` holds for them, as often as it takes.

    Each step is done again by another runner if this one is killed over it. Steps raise
    `LeaseLost` when somebody else holds the job by now, and wait for as long as the database is
    away.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        pool: Pool,
        messenger: Messenger,
        owner: str,
        *,
        stopping: Stopping,
    ) -> None:
        self._database = database
        self._storage = storage
        self._pool = pool
        self._messenger = messenger
        self._owner = owner
        self._stopping = stopping
        self._fresh: set[str] = set()
        self._gently = asyncio.Semaphore(AT_ONCE)

    def begins(self, job_id: str) -> None:
        """The job's answer is known from this moment on: nobody can have begun to give it."""
        self._fresh.add(job_id)

    async def deliver(self, job: Job) -> Job | None:
        """Delivering → done, and its credits are spent; or kept, where nobody can be reached."""
        result = job.result
        assert result is not None, "a job is delivering once it has a result"
        again, budget = self._again(job), None

        async def send() -> int:
            nonlocal budget
            async with self._gently:
                # Read anew for each attempt, in its turn: during an outage many may wait here.
                data = result.unstored or await self._storage.get(result.key)
                telling = await self._telling(job, again)
                while True:
                    fitting, form = await self._within(budget, data, result.format)
                    try:
                        return await self._messenger.deliver(
                            job, replace(result, format=form), fitting, telling
                        )
                    except TooLarge as error:
                        budget = _smaller(len(fitting), await self.upload_limit(job))
                        if budget < SMALLEST_FILE:
                            raise Rejected(str(error)) from error
                        log.info("Job %s is made to fit into %d bytes: %s", job.id, budget, error)

        try:
            answer_id = await self._reach(job, send)
        except NotStored:
            log.warning("The result of job %s is lost; it is dreamt again.", job.id)
            await self._dream_again(job)
            return None
        except Rejected:
            log.warning("The result of job %s was rejected.", job.id, exc_info=True)
            return await self._fail(job, _REJECTED)
        if answer_id is None:
            await self._keep_for_later(job, result)
            return None

        async def settle(session: Session) -> None:
            await self._note_answer(session, job, answer_id)
            await leases.done(session, job.id, self._owner)
            await quotas.settle(session, job.id)

        await self._database.insist(settle)
        return None

    async def tell(self, job: Job) -> None:
        """Failed or cancelled: the person hears why, whoever has to say it in the end."""
        again = self._again(job)

        async def send() -> int:
            telling = await self._telling(job, again)
            return await self._messenger.fail(job, job.error or "", telling)

        answer_id = None
        try:
            answer_id = await self._reach(job, send)
        except Rejected:
            log.exception("Why job %s failed can't be told.", job.id)

        async def note(session: Session) -> None:
            await self._note_answer(session, job, answer_id)
            await leases.told(session, job.id, self._owner)

        await self._database.insist(note)

    async def upload_limit(self, job: Job) -> int:
        """Most bytes of a file in the job's place; raises Undeliverable."""
        try:
            async with asyncio.timeout(_LIMIT_TIME):
                return await self._messenger.upload_limit(job)
        except Undeliverable:
            raise
        except Exception:
            log.exception("The upload limit for job %s can't be had.", job.id)
            return SMALLEST_UPLOAD

    def _again(self, job: Job) -> bool:
        """Whether somebody else may have begun to give the job's answer: it came to it elsewhere,
        or before a restart."""
        fresh = job.id in self._fresh
        self._fresh.discard(job.id)
        return not fresh

    async def _telling(self, job: Job, again: bool) -> Telling:
        """Whether the person is called. Never in direct messages, where one is alone with the bot
        and looks at what it says; nor by whoever called it off."""
        late = datetime.now(UTC) > job.created_at + MENTION_AFTER
        if not late or job.place.guild_id is None or job.state is State.CANCELLED:
            return Telling(again=again)
        try:
            async with self._database.transaction() as session:
                return Telling(await people.wants_mention(session, job.person_id), again)
        except DatabaseAway:
            # The answer doesn't wait for this, and who wants quiet keeps it.
            return Telling(again=again)

    async def _within(self, budget: int | None, data: bytes, form: Format) -> tuple[bytes, Format]:
        """The result within so many bytes, as good as it can be there."""
        if budget is None or len(data) <= budget:
            return data, form
        try:
            return await self._pool.reencode(data, Output(form, budget))
        except PictureError as error:
            raise Rejected(f"It can't be made to fit into {budget} bytes: {error}") from error

    async def _note_answer(self, session: Session, job: Job, answer_id: int | None) -> None:
        if answer_id not in (None, job.place.answer_id):
            await leases.answered(session, job.id, self._owner, answer_id)

    async def _dream_again(self, job: Job) -> None:
        async def write(session: Session) -> None:
            await leases.again(session, job.id, self._owner)

        await self._database.insist(write)

    async def _keep_for_later(self, job: Job, result: Result) -> None:
        if result.unstored is not None:
            # Where this fails too, one's history says that it is gone.
            with suppress(StorageError):
                await self._storage.put(result.key, result.unstored)

        async def write(session: Session) -> None:
            await leases.kept(session, job.id, self._owner)
            await quotas.refund(session, job.id, OUT_OF_REACH)

        await self._database.insist(write)
        log.info("Nobody can be reached with job %s; its result is kept for a while.", job.id)

    async def _fail(self, job: Job, sentence: str) -> Job:
        ended = await end(self._database, self._owner, job, State.FAILED, sentence)
        self.begins(job.id)
        return ended

    async def _reach(self, job: Job, send: Callable[[], Awaitable[int]]) -> int | None:
        """Id of the message it was sent in at last; None if nobody can be reached for good.

        Raises:
            Interrupted, PoolClosed: The bot stops.
            NotStored: What was to be sent is gone.
            Rejected: It isn't taken, however often it is sent.
        """
        pauses = back_off(_FIRST_PAUSE, _LONGEST_PAUSE)
        until = datetime.now(UTC) + GIVE_UP
        failures = 0
        while True:
            try:
                return await send()
            except Undeliverable:
                return None
            except (NotStored, Rejected, PoolClosed):
                raise
            except Exception:
                failures += 1
                if failures == 1:
                    number = secrets.token_hex(4)
                    log.exception("Job %s can't be answered yet (%s).", job.id, number)
            if datetime.now(UTC) > until:
                log.error("Job %s could not be answered in %s.", job.id, GIVE_UP)
                return None
            await self._stopping.pause(next(pauses))


def _smaller(found: int, limit: int) -> int:
    """Most bytes to try after so many were refused: what is allowed there as far as one knows."""
    allowed = [budget for budget in (limit, SMALLEST_UPLOAD) if budget < found]
    return max(allowed) if allowed else found // 2

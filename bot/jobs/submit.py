"""A wish becomes a job: picture at rest, credits reserved, all or nothing."""

import hashlib
import logging
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from bot.database import Database, DatabaseAway, jobs, people, quotas, waiting_line
from bot.database.blocks import Block
from bot.database.standing import Standing, standing
from bot.errors import Refusal
from bot.jobs.admission import Asker, Purse, admit, next_midnight, purse, server_purse
from bot.jobs.forget import remember
from bot.jobs.job import Job, Request, State
from bot.jobs.limits import Limits, LimitsOf
from bot.jobs.recipes import work
from bot.jobs.shared import Shared
from bot.jobs.ulid import ulid
from bot.storage import Storage, StorageError
from bot.ui.languages import _

log = logging.getLogger(__name__)

SPARE = 256 * 2**20
"""Bytes that stay free on the disk, so that what was accepted before has room for its dreams."""


LATEST = 5
"""Dreams that a balance tells of."""


@dataclass(frozen=True, slots=True)
class Balance:
    """A person's credits of today, and what became of them.

    Attributes:
        used: Spent, or reserved for dreams that aren't finished.
        limit: Of this day, with all that comes on top.
        left: What may still be used.
        resets_at: When there are new ones: the next midnight in UTC.
        bonus: What their roles add to the limit.
        granted: What those in charge have added to it.
        server: The server's own; None where there is no server, or no limit.
        block: What forbids the person to dream there.
        dreams: Their latest ones, newest first, also those that were deleted since.
    """

    used: int
    limit: int
    left: int
    resets_at: datetime
    bonus: int
    granted: int
    server: Purse | None
    block: Block | None
    dreams: Sequence[Job]


class Unavailable(Refusal):
    """Dreams can't be taken just now, through no fault of the person."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "I can't take dreams just now. Nothing was charged; please try again in a few "
                "minutes."
            )
        )


class Unsettled(Refusal):
    """Nobody can tell whether the wish became a job: it may be dreamt, and charged."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "I lost my books just as I wrote your dream down, so I can't tell whether it "
                "stands. Please look at `/queue` before you ask again."
            )
        )


class Submission:
    """Takes wishes.

    Args:
        limits: How much people may ask for.
        key: Of the hashes by which people who were forgotten are known again.
        guilds: Knows on which servers they may ask for less; None if they may on none.
    """

    def __init__(
        self,
        database: Database,
        storage: Storage,
        limits: Limits,
        *,
        key: bytes = b"",
        guilds: LimitsOf | None = None,
    ) -> None:
        self._database = database
        self._storage = storage
        self._limits = limits
        self._guilds = guilds
        self._key = key
        self._who_waits = Shared(self._look_who_waits)

    async def submit(self, request: Request, stood: Standing | None = None) -> tuple[Job, bool]:
        """The job for that wish, and whether it is new; its credits are reserved.

        A wish seen before gives the job it became, whatever has become of that, and costs
        nothing. From here on a new one is not lost: it ends delivered, or refunded.

        Args:
            stood: What `look` has found; without, it is looked at now.

        Raises:
            Refusal: One of `bot.jobs.admission`.
            Unavailable: Storage or database can't take it.
            Unsettled: The database went away in the very moment; the job may be there.
        """
        job = _job(request)
        asker = Asker(job.person_id, job.place.guild_id, request.roles, job.created_at)
        try:
            found = stood or await self._look(request.key, asker)
            if isinstance(found, Job):
                return found, False
            # Before anything is written to the disk on behalf of somebody who may not dream.
            admit(await self._limits_of(asker), asker, found, job.cost)
        except DatabaseAway as error:
            raise Unavailable from error
        await self._store(job, request)
        try:
            kept = await self._accept(job, asker, _digests(request))
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

    async def became(self, request_keys: Sequence[str]) -> dict[str, Job] | None:
        """The jobs that wishes have become, by their keys; None where nobody can tell."""
        try:
            async with self._database.transaction() as session:
                found = [await jobs.by_request(session, key) for key in request_keys]
        except DatabaseAway:
            return None
        return {job.request_key: job for job in found if job is not None}

    async def answers_with(self, message_id: int) -> bool:
        """Whether a job has that message as its answer; True also where nobody can tell."""
        try:
            async with self._database.transaction() as session:
                return await jobs.has_answer(session, message_id)
        except DatabaseAway:
            return True

    async def waits(self, job: Job) -> bool:
        """Whether the job is still in the line; False also where the database can't be asked."""
        try:
            return job.id in await self._who_waits()
        except DatabaseAway:
            return False

    async def look(
        self, request_key: str, person_id: int, guild_id: int | None, roles: Collection[int]
    ) -> Job | Standing:
        """See that the person may dream there at all, before there is work with their picture.

        Returns:
            The job that the wish became before, if it did: it needs no picture. Otherwise how
            things stand.

        Raises:
            Refusal: As `submit`.
        """
        asker = Asker(person_id, guild_id, roles, datetime.now(UTC))
        try:
            found = await self._look(request_key, asker)
        except DatabaseAway as error:
            raise Unavailable from error
        if isinstance(found, Standing):
            admit(await self._limits_of(asker), asker, found, cost=1)
        return found

    async def balance(
        self, person_id: int, guild_id: int | None = None, roles: Collection[int] = ()
    ) -> Balance:
        """What the person has left today, as things are on that server.

        Raises:
            Unavailable: The database can't be asked.
        """
        asker = Asker(person_id, guild_id, roles, datetime.now(UTC))
        limits = await self._limits_of(asker)
        try:
            async with self._database.transaction() as session:
                await remember(session, self._key, person_id, asker.at.date())
                stands = await standing(session, person_id, guild_id, asker.at)
                dreams = await jobs.last_of(session, person_id, LATEST, deleted=True)
        except DatabaseAway as error:
            raise Unavailable from error
        own = purse(limits, asker, stands)
        return Balance(
            used=own.used,
            limit=own.limit,
            left=own.left,
            resets_at=next_midnight(asker.at),
            bonus=limits.bonus(roles) + limits.bonus_here(roles),
            granted=stands.granted,
            server=server_purse(limits, asker, stands),
            block=stands.block,
            dreams=dreams,
        )

    async def _limits_of(self, asker: Asker) -> Limits:
        """How much may be asked for where they ask."""
        return self._limits if self._guilds is None else await self._guilds.limits(asker.guild_id)

    async def _look(self, request_key: str, asker: Asker) -> Job | Standing:
        """The job that its wish became before; how things stand if there is none."""
        async with self._database.transaction() as session:
            await remember(session, self._key, asker.person_id, asker.at.date())
            # In this order: what keeps a wish out is never the job that it became meanwhile.
            stands = await standing(session, asker.person_id, asker.guild_id, asker.at)
            return await jobs.by_request(session, request_key) or stands

    async def _look_who_waits(self) -> set[str]:
        async with self._database.transaction() as session:
            return await jobs.waiting(session)

    async def _store(self, job: Job, request: Request) -> None:
        stored: list[str] = []
        try:
            for role, data in request.pictures.items():
                await self._storage.put(job.inputs[role], data, leaving=SPARE)
                stored.append(job.inputs[role])
        except StorageError as error:
            await self._drop(stored)
            raise Unavailable from error

    async def _accept(self, job: Job, asker: Asker, digests: Mapping[str, str]) -> Job:
        """The job written with its credits reserved, or the one that its wish became before."""
        person_id, guild_id, now = asker.person_id, asker.guild_id, asker.at
        # Not within the transaction, of which SQLite allows one at a time.
        limits = await self._limits_of(asker)
        async with self._database.transaction() as session:
            await remember(session, self._key, job.person_id, job.created_at.date())
            if not await jobs.put(session, job, digests):
                seen = await jobs.by_request(session, job.request_key)
                if seen is None:
                    # It was forgotten this very moment.
                    raise Unavailable
                return seen
            # From here on whoever else asks for this person, or on this server, waits.
            await quotas.hold(session, person_id, guild_id, now.astimezone(UTC).date())
            stands = await standing(session, person_id, guild_id, now, besides=job.id)
            admit(limits, asker, stands, job.cost)
            await quotas.reserve(session, job)
            await waiting_line.line_up(session, job)
            if await people.hint(session, job.person_id, job.id):
                job = replace(job, hint=True)
        return job

    async def _after_a_lost_commit(self, job: Job, error: DatabaseAway) -> Job:
        """The job, if it was written after all; where nobody can tell, its picture is kept."""
        try:
            async with self._database.transaction() as session:
                written = await jobs.by_request(session, job.request_key)
        except DatabaseAway:
            raise Unsettled from error
        if written is None:
            await self._forget(job)
            raise Unavailable from error
        return written

    async def _forget(self, job: Job) -> None:
        await self._drop(job.inputs.values())

    async def _drop(self, keys: Iterable[str]) -> None:
        for key in keys:
            try:
                await self._storage.delete(key)
            except StorageError as error:
                log.warning("A picture that no job needs stays until it is swept out: %s", error)


def _digests(request: Request) -> dict[str, str]:
    return {role: hashlib.sha256(data).hexdigest() for role, data in request.pictures.items()}


def _job(request: Request) -> Job:
    return Job(
        id=ulid(),
        request_key=request.key,
        kind=request.kind,
        state=State.QUEUED,
        person_id=request.person_id,
        place=request.place,
        preset=request.preset,
        recipe=request.recipe,
        inputs={role: f"inputs/{ulid()}" for role in request.pictures},
        remark=request.remark,
        work=work(request.recipe, request.size),
        cost=request.cost,
        tries=0,
        created_at=datetime.now(UTC),
        locale=request.locale,
        parent_id=request.parent_id,
        depth=request.depth,
        spoiler=request.spoiler,
    )

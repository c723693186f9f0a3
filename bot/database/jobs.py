"""Jobs as the database keeps them: written, found, read."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert, insert_unless_there
from bot.database.models import InputRow, JobRow
from bot.jobs import recipes
from bot.jobs.job import Job, Place, Result, State, kind_of
from bot.jobs.recipes import AnyRecipe
from dream import Format, Recipe, RecipeError

_UNDER_WAY = (State.QUEUED, State.RUNNING, State.DELIVERING)

# What every job needs, built once: to build it takes longer than to ask.
_BY_REQUEST = select(JobRow).where(JobRow.request_key == bindparam("request_key"))
_WAITING = select(JobRow.id).where(JobRow.told_at.is_(None), JobRow.state == State.QUEUED)
_STATE = select(JobRow.state).where(JobRow.id == bindparam("job"))

_MANY = 500
"""Values in one statement, well below any database's limit."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that was just taken.

    Attributes:
        flaw: Why it can't be dreamt, if its recipe can't be read any more.
    """

    job: Job
    flaw: str | None


async def put(session: AsyncSession, job: Job, digests: Mapping[str, str]) -> bool:
    """Write a new job with the SHA-256 digests of its inputs by role.

    False, and nothing is written, if there is a job with its request key.
    """
    written = await insert_unless_there(
        session,
        JobRow,
        id=job.id,
        request_key=job.request_key,
        kind=job.kind,
        state=job.state,
        person_id=job.person_id,
        guild_id=job.place.guild_id,
        channel_id=job.place.channel_id,
        message_id=job.place.message_id,
        answer_id=job.place.answer_id,
        visiting=job.place.visiting,
        preset=job.preset,
        locale=job.locale,
        recipe=job.recipe.to_json(),
        remark=job.remark,
        hint=job.hint,
        work=job.work,
        cost=job.cost,
        parent_id=job.parent_id,
        depth=job.depth,
        spoiler=job.spoiler,
        tries=job.tries,
        turn=turn_of(job.created_at),
        created_at=job.created_at,
    )
    inputs = [
        {"job_id": job.id, "role": role, "key": key, "digest": digests[role]}
        for role, key in job.inputs.items()
    ]
    if written and inputs:
        await session.execute(insert(session, InputRow), inputs)
    return written


async def by_request(session: AsyncSession, request_key: str) -> Job | None:
    """The job of that request key."""
    row = await session.scalar(_BY_REQUEST, {"request_key": request_key})
    return None if row is None else read(row).job


async def by_id(session: AsyncSession, job_id: str) -> Job | None:
    """The job of that id; None if it is forgotten, or its dream was deleted."""
    row = await session.scalar(select(JobRow).where(JobRow.id == job_id, JobRow.deleted.is_(False)))
    return None if row is None else read(row).job


async def delete(session: AsyncSession, job_id: str) -> None:
    """Tell of that job's dream no more; what it cost stays on record."""
    await session.execute(
        update(JobRow)
        .where(JobRow.id == job_id)
        .values(deleted=True)
        .execution_options(synchronize_session=False)
    )


async def last_of(
    session: AsyncSession,
    person_id: int,
    most: int,
    guild_id: int | None = None,
    *,
    deleted: bool = False,
) -> list[Job]:
    """The person's last jobs, newest first, with those that were `deleted` if that is wanted.

    Only those asked for on a server if one is named.
    """
    found = select(JobRow).where(JobRow.person_id == person_id)
    if not deleted:
        found = found.where(JobRow.deleted.is_(False))
    if guild_id is not None:
        found = found.where(JobRow.guild_id == guild_id)
    newest_first = found.order_by(JobRow.created_at.desc(), JobRow.id.desc()).limit(most)
    return [read(row).job for row in await session.scalars(newest_first)]


async def of_answer(session: AsyncSession, answer_id: int) -> Job | None:
    """The job whose answer is that message, as long as it isn't over."""
    row = await session.scalar(
        select(JobRow).where(JobRow.answer_id == answer_id, JobRow.told_at.is_(None))
    )
    return None if row is None else read(row).job


async def shown_in(session: AsyncSession, message_id: int) -> Job | None:
    """The job whose result that message shows."""
    row = await session.scalar(
        select(JobRow).where(
            JobRow.answer_id == message_id,
            JobRow.state == State.DONE,
            JobRow.deleted.is_(False),
        )
    )
    return None if row is None else read(row).job


async def has_answer(session: AsyncSession, answer_id: int) -> bool:
    """Whether that message is the answer of a job, over or not."""
    found = await session.scalar(select(JobRow.id).where(JobRow.answer_id == answer_id).limit(1))
    return found is not None


async def under_way(
    session: AsyncSession, *, person_id: int | None = None, guild_id: int | None = None
) -> list[Job]:
    """Jobs that wait, run or are delivered, latest first: of a person, of a server, or all."""
    found = (
        select(JobRow)
        .where(JobRow.told_at.is_(None), JobRow.state.in_(_UNDER_WAY))
        .order_by(JobRow.id.desc())
        .limit(_MANY)
    )
    if person_id is not None:
        found = found.where(JobRow.person_id == person_id)
    if guild_id is not None:
        found = found.where(JobRow.guild_id == guild_id)
    return [read(row).job for row in await session.scalars(found)]


async def state_of(session: AsyncSession, job_id: str) -> State | None:
    """What state a job is in by now; None if it is forgotten."""
    state = await session.scalar(_STATE, {"job": job_id})
    return None if state is None else State(state)


async def first_waiting(session: AsyncSession) -> list[Job]:
    """Jobs that wait, in the order of their turns: the first few hundred."""
    found = (
        select(JobRow)
        .where(JobRow.told_at.is_(None), JobRow.state == State.QUEUED)
        .order_by(JobRow.turn, JobRow.id)
        .limit(_MANY)
    )
    return [read(row).job for row in await session.scalars(found)]


async def waiting(session: AsyncSession) -> set[str]:
    """The ids of all jobs that wait."""
    return set(await session.scalars(_WAITING))


async def needed(session: AsyncSession, keys: Collection[str], since: datetime) -> set[str]:
    """Those of the storage keys that belong to a job which is open, or ended after `since`."""
    found: set[str] = set()
    every = sorted(keys)
    alive = or_(JobRow.told_at.is_(None), JobRow.ended_at >= since)
    for start in range(0, len(every), _MANY):
        some = every[start : start + _MANY]
        given = select(InputRow.key).join(JobRow).where(InputRow.key.in_(some), alive)
        made = select(JobRow.result_key).where(JobRow.result_key.in_(some), alive)
        found.update(await session.scalars(given))
        found.update(key for key in await session.scalars(made) if key is not None)
    return found


def turn_of(moment: datetime) -> int:
    """That moment as a place in the line: milliseconds."""
    return int(moment.timestamp() * 1000)


def read(row: JobRow) -> Claim:
    """The job of a row, and what is wrong with its recipe."""
    recipe: AnyRecipe = Recipe()
    flaw = None
    try:
        recipe = recipes.read(row.recipe)
    except RecipeError as error:
        # Written by another version. The job must still come to an end, and its person hear it.
        flaw = str(error)
    job = Job(
        id=row.id,
        request_key=row.request_key,
        kind=kind_of(row.kind),
        state=State(row.state),
        person_id=row.person_id,
        place=Place(
            row.guild_id, row.channel_id, row.message_id, row.answer_id, visiting=row.visiting
        ),
        preset=row.preset,
        recipe=recipe,
        inputs={given.role: given.key for given in row.inputs},
        remark=row.remark,
        hint=row.hint,
        work=row.work,
        cost=row.cost,
        tries=row.tries,
        created_at=row.created_at,
        locale=row.locale,
        result=_result(row),
        error=row.error,
        parent_id=row.parent_id,
        depth=row.depth,
        spoiler=row.spoiler,
    )
    return Claim(job, flaw)


def _result(row: JobRow) -> Result | None:
    if row.result_key is None:
        return None
    return Result(
        key=row.result_key,
        format=cast(Format, row.result_format),
        size=(row.result_width or 0, row.result_height or 0),
        seconds=row.result_seconds or 0.0,
        note=row.result_note or "",
    )

"""Jobs in the database: who is next, who holds which, what became of each."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, Select, and_, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.database.connection import insert_unless_there
from bot.database.models import InputRow, JobRow, in_seconds
from bot.jobs.job import Job, Place, Result, State
from dream import Format, Recipe, RecipeError

TURN = timedelta(hours=1)
"""How much later one's next dream stands in the line than one's last; see `line_up`."""

_FIRST = 0
"""The turn of a dream that was begun once: before all that weren't."""

_PLAIN = {"synchronize_session": False}
_MANY = 500
"""Values in one statement, well below any database's limit."""


class LeaseLost(Exception):
    """The job isn't held any more: its lease ran out and another runner took it, or it ended."""


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
    written = await session.execute(
        insert_unless_there(session, JobRow)
        .values(
            id=job.id,
            request_key=job.request_key,
            kind=job.kind,
            state=job.state,
            person_id=job.person_id,
            guild_id=job.place.guild_id,
            channel_id=job.place.channel_id,
            message_id=job.place.message_id,
            answer_id=job.place.answer_id,
            preset=job.preset,
            recipe=job.recipe.to_json(),
            cost=job.cost,
            tries=job.tries,
            turn=_turn(job.created_at),
            created_at=job.created_at,
        )
        .returning(JobRow.id)
    )
    if written.scalar_one_or_none() is None:
        return False
    session.add_all(
        InputRow(job_id=job.id, role=role, key=key, digest=digests[role])
        for role, key in job.inputs.items()
    )
    await session.flush()
    return True


async def line_up(session: AsyncSession, job: Job) -> None:
    """Give a new job its turn, so that people take turns.

    The line is ordered by turns, which are moments. Whoever has no other dream waiting or
    running is in the line from now. Every further one stands an hour behind the person's last
    waiting one, as if the person had left and come again an hour later. So in any busy hour all
    first dreams go before all second ones, and ten dreams of two people alternate; and yet
    nobody starves, since moments pass: however many come after, a person's n-th dream is
    overtaken only by those of the next n - 1 hours.

    To be called where one person's submissions can't overlap: after their credits are reserved.
    """
    others = await session.execute(
        select(JobRow.state, JobRow.turn).where(
            JobRow.person_id == job.person_id,
            JobRow.told_at.is_(None),
            JobRow.state.in_((State.QUEUED, State.RUNNING)),
            JobRow.id != job.id,
        )
    )
    now = _turn(job.created_at)
    turns = [now if state == State.RUNNING else turn for state, turn in others]
    if turns:
        turn = max(now, *turns) + int(TURN.total_seconds() * 1000)
        await session.execute(
            update(JobRow).where(JobRow.id == job.id).values(turn=turn).execution_options(**_PLAIN)
        )


async def by_request(session: AsyncSession, request_key: str) -> Job | None:
    """The job of that request key."""
    row = await session.scalar(select(JobRow).where(JobRow.request_key == request_key))
    return None if row is None else _claim(row).job


async def ahead(session: AsyncSession, job_id: str) -> int:
    """How many jobs go before that one; 0 if it is next, or doesn't wait."""
    turn = await session.scalar(
        select(JobRow.turn).where(JobRow.id == job_id, JobRow.state == State.QUEUED)
    )
    if turn is None:
        return 0
    before = or_(JobRow.turn < turn, and_(JobRow.turn == turn, JobRow.id < job_id))
    waiting = select(func.count()).where(
        JobRow.state == State.QUEUED, JobRow.told_at.is_(None), before
    )
    return await session.scalar(waiting) or 0


async def claim(
    session: AsyncSession, owner: str, lease: float, held: Collection[str] = ()
) -> Claim | None:
    """Take the job whose turn it is, to run it, for `lease` seconds.

    Those `held` by the caller are left alone here and below: one whose lease lapsed is still
    worked on until the next heartbeat, and must not be taken a second time beside that.
    """
    waiting = aliased(JobRow)
    first = (
        select(waiting.id)
        .where(
            waiting.state == State.QUEUED,
            waiting.told_at.is_(None),
            waiting.id.not_in(held),
        )
        .order_by(waiting.turn, waiting.id)
    )
    return await _take(session, first, owner, lease, state=State.RUNNING)


async def claim_unsaid(
    session: AsyncSession, owner: str, lease: float, held: Collection[str] = ()
) -> Claim | None:
    """Take a job that nobody holds and whose person doesn't know yet how it ended."""
    unsaid = aliased(JobRow)
    first = (
        select(unsaid.id)
        .where(
            unsaid.state.in_((State.DELIVERING, State.FAILED, State.CANCELLED)),
            unsaid.told_at.is_(None),
            or_(unsaid.lease_until.is_(None), unsaid.lease_until < in_seconds(0.0)),
            unsaid.id.not_in(held),
        )
        .order_by(unsaid.id)
    )
    return await _take(session, first, owner, lease)


async def requeue_lapsed(session: AsyncSession, held: Collection[str]) -> list[str]:
    """Put running jobs whose lease ran out back in the line; their ids. It counts as no try.

    Those `held` by the caller are left alone: a lease that lapsed while the database was away
    is renewed by the next heartbeat.
    """
    lapsed = aliased(JobRow)
    ids = (
        select(lapsed.id)
        .where(
            lapsed.state == State.RUNNING,
            lapsed.told_at.is_(None),
            lapsed.lease_until < in_seconds(0.0),
            lapsed.id.not_in(held),
        )
        # Another runner does the same at this moment, or a heartbeat comes at the last.
        .with_for_update(skip_locked=True)
    )
    back = await session.execute(
        update(JobRow)
        .where(JobRow.id.in_(ids), JobRow.state == State.RUNNING)
        .values(state=State.QUEUED, turn=_FIRST, owner=None, lease_until=None)
        .returning(JobRow.id)
        .execution_options(**_PLAIN)
    )
    return list(back.scalars())


async def beat(session: AsyncSession, owner: str, lease: float, held: Collection[str]) -> set[str]:
    """Renew the leases of those jobs for `lease` seconds from now; which of them are still held."""
    kept = await session.execute(
        update(JobRow)
        .where(JobRow.id.in_(held), JobRow.owner == owner)
        .values(lease_until=in_seconds(lease))
        .returning(JobRow.id)
        .execution_options(**_PLAIN)
    )
    return set(kept.scalars())


async def delivering(session: AsyncSession, job_id: str, owner: str, result: Result) -> None:
    """A running job has its result, at rest in the storage.

    Raises:
        LeaseLost: As from all that follow.
    """
    width, height = result.size
    await _change(
        session,
        job_id,
        owner,
        State.RUNNING,
        state=State.DELIVERING,
        result_key=result.key,
        result_format=result.format,
        result_width=width,
        result_height=height,
        result_seconds=result.seconds,
        result_note=result.note,
    )


async def done(session: AsyncSession, job_id: str, owner: str) -> None:
    """A job's result was delivered."""
    await _change(
        session,
        job_id,
        owner,
        State.DELIVERING,
        state=State.DONE,
        ended_at=in_seconds(0.0),
        told_at=in_seconds(0.0),
        owner=None,
        lease_until=None,
    )


async def ended(session: AsyncSession, job_id: str, owner: str, state: State, error: str) -> None:
    """A job failed or was cancelled; it stays held until the person was told."""
    held = (State.RUNNING, State.DELIVERING)
    await _change(session, job_id, owner, *held, state=state, error=error, ended_at=in_seconds(0.0))


async def told(session: AsyncSession, job_id: str, owner: str) -> None:
    """The person knows how the job ended, or can't be told."""
    states = (State.FAILED, State.CANCELLED)
    await _change(
        session, job_id, owner, *states, told_at=in_seconds(0.0), owner=None, lease_until=None
    )


async def died(session: AsyncSession, job_id: str, owner: str) -> int:
    """Its worker died in a running job; how many have by now."""
    await _change(session, job_id, owner, State.RUNNING, tries=JobRow.tries + 1)
    return await session.scalar(select(JobRow.tries).where(JobRow.id == job_id)) or 0


async def put_back(session: AsyncSession, job_id: str, owner: str) -> None:
    """Let go of a job; a running one goes back to the front of the line."""
    running = JobRow.state == State.RUNNING
    await _change(
        session,
        job_id,
        owner,
        *State,
        state=case((running, State.QUEUED), else_=JobRow.state),
        turn=case((running, _FIRST), else_=JobRow.turn),
        owner=None,
        lease_until=None,
    )


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


def _turn(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


async def _take(
    session: AsyncSession, jobs: Select[str], owner: str, lease: float, **values: Any
) -> Claim | None:
    """Take the first of those jobs that no other takes at this moment; SQLite has no others."""
    first = jobs.limit(1).with_for_update(skip_locked=True).scalar_subquery()
    taken = await session.execute(
        update(JobRow)
        .where(JobRow.id == first)
        .values(owner=owner, lease_until=in_seconds(lease), **values)
        .returning(JobRow.id)
        .execution_options(**_PLAIN)
    )
    job_id = taken.scalar_one_or_none()
    if job_id is None:
        return None
    row = await session.scalar(select(JobRow).where(JobRow.id == job_id))
    return _claim(row) if row is not None else None


async def _change(
    session: AsyncSession, job_id: str, held_by: str, *states: State, **values: Any
) -> None:
    changed = await session.execute(
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.owner == held_by, JobRow.state.in_(states))
        .values(**values)
        .execution_options(**_PLAIN)
    )
    if cast(CursorResult[Any], changed).rowcount == 0:
        raise LeaseLost(job_id)


def _claim(row: JobRow) -> Claim:
    recipe, flaw = Recipe(), None
    try:
        recipe = Recipe.from_json(row.recipe)
    except RecipeError as error:
        # Written by another version. The job must still come to an end, and its person hear it.
        flaw = str(error)
    job = Job(
        id=row.id,
        request_key=row.request_key,
        kind=row.kind,
        state=State(row.state),
        person_id=row.person_id,
        place=Place(row.guild_id, row.channel_id, row.message_id, row.answer_id),
        preset=row.preset,
        recipe=recipe,
        inputs={given.role: given.key for given in row.inputs},
        cost=row.cost,
        tries=row.tries,
        created_at=row.created_at,
        result=_result(row),
        error=row.error,
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

"""Jobs that somebody holds: taken for a while, kept by a heartbeat, changed, let go of."""

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import CursorResult, Float, Update, bindparam, case, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from bot.database import jobs
from bot.database.jobs import Claim
from bot.database.models import JobRow, in_seconds
from bot.jobs.job import Result, State

_FIRST = 0
"""The turn of a dream that was begun once: before all that weren't."""

_OTHER = aliased(JobRow)
"""Jobs within a statement about jobs. Made once: what SQLAlchemy finds out about an alias is kept
with it, and takes three times as long as the statement."""

_PLAIN = {"synchronize_session": False}

_LET_GO: dict[str, None] = {"owner": None, "lease_until": None}


def _held(*states: State) -> Update:
    """Of a `job` that is held `by` somebody, in one of those states."""
    return (
        update(JobRow)
        .where(
            JobRow.id == bindparam("job"),
            JobRow.owner == bindparam("by"),
            JobRow.state.in_(states),
        )
        .execution_options(**_PLAIN)
    )


_CLAIM = (
    update(JobRow)
    .where(JobRow.id == bindparam("job"), JobRow.state == State.QUEUED)
    .values(
        state=State.RUNNING,
        owner=bindparam("by"),
        lease_until=in_seconds(bindparam("lease", type_=Float)),
        started_at=in_seconds(0.0),
    )
    .returning(JobRow)
    .execution_options(**_PLAIN)
)

_DELIVERING = (
    _held(State.RUNNING)
    .where(JobRow.cancelled_by.is_(None))
    .values(
        state=State.DELIVERING,
        result_key=bindparam("key"),
        result_format=bindparam("format"),
        result_width=bindparam("width"),
        result_height=bindparam("height"),
        result_seconds=bindparam("seconds"),
        result_note=bindparam("note"),
    )
)

_WANTED_OFF = select(JobRow.cancelled_by).where(
    JobRow.id == bindparam("job"), JobRow.owner == bindparam("by"), JobRow.state == State.RUNNING
)

_OVER = _held(State.DELIVERING).values(
    state=bindparam("outcome"), ended_at=in_seconds(0.0), told_at=in_seconds(0.0), **_LET_GO
)


class LeaseLost(Exception):
    """The job isn't held any more: its lease ran out and another runner took it, or it ended."""


async def claim(session: AsyncSession, job_id: str, owner: str, lease: float) -> Claim | None:
    """Take a waiting job to run it, for `lease` seconds; None if it doesn't wait any more."""
    taken = await session.scalar(_CLAIM, {"job": job_id, "by": owner, "lease": lease})
    return None if taken is None else jobs.read(taken)


async def claim_unsaid(
    session: AsyncSession,
    owner: str,
    lease: float,
    held: Collection[str] = (),
    *,
    results: bool = True,
) -> Claim | None:
    """Take a job that nobody holds and whose person doesn't know yet how it ended.

    No other takes it at this moment. Those `held` by the caller are left alone here and below.

    Args:
        results: Whether those with a result to be delivered are taken too.
    """
    unsaid = _OTHER
    states = (State.FAILED, State.CANCELLED, *([State.DELIVERING] if results else []))
    first = (
        select(unsaid.id)
        .where(
            unsaid.state.in_(states),
            unsaid.told_at.is_(None),
            or_(unsaid.lease_until.is_(None), unsaid.lease_until < in_seconds(0.0)),
            unsaid.id.not_in(held),
        )
        .order_by(unsaid.id)
    )
    first = first.limit(1).with_for_update(skip_locked=True)
    taken = await session.scalar(
        update(JobRow)
        .where(JobRow.id == first.scalar_subquery())
        .values(owner=owner, lease_until=in_seconds(lease))
        .returning(JobRow)
        .execution_options(**_PLAIN)
    )
    return None if taken is None else jobs.read(taken)


async def requeue_lapsed(session: AsyncSession, held: Collection[str]) -> list[str]:
    """Put running jobs whose lease ran out back in the line; their ids. It counts as no try.

    Those `held` by the caller are left alone: a lease that lapsed while the database was away
    is renewed by the next heartbeat.
    """
    lapsed = _OTHER
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
        .values(state=State.QUEUED, turn=_FIRST, **_LET_GO)
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


async def delivering(session: AsyncSession, job_id: str, owner: str, result: Result) -> bool:
    """A running job has its result, at rest in the storage; False if it was called off before.

    Raises:
        LeaseLost: As from all that follow.
    """
    width, height = result.size
    found = {
        "key": result.key,
        "format": result.format,
        "width": width,
        "height": height,
        "seconds": result.seconds,
        "note": result.note,
    }
    if await _changed(session, job_id, owner, _DELIVERING, **found):
        return True
    if await session.scalar(_WANTED_OFF, {"job": job_id, "by": owner}) is None:
        raise LeaseLost(job_id)
    return False


async def again(session: AsyncSession, job_id: str, owner: str) -> None:
    """The result that a job was delivering is lost: it is dreamt anew, before all that wait."""
    no_result = {
        "result_key": None,
        "result_format": None,
        "result_width": None,
        "result_height": None,
        "result_seconds": None,
        "result_note": None,
    }
    back = _held(State.DELIVERING).values(state=State.QUEUED, turn=_FIRST, **_LET_GO, **no_result)
    await _change(session, job_id, owner, back)


async def done(session: AsyncSession, job_id: str, owner: str) -> None:
    """A job's result was delivered."""
    await _change(session, job_id, owner, _OVER, outcome=State.DONE)


async def answered(session: AsyncSession, job_id: str, owner: str, message_id: int) -> None:
    """The job's answer stands in that message from now on."""
    await _change(session, job_id, owner, _held(*State).values(answer_id=message_id))


async def kept(session: AsyncSession, job_id: str, owner: str) -> None:
    """A job's result is kept for its person, who is out of reach."""
    await _change(session, job_id, owner, _OVER, outcome=State.KEPT)


async def ended(session: AsyncSession, job_id: str, owner: str, state: State, error: str) -> None:
    """A job failed or was cancelled; it stays held until the person was told."""
    values = {"state": state, "error": error, "ended_at": in_seconds(0.0), "cancelled_by": None}
    held = _held(State.RUNNING, State.DELIVERING)
    await _change(session, job_id, owner, held.values(values))


async def told(session: AsyncSession, job_id: str, owner: str) -> None:
    """The person knows how the job ended, or can't be told."""
    ended = _held(State.FAILED, State.CANCELLED)
    await _change(session, job_id, owner, ended.values(told_at=in_seconds(0.0), **_LET_GO))


async def died(session: AsyncSession, job_id: str, owner: str) -> int:
    """Its worker died in a running job; how many have by now."""
    await _change(session, job_id, owner, _held(State.RUNNING).values(tries=JobRow.tries + 1))
    return await session.scalar(select(JobRow.tries).where(JobRow.id == job_id)) or 0


async def put_back(session: AsyncSession, job_id: str, owner: str) -> None:
    """Let go of a job; a running one goes back to the front of the line."""
    running = JobRow.state == State.RUNNING
    back = _held(*State).values(
        state=case((running, State.QUEUED), else_=JobRow.state),
        turn=case((running, _FIRST), else_=JobRow.turn),
        **_LET_GO,
    )
    await _change(session, job_id, owner, back)


async def _change(
    session: AsyncSession, job_id: str, held_by: str, held: Update, **values: Any
) -> None:
    if not await _changed(session, job_id, held_by, held, **values):
        raise LeaseLost(job_id)


async def _changed(
    session: AsyncSession, job_id: str, held_by: str, held: Update, **values: Any
) -> bool:
    changed = await session.execute(held, {"job": job_id, "by": held_by, **values})
    return cast(CursorResult[Any], changed).rowcount > 0

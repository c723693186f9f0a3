"""The line of jobs that wait: whose turn comes when, and what runs beside it."""

import json
from collections.abc import Collection
from datetime import timedelta
from functools import lru_cache

from sqlalchemy import and_, bindparam, case, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import jobs
from bot.database.models import JobRow, in_seconds
from bot.jobs import recipes
from bot.jobs.estimates import Effort
from bot.jobs.job import Job, State
from bot.jobs.turns import Roster, Running, Waiting
from dream import RecipeError

_PLAIN = {"synchronize_session": False}

TURN = timedelta(hours=1)
"""How much later one's next dream stands in the line than one's last; see `line_up`."""

_LINE_LOCK = 0x4C494E45
"""Number of PostgreSQL's advisory lock on the line."""

_ROSTER = (
    select(
        *(JobRow.id, JobRow.state, JobRow.person_id, JobRow.guild_id, JobRow.recipe, JobRow.work),
        *(JobRow.turn, JobRow.created_at, JobRow.owner, JobRow.started_at),
        # Only where it is needed, for it is read from text.
        case((JobRow.state == State.RUNNING, in_seconds(0.0))).label("now"),
    )
    .where(
        JobRow.told_at.is_(None),
        or_(
            JobRow.state == State.RUNNING,
            and_(JobRow.state == State.QUEUED, JobRow.cancelled_by.is_(None)),
        ),
    )
    .order_by(JobRow.turn, JobRow.id)
)

_TURNS = select(JobRow.state, JobRow.turn).where(
    JobRow.person_id == bindparam("person"),
    JobRow.told_at.is_(None),
    JobRow.state.in_((State.QUEUED, State.RUNNING)),
    JobRow.id != bindparam("job"),
)


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
    others = await session.execute(_TURNS, {"person": job.person_id, "job": job.id})
    now = jobs.turn_of(job.created_at)
    turns = [now if state == State.RUNNING else turn for state, turn in others]
    if turns:
        turn = max(now, *turns) + int(TURN.total_seconds() * 1000)
        await session.execute(
            update(JobRow).where(JobRow.id == job.id).values(turn=turn).execution_options(**_PLAIN)
        )


async def roster(session: AsyncSession, held: Collection[str] = ()) -> Roster:
    """All that wait, in the order of their turns, but for those `held` by the caller; all that run.

    One that was called off while it ran, and waits again, waits for nothing but its end.

    What is held and waits was given to the line by another bot, for its lease had lapsed. It is
    still worked on until the next heartbeat, and must not be taken a second time beside that.
    """
    found = Roster()
    for row in await session.execute(_ROSTER):
        whose = (row.id, row.person_id, row.guild_id, _effort(row.recipe, row.work))
        if row.state == State.RUNNING:
            age = (row.now - row.started_at).total_seconds() if row.started_at else 0.0
            found.running.append(Running(*whose, row.owner or "", age))
        elif row.id not in held:
            found.waiting.append(Waiting(*whose, row.turn <= jobs.turn_of(row.created_at)))
    return found


async def lock(session: AsyncSession) -> None:
    """Keep all others from claiming until this transaction ends: bounds are counted, then kept.

    SQLite lets in one transaction at a time anyway.
    """
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(select(func.pg_advisory_xact_lock(_LINE_LOCK)))


@lru_cache(2048)
def _effort(recipe: str, work: int) -> Effort:
    """Of a recipe, read in a hurry: whoever claims it finds out what is wrong with it."""
    try:
        choices = json.loads(recipe)
        if "made" in choices:
            return recipes.effort(recipes.read(recipe), work)
        return Effort(str(choices["network"]), str(choices["layer"]), work)
    except (ValueError, TypeError, KeyError, RecipeError):
        return Effort("", "", work)

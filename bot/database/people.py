"""What people have chosen, and what was noticed of them."""

from sqlalchemy import BigInteger, String, bindparam, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_or_replace
from bot.database.models import JobRow, PersonRow
from bot.jobs.job import State

_CAME_TO_NOTHING = (State.FAILED, State.CANCELLED)

# Built once: every wish asks this, and building it takes longer than asking.
_HINTED = (
    select(PersonRow.hinted, JobRow.state)
    .outerjoin(JobRow, JobRow.id == PersonRow.hinted)
    .where(PersonRow.person_id == bindparam("person", type_=BigInteger))
)
_DREAMT = select(
    exists().where(
        JobRow.person_id == bindparam("person", type_=BigInteger), JobRow.state == State.DONE
    )
)
_HINT = (
    update(JobRow)
    .where(JobRow.id == bindparam("job", type_=String))
    .values(hint=True)
    .execution_options(synchronize_session=False)
)


async def wants_mention(session: AsyncSession, person_id: int) -> bool:
    """Whether the person is told, with a mention, of a dream that took its time; yes by default."""
    chosen = await session.scalar(select(PersonRow.mention).where(PersonRow.person_id == person_id))
    return chosen is not False


async def choose_mention(session: AsyncSession, person_id: int, wanted: bool) -> None:
    """The person chooses whether they are told so."""
    row = {"person_id": person_id, "mention": wanted}
    await insert_or_replace(session, PersonRow, [row])


async def locale(session: AsyncSession, person_id: int) -> str | None:
    """What the person was last seen to read Discord in, such as `de`; None if they never were."""
    return await session.scalar(select(PersonRow.locale).where(PersonRow.person_id == person_id))


async def note_locale(session: AsyncSession, person_id: int, seen: str) -> None:
    """The person was seen to read Discord in that."""
    if await locale(session, person_id) != seen:
        await insert_or_replace(session, PersonRow, [{"person_id": person_id, "locale": seen}])


async def hint(session: AsyncSession, person_id: int, job_id: str) -> bool:
    """Whether the result of that new job tells the person what they could do next; noted, if so.

    It does if it is to be their first, or the one that was came to nothing. To be called while
    the person's allowance is held, so that of two jobs at once one does.
    """
    found = (await session.execute(_HINTED, {"person": person_id})).one_or_none()
    hinted, state = found if found is not None else (None, None)
    if hinted is None:
        if await session.scalar(_DREAMT, {"person": person_id}):
            return False
    elif state not in _CAME_TO_NOTHING:
        return False
    await insert_or_replace(session, PersonRow, [{"person_id": person_id, "hinted": job_id}])
    await session.execute(_HINT, {"job": job_id})
    return True


async def stars(session: AsyncSession, person_id: int) -> str | None:
    """What others' stars do with the person's dreams: `always`, `never`; None: they are asked."""
    return await session.scalar(select(PersonRow.stars).where(PersonRow.person_id == person_id))


async def choose_stars(session: AsyncSession, person_id: int, wanted: str | None) -> None:
    """The person chooses what stars do."""
    await insert_or_replace(session, PersonRow, [{"person_id": person_id, "stars": wanted}])

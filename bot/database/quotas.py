"""Credits: each is reserved with a job, then either settled or refunded, once; grants add to them.

After each transaction these hold for every day (UTC):

- `used` of a person is the sum of the costs of their jobs in the ledger that weren't refunded, and
  `used` of a server that of such jobs with its `guild_id`.
- `granted` of a person is the sum of the costs of their grants and resets in the ledger.

Whoever changes allowances takes a person's row before a server's, and those of several servers in
the order of their ids, so that nobody waits in a circle.
"""

from datetime import UTC, date

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    Date,
    Integer,
    and_,
    bindparam,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import ledger
from bot.database.connection import insert, insert_unless_there
from bot.database.ledger import Act
from bot.database.models import AllowanceRow, LedgerRow
from bot.jobs.job import Job
from bot.jobs.ulid import ulid

_PLAIN = {"synchronize_session": False}


async def hold(session: AsyncSession, person_id: int, guild_id: int | None, day: date) -> None:
    """Have the allowances of that day to oneself until the transaction ends.

    What is read after this of a person's or a server's jobs and credits is not outdated by the
    next who asks: they wait here, unless theirs is already the next day. On SQLite a transaction
    has everything to itself.
    """
    for holder, holder_id in (("person", person_id), ("guild", guild_id)):
        if holder_id is None:
            continue
        theirs = {"holder": holder, "holder_id": holder_id, "day": day}
        if (await session.execute(_HOLD, theirs)).scalar_one_or_none() is None:
            await insert_unless_there(session, AllowanceRow, **theirs, used=0, granted=0)
            await session.execute(_HOLD, theirs)


async def hold_reserved(session: AsyncSession, person_id: int) -> None:
    """Have all allowances to oneself that the person's reservations were taken from, as `hold`:
    before several of those are given back."""
    reserved = await session.execute(
        select(LedgerRow.guild_id, LedgerRow.day)
        .where(LedgerRow.person_id == person_id, LedgerRow.state == "reserved")
        .distinct()
    )
    taken = [(guild_id, day) for guild_id, day in reserved]
    own = sorted({day for _, day in taken})
    servers = sorted((guild_id, day) for guild_id, day in taken if guild_id is not None)
    for day in own:
        await session.execute(_HOLD, {"holder": "person", "holder_id": person_id, "day": day})
    for guild_id, day in servers:
        await session.execute(_HOLD, {"holder": "guild", "holder_id": guild_id, "day": day})


async def reserve(session: AsyncSession, job: Job) -> None:
    """Take a new job's credits; whether there are so many is seen to before, while held."""
    person_id, guild_id, cost = job.person_id, job.place.guild_id, job.cost
    day = job.created_at.astimezone(UTC).date()
    theirs = {"person": person_id, "server": guild_id, "on": day, "cost": cost}
    await session.execute(_TAKE, theirs)
    await session.execute(
        insert(session, LedgerRow),
        {
            "id": ulid(),
            "kind": "job",
            "job_id": job.id,
            "person_id": person_id,
            "guild_id": guild_id,
            "day": day,
            "cost": cost,
            "state": "reserved",
            "reason": "asked for",
            "who": f"person:{person_id}",
            "created_at": job.created_at,
        },
    )


async def settle(session: AsyncSession, job_id: str) -> None:
    """The job was done: its credits are spent."""
    await session.execute(_SETTLE, {"job": job_id})


async def refund(session: AsyncSession, job_id: str, reason: str, who: str = "bot") -> int:
    """Give the job's credits back, to the day they were taken from; how many they were.

    A reservation that was settled or refunded before is left as it is: 0.
    """
    returned = await session.execute(
        update(LedgerRow)
        .where(LedgerRow.job_id == job_id, LedgerRow.state == "reserved")
        .values(state="refunded", reason=reason, who=who)
        .returning(LedgerRow.person_id, LedgerRow.guild_id, LedgerRow.day, LedgerRow.cost)
        .execution_options(**_PLAIN)
    )
    reservation = returned.one_or_none()
    if reservation is None:
        return 0
    person_id, guild_id, day, cost = reservation
    for holder, holder_id in (("person", person_id), ("guild", guild_id)):
        await session.execute(
            update(AllowanceRow)
            .where(of(holder, holder_id, day))
            .values(used=AllowanceRow.used - cost)
            .execution_options(**_PLAIN)
        )
    return int(cost)


async def grant(session: AsyncSession, act: Act, amount: int) -> None:
    """Give the person so many credits on top, for the act's day."""
    if await ledger.note(session, "grant", act, amount):
        await _add(session, act, amount)


async def reset(session: AsyncSession, act: Act) -> int:
    """Give what the person has spent on the act's day back, as granted; how much that is.

    What is reserved for dreams under way stays so: they take or return it by themselves. What
    an earlier reset gave back isn't given a second time.
    """
    await hold(session, act.person_id, None, act.day)
    before = await ledger.noted(session, act)
    if before is not None:
        return before
    sums = await ledger.sums(session, act.person_id, act.day)
    amount = sums.get(("job", "settled"), 0) - sums.get(("reset", "noted"), 0)
    await ledger.note(session, "reset", act, amount)
    await _add(session, act, amount)
    return amount


async def _add(session: AsyncSession, act: Act, amount: int) -> None:
    await hold(session, act.person_id, None, act.day)
    await session.execute(
        update(AllowanceRow)
        .where(of("person", act.person_id, act.day))
        .values(granted=AllowanceRow.granted + amount)
        .execution_options(**_PLAIN)
    )


def of(
    holder: str, holder_id: int | BindParameter[int] | None, day: date | BindParameter[date]
) -> ColumnElement[bool]:
    """SQL: the allowance is theirs, of that day; of no id there is none."""
    return and_(
        AllowanceRow.holder == holder,
        AllowanceRow.holder_id == holder_id,
        AllowanceRow.day == day,
    )


# Built once: every job needs these, and to build them takes longer than to ask.
_HOLD = (
    select(AllowanceRow.holder)
    .where(
        AllowanceRow.holder == bindparam("holder"),
        AllowanceRow.holder_id == bindparam("holder_id"),
        AllowanceRow.day == bindparam("day"),
    )
    .with_for_update()
)

_TAKE = (
    update(AllowanceRow)
    .where(
        or_(
            of("person", bindparam("person", type_=BigInteger), bindparam("on", type_=Date)),
            of("guild", bindparam("server", type_=BigInteger), bindparam("on", type_=Date)),
        )
    )
    .values(used=AllowanceRow.used + bindparam("cost", type_=Integer))
    .execution_options(**_PLAIN)
)

_SETTLE = (
    update(LedgerRow)
    .where(LedgerRow.job_id == bindparam("job"), LedgerRow.state == "reserved")
    .values(state="settled", reason="delivered", who="bot")
    .execution_options(**_PLAIN)
)

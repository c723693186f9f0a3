"""What a person has left in the database, how it goes, and what outlives that."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import product
from typing import cast

from sqlalchemy import (
    ColumnElement,
    Table,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import news, quotas, retention
from bot.database.connection import insert_unless_there
from bot.database.models import (
    AllowanceRow,
    BlockRow,
    ForgottenRow,
    JobRow,
    LedgerRow,
    LineRow,
    PersonRow,
    PresetRow,
    ReportRow,
    SeenRow,
    ShareRow,
    in_seconds,
)
from bot.jobs.job import State

FORGOTTEN = "forgotten"
"""Who did what a forgotten person has done to others."""

_IN_JSON = json.dumps(FORGOTTEN)

_PLAIN = {"synchronize_session": False}

# Built once: every wish asks this, and building it takes longer than asking.
_DIGESTS = cast(Table, ForgottenRow.__table__)
_TAKE = delete(_DIGESTS).where(_DIGESTS.c.digest == bindparam("digest")).returning(_DIGESTS.c.kept)

_RIGHTS = (LedgerRow, AllowanceRow, BlockRow)


@dataclass(frozen=True, slots=True)
class Traces:
    """What a person has left.

    Attributes:
        jobs: Ids of their jobs.
        unfinished: How many of those haven't come to an end.
        keys: In the storage: of what they posted, and of what was made of it.
        settings: Whether they have chosen anything.
        language: Whether it is known what language they speak.
        hinted: Whether it is known that they have had a dream before.
        rights: Whether there are credits, blocks or acts on record, of jobs or without.
        presets: How many they have saved, or given to servers.

    It is true if there is anything.
    """

    jobs: frozenset[str]
    unfinished: int
    keys: frozenset[str]
    settings: bool
    language: bool
    hinted: bool
    rights: bool
    presets: int

    def __bool__(self) -> bool:
        known = self.settings or self.language or self.hinted
        return bool(self.jobs) or known or self.rights or bool(self.presets)


async def traces(session: AsyncSession, person_id: int) -> Traces:
    """What the person has left by now."""
    rows = (await session.scalars(select(JobRow).where(JobRow.person_id == person_id))).all()
    keys = {given.key for row in rows for given in row.inputs}
    keys |= {row.result_key for row in rows if row.result_key is not None}
    chosen = await session.scalar(select(PersonRow).where(PersonRow.person_id == person_id))
    rights = [await session.scalar(select(exists().where(own))) for own in _rights(person_id)]
    given = PresetRow.given_by == person_id
    saved = select(func.count()).where(or_(_saved_by(person_id), given))
    return Traces(
        jobs=frozenset(row.id for row in rows),
        unfinished=sum(row.told_at is None for row in rows),
        keys=frozenset(keys),
        settings=chosen is not None
        and any(each is not None for each in (chosen.mention, chosen.stars, chosen.news)),
        language=chosen is not None and chosen.locale is not None,
        hinted=chosen is not None and chosen.hinted is not None,
        rights=any(rights),
        presets=await session.scalar(saved) or 0,
    )


async def unfinished(session: AsyncSession, person_id: int) -> int:
    """How many of the person's jobs haven't come to an end."""
    mine = select(func.count()).where(JobRow.person_id == person_id, JobRow.told_at.is_(None))
    return await session.scalar(mine) or 0


async def cancel(session: AsyncSession, person_id: int, sentence: str) -> None:
    """Ask whoever has the person's unfinished jobs to end them; those in the line end here.

    Their credits are back, and the runners tell why in the answers, as of any cancelled job.
    """
    who = f"person:{person_id}"
    mine = (JobRow.person_id == person_id, JobRow.told_at.is_(None))
    await _hold(session, person_id)
    ended = await session.scalars(
        update(JobRow)
        .where(*mine, JobRow.state == State.QUEUED)
        .values(state=State.CANCELLED, error=sentence, ended_at=in_seconds(0.0))
        .returning(JobRow.id)
        .execution_options(**_PLAIN)
    )
    for job_id in ended.all():
        await quotas.refund(session, job_id, sentence, who)
    await session.execute(
        update(JobRow)
        .where(*mine, JobRow.state == State.RUNNING)
        .values(cancelled_by=func.coalesce(JobRow.cancelled_by, who))
        .execution_options(**_PLAIN)
    )


async def wrest(session: AsyncSession, person_id: int, sentence: str) -> None:
    """End the person's unfinished jobs, whoever holds them: what is made of them is lost."""
    for job_id in await _hold(session, person_id):
        await session.execute(
            update(JobRow)
            .where(JobRow.id == job_id)
            .values(
                state=State.CANCELLED,
                error=sentence,
                ended_at=in_seconds(0.0),
                told_at=in_seconds(0.0),
                owner=None,
                lease_until=None,
            )
            .execution_options(**_PLAIN)
        )
        await quotas.refund(session, job_id, sentence, f"person:{person_id}")


async def erase(
    session: AsyncSession, digest: str, person_id: int, known: frozenset[str], now: datetime
) -> bool:
    """Remove all rows about a person, but for what the digest of their id leads to.

    Args:
        known: The jobs whose pictures are gone. False, and nothing is removed, if there are others,
            or one isn't over.
        now: Credits of that day, and blocks that go on, outlive it.
    """
    await remember(session, digest, person_id, now.date())
    mine = select(JobRow.id, JobRow.guild_id, JobRow.channel_id, JobRow.told_at).where(
        JobRow.person_id == person_id
    )
    rows = (await session.execute(mine.order_by(JobRow.id).with_for_update())).all()
    if not known.issuperset(row.id for row in rows) or any(row.told_at is None for row in rows):
        return False
    await _keep(session, digest, person_id, now)
    await retention.remove(session, [row.id for row in rows])
    private = {row.channel_id for row in rows if row.guild_id is None}
    await session.execute(delete(SeenRow).where(SeenRow.channel_id.in_(private)))
    await session.execute(delete(PersonRow).where(PersonRow.person_id == person_id))
    await news.forget(session, person_id)
    for row in (ShareRow, ReportRow):
        await session.execute(delete(row).where(row.person_id == person_id))
    await session.execute(delete(PresetRow).where(_saved_by(person_id)).execution_options(**_PLAIN))
    for table, own in zip(_RIGHTS, _rights(person_id), strict=True):
        await session.execute(delete(table).where(own).execution_options(**_PLAIN))
    await _hide(session, person_id)
    return True


async def remember(session: AsyncSession, digest: str, person_id: int, day: date) -> None:
    """Give a person who was forgotten their credits of that day and their blocks again.

    To be called at the start of a transaction in which those count. It makes the transactions of
    one person with one another wait, so that none falls between forgetting and remembering.
    """
    if session.get_bind().dialect.name == "postgresql":
        lock = int.from_bytes(bytes.fromhex(digest)[:8], signed=True)
        await session.execute(select(func.pg_advisory_xact_lock(lock)))
    found = await session.scalar(_TAKE, {"digest": digest})
    if found is None:
        return
    kept = json.loads(found)
    if kept["day"] == day.isoformat():
        await _add(session, person_id, day, kept["used"], kept["granted"])
    for block in kept["blocks"]:
        await insert_unless_there(
            session,
            BlockRow,
            person_id=person_id,
            guild_id=block["guild_id"],
            until=_moment(block["until"]),
            who=block["who"],
            reason=block["reason"],
            created_at=_moment(block["created_at"]),
        )


async def _hold(session: AsyncSession, person_id: int) -> Sequence[str]:
    """Have the person's unfinished jobs to oneself, and what their credits go back to: in an
    order in which nobody waits for one another in a circle. Ids of the jobs."""
    mine = select(JobRow.id).where(JobRow.person_id == person_id, JobRow.told_at.is_(None))
    held = (await session.scalars(mine.order_by(JobRow.id).with_for_update())).all()
    await quotas.hold_reserved(session, person_id)
    return held


def _saved_by(person_id: int) -> ColumnElement[bool]:
    """Which presets are a person's own."""
    return and_(PresetRow.holder == "person", PresetRow.holder_id == person_id)


def _rights(person_id: int) -> tuple[ColumnElement[bool], ...]:
    """Which rows of the tables of `_RIGHTS` are a person's."""
    return (
        LedgerRow.person_id == person_id,
        and_(AllowanceRow.holder == "person", AllowanceRow.holder_id == person_id),
        BlockRow.person_id == person_id,
    )


async def _add(session: AsyncSession, person_id: int, day: date, used: int, granted: int) -> None:
    await insert_unless_there(
        session, AllowanceRow, holder="person", holder_id=person_id, day=day, used=0, granted=0
    )
    await session.execute(
        update(AllowanceRow)
        .where(
            AllowanceRow.holder == "person",
            AllowanceRow.holder_id == person_id,
            AllowanceRow.day == day,
        )
        .values(used=AllowanceRow.used + used, granted=AllowanceRow.granted + granted)
        .execution_options(**_PLAIN)
    )


async def _keep(session: AsyncSession, digest: str, person_id: int, now: datetime) -> None:
    """Write down what outlives the rows, if anything does."""
    day = now.date()
    allowance = await session.get(AllowanceRow, ("person", person_id, day), with_for_update=True)
    found = await session.scalars(
        select(BlockRow).where(
            BlockRow.person_id == person_id, or_(BlockRow.until.is_(None), BlockRow.until > now)
        )
    )
    blocks = found.all()
    ends: list[datetime | None] = [block.until for block in blocks]
    used, granted = (allowance.used, allowance.granted) if allowance else (0, 0)
    if used or granted:
        ends.append(datetime.combine(day + timedelta(days=1), time(), UTC))
    if not ends:
        return
    limited = [end for end in ends if end is not None]
    kept = {
        "day": day.isoformat(),
        "used": used,
        "granted": granted,
        "blocks": [
            {
                "guild_id": block.guild_id,
                "until": block.until.isoformat() if block.until else None,
                "who": block.who,
                "reason": block.reason,
                "created_at": block.created_at.isoformat(),
            }
            for block in blocks
        ],
    }
    until = max(limited) if len(limited) == len(ends) else None
    session.add(ForgottenRow(digest=digest, kept=json.dumps(kept), until=until))
    await session.flush()


async def _hide(session: AsyncSession, person_id: int) -> None:
    """Take the person's id out of what is about others: who has acted, and what was noted."""
    who = f"person:{person_id}"
    for actor in (LedgerRow.who, BlockRow.who, LineRow.who, JobRow.cancelled_by):
        await session.execute(
            update(actor.class_)
            .where(actor == who)
            .values({actor: FORGOTTEN})
            .execution_options(**_PLAIN)
        )
    await session.execute(
        update(PresetRow)
        .where(PresetRow.given_by == person_id)
        .values(given_by=None)
        .execution_options(**_PLAIN)
    )
    notes = (LedgerRow.reason, BlockRow.reason, LineRow.reason, ForgottenRow.kept, JobRow.remark)
    named = {f"<@{person_id}>": FORGOTTEN, f"<@!{person_id}>": FORGOTTEN, f'"{who}"': _IN_JSON}
    for note, (text, instead) in product(notes, named.items()):
        await session.execute(
            update(note.class_)
            .where(note.contains(text, autoescape=True))
            .values({note: func.replace(note, text, instead)})
            .execution_options(**_PLAIN)
        )


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)

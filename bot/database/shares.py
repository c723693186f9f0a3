"""Dreams in their servers' galleries, and those that somebody minds."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_unless_there
from bot.database.models import ReportRow, ShareRow

_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Share:
    """A dream and its gallery; what its fields mean is said in `models.ShareRow`."""

    job_id: str
    guild_id: int
    person_id: int
    channel_id: int
    link: str
    title: str
    state: str
    message_id: int | None = None
    stars: int = 0

    @property
    def post(self) -> str:
        """The address of its post; of the dream's own message where there is none."""
        if self.message_id is None:
            return self.link
        return f"https://discord.com/channels/{self.guild_id}/{self.channel_id}/{self.message_id}"


async def ask(session: AsyncSession, share: Share, now: datetime) -> bool:
    """Note that its owner is asked; False if they were before, or it has been in the gallery."""
    return await _put(session, share, "asked", now)


async def begin(session: AsyncSession, share: Share, now: datetime) -> Share:
    """Note that it is about to be posted, unless it stands there; how it is then."""
    if not await _put(session, share, "posting", now):
        await session.execute(
            update(ShareRow)
            .where(ShareRow.job_id == share.job_id, ShareRow.state != "shared")
            .values(state="posting", channel_id=share.channel_id, since=now)
            .execution_options(**_PLAIN)
        )
    found = await of_job(session, share.job_id)
    assert found is not None
    return found


async def posted(
    session: AsyncSession, job_id: str, channel_id: int, message_id: int, now: datetime
) -> bool:
    """It stands in the gallery; False if it was taken out, or forgotten, meanwhile."""
    changed = await session.execute(
        update(ShareRow)
        .where(ShareRow.job_id == job_id, ShareRow.state.in_(("posting", "shared")))
        .values(state="shared", channel_id=channel_id, message_id=message_id, since=now)
        .execution_options(**_PLAIN)
    )
    return bool(cast(CursorResult[Any], changed).rowcount)


async def remove(session: AsyncSession, job_id: str, now: datetime) -> Share | None:
    """Take it out for good, as far as stars go; how it was, None if it never was to be there."""
    found = await of_job(session, job_id)
    await session.execute(
        update(ShareRow)
        .where(ShareRow.job_id == job_id)
        .values(state="removed", message_id=None, since=now)
        .execution_options(**_PLAIN)
    )
    return found


async def count(session: AsyncSession, job_id: str, stars: int) -> None:
    """So many people like it by now."""
    await session.execute(
        update(ShareRow)
        .where(ShareRow.job_id == job_id)
        .values(stars=stars)
        .execution_options(**_PLAIN)
    )


async def of_job(session: AsyncSession, job_id: str) -> Share | None:
    """How that dream stands to its gallery."""
    row = await session.get(ShareRow, job_id, populate_existing=True)
    return None if row is None else _read(row)


async def of_message(session: AsyncSession, message_id: int) -> Share | None:
    """The dream that a gallery's post shows."""
    row = await session.scalar(select(ShareRow).where(ShareRow.message_id == message_id))
    return None if row is None else _read(row)


async def best(session: AsyncSession, guild_id: int, since: datetime, most: int) -> Sequence[Share]:
    """What was shared on a server since then: most stars first, and of as many the latest."""
    rows = await session.scalars(
        select(ShareRow)
        .where(ShareRow.guild_id == guild_id, ShareRow.since >= since, ShareRow.state == "shared")
        .order_by(ShareRow.stars.desc(), ShareRow.since.desc())
        .limit(most)
    )
    return [_read(row) for row in rows]


async def report(session: AsyncSession, job_id: str, person_id: int, now: datetime) -> bool:
    """Note that a person reports a dream; False if they did before."""
    return await insert_unless_there(session, ReportRow, job_id=job_id, person_id=person_id, at=now)


async def take_back(session: AsyncSession, job_id: str, person_id: int) -> None:
    """Nobody could be told of that report."""
    own = (ReportRow.job_id == job_id, ReportRow.person_id == person_id)
    await session.execute(delete(ReportRow).where(*own).execution_options(**_PLAIN))


async def _put(session: AsyncSession, share: Share, state: str, now: datetime) -> bool:
    return await insert_unless_there(
        session,
        ShareRow,
        job_id=share.job_id,
        guild_id=share.guild_id,
        person_id=share.person_id,
        channel_id=share.channel_id,
        link=share.link,
        title=share.title,
        state=state,
        message_id=None,
        stars=share.stars,
        since=now,
    )


def _read(row: ShareRow) -> Share:
    return Share(
        job_id=row.job_id,
        guild_id=row.guild_id,
        person_id=row.person_id,
        channel_id=row.channel_id,
        link=row.link,
        title=row.title,
        state=row.state,
        message_id=row.message_id,
        stars=row.stars,
    )

"""Rows that have had their time are removed, so that no table grows for ever."""

from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.models import (
    AllowanceRow,
    BlockRow,
    ForgottenRow,
    GreetedRow,
    GuildRow,
    InputRow,
    JobRow,
    LedgerRow,
    PaceRow,
    PresetRow,
    ReportRow,
    SeenRow,
    ShareRow,
)

MANY = 500
"""Jobs that are removed at a time, lest others wait for it."""

_DISCORD_BEGAN = datetime(2015, 1, 1, tzinfo=UTC)
"""From here count the milliseconds in the ids of Discord, above their lowest 22 bits."""

_PLAIN = {"synchronize_session": False}


async def remove_jobs(session: AsyncSession, before: datetime) -> int:
    """Remove up to `MANY` jobs that ended before then, with their ledger; how many it were."""
    old = (
        select(JobRow.id)
        .where(JobRow.told_at < before)
        .limit(MANY)
        # Another bot removes some at this moment.
        .with_for_update(skip_locked=True)
    )
    ids = list(await session.scalars(old))
    await remove(session, ids)
    return len(ids)


async def remove(session: AsyncSession, ids: list[str]) -> None:
    """Remove those jobs, with all that refers to them."""
    for start in range(0, len(ids), MANY):
        some = ids[start : start + MANY]
        for row in (
            delete(LedgerRow).where(LedgerRow.job_id.in_(some)),
            delete(InputRow).where(InputRow.job_id.in_(some)),
            delete(JobRow).where(JobRow.id.in_(some)),
        ):
            await session.execute(row.execution_options(**_PLAIN))


async def remove_others(session: AsyncSession, before: datetime, now: datetime) -> int:
    """Remove what is neither a job nor in force, of before then; how many rows it were."""
    left = select(GuildRow.guild_id).where(GuildRow.left_at < before)
    milliseconds = int((before - _DISCORD_BEGAN).total_seconds() * 1000)
    removed = 0
    for old in (
        delete(LedgerRow).where(LedgerRow.kind != "job", LedgerRow.created_at < before),
        delete(AllowanceRow).where(AllowanceRow.day < before.date()),
        delete(ShareRow).where(ShareRow.since < before),
        delete(ReportRow).where(ReportRow.at < before),
        delete(PaceRow).where(PaceRow.measured_at < before),
        delete(GreetedRow).where(GreetedRow.since < before),
        delete(SeenRow).where(SeenRow.message_id < milliseconds << 22),
        delete(PresetRow).where(PresetRow.holder == "guild", PresetRow.holder_id.in_(left)),
        delete(GuildRow).where(GuildRow.left_at < before),
        delete(BlockRow).where(BlockRow.until < now),
        delete(ForgottenRow).where(ForgottenRow.until < now),
    ):
        done = await session.execute(old.execution_options(**_PLAIN))
        removed += cast(CursorResult[Any], done).rowcount
    return removed

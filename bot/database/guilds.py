"""The rules of servers, as their moderators have set them."""

import json
from datetime import date
from typing import Any, cast

from sqlalchemy import CursorResult, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_unless_there
from bot.database.models import GuildRow, in_seconds
from bot.rules import Rules, Thing

_PLAIN = {"synchronize_session": False}

_THINGS = {str(thing) for thing in Thing}


async def rules(session: AsyncSession, guild_id: int) -> Rules:
    """A server's rules; those that nobody has set if there are none.

    The server is one that the bot is on, if it is asked about its rules: should it have been kicked
    once, they aren't removed any more.
    """
    row = await session.scalar(select(GuildRow).where(GuildRow.guild_id == guild_id))
    if row is None:
        return Rules()
    if row.left_at is not None:
        row.left_at = None
    return _rules(row)


async def hold(session: AsyncSession, guild_id: int) -> Rules:
    """A server's rules, which nobody else changes until the transaction ends."""
    await insert_unless_there(session, GuildRow, guild_id=guild_id, **_columns(Rules()))
    held = select(GuildRow).where(GuildRow.guild_id == guild_id).with_for_update()
    return _rules((await session.scalars(held.execution_options(populate_existing=True))).one())


async def put(session: AsyncSession, guild_id: int, wanted: Rules) -> None:
    """Have a server's rules, which are held, be those."""
    await session.execute(
        update(GuildRow)
        .where(GuildRow.guild_id == guild_id)
        .values(**_columns(wanted))
        .execution_options(**_PLAIN)
    )


async def forget(session: AsyncSession, guild_id: int) -> None:
    """Remove what was set there."""
    await session.execute(
        delete(GuildRow).where(GuildRow.guild_id == guild_id).execution_options(**_PLAIN)
    )


async def leave(session: AsyncSession, guild_id: int) -> None:
    """The bot isn't on that server any more: its rules, and the presets that it has, are kept for a
    while, should it return."""
    await insert_unless_there(session, GuildRow, guild_id=guild_id, **_columns(Rules()))
    await session.execute(
        update(GuildRow)
        .where(GuildRow.guild_id == guild_id)
        .values(left_at=in_seconds(0.0))
        .execution_options(**_PLAIN)
    )


async def tells(session: AsyncSession, guild_id: int, day: date) -> bool:
    """Whether those in charge haven't been told yet that day's credits are gone; now they are."""
    done = await session.execute(
        update(GuildRow)
        .where(
            GuildRow.guild_id == guild_id, or_(GuildRow.told_on.is_(None), GuildRow.told_on < day)
        )
        .values(told_on=day)
        .execution_options(**_PLAIN)
    )
    return cast(CursorResult[Any], done).rowcount > 0


def _rules(row: GuildRow) -> Rules:
    # A later version may know more things to switch off than this one.
    off = frozenset(Thing(each) for each in json.loads(row.off) if each in _THINGS)
    return Rules(
        prefix=row.prefix,
        preset=row.preset,
        channels=frozenset(json.loads(row.channels)),
        gallery_channel_id=row.gallery_channel_id,
        stars=row.stars,
        dream_size=row.dream_size,
        person_credits=row.person_credits,
        server_credits=row.server_credits,
        waiting=row.waiting,
        bonuses={int(role): more for role, more in json.loads(row.bonuses).items()},
        locale=row.locale,
        off=off,
        log_channel_id=row.log_channel_id,
        news_channel_id=row.news_channel_id,
    )


def _columns(rules: Rules) -> dict[str, Any]:
    return {
        "prefix": rules.prefix,
        "preset": rules.preset,
        "channels": json.dumps(sorted(rules.channels)),
        "gallery_channel_id": rules.gallery_channel_id,
        "stars": rules.stars,
        "dream_size": rules.dream_size,
        "person_credits": rules.person_credits,
        "server_credits": rules.server_credits,
        "waiting": rules.waiting,
        "bonuses": json.dumps({str(role): more for role, more in rules.bonuses.items()}),
        "locale": rules.locale,
        "off": json.dumps(sorted(rules.off)),
        "log_channel_id": rules.log_channel_id,
        "news_channel_id": rules.news_channel_id,
    }

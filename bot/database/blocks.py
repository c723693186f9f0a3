"""Who may not dream, where and until when."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import BindParameter, ColumnElement, CursorResult, and_, delete, or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database import ledger
from bot.database.connection import insert_unless_there
from bot.database.ledger import Act
from bot.database.models import BlockRow

EVERYWHERE = 0
"""In place of a server."""

_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Block:
    """That a person may not dream.

    Attributes:
        everywhere: Or on one server.
        until: None for good.
    """

    everywhere: bool
    until: datetime | None


async def block(session: AsyncSession, act: Act, until: datetime | None) -> None:
    """Forbid the person to dream until then, or for good; it takes the place of a block there."""
    if not await ledger.note(session, "block", act):
        return
    guild_id = act.guild_id or EVERYWHERE
    values = {
        "until": until,
        "who": f"person:{act.by}",
        "reason": act.reason,
        "created_at": act.at,
    }
    await insert_unless_there(
        session, BlockRow, person_id=act.person_id, guild_id=guild_id, **values
    )
    await session.execute(
        update(BlockRow)
        .where(_of(act.person_id, guild_id))
        .values(**values)
        .execution_options(**_PLAIN)
    )


async def unblock(session: AsyncSession, act: Act, *guilds: int) -> bool:
    """Lift the block of the act's scope, and those on these servers too; False if there was none.

    Nothing is written where there was none.
    """
    if await ledger.noted(session, act) is not None:
        return True
    lifted = await session.execute(
        delete(BlockRow)
        .where(_of(act.person_id, act.guild_id or EVERYWHERE, *guilds))
        .execution_options(**_PLAIN)
    )
    if not cast(CursorResult[Any], lifted).rowcount:
        # Another bot on this token may have done it meanwhile.
        return await ledger.noted(session, act) is not None
    await ledger.note(session, "unblock", act)
    return True


def current(
    person: BindParameter[int], server: BindParameter[int], now: BindParameter[datetime]
) -> ColumnElement[bool]:
    """SQL: the block keeps the person from dreaming on that server at that moment."""
    return and_(
        BlockRow.person_id == person,
        BlockRow.guild_id.in_((EVERYWHERE, server)),
        or_(BlockRow.until.is_(None), BlockRow.until > now),
    )


def longest(found: Iterable[tuple[int, datetime | None]]) -> Block | None:
    """Of several blocks, each known by its server and its end, that which lasts longest."""
    blocks = [Block(server == EVERYWHERE, until) for server, until in found]
    return max(blocks, key=_length, default=None)


def _length(block: Block) -> tuple[float, bool]:
    return (block.until.timestamp() if block.until else math.inf), block.everywhere


def _of(person_id: int, *guilds: int) -> ColumnElement[bool]:
    return (BlockRow.person_id == person_id) & BlockRow.guild_id.in_(guilds)

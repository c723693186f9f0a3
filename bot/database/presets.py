"""Presets that people have saved, for themselves or for a server."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from typing import Any, Literal, cast

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    and_,
    delete,
    exists,
    func,
    not_,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.blocks import EVERYWHERE
from bot.database.connection import insert_unless_there
from bot.database.models import BlockRow, PresetRow, in_seconds
from dream import Recipe

Holder = Literal["person", "guild"]

_PLAIN = {"synchronize_session": False}


@dataclass(frozen=True, slots=True)
class Saved:
    """A saved preset; what its fields mean is said in `models.PresetRow`."""

    holder: Holder
    holder_id: int
    name: str
    recipe: Recipe
    public: bool = False
    given_by: int | None = None


class Put(Enum):
    """What became of a preset that was to be saved."""

    SAVED = auto()
    TAKEN = auto()
    """The holder has one of that name."""
    FULL = auto()
    """The holder has as many as may be."""


async def put(session: AsyncSession, preset: Saved, most: int, now: datetime) -> Put:
    """Save a preset, where its holder has fewer than `most`."""
    if session.get_bind().dialect.name == "postgresql":
        # Two at once would both find room; SQLite lets one write at a time anyway.
        await session.execute(select(func.pg_advisory_xact_lock(preset.holder_id)))
    own = _of(preset.holder, preset.holder_id)
    there = await find(session, preset.holder, preset.holder_id, preset.name)
    if there is not None:
        # Asked for twice, it is one.
        return Put.SAVED if there.recipe == preset.recipe else Put.TAKEN
    if (await session.scalar(select(func.count()).where(own)) or 0) >= most:
        return Put.FULL
    added = await insert_unless_there(
        session,
        PresetRow,
        holder=preset.holder,
        holder_id=preset.holder_id,
        name=preset.name,
        recipe=preset.recipe.to_json(),
        public=preset.public,
        given_by=preset.given_by,
        saved_at=now,
    )
    return Put.SAVED if added else Put.TAKEN


async def usable(session: AsyncSession, person_id: int, guild_id: int | None) -> list[Saved]:
    """The person's own by name, then the server's."""
    theirs = _of("person", person_id)
    if guild_id is not None:
        theirs = or_(theirs, _of("guild", guild_id))
    rows = await session.scalars(
        select(PresetRow).where(theirs).order_by(PresetRow.holder.desc(), PresetRow.name)
    )
    return _read(rows)


async def find(session: AsyncSession, holder: Holder, holder_id: int, name: str) -> Saved | None:
    """The holder's preset of that name."""
    row = await session.get(PresetRow, (holder, holder_id, name), populate_existing=True)
    return None if row is None else _saved(row)


async def remove(session: AsyncSession, holder: Holder, holder_id: int, name: str) -> bool:
    """Remove the holder's preset of that name; False if there is none."""
    removed = await session.execute(
        delete(PresetRow)
        .where(_of(holder, holder_id), PresetRow.name == name)
        .execution_options(**_PLAIN)
    )
    return bool(cast(CursorResult[Any], removed).rowcount)


async def share(session: AsyncSession, person_id: int, name: str, wanted: bool) -> bool:
    """Make the person's preset public, or private again; False if there is none of that name."""
    changed = await session.execute(
        update(PresetRow)
        .where(_of("person", person_id), PresetRow.name == name)
        .values(public=wanted)
        .execution_options(**_PLAIN)
    )
    return bool(cast(CursorResult[Any], changed).rowcount)


async def public(session: AsyncSession, besides: int, most: int, like: str = "") -> list[Saved]:
    """The latest that everybody may copy; of whoever may dream nowhere there are none.

    Args:
        besides: The person whose own are left out.
        most: How many.
        like: What their names contain.
    """
    rows = await session.scalars(
        select(PresetRow)
        .where(_shared(besides), PresetRow.name.contains(like, autoescape=True))
        .order_by(PresetRow.saved_at.desc(), PresetRow.name, PresetRow.holder_id)
        .limit(most)
    )
    return _read(rows)


async def public_called(session: AsyncSession, besides: int, name: str) -> list[Saved]:
    """Those of that name among them, the oldest first."""
    rows = await session.scalars(
        select(PresetRow)
        .where(_shared(besides), PresetRow.name == name)
        .order_by(PresetRow.saved_at, PresetRow.holder_id)
    )
    return _read(rows)


def _shared(besides: int) -> ColumnElement[bool]:
    blocked = exists().where(
        BlockRow.person_id == PresetRow.holder_id,
        BlockRow.guild_id == EVERYWHERE,
        or_(BlockRow.until.is_(None), BlockRow.until > in_seconds(0.0)),
    )
    return and_(PresetRow.public, PresetRow.holder_id != besides, not_(blocked))


def _of(holder: Holder, holder_id: int) -> ColumnElement[bool]:
    return and_(PresetRow.holder == holder, PresetRow.holder_id == holder_id)


def _read(rows: Iterable[PresetRow]) -> list[Saved]:
    return [_saved(row) for row in rows]


def _saved(row: PresetRow) -> Saved:
    return Saved(
        cast(Holder, row.holder),
        row.holder_id,
        row.name,
        Recipe.from_json(row.recipe),
        row.public,
        row.given_by,
    )

"""Who wants news of the bot, and news on their way: an announcement with a letter for each."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from sqlalchemy import (
    BigInteger,
    CursorResult,
    delete,
    exists,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from bot.database.connection import insert_or_replace, insert_unless_there
from bot.database.models import AnnouncementRow, GuildRow, LetterRow, PersonRow, in_seconds

LEASE = 300.0
"""Seconds for which a letter is one bot's to send; later it may be another's."""

_PLAIN = {"synchronize_session": False}

_PEOPLE = (PersonRow.news.is_(True),)
_SERVERS = (GuildRow.news_channel_id.is_not(None), GuildRow.left_at.is_(None))


class Outcome(StrEnum):
    """What became of a letter."""

    REACHED = "reached"
    CLOSED = "closed"
    """Nobody can write there any more."""

    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Audience:
    """So many people, and channels of servers, want news."""

    people: int
    channels: int

    def __bool__(self) -> bool:
        return bool(self.people or self.channels)


@dataclass(frozen=True, slots=True)
class Announcement:
    """What whoever runs the bot tells; what its fields mean is said in `models.AnnouncementRow`."""

    id: int
    person_id: int
    channel_id: int
    answer_id: int
    text: str
    letters: int = 0
    reached: int = 0
    closed: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """An announcement to one of those who asked for it.

    Attributes:
        announcement_id: Greater than the id of every message that was there before it.
        recipient_id: A person, or a channel.
        guild_id: The channel's; None for a person.
        text: What is told.
        locale: Language of that person or server, as far as it is known.
        again: Whether somebody has had it to send before, and may have sent it.
    """

    announcement_id: int
    recipient_id: int
    guild_id: int | None
    text: str
    locale: str | None
    again: bool


async def wants(session: AsyncSession, person_id: int) -> bool:
    """Whether the person gets news; not unless they asked."""
    chosen = await session.scalar(select(PersonRow.news).where(PersonRow.person_id == person_id))
    return chosen is True


async def choose(session: AsyncSession, person_id: int, wanted: bool | None) -> None:
    """The person chooses that, also for news that are on their way."""
    await insert_or_replace(session, PersonRow, [{"person_id": person_id, "news": wanted}])
    if not wanted:
        await session.execute(
            delete(LetterRow).where(LetterRow.recipient_id == person_id).execution_options(**_PLAIN)
        )


async def audience(session: AsyncSession) -> Audience:
    """Who wants news by now."""
    people = await session.scalar(select(func.count()).select_from(PersonRow).where(*_PEOPLE))
    servers = await session.scalar(select(func.count()).select_from(GuildRow).where(*_SERVERS))
    return Audience(people or 0, servers or 0)


async def begin(session: AsyncSession, wanted: Announcement) -> int:
    """Write a letter to each who wants news; how many. No more of them if it was begun before."""
    new = await insert_unless_there(
        session,
        AnnouncementRow,
        announcement_id=wanted.id,
        person_id=wanted.person_id,
        channel_id=wanted.channel_id,
        answer_id=wanted.answer_id,
        text=wanted.text,
        letters=0,
        reached=0,
        closed=0,
    )
    if not new:
        return 0
    of, columns = literal(wanted.id, BigInteger), ["announcement_id", "recipient_id", "guild_id"]
    people = select(of, PersonRow.person_id, null()).where(*_PEOPLE)
    servers = select(of, GuildRow.news_channel_id, GuildRow.guild_id).where(*_SERVERS)
    letters = 0
    for recipients in (people, servers):
        written = await session.execute(insert(LetterRow).from_select(columns, recipients))
        letters += cast(CursorResult[Any], written).rowcount
    await _change(session, wanted.id, letters=letters)
    return letters


async def take(session: AsyncSession) -> Letter | None:
    """A letter that nobody has to send, now one's own for `LEASE` seconds; None if there is none.

    Oldest announcements first.
    """
    free = (
        select(LetterRow, AnnouncementRow.text)
        .join(AnnouncementRow, AnnouncementRow.announcement_id == LetterRow.announcement_id)
        .where(or_(LetterRow.until.is_(None), LetterRow.until < in_seconds(0.0)))
        .order_by(LetterRow.announcement_id, LetterRow.recipient_id)
        .limit(1)
        .with_for_update(of=LetterRow, skip_locked=True)
    )
    found = (await session.execute(free)).one_or_none()
    if found is None:
        return None
    row, text = found
    letter = Letter(
        row.announcement_id,
        row.recipient_id,
        row.guild_id,
        text,
        await _locale(session, row),
        again=row.until is not None,
    )
    row.until = in_seconds(LEASE)
    return letter


async def sent(session: AsyncSession, letter: Letter, outcome: Outcome) -> None:
    """Note what became of a letter: once. Who can't be written to gets no more of them."""
    gone = await session.execute(
        delete(LetterRow)
        .where(
            LetterRow.announcement_id == letter.announcement_id,
            LetterRow.recipient_id == letter.recipient_id,
        )
        .execution_options(**_PLAIN)
    )
    if not cast(CursorResult[Any], gone).rowcount:
        return
    if outcome is Outcome.REACHED:
        await _change(session, letter.announcement_id, reached=AnnouncementRow.reached + 1)
    elif outcome is Outcome.CLOSED:
        await _change(session, letter.announcement_id, closed=AnnouncementRow.closed + 1)
        await _drop(session, letter)


async def done(session: AsyncSession) -> list[Announcement]:
    """Announcements of which no letter is left."""
    left = exists().where(LetterRow.announcement_id == AnnouncementRow.announcement_id)
    return [
        Announcement(
            row.announcement_id,
            row.person_id,
            row.channel_id,
            row.answer_id,
            row.text,
            row.letters,
            row.reached,
            row.closed,
        )
        for row in await session.scalars(select(AnnouncementRow).where(~left))
    ]


async def under_way(session: AsyncSession) -> bool:
    """Whether there are announcements that aren't over."""
    return bool(await session.scalar(select(exists().select_from(AnnouncementRow))))


async def remove(session: AsyncSession, announcement_id: int) -> None:
    """It is over, and was told to be."""
    await session.execute(
        delete(AnnouncementRow)
        .where(AnnouncementRow.announcement_id == announcement_id)
        .execution_options(**_PLAIN)
    )


async def forget(session: AsyncSession, person_id: int) -> None:
    """Send that person none, and no more of those that they announced."""
    own = select(AnnouncementRow.announcement_id).where(AnnouncementRow.person_id == person_id)
    theirs = or_(LetterRow.recipient_id == person_id, LetterRow.announcement_id.in_(own))
    await session.execute(delete(LetterRow).where(theirs).execution_options(**_PLAIN))
    await session.execute(
        delete(AnnouncementRow)
        .where(AnnouncementRow.person_id == person_id)
        .execution_options(**_PLAIN)
    )


async def _locale(session: AsyncSession, letter: LetterRow) -> str | None:
    of_server = select(GuildRow.locale).where(GuildRow.guild_id == letter.guild_id)
    of_person = select(PersonRow.locale).where(PersonRow.person_id == letter.recipient_id)
    return await session.scalar(of_person if letter.guild_id is None else of_server)


async def _drop(session: AsyncSession, letter: Letter) -> None:
    if letter.guild_id is None:
        await choose(session, letter.recipient_id, None)
        return
    await session.execute(
        update(GuildRow)
        .where(
            GuildRow.guild_id == letter.guild_id, GuildRow.news_channel_id == letter.recipient_id
        )
        .values(news_channel_id=None)
        .execution_options(**_PLAIN)
    )


async def _change(session: AsyncSession, announcement_id: int, **values: Any) -> None:
    await session.execute(
        update(AnnouncementRow)
        .where(AnnouncementRow.announcement_id == announcement_id)
        .values(**values)
        .execution_options(**_PLAIN)
    )

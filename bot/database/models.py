"""The tables."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bot.jobs.job import State
from bot.ui.languages import ENGLISH


class Moment(TypeDecorator[datetime]):
    """A moment: aware and in UTC here, whatever the database makes of it."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class in_seconds(FunctionElement[datetime]):  # noqa: N801 - a function of SQL
    """The moment that many seconds from now, by the database's clock: all bots share that one."""

    type = Moment()
    inherit_cache = True
    name = "in_seconds"


@compiles(in_seconds, "postgresql")
def _in_seconds_postgresql(element: in_seconds, compiler: SQLCompiler, **kw: Any) -> str:
    return f"(clock_timestamp() + make_interval(secs => {compiler.process(element.clauses, **kw)}))"


@compiles(in_seconds, "sqlite")
def _in_seconds_sqlite(element: in_seconds, compiler: SQLCompiler, **kw: Any) -> str:
    seconds = compiler.process(element.clauses, **kw)
    # As SQLAlchemy writes moments there: six digits of a second, of which SQLite knows three.
    return f"strftime('%Y-%m-%d %H:%M:%f000', 'now', {seconds} || ' seconds')"


class Base(DeclarativeBase):
    """Of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: Moment, date: Date, int: Integer, str: Text}  # noqa: RUF012


def one_of(column: str, values: Iterable[str]) -> str:
    """SQL: that column holds one of those words."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"


_OPEN = text("told_at IS NULL")


class JobRow(Base):
    """A job; what its columns mean is said in `bot.jobs.job`, but for the following.

    Attributes:
        work: Pixel-steps that its dream takes, by which its time is foretold.
        turn: Place in the line, lowest first; see `bot.database.waiting_line.line_up`.
        cancelled_by: Who wants it to end, as in the ledger, until its runner has seen to that.
        cancelled_with: The message or interaction that called it off, the first one: `message:123`.
        owner: The runner that holds its lease.
        lease_until: Till when; without a sign of life by then another runner takes it.
        started_at: When its worker began, the last time.
        ended_at: When it was done, failed, cancelled, or its result kept.
        told_at: When the person knew how it ended, or it was found that nobody can be told.
        deleted: Whether its answer was deleted on purpose, and it isn't told of any more.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(one_of("state", State), "state"),
        CheckConstraint("cost > 0", "cost"),
        CheckConstraint("tries >= 0", "tries"),
        # Of jobs that somebody still has to do something about: few, however many there were.
        Index("ix_job_open", "state", "turn", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_job_open_person_id", "person_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_job_open_guild_id", "guild_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index(None, "person_id", "created_at"),
        Index(None, "answer_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    request_key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    state: Mapped[str] = mapped_column(String(10))
    person_id: Mapped[int] = mapped_column(BigInteger)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    answer_id: Mapped[int] = mapped_column(BigInteger)
    visiting: Mapped[bool] = mapped_column(Boolean, server_default=false())
    preset: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default=ENGLISH)
    recipe: Mapped[str]
    remark: Mapped[str]
    hint: Mapped[bool] = mapped_column(Boolean, server_default=false())
    work: Mapped[int] = mapped_column(BigInteger)
    cost: Mapped[int]
    parent_id: Mapped[str | None] = mapped_column(String(26))
    depth: Mapped[int] = mapped_column(server_default="0")
    spoiler: Mapped[bool] = mapped_column(server_default=false())
    tries: Mapped[int]
    turn: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    cancelled_by: Mapped[str | None]
    cancelled_with: Mapped[str | None] = mapped_column(index=True)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    error: Mapped[str | None]
    result_key: Mapped[str | None] = mapped_column(index=True)
    result_format: Mapped[str | None]
    result_width: Mapped[int | None]
    result_height: Mapped[int | None]
    result_seconds: Mapped[float | None]
    result_note: Mapped[str | None]
    deleted: Mapped[bool] = mapped_column(server_default=false())
    inputs: Mapped[list["InputRow"]] = relationship(lazy="selectin")


class InputRow(Base):
    """A picture that a job was given, by its role; its bytes lie in the storage.

    Attributes:
        digest: SHA-256 of its bytes, in hexadecimal.
    """

    __tablename__ = "job_input"

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(index=True)
    digest: Mapped[str] = mapped_column(String(64))


class AllowanceRow(Base):
    """Credits of a person, or of all people on a server together, on a day (UTC).

    Attributes:
        holder: `person` or `guild`.
        used: Spent, or held reserved.
        granted: On top of what everybody has.
    """

    __tablename__ = "allowance"
    __table_args__ = (
        CheckConstraint(one_of("holder", ("person", "guild")), "holder"),
        CheckConstraint("used >= 0", "used"),
        CheckConstraint("granted >= 0", "granted"),
    )

    holder: Mapped[str] = mapped_column(String(6), primary_key=True)
    holder_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int]
    granted: Mapped[int]


class LedgerRow(Base):
    """What became of a person's credits and rights: a row for each reservation and each act.

    Attributes:
        id: 26 characters that sort by time (a ULID).
        kind: `job`, or what somebody in charge did: `grant`, `reset`, `block`, `unblock`.
        job_id: Of a reservation.
        guild_id: Where; a server's allowance holds the same reservation. None for everywhere.
        state: `reserved`, then either `settled` or `refunded`; an act is `noted`.
        reason: Why it is in that state.
        who: Who brought it there: `person:` and an id, `bot`, or `forgotten`, a person once.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(one_of("kind", ("job", "grant", "reset", "block", "unblock")), "kind"),
        CheckConstraint(one_of("state", ("reserved", "settled", "refunded", "noted")), "state"),
        CheckConstraint("(kind = 'job') = (job_id IS NOT NULL)", "job"),
        CheckConstraint("cost >= 0", "cost"),
        Index(None, "person_id", "day"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(7))
    job_id: Mapped[str | None] = mapped_column(ForeignKey("job.id"), unique=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    day: Mapped[date]
    cost: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str]
    who: Mapped[str]
    created_at: Mapped[datetime]


class BlockRow(Base):
    """A person who may not dream, on a server or (guild 0) anywhere.

    Attributes:
        until: None for good.
        who: As in the ledger.
    """

    __tablename__ = "block"

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    until: Mapped[datetime | None]
    who: Mapped[str]
    reason: Mapped[str]
    created_at: Mapped[datetime]


class PersonRow(Base):
    """What a person has chosen, and what was noticed of them; of most there is no row.

    Attributes:
        mention: Whether they are told, with a mention, of a dream that took its time; None if they
            have chosen neither.
        locale: What Discord's client showed them its own texts in, the last time that it told.
        hinted: The job whose result tells them what they could do next: once in their life here.
        stars: What others' stars do with a dream of theirs: `always` or `never` into the gallery;
            None if they are asked each time.
        news: Whether they get news of the bot; None if they have chosen neither.
    """

    __tablename__ = "person"

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    mention: Mapped[bool | None]
    locale: Mapped[str | None]
    hinted: Mapped[str | None] = mapped_column(String(26))
    stars: Mapped[str | None] = mapped_column(String(6))
    news: Mapped[bool | None]


class GuildRow(Base):
    """The rules of a server, as `bot.rules.Rules`; of most there is no row.

    Attributes:
        channels: Ids, as JSON.
        bonuses: As JSON, by the id of a role.
        off: As JSON: what isn't done there.
        told_on: The last day on which those in charge were told that the credits are gone.
        left_at: When the bot was removed from the server; None while it is there.
    """

    __tablename__ = "guild"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    prefix: Mapped[str | None]
    preset: Mapped[str | None]
    channels: Mapped[str]
    gallery_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    stars: Mapped[int]
    dream_size: Mapped[int | None]
    person_credits: Mapped[int | None]
    server_credits: Mapped[int | None]
    waiting: Mapped[int | None]
    bonuses: Mapped[str]
    locale: Mapped[str | None]
    off: Mapped[str]
    log_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    news_channel_id: Mapped[int | None] = mapped_column(BigInteger)
    told_on: Mapped[date | None]
    left_at: Mapped[datetime | None]


class ForgottenRow(Base):
    """What outlives a person's wish to be forgotten, until it has no more effect.

    Attributes:
        digest: Keyed hash of the person's id, in hexadecimal; nothing else leads to them.
        kept: As JSON: the credits of the day, the blocks.
        until: When it is removed; None while a block is for good.
    """

    __tablename__ = "forgotten"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    kept: Mapped[str]
    until: Mapped[datetime | None]


class ShareRow(Base):
    """A dream and its server's gallery. It outlives its job's row.

    Attributes:
        person_id: Whose dream it is.
        state: `asked`: its owner was asked whether it may go there; `posting`; `shared`; `removed`.
        channel_id: Of the gallery, where it was posted or is about to be.
        message_id: The post, once there is one.
        link: Leads to the dream's own message.
        title: Of its preset.
        stars: How many people liked it, its owner left aside.
        since: When it came into that state.
    """

    __tablename__ = "share"
    __table_args__ = (
        CheckConstraint(one_of("state", ("asked", "posting", "shared", "removed")), "state"),
        CheckConstraint("stars >= 0", "stars"),
        Index(None, "guild_id", "since"),
        Index(None, "message_id"),
        Index(None, "person_id"),
    )

    job_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    guild_id: Mapped[int] = mapped_column(BigInteger)
    person_id: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(7))
    channel_id: Mapped[int] = mapped_column(BigInteger)
    message_id: Mapped[int | None] = mapped_column(BigInteger)
    link: Mapped[str]
    title: Mapped[str]
    stars: Mapped[int]
    since: Mapped[datetime]


class PresetRow(Base):
    """A preset that somebody has saved for themselves, or given to a server.

    Attributes:
        holder: `person` or `guild`: whose it is.
        name: As it is typed, in lower case; the holder has no other one of that name.
        recipe: Its choices, as JSON; nothing in it is of one picture.
        public: Whether everybody may copy it.
        given_by: Who gave it to the server; None of a person's own, and of one who is forgotten.
    """

    __tablename__ = "preset"
    __table_args__ = (
        CheckConstraint(one_of("holder", ("person", "guild")), "holder"),
        Index(None, "public", "name"),
        Index(None, "given_by"),
    )

    holder: Mapped[str] = mapped_column(String(6), primary_key=True)
    holder_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    recipe: Mapped[str]
    public: Mapped[bool] = mapped_column(Boolean)
    given_by: Mapped[int | None] = mapped_column(BigInteger)
    saved_at: Mapped[datetime]


class ReportRow(Base):
    """That somebody has told a server's moderators of a dream.

    Attributes:
        person_id: Who has.
    """

    __tablename__ = "report"

    job_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class AnnouncementRow(Base):
    """News that are on their way to those who asked for them; gone once all are sent.

    Attributes:
        announcement_id: Of the message with the command.
        person_id: Who announces it.
        channel_id: Where that was.
        answer_id: The bot's answer there, which tells when it is over.
        letters: How many there were to send.
        reached: How many have arrived.
        closed: How many can't be written to.
    """

    __tablename__ = "announcement"

    announcement_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    person_id: Mapped[int] = mapped_column(BigInteger)
    channel_id: Mapped[int] = mapped_column(BigInteger)
    answer_id: Mapped[int] = mapped_column(BigInteger)
    text: Mapped[str]
    letters: Mapped[int]
    reached: Mapped[int]
    closed: Mapped[int]


class LetterRow(Base):
    """That somebody has still to get an announcement.

    Attributes:
        recipient_id: A person, or a server's channel.
        guild_id: That server; None for a person.
        until: When another bot may send it; None if nobody has begun to.
    """

    __tablename__ = "letter"

    announcement_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    recipient_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    until: Mapped[datetime | None]


class PaceRow(Base):
    """How quick a machine dreams, as it was measured.

    Attributes:
        machine: Its name, with the device and the number of threads.
        network: Its name; or with a layer, or nothing, of what `bot.jobs.estimates` says.
        seconds: For 10^9 pixel-steps, or a factor to that; recent dreams count most.
        dreams: How many were measured.
    """

    __tablename__ = "pace"

    machine: Mapped[str] = mapped_column(primary_key=True)
    network: Mapped[str] = mapped_column(primary_key=True)
    seconds: Mapped[float]
    dreams: Mapped[int]
    measured_at: Mapped[datetime]


class LineRow(Base):
    """Whether the line moves, for all bots on this database: one row, or none if nobody set it.

    Attributes:
        state: `open`; `paused`: wishes are taken, and no dream begins; `draining`: dreams go on,
            and no wish is taken.
        who: As in the ledger.
        since: When that was asked for.
    """

    __tablename__ = "line"
    __table_args__ = (
        CheckConstraint(one_of("state", ("open", "paused", "draining")), "state"),
        CheckConstraint("id = 1", "one"),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    state: Mapped[str] = mapped_column(String(8))
    reason: Mapped[str]
    who: Mapped[str]
    since: Mapped[datetime]


class SeenRow(Base):
    """The last message that a bot on this database has seen in a channel."""

    __tablename__ = "seen"

    channel_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    guild_id: Mapped[int | None] = mapped_column(BigInteger)
    message_id: Mapped[int] = mapped_column(BigInteger)


class GreetedRow(Base):
    """A server that the bot has said hello on.

    Attributes:
        since: When it came there, as Discord tells: another time is another stay.
    """

    __tablename__ = "greeted"

    guild_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(primary_key=True)

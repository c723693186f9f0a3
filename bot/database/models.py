"""The tables."""

from collections.abc import Iterable
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
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
    text,
)
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from bot.jobs.job import State


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
        turn: Place in the line, lowest first; see `bot.database.jobs.line_up`.
        owner: The runner that holds its lease.
        lease_until: Till when; without a sign of life by then another runner takes it.
        ended_at: When it was done, failed or cancelled.
        told_at: When the person knew how it ended, or it was found that nobody can be told.
    """

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(one_of("state", State), "state"),
        CheckConstraint("cost > 0", "cost"),
        CheckConstraint("tries >= 0", "tries"),
        # Of jobs that somebody still has to do something about: few, however many there were.
        Index("ix_job_open", "state", "turn", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_job_open_person_id", "person_id", postgresql_where=_OPEN, sqlite_where=_OPEN),
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
    preset: Mapped[str]
    recipe: Mapped[str]
    cost: Mapped[int]
    tries: Mapped[int]
    turn: Mapped[int] = mapped_column(BigInteger)
    owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    error: Mapped[str | None]
    result_key: Mapped[str | None] = mapped_column(index=True)
    result_format: Mapped[str | None]
    result_width: Mapped[int | None]
    result_height: Mapped[int | None]
    result_seconds: Mapped[float | None]
    result_note: Mapped[str | None]
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
    """Credits that a person has used, or holds reserved, on a day (UTC)."""

    __tablename__ = "allowance"
    __table_args__ = (CheckConstraint("used >= 0", "used"),)

    person_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int]


class LedgerRow(Base):
    """What became of the credits of a job: one row a reservation.

    Attributes:
        state: `reserved`, then either `settled` or `refunded`.
        reason: Why it is in that state.
        who: Who brought it there: `person:` and an id, or `bot`.
    """

    __tablename__ = "ledger"
    __table_args__ = (
        CheckConstraint(one_of("state", ("reserved", "settled", "refunded")), "state"),
        CheckConstraint("cost > 0", "cost"),
        Index(None, "person_id", "day"),
    )

    job_id: Mapped[str] = mapped_column(ForeignKey("job.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(BigInteger)
    day: Mapped[date]
    cost: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str]
    who: Mapped[str]
    created_at: Mapped[datetime]

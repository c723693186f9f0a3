"""The life of a job: servers' allowances, acts in the ledger, blocks, pace, line, what was seen."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_STATES = ("queued", "running", "delivering", "done", "failed", "cancelled")
_OPEN = sa.text("told_at IS NULL")


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("remark", sa.Text(), nullable=False, server_default=""))
        job.add_column(sa.Column("work", sa.BigInteger(), nullable=False, server_default="0"))
        job.add_column(sa.Column("cancelled_by", sa.Text(), nullable=True))
        job.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
        _states(job, (*_STATES, "kept"))
        job.create_index(
            "ix_job_open_guild_id",
            ["guild_id"],
            unique=False,
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        )
        job.create_index("ix_job_person_id_created_at", ["person_id", "created_at"], unique=False)
    with op.batch_alter_table("job") as job:
        job.alter_column("remark", server_default=None)
        job.alter_column("work", server_default=None)

    op.execute("CREATE TABLE old_allowance AS SELECT * FROM allowance")
    op.drop_table("allowance")
    op.create_table(
        "allowance",
        sa.Column("holder", sa.String(length=6), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("granted", sa.Integer(), nullable=False),
        sa.CheckConstraint("holder IN ('person', 'guild')", name=op.f("ck_allowance_holder")),
        sa.CheckConstraint("used >= 0", name=op.f("ck_allowance_used")),
        sa.CheckConstraint("granted >= 0", name=op.f("ck_allowance_granted")),
        sa.PrimaryKeyConstraint("holder", "holder_id", "day", name=op.f("pk_allowance")),
    )
    op.execute(
        "INSERT INTO allowance (holder, holder_id, day, used, granted)"
        " SELECT 'person', person_id, day, used, 0 FROM old_allowance"
    )
    op.drop_table("old_allowance")

    op.execute("CREATE TABLE old_ledger AS SELECT * FROM ledger")
    op.drop_table("ledger")
    op.create_table(
        "ledger",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("kind", sa.String(length=7), nullable=False),
        sa.Column("job_id", sa.String(length=26), nullable=True),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('job', 'grant', 'reset', 'block', 'unblock')", name=op.f("ck_ledger_kind")
        ),
        sa.CheckConstraint(
            "state IN ('reserved', 'settled', 'refunded', 'noted')", name=op.f("ck_ledger_state")
        ),
        sa.CheckConstraint("(kind = 'job') = (job_id IS NOT NULL)", name=op.f("ck_ledger_job")),
        sa.CheckConstraint("cost >= 0", name=op.f("ck_ledger_cost")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_ledger_job_id_job")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger")),
        sa.UniqueConstraint("job_id", name=op.f("uq_ledger_job_id")),
    )
    op.create_index("ix_ledger_person_id_day", "ledger", ["person_id", "day"], unique=False)
    # A server's allowance begins now: older reservations don't hold any of it.
    op.execute(
        "INSERT INTO ledger (id, kind, job_id, person_id, guild_id, day, cost, state, reason, who,"
        " created_at) SELECT job_id, 'job', job_id, person_id, NULL, day, cost, state, reason,"
        " who, created_at FROM old_ledger"
    )
    op.drop_table("old_ledger")

    op.create_table(
        "block",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("person_id", "guild_id", name=op.f("pk_block")),
    )
    op.create_table(
        "person",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("mention", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
    )
    op.create_table(
        "forgotten",
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("kept", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_forgotten")),
    )
    op.create_table(
        "pace",
        sa.Column("machine", sa.Text(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("dreams", sa.Integer(), nullable=False),
        sa.Column("measured_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("machine", "network", name=op.f("pk_pace")),
    )
    op.create_table(
        "line",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("state IN ('open', 'paused', 'draining')", name=op.f("ck_line_state")),
        sa.CheckConstraint("id = 1", name=op.f("ck_line_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_line")),
    )
    op.create_table(
        "seen",
        sa.Column("channel_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel_id", name=op.f("pk_seen")),
    )


def downgrade() -> None:
    for table in ("seen", "line", "pace", "forgotten", "person", "block"):
        op.drop_table(table)

    op.execute("CREATE TABLE new_ledger AS SELECT * FROM ledger WHERE kind = 'job'")
    op.drop_table("ledger")
    op.create_table(
        "ledger",
        sa.Column("job_id", sa.String(length=26), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("cost", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "state IN ('reserved', 'settled', 'refunded')", name=op.f("ck_ledger_state")
        ),
        sa.CheckConstraint("cost > 0", name=op.f("ck_ledger_cost")),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_ledger_job_id_job")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_ledger")),
    )
    op.create_index("ix_ledger_person_id_day", "ledger", ["person_id", "day"], unique=False)
    op.execute(
        "INSERT INTO ledger (job_id, person_id, day, cost, state, reason, who, created_at)"
        " SELECT job_id, person_id, day, cost, state, reason, who, created_at FROM new_ledger"
    )
    op.drop_table("new_ledger")

    op.execute("CREATE TABLE new_allowance AS SELECT * FROM allowance WHERE holder = 'person'")
    op.drop_table("allowance")
    op.create_table(
        "allowance",
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.CheckConstraint("used >= 0", name=op.f("ck_allowance_used")),
        sa.PrimaryKeyConstraint("person_id", "day", name=op.f("pk_allowance")),
    )
    op.execute(
        "INSERT INTO allowance (person_id, day, used)"
        " SELECT holder_id, day, used FROM new_allowance"
    )
    op.drop_table("new_allowance")

    # What was kept is, to the tables before, a dream that came to nothing.
    op.execute("UPDATE job SET state = 'failed' WHERE state = 'kept'")
    with op.batch_alter_table("job") as job:
        job.drop_index("ix_job_person_id_created_at")
        job.drop_index("ix_job_open_guild_id")
        _states(job, _STATES)
        for column in ("started_at", "cancelled_by", "work", "remark"):
            job.drop_column(column)


def _states(job: BatchOperations, states: Sequence[str]) -> None:
    job.drop_constraint(op.f("ck_job_state"), type_="check")
    listed = ", ".join(repr(state) for state in states)
    job.create_check_constraint(op.f("ck_job_state"), f"state IN ({listed})")

"""Dreams in their servers' galleries, what stars may do, and who has reported which."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

STATES = "state IN ('asked', 'posting', 'shared', 'removed')"


def upgrade() -> None:
    op.create_table(
        "share",
        sa.Column("job_id", sa.String(26), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(7), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=True),
        sa.Column("link", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(STATES, name=op.f("ck_share_state")),
        sa.CheckConstraint("stars >= 0", name=op.f("ck_share_stars")),
        sa.PrimaryKeyConstraint("job_id", name=op.f("pk_share")),
    )
    op.create_index(op.f("ix_share_guild_id_since"), "share", ["guild_id", "since"])
    op.create_index(op.f("ix_share_message_id"), "share", ["message_id"])
    op.create_index(op.f("ix_share_person_id"), "share", ["person_id"])
    op.create_index(op.f("ix_job_answer_id"), "job", ["answer_id"])
    op.create_table(
        "report",
        sa.Column("job_id", sa.String(26), nullable=False),
        sa.Column("person_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "person_id", name=op.f("pk_report")),
    )
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("stars", sa.String(6), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.drop_column("stars")
    op.drop_index(op.f("ix_job_answer_id"), "job")
    op.drop_table("report")
    op.drop_table("share")

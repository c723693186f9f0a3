"""Who wants news of the bot, and news that are on their way."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("news", sa.Boolean(), nullable=True))
    with op.batch_alter_table("guild") as guild:
        guild.add_column(sa.Column("news_channel_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "announcement",
        sa.Column("announcement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.BigInteger(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("answer_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("closed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("announcement_id", name=op.f("pk_announcement")),
    )
    op.create_table(
        "letter",
        sa.Column("announcement_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("recipient_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("announcement_id", "recipient_id", name=op.f("pk_letter")),
    )


def downgrade() -> None:
    op.drop_table("letter")
    op.drop_table("announcement")
    with op.batch_alter_table("guild") as guild:
        guild.drop_column("news_channel_id")
    with op.batch_alter_table("person") as person:
        person.drop_column("news")

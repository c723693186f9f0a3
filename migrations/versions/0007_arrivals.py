"""Where the bot said hello, who was told what to do with a first dream, and dreams as a guest."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "greeted",
        sa.Column("guild_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("guild_id", "since", name=op.f("pk_greeted")),
    )
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("hinted", sa.String(26), nullable=True))
    with op.batch_alter_table("job") as job:
        # An earlier bot that still takes jobs hints at nothing.
        job.add_column(
            sa.Column("hint", sa.Boolean(), nullable=False, server_default=sa.text("false"))
        )
        job.add_column(
            sa.Column("visiting", sa.Boolean(), nullable=False, server_default=sa.text("false"))
        )


def downgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.drop_column("visiting")
        job.drop_column("hint")
    op.execute("DELETE FROM person WHERE mention IS NULL AND locale IS NULL")
    with op.batch_alter_table("person") as person:
        person.drop_column("hinted")
    op.drop_table("greeted")

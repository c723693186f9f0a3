"""Which dream a dream came from, whether it hides as a spoiler, and whether it was deleted."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        # No foreign key: a dream outlives the record of the one that it came from.
        job.add_column(sa.Column("parent_id", sa.String(26), nullable=True))
        job.add_column(
            sa.Column("spoiler", sa.Boolean(), nullable=False, server_default=sa.false())
        )
        job.add_column(
            sa.Column("deleted", sa.Boolean(), nullable=False, server_default=sa.false())
        )


def downgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.drop_column("deleted")
        job.drop_column("spoiler")
        job.drop_column("parent_id")

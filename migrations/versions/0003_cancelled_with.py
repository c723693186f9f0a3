"""Which message or interaction called a job off, so that one heard twice does it once."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.add_column(sa.Column("cancelled_with", sa.Text(), nullable=True))
        job.create_index("ix_job_cancelled_with", ["cancelled_with"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("job") as job:
        job.drop_index("ix_job_cancelled_with")
        job.drop_column("cancelled_with")

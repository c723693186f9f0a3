"""Which language a job's person is answered in, and which one a person was last heard to speak."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    with op.batch_alter_table("job") as job:
        # What was asked for before was answered in English, as is what an earlier bot still takes.
        job.add_column(sa.Column("locale", sa.Text(), nullable=False, server_default="en"))
    with op.batch_alter_table("person") as person:
        person.add_column(sa.Column("locale", sa.Text(), nullable=True))
        person.alter_column("mention", existing_type=sa.Boolean(), nullable=True)


def downgrade() -> None:
    op.execute("DELETE FROM person WHERE mention IS NULL")
    with op.batch_alter_table("person") as person:
        person.alter_column("mention", existing_type=sa.Boolean(), nullable=False)
        person.drop_column("locale")
    with op.batch_alter_table("job") as job:
        job.drop_column("locale")

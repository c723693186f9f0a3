"""Presets that people and servers have saved."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "preset",
        sa.Column("holder", sa.String(6), nullable=False),
        sa.Column("holder_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("recipe", sa.Text(), nullable=False),
        sa.Column("public", sa.Boolean(), nullable=False),
        sa.Column("given_by", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("holder IN ('person', 'guild')", name=op.f("ck_preset_holder")),
        sa.PrimaryKeyConstraint("holder", "holder_id", "name", name=op.f("pk_preset")),
    )
    op.create_index(op.f("ix_preset_public_name"), "preset", ["public", "name"])
    op.create_index(op.f("ix_preset_given_by"), "preset", ["given_by"])


def downgrade() -> None:
    op.drop_table("preset")

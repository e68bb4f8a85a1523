"""What the hotline learns from corrections, and which dialect a village speaks."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None
stop_first = True
rewrites = ("callers.dialect",)


def upgrade() -> None:
    op.create_table(
        "lessons",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("heard", sa.String(length=32), nullable=False),
        sa.Column("meant", sa.String(length=32), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("dialect", sa.String(length=32), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("examples", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("wrong_before", sa.Integer(), nullable=False),
        sa.Column("wrong_after", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_lessons_state", "lessons", ["state"])
    op.create_table(
        "learning_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("night", sa.String(length=10), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("corrections", sa.Integer(), nullable=False),
        sa.Column("characters", sa.Integer(), nullable=False),
        sa.Column("wrong_before", sa.Integer(), nullable=False),
        sa.Column("wrong_after", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("leased_by", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("night"),
    )
    op.create_index("ix_learning_runs_at", "learning_runs", ["at"])
    op.create_index("ix_learning_runs_due_at", "learning_runs", ["due_at"])
    with op.batch_alter_table("villages") as villages:
        villages.add_column(sa.Column("dialect", sa.String(length=32), nullable=False, server_default=""))
    with op.batch_alter_table("villages") as villages:
        villages.alter_column("dialect", server_default=None)
    op.execute("UPDATE callers SET dialect = '' WHERE dialect = 'mandarin'")  # nobody had chosen it


def downgrade() -> None:
    op.execute("UPDATE callers SET dialect = 'mandarin' WHERE dialect = ''")
    with op.batch_alter_table("villages") as villages:
        villages.drop_column("dialect")
    op.drop_table("learning_runs")
    op.drop_table("lessons")

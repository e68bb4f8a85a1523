"""How matters are sorted: a case's place in the taxonomy and its ask, and what sorting learnt."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None
stop_first = True


def upgrade() -> None:
    op.create_table(
        "sorting_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("night", sa.String(length=10), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("finished_at", UtcTime(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("learnt_from", sa.Integer(), nullable=False),
        sa.Column("apart", sa.Integer(), nullable=False),
        sa.Column("f1_before", sa.Double(), nullable=False),
        sa.Column("f1_after", sa.Double(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("leased_by", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("night"),
    )
    op.create_index("ix_sorting_runs_at", "sorting_runs", ["at"])
    op.create_index("ix_sorting_runs_due_at", "sorting_runs", ["due_at"])
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("topic", sa.String(length=96), nullable=False, server_default=""))
        cases.add_column(sa.Column("ask", sa.String(length=8), nullable=False, server_default=""))
        cases.alter_column("category", existing_type=sa.String(length=64), type_=sa.String(length=96))
        cases.create_index("ix_cases_topic", ["topic"])
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("topic", server_default=None)
        cases.alter_column("ask", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("cases") as cases:
        cases.drop_index("ix_cases_topic")
        cases.alter_column("category", existing_type=sa.String(length=96), type_=sa.String(length=64))
        cases.drop_column("ask")
        cases.drop_column("topic")
    op.drop_table("sorting_runs")

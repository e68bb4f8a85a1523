"""The same matter: comparisons, joinings, early warnings."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comparisons",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("received_at", UtcTime(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_comparisons_at", "comparisons", ["at"])
    op.create_index("ix_comparisons_matter", "comparisons", ["village_id", "category", "received_at"])
    op.create_table(
        "joinings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("lead_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("likeness", sa.Double(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["lead_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id", "lead_id"),
    )
    joined = sa.text("state = 'joined'")
    op.create_index("ix_joinings_lead_id", "joinings", ["lead_id"])
    op.create_index(
        "ix_joinings_joined", "joinings", ["case_id"], unique=True, sqlite_where=joined, postgresql_where=joined
    )
    op.create_table(
        "early_warnings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=True),
        sa.Column("seen_by", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    unseen = sa.text("seen_at IS NULL")
    op.create_index("ix_early_warnings_at", "early_warnings", ["at"])
    op.create_index("ix_early_warnings_case_id", "early_warnings", ["case_id"])
    op.create_index("ix_early_warnings_unseen", "early_warnings", ["at"], sqlite_where=unseen, postgresql_where=unseen)


def downgrade() -> None:
    op.drop_table("early_warnings")
    op.drop_table("joinings")
    op.drop_table("comparisons")

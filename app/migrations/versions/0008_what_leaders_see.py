"""What leaders see: counts a day, people in a village, and the indexes that counting a day needs."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_COUNTS = (
    "received", "again", "hidden", "texts", "heard", "corrected", "answered", "answered_late", "minutes_in", "minutes_out",
    "parts_in", "parts_out",
)  # fmt: skip
_RUNS = sa.text("stopped_at IS NULL")
_STANDS = sa.text("stopped_at IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "day_counts",
        sa.Column("by", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("week", sa.Date(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _COUNTS),
        sa.PrimaryKeyConstraint("by", "day", "key"),
    )
    op.create_index("ix_day_counts_key", "day_counts", ["by", "key", "day"])
    op.create_table(
        "counted_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day"),
    )
    op.add_column("villages", sa.Column("population", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(
        "ix_clocks_stopped", "clocks", ["stopped_at", "answer_by"], sqlite_where=_STANDS, postgresql_where=_STANDS
    )
    op.create_index("ix_clocks_running", "clocks", ["answer_by"], sqlite_where=_RUNS, postgresql_where=_RUNS)
    op.create_index("ix_conversations_started_at", "conversations", ["started_at"])
    op.create_index("ix_messages_at", "messages", ["at"])


def downgrade() -> None:
    op.drop_index("ix_messages_at", "messages")
    op.drop_index("ix_conversations_started_at", "conversations")
    op.drop_index("ix_clocks_running", "clocks")
    op.drop_index("ix_clocks_stopped", "clocks")
    op.drop_column("villages", "population")
    op.drop_table("counted_days")
    op.drop_table("day_counts")

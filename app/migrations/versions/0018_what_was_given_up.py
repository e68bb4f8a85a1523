"""What was given up or waits for us, and what proves that a copy is the recording."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_LATER = (
    "askings",
    "deliveries",
    "learning_runs",
    "messages",
    "recordings",
    "sorting_runs",
    "spoken_replies",
    "takes",
)
_INDEXES = {"unseen": "failed AND seen_at IS NULL", "trouble": "fault <> ''"}
_NO = sa.false()


def upgrade() -> None:
    op.drop_index("ix_deliveries_unseen", "deliveries")
    for table in _LATER:
        op.add_column(table, sa.Column("fault", sa.String(length=16), server_default="", nullable=False))
        if table != "deliveries":
            op.add_column(table, sa.Column("seen_at", UtcTime(), nullable=True))
        for name, where in _INDEXES.items():
            op.create_index(
                f"ix_{table}_{name}", table, ["due_at"], sqlite_where=sa.text(where), postgresql_where=sa.text(where)
            )
    op.add_column("recordings", sa.Column("said_seconds", sa.Double(), nullable=True))
    for name in ("doubtful", "heard_live", "silent"):
        op.add_column("recordings", sa.Column(name, sa.Boolean(), server_default=_NO, nullable=False))
    op.add_column("takes", sa.Column("original_key", sa.String(length=128), server_default="", nullable=False))
    op.add_column("takes", sa.Column("sha256", sa.String(length=64), server_default="", nullable=False))
    op.add_column("takes", sa.Column("seconds", sa.Double(), server_default="0", nullable=False))
    op.add_column("takes", sa.Column("said_seconds", sa.Double(), nullable=True))
    op.add_column("takes", sa.Column("doubtful", sa.Boolean(), server_default=_NO, nullable=False))
    op.add_column("takes", sa.Column("deleted_at_carrier", sa.Boolean(), server_default=_NO, nullable=False))
    # what the hotline itself decided not to send, and what was imported without its sound, waits for nobody
    op.execute("UPDATE messages SET seen_at = at WHERE failed AND error = 'the caller stopped texts'")
    op.execute("UPDATE recordings SET seen_at = made_at WHERE failed AND carrier_id LIKE 'import:%'")


def downgrade() -> None:
    for name in ("deleted_at_carrier", "doubtful", "said_seconds", "seconds", "sha256", "original_key"):
        op.drop_column("takes", name)
    for name in ("silent", "heard_live", "doubtful", "said_seconds"):
        op.drop_column("recordings", name)
    for table in _LATER:
        for name in _INDEXES:
            op.drop_index(f"ix_{table}_{name}", table)
        if table != "deliveries":
            op.drop_column(table, "seen_at")
        op.drop_column(table, "fault")
    where = sa.text(_INDEXES["unseen"])
    op.create_index("ix_deliveries_unseen", "deliveries", ["at"], sqlite_where=where, postgresql_where=where)

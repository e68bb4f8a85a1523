"""The town's lists have a history: departments and villages in the audit; departments close, villages are renamed."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None
stop_first = True


def upgrade() -> None:
    op.add_column("villages", sa.Column("found_as", sa.String(length=64), nullable=False, server_default=""))
    op.execute("UPDATE villages SET found_as = name")
    with op.batch_alter_table("villages") as villages:
        villages.alter_column("found_as", server_default=None)
    op.add_column("departments", sa.Column("closed_at", UtcTime(), nullable=True))
    with op.batch_alter_table("audit") as audit:
        audit.add_column(sa.Column("row_of", sa.String(length=16), nullable=False, server_default=""))
        audit.add_column(sa.Column("row_id", sa.Uuid(), nullable=True))
        audit.create_index("ix_audit_row", ["row_of", "row_id", "at"])
    with op.batch_alter_table("audit") as audit:
        audit.alter_column("row_of", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("audit") as audit:
        audit.drop_index("ix_audit_row")
        audit.drop_column("row_id")
        audit.drop_column("row_of")
    op.drop_column("departments", "closed_at")
    op.drop_column("villages", "found_as")

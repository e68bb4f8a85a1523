"""The town's lists have a history: entries of the audit about departments and villages; departments can be closed."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
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

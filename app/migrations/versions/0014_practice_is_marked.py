"""Cases from the practice phone say so themselves."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None
_PRACTICE = sa.text("practice")


def upgrade() -> None:
    op.add_column("cases", sa.Column("practice", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_cases_practice", "cases", ["received_at", "id"], sqlite_where=_PRACTICE, postgresql_where=_PRACTICE
    )


def downgrade() -> None:
    op.drop_index("ix_cases_practice", "cases")
    op.drop_column("cases", "practice")

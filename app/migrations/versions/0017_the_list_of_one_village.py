"""The work list of one village."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None
_INDEXES = {
    "ix_cases_new_village": "state = 'received'",
    "ix_cases_rest_village": "state NOT IN ('received', 'closed', 'archived')",
}


def upgrade() -> None:
    for name, where in _INDEXES.items():
        columns = ["village_id", "received_at", "id"]
        op.create_index(name, "cases", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name in _INDEXES:
        op.drop_index(name, "cases")

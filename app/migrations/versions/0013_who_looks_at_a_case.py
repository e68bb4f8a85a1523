"""Who looks at a case at this moment; where a village lies."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presences",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.PrimaryKeyConstraint("case_id", "operator_id"),
    )
    op.create_index("ix_presences_seen_at", "presences", ["seen_at"])
    with op.batch_alter_table("villages") as villages:
        villages.add_column(sa.Column("lat", sa.Double(), nullable=True))
        villages.add_column(sa.Column("lon", sa.Double(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("villages") as villages:
        villages.drop_column("lon")
        villages.drop_column("lat")
    op.drop_index("ix_presences_seen_at", "presences")
    op.drop_table("presences")

"""Who may do what: roles, rights of one's own, locked accounts, and the audit."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None
stop_first = True


def upgrade() -> None:
    with op.batch_alter_table("operators") as operators:
        operators.add_column(sa.Column("role", sa.String(length=16), nullable=False, server_default="operator"))
        operators.add_column(sa.Column("rights", sa.JSON(), nullable=False, server_default="{}"))
        operators.add_column(sa.Column("locked_at", UtcTime(), nullable=True))
        operators.add_column(sa.Column("must_change", sa.Boolean(), nullable=False, server_default=sa.false()))
        operators.add_column(sa.Column("password_at", UtcTime(), nullable=True))
        operators.add_column(sa.Column("language", sa.String(length=8), nullable=False, server_default="zh"))
        operators.add_column(sa.Column("large", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE operators SET role = 'department' WHERE department_id IS NOT NULL")
    op.execute("UPDATE operators SET role = 'admin' WHERE head")
    with op.batch_alter_table("operators") as operators:
        for column in ("role", "rights", "must_change", "language", "large"):
            operators.alter_column(column, server_default=None)
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=True),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        sa.Column("recording_id", sa.Uuid(), nullable=True),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["operators.id"]),
        sa.ForeignKeyConstraint(["about_id"], ["operators.id"]),
        sa.ForeignKeyConstraint(["recording_id"], ["recordings.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_audit_listened", "audit", ["by_id", "recording_id", "at"])
    op.create_index("ix_audit_about_id", "audit", ["about_id"])
    op.create_index("ix_audit_at", "audit", ["at"])


def downgrade() -> None:
    op.drop_table("audit")
    with op.batch_alter_table("operators") as operators:
        for column in ("role", "rights", "locked_at", "must_change", "password_at", "language", "large"):
            operators.drop_column(column)

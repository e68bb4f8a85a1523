"""What is said: documents that staff edit, their versions, and which one a call began with."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("newest", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "document_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("edition", sa.Integer(), nullable=True),
        sa.Column("trial_caller", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("sounds", sa.JSON(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("shipped_sha256", sa.String(length=64), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("published_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["name"], ["documents.name"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("edition"),
        sa.UniqueConstraint("name", "number"),
    )
    op.create_index("ix_document_versions_name", "document_versions", ["name"])
    op.create_table(
        "takes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("until", UtcTime(), nullable=False),
        sa.Column("by", sa.String(length=64), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("carrier_id", sa.String(length=64), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("refusal", sa.String(length=200), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("leased_by", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("conversation_id"),
    )
    op.create_index("ix_takes_number", "takes", ["number"])
    op.create_index("ix_takes_carrier_id", "takes", ["carrier_id"])
    op.create_index("ix_takes_due_at", "takes", ["due_at"])
    with op.batch_alter_table("conversations") as table:
        table.add_column(sa.Column("edition", sa.Integer(), nullable=False, server_default="0"))
        table.add_column(sa.Column("trial_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("conversations") as table:
        table.drop_column("trial_id")
        table.drop_column("edition")
    op.drop_table("takes")
    op.drop_table("document_versions")
    op.drop_table("documents")

"""Whose verdict: rounds of asking the caller, ratings, how a case was closed; telephones of departments."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None
stop_first = True

_GRANTED = sa.text("granted_days > 0 AND stopped_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "askings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("caller_id", sa.Uuid(), nullable=False),
        sa.Column("answered_by_id", sa.Uuid(), nullable=True),
        sa.Column("conversation_id", sa.Uuid(), nullable=True),
        sa.Column("carrier_id", sa.String(length=64), nullable=True),
        sa.Column("own_words_key", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("tries", sa.JSON(), nullable=False),
        sa.Column("texted_at", UtcTime(), nullable=True),
        sa.Column("sent_at", UtcTime(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("due_at", UtcTime(), nullable=True),
        sa.Column("leased_until", UtcTime(), nullable=True),
        sa.Column("leased_by", sa.Uuid(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["caller_id"], ["callers.id"]),
        sa.ForeignKeyConstraint(["answered_by_id"], ["operators.id"]),
        sa.ForeignKeyConstraint(["conversation_id"], ["conversations.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("carrier_id"),
    )
    for column in ("case_id", "caller_id", "due_at"):
        op.create_index(f"ix_askings_{column}", "askings", [column])
    op.create_table(
        "ratings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("asking_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("how", sa.String(length=8), nullable=False),
        sa.Column("operator_id", sa.Uuid(), nullable=True),
        sa.Column("call_known", sa.Boolean(), nullable=False),
        sa.Column("handler_id", sa.Uuid(), nullable=True),
        sa.Column("department_id", sa.Uuid(), nullable=True),
        sa.Column("village_id", sa.Uuid(), nullable=True),
        sa.Column("in_time", sa.Boolean(), nullable=True),
        sa.Column("seconds_to_answer", sa.Double(), nullable=True),
        sa.Column("seconds_to_grade", sa.Double(), nullable=True),
        sa.Column("started_at", UtcTime(), nullable=True),
        sa.Column("answered_at", UtcTime(), nullable=True),
        sa.Column("answer_by", UtcTime(), nullable=True),
        sa.Column("at", UtcTime(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["asking_id"], ["askings.id"]),
        sa.ForeignKeyConstraint(["operator_id"], ["operators.id"]),
        sa.ForeignKeyConstraint(["handler_id"], ["operators.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"]),
        sa.ForeignKeyConstraint(["village_id"], ["villages.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("asking_id"),
    )
    op.create_index("ix_ratings_case_id", "ratings", ["case_id"])
    op.create_index(
        "ix_ratings_at", "ratings", ["at", "outcome", "department_id", "village_id", "solved", "grade", "in_time"]
    )
    with op.batch_alter_table("cases") as cases:
        cases.add_column(sa.Column("closed_as", sa.String(length=16), nullable=False, server_default=""))
    with op.batch_alter_table("cases") as cases:
        cases.alter_column("closed_as", server_default=None)
    op.execute("UPDATE cases SET closed_as = 'unconfirmed' WHERE state IN ('closed', 'archived')")
    with op.batch_alter_table("departments") as departments:
        departments.add_column(sa.Column("phone", sa.String(length=32), nullable=False, server_default=""))
    with op.batch_alter_table("departments") as departments:
        departments.alter_column("phone", server_default=None)
    with op.batch_alter_table("clocks") as clocks:
        clocks.add_column(sa.Column("granted_days", sa.Integer(), nullable=False, server_default="0"))
        clocks.add_column(sa.Column("granted_why", sa.String(), nullable=False, server_default=""))
    with op.batch_alter_table("clocks") as clocks:
        for name in ("granted_days", "granted_why"):
            clocks.alter_column(name, server_default=None)
    op.create_index("ix_clocks_granted", "clocks", ["case_id"], sqlite_where=_GRANTED, postgresql_where=_GRANTED)


def downgrade() -> None:
    op.drop_index("ix_clocks_granted", table_name="clocks")
    with op.batch_alter_table("clocks") as clocks:
        clocks.drop_column("granted_why")
        clocks.drop_column("granted_days")
    with op.batch_alter_table("departments") as departments:
        departments.drop_column("phone")
    with op.batch_alter_table("cases") as cases:
        cases.drop_column("closed_as")
    op.drop_table("ratings")
    op.drop_table("askings")

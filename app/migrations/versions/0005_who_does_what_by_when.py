"""Who does what by when: departments, assignments, clocks; where each ledger ends."""

import sqlalchemy as sa
from alembic import op

from app.db import UtcTime

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None
stop_first = True

_RUNS = sa.text("stopped_at IS NULL")
_LAST = "(SELECT {} FROM case_events AS e WHERE e.case_id = cases.id ORDER BY e.number DESC LIMIT 1)"


def upgrade() -> None:
    op.create_table(
        "departments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "assignments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("department_id", sa.Uuid(), nullable=False),
        sa.Column("lead", sa.Boolean(), nullable=False),
        sa.Column("at", UtcTime(), nullable=False),
        sa.Column("signed_at", UtcTime(), nullable=True),
        sa.Column("reported_at", UtcTime(), nullable=True),
        sa.Column("ended_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.ForeignKeyConstraint(["department_id"], ["departments.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_assignments_case_id", "assignments", ["case_id"])
    op.create_index("ix_assignments_department_id", "assignments", ["department_id"])
    op.create_table(
        "clocks",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("started_at", UtcTime(), nullable=False),
        sa.Column("sign_by", UtcTime(), nullable=True),
        sa.Column("answer_by", UtcTime(), nullable=True),
        sa.Column("signed_at", UtcTime(), nullable=True),
        sa.Column("stopped_at", UtcTime(), nullable=True),
        sa.Column("paused_at", UtcTime(), nullable=True),
        sa.Column("paused_until", UtcTime(), nullable=True),
        sa.Column("asked_days", sa.Integer(), nullable=False),
        sa.Column("asked_why", sa.String(), nullable=False),
        sa.Column("unknown", sa.Boolean(), nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("next_at", UtcTime(), nullable=True),
        sa.Column("near_at", UtcTime(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"]),
        sa.PrimaryKeyConstraint("case_id"),
    )
    op.create_index("ix_clocks_next_at", "clocks", ["next_at"])
    op.create_index("ix_clocks_near_at", "clocks", ["near_at"], sqlite_where=_RUNS, postgresql_where=_RUNS)
    with op.batch_alter_table("cases") as cases:
        for name in ("returns", "reopens", "events_count"):
            cases.add_column(sa.Column(name, sa.Integer(), nullable=False, server_default="0"))
        cases.add_column(sa.Column("events_head", sa.String(length=64), nullable=False, server_default=""))
    op.execute(
        f"UPDATE cases SET events_count = COALESCE({_LAST.format('e.number')}, 0), "
        f"events_head = COALESCE({_LAST.format('e.hash')}, '')"
    )
    with op.batch_alter_table("cases") as cases:
        for name in ("returns", "reopens", "events_count", "events_head"):
            cases.alter_column(name, server_default=None)
    with op.batch_alter_table("operators") as operators:
        operators.add_column(sa.Column("department_id", sa.Uuid(), nullable=True))
        operators.add_column(sa.Column("head", sa.Boolean(), nullable=False, server_default=sa.false()))
        operators.create_foreign_key("fk_operators_department", "departments", ["department_id"], ["id"])
    with op.batch_alter_table("operators") as operators:
        operators.alter_column("head", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("operators") as operators:
        operators.drop_constraint("fk_operators_department", type_="foreignkey")
        operators.drop_column("head")
        operators.drop_column("department_id")
    with op.batch_alter_table("cases") as cases:
        for name in ("returns", "reopens", "events_count", "events_head"):
            cases.drop_column(name)
    for table in ("clocks", "assignments", "departments"):
        op.drop_table(table)

"""What cases are found by; the order in which the desk sees to them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

from app.db import UtcTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None
stop_first = True  # the code before does not fill clocks.due_at, by which the list finds what is due

_TERMS_OF_SQLITE = (
    "CREATE VIRTUAL TABLE search_terms USING fts5(terms, content='search_entries', content_rowid='id', detail='none',"
    " columnsize=0, tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER search_entries_added AFTER INSERT ON search_entries BEGIN"
    " INSERT INTO search_terms(rowid, terms) VALUES (new.id, new.terms); END",
    "CREATE TRIGGER search_entries_removed AFTER DELETE ON search_entries BEGIN"
    " INSERT INTO search_terms(search_terms, rowid, terms) VALUES ('delete', old.id, old.terms); END",
    "CREATE TRIGGER search_entries_changed AFTER UPDATE ON search_entries BEGIN"
    " INSERT INTO search_terms(search_terms, rowid, terms) VALUES ('delete', old.id, old.terms);"
    " INSERT INTO search_terms(rowid, terms) VALUES (new.id, new.terms); END",
)
_OPEN = sa.text("urgent AND state NOT IN ('closed', 'archived')")
_SPOKE = sa.text("caller_spoke_at IS NOT NULL")
_REST = sa.text("state NOT IN ('received', 'closed', 'archived')")
_RUNS = sa.text("stopped_at IS NULL")
_HELD = sa.text("ended_at IS NULL")


def upgrade() -> None:
    _search()
    with op.batch_alter_table("cases") as batch_op:
        batch_op.add_column(sa.Column("handled_by", sa.String(length=64), server_default="", nullable=False))
        batch_op.add_column(sa.Column("caller_spoke_at", UtcTime(), nullable=True))
    with op.batch_alter_table("clocks") as batch_op:
        batch_op.add_column(sa.Column("due_at", UtcTime(), nullable=True))
    op.execute(
        "UPDATE clocks SET due_at = CASE WHEN unknown THEN started_at WHEN signed_at IS NULL AND sign_by IS NOT NULL "
        "AND (answer_by IS NULL OR sign_by < answer_by) THEN sign_by ELSE answer_by END WHERE stopped_at IS NULL"
    )
    for name, table, columns, where in _INDEXES:
        op.create_index(name, table, columns, sqlite_where=where, postgresql_where=where)
    op.drop_index("ix_cases_state", "cases")
    op.drop_index("ix_cases_urgent", "cases")
    op.create_index("ix_cases_state", "cases", ["state", "received_at", "id"])
    op.create_index("ix_cases_category", "cases", ["category", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_cases_category", "cases")
    op.drop_index("ix_cases_state", "cases")
    op.create_index("ix_cases_state", "cases", ["state"])
    op.create_index("ix_cases_urgent", "cases", ["urgent"])
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)
    with op.batch_alter_table("clocks") as batch_op:
        batch_op.drop_column("due_at")
    with op.batch_alter_table("cases") as batch_op:
        batch_op.drop_column("caller_spoke_at")
        batch_op.drop_column("handled_by")
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_terms")
    op.drop_table("search_entries")


def _search() -> None:
    op.create_table(
        "search_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("terms", sa.Text().with_variant(ARRAY(sa.BigInteger()), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("case_id"),
    )
    if op.get_bind().dialect.name == "sqlite":
        for statement in _TERMS_OF_SQLITE:
            op.execute(statement)
    else:
        op.create_index(
            "ix_search_entries_terms",
            "search_entries",
            ["terms"],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )


_INDEXES = (
    ("ix_cases_emergency", "cases", ["received_at", "id"], _OPEN),
    ("ix_cases_caller_spoke", "cases", ["caller_spoke_at", "id"], _SPOKE),
    ("ix_cases_rest", "cases", ["received_at", "id"], _REST),
    ("ix_clocks_due", "clocks", ["due_at", "case_id"], _RUNS),
    ("ix_assignments_held", "assignments", ["department_id", "case_id"], _HELD),
)

"""Granted and paused time is kept as such; a term says by which calendar it was made, and whether that was a guess.

What was granted and paused before is in the ledgers. Everything has a default in the database: the version before goes
on writing clocks.
"""

import json
from collections.abc import Iterator
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None
_RUNS = sa.text("stopped_at IS NULL")
_COLUMNS = {  # name -> type and what every row has at first
    "sign_span": (sa.String(16), ""),
    "answer_span": (sa.String(16), ""),
    "extended_days": (sa.Integer(), sa.text("0")),
    "paused_seconds": (sa.Double(), sa.text("0")),
    "provisional": (sa.Boolean(), sa.false()),
    "calendar": (sa.String(16), ""),
}
_AT_ONCE = 500
_DAY = 24 * 60 * 60


def upgrade() -> None:
    for name, (kind, first) in _COLUMNS.items():
        op.add_column("clocks", sa.Column(name, kind, nullable=False, server_default=first))
    op.create_index("ix_clocks_calendar", "clocks", ["calendar"], sqlite_where=_RUNS, postgresql_where=_RUNS)
    # a term that is known counts, whatever else is not
    op.execute(
        "UPDATE clocks SET due_at = CASE WHEN signed_at IS NULL AND sign_by IS NOT NULL AND (answer_by IS NULL OR "
        "sign_by < answer_by) THEN sign_by ELSE answer_by END WHERE unknown AND stopped_at IS NULL AND (answer_by IS "
        "NOT NULL OR (signed_at IS NULL AND sign_by IS NOT NULL))"
    )
    # of a clock that stands nothing is needed: taken up again, it begins a new term
    op.execute("UPDATE clocks SET extended_days = granted_days WHERE stopped_at IS NULL AND granted_days > 0")
    fill = sa.text(
        "UPDATE clocks SET extended_days = :extended_days, paused_seconds = :paused WHERE case_id = :case_id"
    )
    bind, rows = op.get_bind(), []
    for row in _granted():
        rows.append(row)
        if len(rows) == _AT_ONCE:
            bind.execute(fill, rows)
            rows = []
    if rows:
        bind.execute(fill, rows)


def downgrade() -> None:
    op.drop_index("ix_clocks_calendar", "clocks")
    for name in reversed(_COLUMNS):
        op.drop_column("clocks", name)


def _granted() -> Iterator[dict]:
    """What the ledgers tell of each running clock in this term: days granted, seconds paused."""
    events = (
        op.get_bind()
        .execute(
            sa.text(
                "SELECT e.case_id, e.kind, e.data FROM clocks c JOIN case_events e ON e.case_id = c.case_id WHERE "
                "c.stopped_at IS NULL AND e.kind IN ('reopened', 'extended', 'paused', 'resumed') ORDER BY e.case_id, "
                "e.number"
            )
        )
        .all()
    )
    for case_id, its in groupby(events, key=lambda event: event[0]):
        days = seconds = 0
        for _, kind, written in its:
            data = json.loads(written) if isinstance(written, str) else written or {}
            if kind == "reopened":
                days = seconds = 0
            elif kind == "extended":
                days += int(data.get("days", 0))
            elif kind == "paused":
                seconds += _DAY * int(data.get("days", 0))
            else:
                seconds -= float(data.get("unused_seconds", 0))
        yield {"case_id": case_id, "extended_days": days, "paused": max(0, seconds)}

"""Whose number is awaited: a call without a caller says why. What was taken for hidden lately is asked about once."""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None
_INDEX, _WHERE = "ix_conversations_awaited", sa.text("no_number = 'awaited'")
_ASKED_ABOUT = timedelta(days=30)  # a call whose first webhook failed lost its number; it is still at the carrier


def upgrade() -> None:
    for table in ("conversations", "cases"):
        op.add_column(table, sa.Column("no_number", sa.String(8), nullable=False, server_default=""))
    op.create_index(_INDEX, "conversations", ["started_at"], sqlite_where=_WHERE, postgresql_where=_WHERE)
    conversations = sa.table(
        "conversations",
        *map(sa.column, ("channel", "caller_id", "case_id", "no_number")),
        sa.column("outgoing", sa.Boolean),
        sa.column("started_at", sa.DateTime(timezone=True)),
    )
    calls = (conversations.c.channel == "voice") & ~conversations.c.outgoing & conversations.c.caller_id.is_(None)
    lately = calls & (conversations.c.started_at > datetime.now(UTC) - _ASKED_ABOUT)
    op.execute(conversations.update().where(lately).values(no_number="awaited"))
    cases = sa.table("cases", *map(sa.column, ("id", "caller_id", "no_number")))
    awaited = sa.select(conversations.c.case_id).where(
        conversations.c.no_number == "awaited", conversations.c.case_id.is_not(None)
    )
    op.execute(cases.update().where(cases.c.caller_id.is_(None), cases.c.id.in_(awaited)).values(no_number="awaited"))


def downgrade() -> None:
    op.drop_index(_INDEX, "conversations")
    for table in ("cases", "conversations"):
        op.drop_column(table, "no_number")

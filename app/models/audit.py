"""AuditEntry (留痕): who listened to which recording; who changed whose account, which department or which village."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.operator import Operator
from app.models.recording import Recording


class AuditEntry(Base):
    """Something somebody did that is in no case's ledger. Rows are only added.

    `kind`: `listened` (to `recording`), else what was done to the account of `about` (services/directory/operators.py).
    `by`: the name as it was then; `by_id` is empty for a command. `data`: what changed, without any password. A change
    of a department or a village has `row_of`, the table, and `row_id`, which outlives a deleted row
    (services/directory/change_history.py).
    """

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_listened", "by_id", "recording_id", "at"),
        Index("ix_audit_row", "row_of", "row_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(16))
    by: Mapped[str] = mapped_column(String(64))
    by_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    about_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"), index=True)
    recording_id: Mapped[UUID | None] = mapped_column(ForeignKey("recordings.id"))
    row_of: Mapped[str] = mapped_column(String(16), default="")
    row_id: Mapped[UUID | None]
    data: Mapped[dict] = mapped_column(default=dict)
    at: Mapped[datetime] = mapped_column(default=now, index=True)

    about: Mapped[Operator | None] = relationship(foreign_keys=about_id)
    recording: Mapped[Recording | None] = relationship()

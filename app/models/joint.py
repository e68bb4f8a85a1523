"""The same matter (同一件事): which cases were compared, which belong together (并案), and what rang (预警)."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.case import Case
from app.models.place import Village

_JOINED = text("state = 'joined'")
_UNSEEN = text("seen_at IS NULL")


class Comparison(Base):
    """A case was compared with those before it, once; with place and matter as they are known, for counting."""

    __tablename__ = "comparisons"
    __table_args__ = (Index("ix_comparisons_matter", "village_id", "category", "received_at"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey("villages.id"))
    category: Mapped[str] = mapped_column(String(64), default="")
    received_at: Mapped[datetime]
    at: Mapped[datetime] = mapped_column(default=now, index=True)

    case: Mapped[Case] = relationship()


class Joining(Base):
    """A case may be (proposed), is (joined) or is not (rejected) the same matter as the lead.

    `by` is who said so: an operator's name, "caller" (a key, or a repeated call) or "hotline" (a proposal).
    """

    __tablename__ = "joinings"
    __table_args__ = (
        UniqueConstraint("case_id", "lead_id"),
        Index("ix_joinings_joined", "case_id", unique=True, sqlite_where=_JOINED, postgresql_where=_JOINED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    lead_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default="proposed")
    likeness: Mapped[float] = mapped_column(default=0.0)
    by: Mapped[str] = mapped_column(String(64), default="hotline")
    at: Mapped[datetime] = mapped_column(default=now)

    case: Mapped[Case] = relationship(foreign_keys=[case_id])
    lead: Mapped[Case] = relationship(foreign_keys=[lead_id])


class EarlyWarning(Base):
    """As many speak of one matter of one place as chance does not explain. `kind`: burst, or building_up over weeks.

    `case_id` is the lead of the group, or the case at which it rang; `count` cases came within `days` days.
    """

    __tablename__ = "early_warnings"
    __table_args__ = (Index("ix_early_warnings_unseen", "at", sqlite_where=_UNSEEN, postgresql_where=_UNSEEN),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(16))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey("villages.id"))
    category: Mapped[str] = mapped_column(String(64), default="")
    count: Mapped[int]
    days: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    seen_at: Mapped[datetime | None]
    seen_by: Mapped[str] = mapped_column(String(64), default="")

    case: Mapped[Case] = relationship()
    village: Mapped[Village | None] = relationship()

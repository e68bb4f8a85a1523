"""Department (部门): who sees to a matter; Assignment (派单): a case handed to one of them."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now

if TYPE_CHECKING:
    from app.models.case import Case

_HELD = text("ended_at IS NULL")


class Department(Base):
    """A body that sees to matters, under the name that the categories use (app/data/categories.yaml).

    `phone` (E.164) is its duty telephone, which gets reminders as texts; empty: none. Once closed it gets no new case;
    what it had stays its own.
    """

    __tablename__ = "departments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    phone: Mapped[str] = mapped_column(String(32), default="")
    closed_at: Mapped[datetime | None]


class Assignment(Base):
    """A case in the hands of a department. One a case is in the lead (牵头), the others help (协办).

    It is over when `ended_at` is set: given back, or handed to another. A department sees its open assignments only.
    """

    __tablename__ = "assignments"
    __table_args__ = (
        Index("ix_assignments_held", "department_id", "case_id", sqlite_where=_HELD, postgresql_where=_HELD),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    department_id: Mapped[UUID] = mapped_column(ForeignKey("departments.id"), index=True)
    lead: Mapped[bool]
    at: Mapped[datetime] = mapped_column(default=now)
    signed_at: Mapped[datetime | None]
    reported_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    case: Mapped["Case"] = relationship(back_populates="assignments")
    department: Mapped[Department] = relationship(lazy="joined")

"""Presence (在看): who has the page of a case open at this moment."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.operator import Operator


class Presence(Base):
    """One row for each person and case; `seen_at` is renewed while the page stands open, old rows are deleted."""

    __tablename__ = "presences"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    operator_id: Mapped[UUID] = mapped_column(ForeignKey("operators.id"), primary_key=True)
    seen_at: Mapped[datetime] = mapped_column(default=now, index=True)

    operator: Mapped[Operator] = relationship()

"""SortingRun (学分类): one time of learning to sort from decided cases, and how it did on cases kept apart."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, now
from app.models.later import Later


class SortingRun(Later, Base):
    """What was learnt is a file in the store under `key`; `sha256` is of its content.

    state: empty (not done yet), few (too few cases), worse (no better on the cases kept apart than what sorts now), on,
    undone (a person does not want it). The newest that is on sorts. `f1_before` and `f1_after`: macro-F1 over first
    levels on the `apart` cases, by what sorted before and by this. `night` is the date of a nightly one, once each.
    """

    __tablename__ = "sorting_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    by: Mapped[str] = mapped_column(String(64), default="hotline")
    night: Mapped[str | None] = mapped_column(String(10), unique=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]
    state: Mapped[str] = mapped_column(String(8), default="")
    learnt_from: Mapped[int] = mapped_column(default=0)
    apart: Mapped[int] = mapped_column(default=0)
    f1_before: Mapped[float] = mapped_column(default=0.0)
    f1_after: Mapped[float] = mapped_column(default=0.0)
    key: Mapped[str] = mapped_column(String(64), default="")
    sha256: Mapped[str] = mapped_column(String(64), default="")

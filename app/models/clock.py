"""Clock (时限): by when a case is to be signed for and answered, and what the hotline did about it so far."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base

if TYPE_CHECKING:
    from app.models.case import Case

_RUNS = text("stopped_at IS NULL")
_STANDS = text("stopped_at IS NOT NULL")  # else it would be taken for the clocks that run
_GRANTED = text("granted_days > 0 AND stopped_at IS NULL")


class Clock(Base):
    """The clock of one case. It runs from `started_at` until `stopped_at`; every change of it is an event of the case.

    `kind` is a class of app/data/clocks.yaml, `sign_span` and `answer_span` what it allowed when the terms were made
    (`1 workdays`; empty: as the class has it now). `sign_by` or `answer_by` is None where it cannot be worked out;
    `unknown` says so, and a person must look. `provisional`: an open term rests on days of which nobody knows yet
    whether they are worked; `calendar`: the mark of the calendar that the terms were made by (business_hours.py).

    `paused_until`: nobody is reminded before; the pause is part of `answer_by` from its first moment. `asked_days`:
    more time that a department asks for; `granted_days`, `granted_why`: what was granted last in this term, as the
    caller is told. `extended_days`, `paused_seconds`: all that was granted and paused in this term; terms that are made
    anew have it added.

    `done`: steps taken (deadlines/clocks.py); `next_at`: when the next is due; `near_at`: since when it is nearly
    late. `due_at`: the known term that is to be met next, where none is known the beginning; the list goes by it.
    """

    __tablename__ = "clocks"
    __table_args__ = (
        Index("ix_clocks_next_at", "next_at"),
        Index("ix_clocks_stopped", "stopped_at", "answer_by", sqlite_where=_STANDS, postgresql_where=_STANDS),
        Index("ix_clocks_running", "answer_by", sqlite_where=_RUNS, postgresql_where=_RUNS),
        Index("ix_clocks_granted", "case_id", sqlite_where=_GRANTED, postgresql_where=_GRANTED),
        Index("ix_clocks_near_at", "near_at", sqlite_where=_RUNS, postgresql_where=_RUNS),
        Index("ix_clocks_calendar", "calendar", sqlite_where=_RUNS, postgresql_where=_RUNS),
        Index("ix_clocks_due", "due_at", "case_id", sqlite_where=_RUNS, postgresql_where=_RUNS),
    )

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    sign_span: Mapped[str] = mapped_column(String(16), default="", server_default="")
    answer_span: Mapped[str] = mapped_column(String(16), default="", server_default="")
    started_at: Mapped[datetime]
    sign_by: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    signed_at: Mapped[datetime | None]
    stopped_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    asked_days: Mapped[int] = mapped_column(default=0)
    asked_why: Mapped[str] = mapped_column(default="")
    granted_days: Mapped[int] = mapped_column(default=0)
    granted_why: Mapped[str] = mapped_column(default="")
    extended_days: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    paused_seconds: Mapped[float] = mapped_column(default=0.0, server_default=text("0"))
    unknown: Mapped[bool] = mapped_column(default=False)
    provisional: Mapped[bool] = mapped_column(default=False, server_default=false())
    calendar: Mapped[str] = mapped_column(String(16), default="", server_default="")
    done: Mapped[list] = mapped_column(default=list)
    next_at: Mapped[datetime | None]
    near_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]

    case: Mapped["Case"] = relationship(back_populates="clock")

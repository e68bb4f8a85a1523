"""DayCount (日汇总): what was counted of each day, so that figures need not read every case; CountedDay: which days."""

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base


class DayCount(Base):
    """The counts of one day (in the town's time) of one village, one matter ... (services/figures/day_counts.py).

    `by` and `key`: "all" and ""; "village" and its id; "topic" and its path; "cell" and both, with a space between;
    "dialect" and its key. An empty key: nobody has decided yet. `week` is the day's Monday.
    """

    __tablename__ = "day_counts"
    __table_args__ = (Index("ix_day_counts_key", "by", "key", "day"),)

    by: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(160), primary_key=True)
    week: Mapped[date]
    received: Mapped[int] = mapped_column(default=0)  # cases
    again: Mapped[int] = mapped_column(default=0)  # ... of a caller who had one before
    hidden: Mapped[int] = mapped_column(default=0)  # ... of a hidden number
    texts: Mapped[int] = mapped_column(default=0)  # ... that came by SMS
    heard: Mapped[int] = mapped_column(default=0)  # ... with a recording that was transcribed
    corrected: Mapped[int] = mapped_column(default=0)  # ... of which a person corrected the transcript
    answered: Mapped[int] = mapped_column(default=0)  # cases whose clock stopped on this day
    answered_late: Mapped[int] = mapped_column(default=0)  # ... after its time
    minutes_in: Mapped[int] = mapped_column(default=0)  # of calls, each rounded up
    minutes_out: Mapped[int] = mapped_column(default=0)
    parts_in: Mapped[int] = mapped_column(default=0)  # of SMS
    parts_out: Mapped[int] = mapped_column(default=0)


class CountedDay(Base):
    """A day that is over. Its counts hold as long as `counted` equals `changes`, which grows with whatever changes."""

    __tablename__ = "counted_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    changes: Mapped[int] = mapped_column(default=0)
    counted: Mapped[int] = mapped_column(default=-1)

"""Lesson (学会的): a word, name or sound that corrections taught; LearningRun (学习): when they were gone through."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.later import Later
from app.models.place import Village


class Lesson(Base):
    """What speech_models.learning.Lesson says, for a village, a dialect or (neither) the whole desk.

    state: proposed (not shown to help so far), on (the recogniser goes by it), undone (a person does not want it; it
    stays so until a person allows it again). `by` and `at`: who last changed the state ("hotline": a trial), and when.
    `tried`: on how many transcripts of calls kept apart it acted; `wrong_before`, `wrong_after`: wrong characters of
    those.
    """

    __tablename__ = "lessons"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str] = mapped_column(String(16))  # phrase or confusion
    heard: Mapped[str] = mapped_column(String(32))
    meant: Mapped[str] = mapped_column(String(32))
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey("villages.id"))
    dialect: Mapped[str] = mapped_column(String(32), default="")
    calls: Mapped[int]
    weight: Mapped[float]
    examples: Mapped[list] = mapped_column(default=list)
    state: Mapped[str] = mapped_column(String(16), default="proposed", index=True)
    by: Mapped[str] = mapped_column(String(64), default="hotline")
    at: Mapped[datetime] = mapped_column(default=now)
    tried: Mapped[int] = mapped_column(default=0)
    wrong_before: Mapped[int] = mapped_column(default=0)
    wrong_after: Mapped[int] = mapped_column(default=0)

    village: Mapped[Village | None] = relationship()


class LearningRun(Later, Base):
    """One time of learning from every correction. Its job: propose, try, switch on (services/learning/lessons.py).

    `night` is the date of a nightly one; there is one for each. The numbers are of calls kept apart: characters meant,
    and how many were wrong before and after.
    """

    __tablename__ = "learning_runs"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    by: Mapped[str] = mapped_column(String(64), default="hotline")
    night: Mapped[str | None] = mapped_column(String(10), unique=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    finished_at: Mapped[datetime | None]
    corrections: Mapped[int] = mapped_column(default=0)
    characters: Mapped[int] = mapped_column(default=0)
    wrong_before: Mapped[int] = mapped_column(default=0)
    wrong_after: Mapped[int] = mapped_column(default=0)

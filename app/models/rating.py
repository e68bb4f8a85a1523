"""Asking (回访): the hotline asks a caller whether it is solved; Rating (评价): what came of one round of asking."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.caller import Caller
from app.models.department import Department
from app.models.later import Later
from app.models.operator import Operator
from app.models.place import Village

if TYPE_CHECKING:
    from app.models.case import Case

GRADES = {1: "很满意", 2: "满意", 3: "基本满意", 4: "不满意", 5: "很不满意"}


class Asking(Later, Base):
    """One round of asking about one answer: by text where the caller can get one, then by calls. Its job asks.

    state: waiting, calling, unknown (a create whose answer never came), ringing, asked (by text, the answer is
    awaited), answered, not_reached, dropped (the case moved on). `tries`: the calls that led to no answer, each {at,
    how, by, status}. `answered_by_id` is who wrote the answer that is asked about.
    """

    __tablename__ = "askings"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    caller_id: Mapped[UUID] = mapped_column(ForeignKey("callers.id"), index=True)
    answered_by_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"))
    carrier_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    own_words_key: Mapped[str] = mapped_column(String(128), default="")
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    tries: Mapped[list] = mapped_column(default=list)
    texted_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now)

    caller: Mapped[Caller] = relationship(lazy="selectin")
    case: Mapped["Case"] = relationship(back_populates="askings")


class Rating(Base):
    """What came of one round of asking, with what the rates and the signs of gaming need of its case.

    outcome: caller (his own answer: `solved`, and `grade`, a key of GRADES, where he gave one), not_reached (three
    tried calls), unconfirmed (the desk's head closed it without asking), no_number (closed, nobody could be asked).
    `how`: key, text or person; `operator_id`: the person who asked and entered it, `call_known`: whether a call with
    this caller is on record. `handler_id` wrote the answer, `department_id` was in the lead. `seconds_to_answer` and
    `seconds_to_grade`: from the beginning of the question to the key, or from the text to its answer. `started_at`,
    `answered_at`, `answer_by` are of the case's clock.
    """

    __tablename__ = "ratings"
    __table_args__ = (
        Index("ix_ratings_at", "at", "outcome", "department_id", "village_id", "solved", "grade", "in_time"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    asking_id: Mapped[UUID | None] = mapped_column(ForeignKey("askings.id"), unique=True)
    outcome: Mapped[str] = mapped_column(String(16))
    solved: Mapped[bool | None]
    grade: Mapped[int | None]
    how: Mapped[str] = mapped_column(String(8), default="")
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    call_known: Mapped[bool] = mapped_column(default=True)
    handler_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey("villages.id"))
    in_time: Mapped[bool | None]
    seconds_to_answer: Mapped[float | None]
    seconds_to_grade: Mapped[float | None]
    started_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    answer_by: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now)

    case: Mapped["Case"] = relationship()
    operator: Mapped[Operator | None] = relationship(foreign_keys=[operator_id])
    handler: Mapped[Operator | None] = relationship(foreign_keys=[handler_id])
    department: Mapped[Department | None] = relationship()
    village: Mapped[Village | None] = relationship()

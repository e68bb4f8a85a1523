"""Caller (来电人): a telephone number that called or texted, and what its owner allowed."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.place import Village


class Caller(Base):
    """One number (E.164). A family phone is several people: names belong to cases, not to the number.

    `dialect` is what a person chose for them (`mandarin`, or a key of speech_models/dialects); empty: as the village.
    """

    __tablename__ = "callers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    dialect: Mapped[str] = mapped_column(String(32), default="")
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey("villages.id"))
    texts_stopped: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)

    village: Mapped[Village | None] = relationship()


class Consent(Base):
    """Proof of an opt-out (停) or opt-in (恢复): the words that were texted, when, in which message. Append-only."""

    __tablename__ = "consents"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    caller_id: Mapped[UUID] = mapped_column(ForeignKey("callers.id"), index=True)
    texts_allowed: Mapped[bool]
    words: Mapped[str] = mapped_column(String(1600))
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    at: Mapped[datetime] = mapped_column(default=now)

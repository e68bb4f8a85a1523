"""Conversation (对话): one call or one thread of texts, and its turns (一轮)."""

from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.caller import Caller

if TYPE_CHECKING:
    from app.models.case import Case

AWAITED, NOT_FOUND = "awaited", "unfound"
IS_AWAITED = "no_number = 'awaited'"  # as the partial index has it, or it is not used
_IS_AWAITED = text(IS_AWAITED)


class Conversation(Base):
    """A call (`carrier_id` is the carrier's id of it) or a caller's thread of texts (`carrier_id` is his number).

    Without a caller `no_number` says why: empty, the number was hidden; AWAITED, nobody has told it yet and the carrier
    is to be asked; NOT_FOUND, the carrier does not know it either.
    """

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_awaited", "started_at", sqlite_where=_IS_AWAITED, postgresql_where=_IS_AWAITED),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    channel: Mapped[str] = mapped_column(String(8))  # voice or sms
    outgoing: Mapped[bool] = mapped_column(default=False)
    carrier_id: Mapped[str] = mapped_column(String(64), unique=True)
    caller_id: Mapped[UUID | None] = mapped_column(ForeignKey("callers.id"), index=True)
    no_number: Mapped[str] = mapped_column(String(8), default="", server_default="")
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    dialect: Mapped[str] = mapped_column(String(32), default="mandarin")
    edition: Mapped[int] = mapped_column(default=0)  # of the words that a call began with, and keeps
    trial_id: Mapped[UUID | None]  # the words on trial that it began with, instead
    started_at: Mapped[datetime] = mapped_column(default=now, index=True)
    ended_at: Mapped[datetime | None] = mapped_column(index=True)

    caller: Mapped[Caller | None] = relationship()
    case: Mapped["Case | None"] = relationship(foreign_keys=[case_id])
    turns: Mapped[list["Turn"]] = relationship(back_populates="conversation", order_by="Turn.number")


class Turn(Base):
    """One turn as the engine gave it (`turn`: ivr.turn JSON) and what it was the answer to (`heard`).

    `polls` counts the polls of a waiting turn that were answered with more waiting.
    """

    __tablename__ = "turns"
    __table_args__ = (UniqueConstraint("conversation_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    number: Mapped[int]
    heard: Mapped[dict | None]
    turn: Mapped[dict]
    polls: Mapped[int] = mapped_column(default=0)
    at: Mapped[datetime] = mapped_column(default=now)

    conversation: Mapped[Conversation] = relationship(back_populates="turns")

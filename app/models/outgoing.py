"""What reaches a villager, or has yet to: Message (短信), SpokenReply (spoken call), CallBackTask (for a person)."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.caller import Caller
from app.models.case import Case
from app.models.later import Later


class Message(Later, Base):
    """One SMS, in or out.

    Incoming: its job answers it (once, usually in the webhook itself). Outgoing: its job sends it.
    state: received, answered (incoming); waiting, sending, unknown (a create whose answer never came), sent,
    delivered, failed (outgoing).
    """

    __tablename__ = "messages"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    outgoing: Mapped[bool]
    caller_id: Mapped[UUID | None] = mapped_column(ForeignKey("callers.id"), index=True)  # None: sender hidden
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    carrier_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    body: Mapped[str]
    parts: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(16))
    sent_at: Mapped[datetime | None]  # when the create was tried, for finding it at the carrier
    at: Mapped[datetime] = mapped_column(default=now, index=True)

    caller: Mapped[Caller | None] = relationship(lazy="selectin")
    case: Mapped[Case | None] = relationship(back_populates="messages")


class SpokenReply(Later, Base):
    """An answer that is rung through and read aloud. Its job renders the sound, then calls.

    state: waiting, calling, unknown (a create whose answer never came), ringing, heard, no_answer, failed.
    """

    __tablename__ = "spoken_replies"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    caller_id: Mapped[UUID] = mapped_column(ForeignKey("callers.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"))
    carrier_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    text: Mapped[str]
    sound_key: Mapped[str] = mapped_column(String(128), default="")
    own_words_key: Mapped[str] = mapped_column(String(128), default="")
    state: Mapped[str] = mapped_column(String(16), default="waiting")
    sent_at: Mapped[datetime | None]
    at: Mapped[datetime] = mapped_column(default=now)

    caller: Mapped[Caller] = relationship(lazy="selectin")
    case: Mapped[Case] = relationship(back_populates="spoken_replies")


_OPEN = text("done_at IS NULL")


class CallBackTask(Base):
    """A person is to ring a caller. One open task per case and reason; `done_by` names who did it."""

    __tablename__ = "call_back_tasks"
    __table_args__ = (Index("ix_call_back_tasks_open", "at", sqlite_where=_OPEN, postgresql_where=_OPEN),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    caller_id: Mapped[UUID | None] = mapped_column(ForeignKey("callers.id"), index=True)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    reason: Mapped[str] = mapped_column(String(32))
    urgent: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]
    done_by: Mapped[str] = mapped_column(String(64), default="")

    caller: Mapped[Caller | None] = relationship()
    case: Mapped[Case | None] = relationship()

"""Take (录一句): a piece of words that somebody records by ringing the hotline."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, now
from app.models.later import Copied, Later


class Take(Copied, Later, Base):
    """Asked for at the desk for a telephone's number, `until` then; the next call from it is this recording's.

    `carrier_id` is the carrier's id of the recording, `original_key` where it is kept as it was fetched, `key` once it
    was cut and levelled; `refusal` says (Chinese) why it cannot be used.
    """

    __tablename__ = "takes"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    number: Mapped[str] = mapped_column(String(32), index=True)
    until: Mapped[datetime]
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"), unique=True)
    carrier_id: Mapped[str] = mapped_column(String(64), default="", index=True)
    original_key: Mapped[str] = mapped_column(String(128), default="", server_default="")
    key: Mapped[str] = mapped_column(String(128), default="")
    refusal: Mapped[str] = mapped_column(String(200), default="")

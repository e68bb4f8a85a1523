"""LiveWords (正在听): what is being said in a call at this moment, while it is listened to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.conversation import Conversation


class LiveWords(Base):
    """One row a call that the `stream` process listens to, deleted when it stops.

    `text` is what was understood so far. `seen_at` is renewed every second: an old one belongs to a process that is
    no more. `over`: the carrier says that the turn is over, so there is nothing more to listen to.
    """

    __tablename__ = "live_words"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    turn: Mapped[int]
    text: Mapped[str] = mapped_column(default="")
    over: Mapped[bool] = mapped_column(default=False)
    began_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)

    conversation: Mapped[Conversation] = relationship()

"""Recording (录音) and Transcript (转写): what was said, and what was made of it."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.case import Case
from app.models.conversation import Conversation
from app.models.later import Copied, Later


class Recording(Copied, Later, Base):
    """A caller's words as sound. Its job: fetch it from the carrier, store it, transcribe it, delete it there.

    state: announced (the carrier has it), stored (we have it, `key` in the store), transcribed.
    `seconds` is how long it lasts: as the carrier says, then as it was read. `heard_live`: the copy is the sound of the
    live stream, which may begin before the recording. `silent`: nothing but the line's own noise is in it.
    """

    __tablename__ = "recordings"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    carrier_id: Mapped[str] = mapped_column(String(64), unique=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    turn: Mapped[int] = mapped_column(default=0)  # the turn whose question it answers; 0: not known
    state: Mapped[str] = mapped_column(String(16), default="announced")
    key: Mapped[str] = mapped_column(String(128), default="")
    heard_live: Mapped[bool] = mapped_column(default=False, server_default=false())
    silent: Mapped[bool] = mapped_column(default=False, server_default=false())
    made_at: Mapped[datetime] = mapped_column(default=now)
    # as in Copied; older than that, and without a default in the database
    seconds: Mapped[float] = mapped_column(default=0)
    sha256: Mapped[str] = mapped_column(String(64), default="")
    deleted_at_carrier: Mapped[bool] = mapped_column(default=False)

    case: Mapped[Case] = relationship(back_populates="recordings")
    conversation: Mapped[Conversation] = relationship()
    transcripts: Mapped[list["Transcript"]] = relationship(
        back_populates="recording", order_by="Transcript.at, Transcript.id", lazy="selectin"
    )

    @property
    def is_settled(self) -> bool:
        """Whether nothing more is made of it: it was transcribed, or never will be."""
        return self.as_heard is not None or self.failed

    @property
    def transcript(self) -> "Transcript | None":
        """The one that counts: a person's over a recogniser's, the latest of each."""
        by_person = [t for t in self.transcripts if t.operator_id]
        return (by_person or self.transcripts or [None])[-1]

    @property
    def as_heard(self) -> "Transcript | None":
        """The recogniser's latest."""
        by_engine = [t for t in self.transcripts if not t.operator_id]
        return by_engine[-1] if by_engine else None


class Transcript(Base):
    """A reading of a recording, by an engine (`words`: speech_models.transcript JSON) or by a person. Never altered."""

    __tablename__ = "transcripts"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    recording_id: Mapped[UUID] = mapped_column(ForeignKey("recordings.id"), index=True)
    engine: Mapped[str] = mapped_column(String(64), default="")
    operator_id: Mapped[UUID | None] = mapped_column(ForeignKey("operators.id"))
    text: Mapped[str] = mapped_column(default="")
    confidence: Mapped[float] = mapped_column(default=0)
    words: Mapped[list] = mapped_column(default=list)
    alternatives: Mapped[list] = mapped_column(default=list)
    at: Mapped[datetime] = mapped_column(default=now)

    recording: Mapped[Recording] = relationship(back_populates="transcripts")

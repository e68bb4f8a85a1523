"""Case (事项): what a villager wants done, and its ledger of events (事件)."""

import hashlib
import json
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.caller import Caller
from app.models.place import Village
from app.models.proposal import NOTHING_YET, Proposal, ProposalColumn

if TYPE_CHECKING:
    from app.models.clock import Clock
    from app.models.department import Assignment
    from app.models.outgoing import Message, SpokenReply
    from app.models.rating import Asking
    from app.models.recording import Recording

STATES = {
    "received": "受理",
    "assigned": "派单",
    "accepted": "签收",
    "in_progress": "办理",
    "replied": "回复",
    "followed_up": "回访",
    "closed": "办结",
    "archived": "归档",
}
OPEN_STATES = ("received", "assigned", "accepted", "in_progress", "replied", "followed_up")

# The groups of the work list (services/desk/work_list.py), as an index and a query both must write them.
EMERGENCY = "urgent AND state NOT IN ('closed', 'archived')"
CALLER_SPOKE = "caller_spoke_at IS NOT NULL"
PRACTICE = "practice"
NEW = "state = 'received'"
REST = "state NOT IN ('received', 'closed', 'archived')"


def _partial(name: str, where: str, *columns: str) -> Index:
    return Index(name, *columns, "id", sqlite_where=text(where), postgresql_where=text(where))


class Case(Base):
    """A matter. `number` is short digits that can be said; `place`, `category` and `ask` are what a person confirmed.

    `category`: an everyday one (services/sorting/categories.py) or a path of the taxonomy, `topic`: the path in either.

    `proposal` is what the service understood (services/sorting/triage.py), kept beside the person's decision.
    `text` is the texted matter; on the phone the recordings are the matter and `text` stays empty.
    `closed_as`: by whose word it was closed (services/cases/ratings.py): caller, not_reached, unconfirmed, no_number.
    `handled_by`: the person who did the last thing about it. `caller_spoke_at`: since when words of the caller about a
    known case wait for a person.
    `events_count` and `events_head` (the last event's hash) show where the ledger ends, should its end be cut off.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_village", "village_id", "received_at"),
        _partial("ix_cases_practice", PRACTICE, "received_at"),
        Index("ix_cases_state", "state", "received_at", "id"),
        Index("ix_cases_category", "category", "received_at"),
        _partial("ix_cases_emergency", EMERGENCY, "received_at"),
        _partial("ix_cases_caller_spoke", CALLER_SPOKE, "caller_spoke_at"),
        _partial("ix_cases_rest", REST, "received_at"),
        _partial("ix_cases_new_village", NEW, "village_id", "received_at"),
        _partial("ix_cases_rest_village", REST, "village_id", "received_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str] = mapped_column(String(16), unique=True)
    channel: Mapped[str] = mapped_column(String(8))
    caller_id: Mapped[UUID | None] = mapped_column(ForeignKey("callers.id"), index=True)
    no_number: Mapped[str] = mapped_column(String(8), default="", server_default="")  # as Conversation.no_number
    state: Mapped[str] = mapped_column(String(16), default="received")
    urgent: Mapped[bool] = mapped_column(default=False)
    unclear: Mapped[bool] = mapped_column(default=False)  # 听不清: no speech could be made out
    text: Mapped[str] = mapped_column(default="")
    category: Mapped[str] = mapped_column(String(96), default="")
    topic: Mapped[str] = mapped_column(String(96), default="", index=True)
    ask: Mapped[str] = mapped_column(String(8), default="")
    village_id: Mapped[UUID | None] = mapped_column(ForeignKey("villages.id"))
    place: Mapped[str] = mapped_column(String(128), default="")
    proposal: Mapped[Proposal] = mapped_column(ProposalColumn, default=NOTHING_YET)
    understood_right: Mapped[bool | None]  # the caller's own key at the read-back
    received_at: Mapped[datetime] = mapped_column(default=now, index=True)
    returns: Mapped[int] = mapped_column(default=0)  # how often departments gave it back
    reopens: Mapped[int] = mapped_column(default=0)  # how often the caller said that it is not solved
    closed_as: Mapped[str] = mapped_column(String(16), default="")
    handled_by: Mapped[str] = mapped_column(String(64), default="", server_default="")
    caller_spoke_at: Mapped[datetime | None]
    practice: Mapped[bool] = mapped_column(default=False, server_default=false())  # services/directory/practice.py
    events_count: Mapped[int] = mapped_column(default=0)
    events_head: Mapped[str] = mapped_column(String(64), default="")

    caller: Mapped[Caller | None] = relationship()
    village: Mapped[Village | None] = relationship()
    recordings: Mapped[list["Recording"]] = relationship(
        back_populates="case", order_by="Recording.made_at, Recording.id"
    )
    events: Mapped[list["CaseEvent"]] = relationship(back_populates="case", order_by="CaseEvent.number")
    messages: Mapped[list["Message"]] = relationship(back_populates="case", order_by="Message.at, Message.id")
    spoken_replies: Mapped[list["SpokenReply"]] = relationship(
        back_populates="case", order_by="SpokenReply.at, SpokenReply.id"
    )
    assignments: Mapped[list["Assignment"]] = relationship(
        back_populates="case", order_by="Assignment.at, Assignment.id"
    )
    askings: Mapped[list["Asking"]] = relationship(back_populates="case", order_by="Asking.at, Asking.id")
    clock: Mapped["Clock | None"] = relationship(back_populates="case")

    @property
    def words(self) -> str:
        """What the case is about in the caller's own words: the text, or what counts as said in the recordings."""
        if self.text:
            return self.text
        return " ".join(r.transcript.text for r in self.recordings if r.transcript and r.transcript.text)

    @property
    def lead(self) -> "Assignment | None":
        """The assignment of the department that answers for the case now."""
        return next((each for each in self.assignments if each.lead and each.ended_at is None), None)


class CaseEvent(Base):
    """One step in a case's life. Append-only; each carries the hash of the one before it."""

    __tablename__ = "case_events"
    __table_args__ = (UniqueConstraint("case_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(String(64))  # an operator's name, "caller" or "hotline"
    data: Mapped[dict] = mapped_column(default=dict)
    at: Mapped[datetime]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    case: Mapped[Case] = relationship(back_populates="events")

    def computed_hash(self) -> str:
        """SHA-256 over the event's content and the hash before it."""
        content = [
            str(self.case_id), self.number, self.kind, self.by, self.data, self.at.isoformat(), self.previous_hash,
        ]  # fmt: skip
        written = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(written.encode()).hexdigest()


class Counter(Base):
    """A number that only grows, such as the last case number given."""

    __tablename__ = "counters"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value: Mapped[int]

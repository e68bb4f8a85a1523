"""Outbox: texts (短信) of our own, as rows that the jobs send."""

from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy.orm import Session

from app.db import now
from app.models import Caller, Case, Message
from app.services.directory.callers import dialect_of
from app.services.wording import editions
from ivr import conversation
from ivr.text import as_text, sms_parts

if TYPE_CHECKING:
    from app.parts import Parts


def queue(session: Session, caller: Caller, case_id: UUID | None, body: str) -> Message:
    """A text that waits to be sent. Nudge the row after the commit."""
    message = Message(
        outgoing=True,
        caller_id=caller.id,
        case_id=case_id,
        body=body,
        parts=sms_parts(body),
        state="waiting",
        due_at=now(),
    )
    session.add(message)
    session.flush()
    return message


def say(
    parts: "Parts", session: Session, flow: str, caller: Caller, case: Case | None, values: dict[str, str]
) -> Message:
    """A text in the words of a flow that only says something (receipt, alarm)."""
    words = editions.edition(parts, session).words
    turn = conversation.start(parts.flows[flow], words, channel="sms", dialect=dialect_of(caller), values=values)
    return queue(session, caller, case.id if case else None, as_text(turn) or "")

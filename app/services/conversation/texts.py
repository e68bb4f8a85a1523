"""Texts (短信) that come in: kept first, answered after, each once."""

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Caller, Conversation, Message
from app.services.conversation import turns
from app.services.directory import callers
from app.services.wording import outbox
from ivr import turn as ivr
from ivr.text import as_text, sms_parts

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

REPORT = "report"  # the flow with which somebody reaches us, by telephone or text
_MOST_ANSWERS_AN_HOUR = 20  # so that two machines do not text each other for ever


def receive(session: Session, carrier_id: str, sender: str, body: str) -> Message | None:
    """A text as a row, once: None when this id is known already."""
    if session.scalar(select(Message.id).where(Message.carrier_id == carrier_id)):
        return None
    caller = callers.caller_of(session, sender)
    message = Message(
        outgoing=False,
        carrier_id=carrier_id,
        caller_id=caller.id if caller else None,
        body=body,
        parts=sms_parts(body),
        state="received",
        due_at=now(),
    )
    session.add(message)
    session.flush()
    return message


def hear(parts: "Parts", session: Session, message: Message, *, not_solved: bool) -> list[Message]:
    """Answer a text, once: the messages to send, as rows. `not_solved`: what unsolved.py reads in it, read before."""
    if message.state != "received":
        return []
    message.state, message.due_at = "answered", None
    if message.caller is None:
        return []
    thread = _thread(session, message.caller)
    last = turns.latest(session, thread)
    if last is None:
        last = turns.start(parts, session, thread, REPORT)
    before = thread.case_id
    stopped = message.caller.texts_stopped
    texted = ivr.Texted(message.body)
    row = turns.resume(parts, session, thread, last, texted, message=message, not_solved=not_solved)
    turn: ivr.Turn = ivr.from_json(row.turn)
    if thread.case_id != before:
        message.case_id = thread.case_id
    in_danger = any(isinstance(event, ivr.Alert) for event in turn.events)
    if stopped and message.caller.texts_stopped and not in_danger:  # 停 was final; only a life is above it
        return []
    if _answered_lately(session, message.caller) >= _MOST_ANSWERS_AN_HOUR:
        log.warning("texts of this number are no longer answered this hour", message=str(message.id))
        return []
    body = as_text(turn)
    return [outbox.queue(session, message.caller, thread.case_id, body)] if body else []


def _thread(session: Session, caller: Caller) -> Conversation:
    carrier_id = f"sms:{caller.number}"
    found = turns.locked(session, carrier_id)
    if found is None:
        found = Conversation(channel="sms", carrier_id=carrier_id, caller_id=caller.id)
        session.add(found)
    found.dialect = callers.dialect_of(caller)  # a thread has no end: it goes by what is known now
    session.flush()
    return found


def _answered_lately(session: Session, caller: Caller) -> int:
    since = now() - timedelta(hours=1)
    sent = select(func.count()).where(Message.caller_id == caller.id, Message.outgoing, Message.at > since)
    return session.scalar(sent) or 0

"""Replies: what became of an SMS or a spoken call, and what happens when it did not arrive."""

import re
from datetime import timedelta
from uuid import UUID

from sqlalchemy.orm import Session

from app.carriers.port import TextHeard
from app.db import now
from app.models import Asking, Delivery, Later, LearningRun, Message, Recording, SortingRun, SpokenReply, Take
from app.services import evidence, ledger
from app.services.cases import call_back_tasks, decisions

_RINGS = 3  # times a villager is rung before a person must
_RING_AGAIN = (timedelta(minutes=10), timedelta(hours=3))
_SOUND_KEY = re.compile(r"replies/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}[.]wav")
_ORDER = {"waiting": 0, "sending": 1, "unknown": 1, "queued": 2, "sent": 3, "delivered": 4, "failed": 4}


def note_receipt(session: Session, message: Message, receipt: TextHeard) -> None:
    """What became of a message, as the carrier tells; receipts come late, twice and out of order.

    A receipt also proves that a create whose answer never came was done: the message is not sent again.
    """
    before, status, error_code = message.state, receipt.status, receipt.error_code
    message.carrier_id = message.carrier_id or receipt.message_id
    message.due_at = None
    advance(message, status)
    if message.state == before:
        return
    if status == "failed":
        message.error, message.failed = error_code, True
        gave_up(session, message)
    elif status == "delivered" and message.case is not None:
        ledger.record(session, message.case, "delivered", by="hotline", what="text")


def note_call(session: Session, reply: SpokenReply, status: str) -> None:
    """What became of a call of ours. Nobody there, or nothing to be heard: again later; in the end a person rings."""
    if reply.state in ("heard", "failed") or status not in ("completed", "busy", "no_answer", "failed", "canceled"):
        return
    reply.leased_by = reply.leased_until = None  # the job that placed the call may still wait for its answer
    if status == "completed" and reply.conversation_id and reply.sound_key:
        reply.state, reply.due_at = "heard", None
        ledger.record(session, reply.case, "delivered", by="hotline", what="call")
    elif reply.attempts < _RINGS:
        reply.state, reply.carrier_id, reply.conversation_id = "no_answer", None, None
        reply.due_at = now() + _RING_AGAIN[min(reply.attempts, len(_RING_AGAIN)) - 1]
    else:
        reply.failed, reply.error, reply.due_at = True, f"not reached: {status}", None
        gave_up(session, reply)


def not_played(session: Session, sound_key: str) -> bool:
    """A stored sound could not be played. False: it is no answer. An answer is not heard, and is rendered again."""
    if not is_answer(sound_key):
        return False
    id = UUID(sound_key.removeprefix("replies/").removesuffix(".wav"))
    reply = session.get(SpokenReply, id, with_for_update=True)
    if reply is not None and reply.state != "heard":
        reply.sound_key = ""
    return True


def is_answer(sound_key: str) -> bool:
    """Whether a stored sound is an answer that is rung through (jobs/reach.py)."""
    return _SOUND_KEY.fullmatch(sound_key) is not None


def gave_up(session: Session, row: Later) -> None:
    """A row will not be tried again: the case says so, and a person is to ring where an answer did not arrive."""
    if isinstance(row, LearningRun | SortingRun | Delivery | Take):  # the desk's list says so, nobody is to be rung
        return
    if isinstance(row, Asking):
        call_back_tasks.call_back(session, "not_asked", case=row.case, caller=row.caller)
        return
    if isinstance(row, Recording):
        if row.state == "transcribed" and not evidence.is_short(row):  # only the copy at the carrier is left
            return
        row.case.unclear = row.case.unclear or row.state != "transcribed"
        decisions.record(session, row.case, "failed", by="hotline", what="recording", error=row.error, fault=row.fault)
        call_back_tasks.call_back(session, call_back_tasks.NO_WORDS, case=row.case, caller=row.case.caller)
        return
    row.state = "failed"
    if row.case is not None:
        what = "text" if isinstance(row, Message) else "call"
        ledger.record(session, row.case, "failed", by="hotline", what=what, error=row.error)
        call_back_tasks.call_back(session, "not_reached", case=row.case, caller=row.caller)


def is_on_its_way(message: Message) -> bool:
    """Whether the carrier has it: it must not be handed in again."""
    return _ORDER.get(message.state, 0) >= _ORDER["queued"]


def advance(message: Message, state: str) -> None:
    """Move a message's state forward, never back."""
    if _ORDER.get(state, 0) > _ORDER.get(message.state, 0):
        message.state = state

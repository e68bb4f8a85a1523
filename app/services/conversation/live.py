"""Live listening (正在听): what is heard of a call while she speaks, and how it becomes the recording's transcript.

Called by the `stream` process. What is not heard well is left to the worker: the carrier records all the same.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID, uuid4

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, joinedload

from app.db import now
from app.models import Conversation, Later, LiveWords, Recording
from app.services import ledger
from app.services.cases import opening
from app.services.conversation import calls, transcription, turns
from app.services.learning import lessons
from ivr import turn as ivr
from speech_models.correction import Knowledge
from speech_models.transcript import Transcript

if TYPE_CHECKING:
    from app.parts import Parts

STALE = timedelta(seconds=10)  # a row not renewed for so long belongs to a process that is no more
_LONG_GONE = timedelta(hours=1)


@dataclass(frozen=True)
class Begun:
    """What the `stream` process needs to know of a call: `max_seconds` is the longest that is recorded, and its words
    are corrected with `knowledge`."""

    conversation_id: UUID
    turn: int
    dialect: str
    max_seconds: int
    knowledge: Knowledge


@dataclass(frozen=True)
class Heard:
    """What a stream gave, well heard: its words, and its sound in our store (`key`, SHA-256)."""

    transcript: Transcript
    seconds: float
    key: str
    sha256: str


@dataclass(frozen=True)
class Kept:
    """`later`: rows that have work now, to be nudged. `waits`: she is still there, and still at that turn."""

    later: tuple[Later, ...] = ()
    waits: bool = False


def begin(session: Session, call_id: str, turn: int) -> Begun | None:
    """Begin to listen to a turn of a call; None where that turn does not wait for a recording now."""
    conversation = turns.locked(session, call_id)
    last = turns.latest(session, conversation) if conversation else None
    if last is None or conversation.ended_at is not None or last.number != turn:
        return None
    wait = ivr.from_json(last.turn).wait
    if not isinstance(wait, ivr.WaitForRecording):
        return None
    session.execute(delete(LiveWords).where(LiveWords.seen_at < now() - _LONG_GONE))
    live = session.get(LiveWords, conversation.id)
    if live is not None and not live.over and live.seen_at > now() - STALE:
        return None  # another stream of the same turn
    if live is not None:
        session.delete(live)
        session.flush()
    session.add(LiveWords(conversation_id=conversation.id, turn=turn))
    village = conversation.caller.village_id if conversation.caller else None
    knowledge = lessons.knowledge_for(session, village, conversation.dialect)
    return Begun(conversation.id, turn, conversation.dialect, wait.max_seconds, knowledge)


def note_words(session: Session, words: Mapping[UUID, str]) -> set[UUID]:
    """Renew the rows of these conversations with their words so far; returns those in which the turn is over."""
    for id, text in words.items():
        session.execute(update(LiveWords).where(LiveWords.conversation_id == id).values(text=text, seen_at=now()))
    still = select(LiveWords.conversation_id).where(LiveWords.conversation_id.in_(words), LiveWords.over.is_(False))
    return set(words) - set(session.scalars(still))


def sound_key() -> str:
    """Where the sound of a stream is kept, by day."""
    return f"recordings/{now():%Y/%m/%d}/{uuid4()}.wav"


def heard(transcript: Transcript, sound: bytes, seconds: float, key: str) -> Heard:
    """A stream that was heard well, its sound kept under `key`."""
    return Heard(transcript, seconds, key, hashlib.sha256(sound).hexdigest())


def keep(parts: "Parts", session: Session, begun: Begun, found: Heard) -> Kept:
    """What was heard becomes the transcript of the turn's recording, once, and its sound the recording's.

    The recording's row is made here where the carrier has not announced it yet. A worker that is at it finds that it
    lost its lease. What a worker has transcribed stays as it is.
    """
    conversation = _stop(session, begun)
    row = session.scalar(
        select(Recording).where(Recording.conversation_id == conversation.id, Recording.turn == begun.turn)
    )
    if row is not None and row.state == "transcribed":
        return Kept()
    if row is None:
        case = opening.open_case(session, conversation)
        row = Recording(
            carrier_id=calls.live_id(conversation, begun.turn),
            conversation_id=conversation.id,
            case_id=case.id,
            turn=begun.turn,
        )
        session.add(row)
        session.flush()
        ledger.record(session, case, "recorded", by="caller", seconds=round(found.seconds))
    announced = row.due_at is not None
    row.seconds, row.key, row.sha256 = found.seconds, found.key, found.sha256
    row.leased_by = row.leased_until = None
    row.error, row.attempts, row.failed, row.fault = "", 0, False, ""
    row.heard_live, row.doubtful = True, False
    row.due_at = now() + calls.COMPLETE if announced else None  # only to be deleted at the carrier
    transcription.attach_transcript(parts, session, row.id, found.transcript)
    last = turns.latest(session, conversation)
    waits = conversation.ended_at is None and last.number == begun.turn
    return Kept(tuple(calls.receipt(parts, session, conversation)), waits)


def leave(session: Session, begun: Begun) -> Kept:
    """What was not heard well is left to the worker."""
    conversation = _stop(session, begun)
    row = session.scalar(
        select(Recording).where(Recording.conversation_id == conversation.id, Recording.turn == begun.turn)
    )
    if row is None or row.state == "transcribed" or row.leased_until is not None or row.due_at is None:
        return Kept()
    row.due_at = now()
    return Kept((row,))


def going_on(session: Session) -> list[LiveWords]:
    """The calls that are listened to at this moment, the longest first, with their callers and cases."""
    fresh = (
        select(LiveWords)
        .where(LiveWords.seen_at > now() - STALE)
        .order_by(LiveWords.began_at, LiveWords.conversation_id)
    )
    people = joinedload(LiveWords.conversation).options(joinedload(Conversation.caller), joinedload(Conversation.case))
    return list(session.scalars(fresh.options(people)))


def _stop(session: Session, begun: Begun) -> Conversation:
    conversation = session.get_one(Conversation, begun.conversation_id, with_for_update=True)
    mine = LiveWords.conversation_id == begun.conversation_id, LiveWords.turn == begun.turn
    session.execute(delete(LiveWords).where(*mine))
    return conversation

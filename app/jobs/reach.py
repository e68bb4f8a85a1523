"""Reaching a villager: the jobs that send an SMS and ring a spoken reply through.

A create is committed as "being tried" before it is tried; after a crash or a time-out it is looked for at the
carrier, never blindly sent again.
"""

from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import select

from app.carriers.port import CarrierError
from app.db import now
from app.jobs.lease import held, outcome, put_off
from app.models import Asking, Later, Message, SpokenReply
from app.phone_numbers import masked
from app.services.cases import ratings
from app.services.cases.failures import fault_of
from app.services.outreach import delivery_status, follow_up
from app.services.wording import prompts
from speech_models.audio import BadSound, read_sound, write_wav

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

_OWN_WORDS_SECONDS = 5  # how much of the caller's own recording opens a call back
_CALL_OVER = timedelta(minutes=30)  # a call of ours whose end nobody told of is over by then
_SENT_BEFORE = timedelta(seconds=30)  # clocks of two machines differ by less


def send(parts: "Parts", message: Message, token: UUID) -> None:
    """Send a waiting message. One whose create may have gone through is looked for first, never sent blindly again."""
    base, receipt = parts.settings.base_url.rstrip("/"), f"/texts/{message.id}/receipt"
    number = message.caller.number
    sent = None
    if message.state in ("sending", "unknown"):
        sent = parts.carrier.find_text(
            number, message.body, message.sent_at - _SENT_BEFORE, known=_known(parts, Message, message.caller_id)
        )
    if sent is None:
        _trying(parts, Message, message.id, token, "sending")
        try:
            sent = parts.carrier.send_text(number, message.body, base + receipt)
        except CarrierError as error:
            _not_sent(parts, Message, message.id, token, error)
            return
    with outcome(parts.database, Message, message.id, token) as (_, row):
        row.carrier_id, row.error = sent.id, ""
        delivery_status.advance(row, "sent")
    log.info("text sent", message=str(message.id), to=masked(number))


def ring(parts: "Parts", reply: SpokenReply, token: UUID) -> None:
    """Render a spoken reply and the caller's own first words, then ring. Raises CannotSpeak."""
    base, address = parts.settings.base_url.rstrip("/"), f"/calls/reply/{reply.id}"
    if reply.state == "ringing":  # how that call ended was never told
        with outcome(parts.database, SpokenReply, reply.id, token) as (session, row):
            delivery_status.note_call(session, row, "completed" if row.conversation_id else "no_answer")
        return
    sent = None
    if reply.state in ("calling", "unknown"):
        sent = parts.carrier.find_call(
            reply.caller.number, reply.sent_at - _SENT_BEFORE, known=_known(parts, SpokenReply, reply.caller_id)
        )
    if sent is None:
        sound_key, own_words_key = _sounds_of(parts, reply)
        with held(parts.database, SpokenReply, reply.id, token) as (_, row):
            row.sound_key, row.own_words_key = sound_key, own_words_key
        _trying(parts, SpokenReply, reply.id, token, "calling")
        try:
            sent = parts.carrier.call(reply.caller.number, base + address, f"{base}{address}/status")
        except CarrierError as error:
            _not_sent(parts, SpokenReply, reply.id, token, error)
            return
    with outcome(parts.database, SpokenReply, reply.id, token) as (_, row):
        row.carrier_id, row.error = sent.id, ""
        if row.state in ("calling", "unknown"):
            row.state, row.due_at = "ringing", now() + _CALL_OVER


def ask(parts: "Parts", row: Asking, token: UUID) -> None:
    """Ask a caller whether it is solved: by text first, else, at an hour at which he may be rung, by a call."""
    if row.state == "ringing":  # how that call ended was never told
        with outcome(parts.database, Asking, row.id, token) as (session, asking_row):
            follow_up.note_call(session, asking_row, "completed" if asking_row.conversation_id else "no_answer")
        return
    base, address = parts.settings.base_url.rstrip("/"), f"/calls/asking/{row.id}"
    sent = None
    if row.state in ("calling", "unknown"):
        sent = parts.carrier.find_call(
            row.caller.number, row.sent_at - _SENT_BEFORE, known=_known(parts, Asking, row.caller_id)
        )
    if sent is None:
        if (message := _before_ringing(parts, row, token)) is not None:
            for each in message:
                parts.nudge(each)
            return
        try:
            sent = parts.carrier.call(row.caller.number, base + address, f"{base}{address}/status")
        except CarrierError as error:
            _not_asked(parts, row.id, token, error)
            return
    with outcome(parts.database, Asking, row.id, token) as (_, asking_row):
        asking_row.carrier_id, asking_row.error = sent.id, ""
        if asking_row.state in ("calling", "unknown"):
            asking_row.state, asking_row.due_at = "ringing", now() + _CALL_OVER


def _before_ringing(parts: "Parts", row: Asking, token: UUID) -> list[Message] | None:
    """What is done instead of ringing now: nothing any more, a text, or later. None: ring."""
    with parts.database.reading() as session:
        recordings = session.get_one(Asking, row.id).case.recordings
        first = next((r.key for r in recordings if r.key and not r.case.unclear), "")
    own_words = _own_words(parts, first, f"askings/{row.id}.own.wav")
    with held(parts.database, Asking, row.id, token) as (session, asking_row):
        asking_row.attempts = 0
        if not follow_up.is_over(session, asking_row) and follow_up.may_ring(asking_row):
            asking_row.own_words_key, asking_row.state, asking_row.sent_at = own_words, "calling", now()
            asking_row.conversation_id = None
            return None
        asking_row.leased_by = asking_row.leased_until = None
        if asking_row.state not in ratings.OPEN:
            asking_row.due_at = None
            return []
        return [sent] if (sent := follow_up.ask_by_text(parts, session, asking_row)) else []


def _not_asked(parts: "Parts", row_id: UUID, token: UUID, error: CarrierError) -> None:
    """A number that cannot be rung is a try that led to nothing; a carrier that is away is none."""
    with outcome(parts.database, Asking, row_id, token) as (session, row):
        if error.permanent:
            follow_up.note_call(session, row, "failed")
            row.error = str(error)
            return
        row.state = "unknown" if error.unknown else "waiting"
        put_off(row, f"{error.code} {error}".strip(), permanent=False, fault=fault_of(error))


def _sounds_of(parts: "Parts", reply: SpokenReply) -> tuple[str, str]:
    """Keys of the reply as sound and of the caller's own first words (empty where there is no recording)."""
    sound_key = f"replies/{reply.id}.wav"
    if not reply.sound_key or not parts.storage.has(sound_key):
        parts.storage.put(sound_key, prompts.render(parts.speaker, reply.text))
    with parts.database.reading() as session:
        recordings = session.get_one(SpokenReply, reply.id).case.recordings
        first = next((r.key for r in recordings if r.key and not r.case.unclear), "")
    return sound_key, _own_words(parts, first, f"replies/{reply.id}.own.wav")


def _own_words(parts: "Parts", recording_key: str, key: str) -> str:
    """Keep the first seconds of a recording under `key`, and give it; empty where there is nothing to be heard."""
    if not recording_key:
        return ""
    try:
        audio = read_sound(parts.storage.get(recording_key))
    except (BadSound, KeyError):
        return ""
    parts.storage.put(key, write_wav(audio.cut(0, _OWN_WORDS_SECONDS), mulaw=True))
    return key


def _known(parts: "Parts", model: type[Later], caller_id: UUID) -> set[str]:
    """The carrier's ids that other rows of this caller have: not what is looked for."""
    with parts.database.reading() as session:
        return set(
            session.scalars(select(model.carrier_id).where(model.caller_id == caller_id, model.carrier_id != ""))
        )


def _trying(parts: "Parts", model: type[Later], row_id: UUID, token: UUID, state: str) -> None:
    """Commit that a create is about to be tried, so that a killed worker's successor looks before it sends."""
    with held(parts.database, model, row_id, token) as (_, row):
        row.state, row.sent_at = state, now()


def _not_sent(parts: "Parts", model: type[Later], row_id: UUID, token: UUID, error: CarrierError) -> None:
    with outcome(parts.database, model, row_id, token) as (session, row):
        if isinstance(row, Message) and delivery_status.is_on_its_way(row):  # its receipt was faster than this answer
            return
        row.state = "unknown" if error.unknown else "waiting"
        put_off(row, f"{error.code} {error}".strip(), permanent=error.permanent, fault=fault_of(error))
        if row.failed:
            delivery_status.gave_up(session, row)

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
from app.models import Later, Message, SpokenReply
from app.services import prompts, replies
from app.services.callers import masked
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
        replies.advance(row, "sent")
    log.info("text sent", message=str(message.id), to=masked(number))


def ring(parts: "Parts", reply: SpokenReply, token: UUID) -> None:
    """Render a spoken reply and the caller's own first words, then ring. Raises CannotSpeak."""
    base, address = parts.settings.base_url.rstrip("/"), f"/calls/reply/{reply.id}"
    if reply.state == "ringing":  # how that call ended was never told
        with outcome(parts.database, SpokenReply, reply.id, token) as (session, row):
            replies.note_call(session, row, "completed" if row.conversation_id else "no_answer")
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


def _sounds_of(parts: "Parts", reply: SpokenReply) -> tuple[str, str]:
    """Keys of the reply as sound and of the caller's own first words (empty where there is no recording)."""
    sound_key = f"replies/{reply.id}.wav"
    if not parts.storage.has(sound_key):
        parts.storage.put(sound_key, prompts.render(parts.speaker, reply.text))
    with parts.database.reading() as session:
        recordings = session.get_one(SpokenReply, reply.id).case.recordings
        first = next((r.key for r in recordings if r.key and not r.case.unclear), "")
    if not first:
        return sound_key, ""
    own_words_key = f"replies/{reply.id}.own.wav"
    try:
        audio = read_sound(parts.storage.get(first))
    except (BadSound, KeyError):
        return sound_key, ""
    parts.storage.put(own_words_key, write_wav(audio.cut(0, _OWN_WORDS_SECONDS), mulaw=True))
    return sound_key, own_words_key


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
        if isinstance(row, Message) and replies.is_on_its_way(row):  # its receipt was faster than this answer
            return
        row.state = "unknown" if error.unknown else "waiting"
        put_off(row, f"{error.code} {error}".strip(), permanent=error.permanent)
        if row.failed:
            replies.gave_up(session, row)

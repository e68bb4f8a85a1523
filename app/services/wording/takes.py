"""Takes (录一句): a person's recordings of words, by browser or by telephone, until the draft has them."""

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.carriers.port import RecordingRef
from app.db import now
from app.errors import Refused
from app.models import Conversation, Take
from app.services import evidence
from app.services.directory import callers
from app.services.evidence import Copy
from speech_models.audio import BadSound, TooLong, normalise_level, read_sound, write_wav
from speech_models.take import Unfit, trimmed

if TYPE_CHECKING:
    from app.parts import Parts

DICTATE = "dictate"  # the flow of a call that records words
LEVEL_DBFS = -20.0  # speech level of a prompt, RMS
_WAIT = timedelta(minutes=10)  # for the call
_UNFIT = {
    "short": "太短了，没有录到话。请再录一遍。",
    "quiet": "声音太小了。请把话筒拿近一点，再录一遍。",
    "loud": "声音太大，破音了。请离话筒远一点，再录一遍。",
}


def keep(parts: "Parts", sound: bytes) -> str:
    """A recording cut, brought to the level of prompts and kept; returns its key. Raises Refused."""
    try:
        audio = normalise_level(trimmed(read_sound(sound)), LEVEL_DBFS)
    except TooLong as error:
        raise Refused("录得太长了。请录短一点，只念这一句。") from error
    except BadSound as error:
        raise Refused("没有录到声音，请再录一遍。") from error
    except Unfit as unfit:
        raise Refused(_UNFIT[unfit.why]) from unfit
    made = write_wav(audio, mulaw=True)
    key = f"people/{hashlib.sha256(made).hexdigest()}.wav"
    if not parts.storage.has(key):
        evidence.keep(parts.storage, key, made)
    return key


def ask(session: Session, name: str, text: str, number: str, by: str, region: str) -> Take:
    """The next call from this number records this piece of words. Raises Refused."""
    try:
        whole = callers.as_stored(number, region)
    except Refused:
        whole = ""
    if not whole:
        raise Refused("这不像电话号码，请写您要用来打的那个电话的号码。")
    for before in session.scalars(_awaited(whole)):
        before.until = now()
    take = Take(name=name, text=text, number=whole, until=now() + _WAIT, by=by)
    session.add(take)
    session.flush()
    return take


def begin(session: Session, conversation: Conversation) -> Take | None:
    """The take that this call, just begun, is for; it is then this call's."""
    if conversation.caller is None or conversation.outgoing:
        return None
    take = session.scalar(
        _awaited(conversation.caller.number).order_by(Take.at.desc(), Take.id).limit(1).with_for_update()
    )
    if take is not None:
        take.conversation_id = conversation.id
    return take


def of_call(session: Session, conversation: Conversation) -> Take | None:
    """The take of this call."""
    return session.scalar(select(Take).where(Take.conversation_id == conversation.id))


def announced(session: Session, conversation: Conversation, ref: RecordingRef) -> Take | None:
    """The carrier has recorded a take: it is to be fetched. None: this call is none."""
    take = of_call(session, conversation)
    if take is not None and not take.key and take.carrier_id in ("", ref.id):
        take.carrier_id, take.due_at, take.failed = ref.id, now(), False
    if take is not None and take.carrier_id == ref.id and ref.seconds is not None:
        take.said_seconds = float(ref.seconds)
    return take


def known(session: Session, carrier_id: str) -> bool:
    """Whether this recording of the carrier's is a take."""
    return session.scalar(select(Take.id).where(Take.carrier_id == carrier_id)) is not None


def made(parts: "Parts", take: Take, copy: Copy) -> tuple[str, str, str]:
    """What the carrier recorded, kept as it is (its key) and made into words to be played (key, refusal).

    Raises StorageUnavailable.
    """
    original = f"takes/{take.id}.{copy.sha256[:8]}.wav"
    evidence.keep(parts.storage, original, copy.sound)
    try:
        return original, keep(parts, copy.sound), ""
    except Refused as refused:
        return original, "", str(refused)


def take(session: Session, id: UUID) -> Take | None:
    """The take with this id."""
    return session.get(Take, id)


def _awaited(number: str):
    return select(Take).where(Take.number == number, Take.until > now(), Take.conversation_id.is_(None))

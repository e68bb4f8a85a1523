"""Transcription (转写): from a recording at the carrier to a transcript on its case."""

import hashlib
from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.carriers.port import RecordingRef
from app.models import Recording, Transcript
from app.models.proposal import NOTHING_YET
from app.services import ledger
from app.services.cases import alarms
from app.services.sorting import triage
from ivr.understand import emergency
from speech_models import transcript as heard
from speech_models.audio import BadSound, read_sound
from speech_models.correction import Knowledge, corrected
from speech_models.recogniser import Recogniser
from speech_models.village_words import village_words

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

EVERYBODYS = Knowledge(village_words())


def recognise(
    recogniser: Recogniser, sound: bytes, hints: Sequence[str] = (), knowledge: Knowledge | None = EVERYBODYS
) -> heard.Transcript:
    """What is said in a sound file, corrected with what the desk knows (without knowledge: as the engine heard it).

    A file that holds no sound gives an empty transcript. Raises RecogniserUnavailable.
    """
    try:
        audio = read_sound(sound)
    except BadSound as error:
        log.warning("recording holds no sound", error=str(error), bytes=len(sound))
        return heard.Transcript(engine=recogniser.name)
    transcript = recogniser.transcribe(audio, hints)
    return transcript if knowledge is None else corrected(transcript, knowledge)


def known(session: Session, carrier_id: str) -> bool:
    """Whether there is a row for this recording of the carrier's."""
    return session.scalar(select(Recording.id).where(Recording.carrier_id == carrier_id)) is not None


def storage_key(recording: Recording) -> str:
    """Where a recording is kept, by day."""
    return f"recordings/{recording.made_at:%Y/%m/%d}/{recording.id}.wav"


def fetch(parts: "Parts", recording: Recording) -> bytes:
    """The sound of a recording: from our store, or from the carrier and then kept. Raises CarrierError, NotReady.

    Works on a detached row and with no session open: both stores may be slow.
    """
    if recording.state != "announced":
        return parts.storage.get(recording.key)
    sound = parts.carrier.recording(RecordingRef(recording.carrier_id, call_id=""))
    parts.storage.put(storage_key(recording), sound)
    return sound


def stored(recording: Recording, sound: bytes) -> None:
    """Note on the row that the sound is in our store."""
    recording.state, recording.key = "stored", storage_key(recording)
    recording.sha256 = hashlib.sha256(sound).hexdigest()


def attach_transcript(parts: "Parts", session: Session, recording_id: UUID, found: heard.Transcript) -> None:
    """Put what was heard on its recording and case; sort the case, and raise the alarm where the words ask it."""
    recording = session.get_one(Recording, recording_id)
    case = recording.case
    data = found.to_json()
    session.add(
        Transcript(
            recording_id=recording.id,
            engine=found.engine,
            text=found.text,
            confidence=found.confidence,
            words=data["words"],
            alternatives=data["alternatives"],
        )
    )
    recording.state = "transcribed"
    ledger.record(session, case, "transcribed", by="hotline", engine=found.engine, text=found.text)
    case.unclear = not found.text and all(not r.as_heard or not r.as_heard.text for r in case.recordings)
    if found.text:
        said_before = [r.as_heard.text for r in case.recordings if r.as_heard and r.id != recording.id]
        if case.understood_right is False:  # she is saying it anew, because it was taken wrongly
            said_before, case.proposal = [], NOTHING_YET
        text, as_heard = ("。".join((*said_before, one)) for one in (found.text, found.as_heard))
        triage.propose_for(parts, session, case, text, confidence=found.confidence, as_heard=as_heard)
        said = emergency(found.text) or emergency(found.as_heard)  # correction must not hide danger
        if said:
            alarms.raise_alarm(parts, session, case, said.heard, said.name)

"""Transcription (转写): from a recording at the carrier to a transcript on its case."""

from collections.abc import Sequence
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Recording, Transcript
from app.models.proposal import NOTHING_YET
from app.services import evidence
from app.services.cases import alarms, call_back_tasks, decisions
from app.services.evidence import Copy
from app.services.sorting import triage
from ivr.understand import emergency
from speech_models import transcript as heard
from speech_models.audio import Audio, BadSound
from speech_models.correction import Knowledge, corrected
from speech_models.recogniser import Recogniser
from speech_models.village_words import village_words

if TYPE_CHECKING:
    from app.parts import Parts

EVERYBODYS = Knowledge(village_words())


def recognise(
    recogniser: Recogniser, audio: Audio, hints: Sequence[str] = (), knowledge: Knowledge | None = EVERYBODYS
) -> heard.Transcript:
    """What is said, corrected with what the desk knows (without knowledge: as the engine heard it).

    Raises RecogniserUnavailable.
    """
    if not len(audio.samples):
        return heard.Transcript(engine=recogniser.name)
    transcript = recogniser.transcribe(audio, hints)
    return transcript if knowledge is None else corrected(transcript, knowledge)


def known(session: Session, carrier_id: str) -> bool:
    """Whether there is a row for this recording of the carrier's."""
    return session.scalar(select(Recording.id).where(Recording.carrier_id == carrier_id)) is not None


def storage_key(recording: Recording, copy: Copy) -> str:
    """Where a copy of a recording is kept, by day; a better one later has a place of its own."""
    return f"recordings/{recording.made_at:%Y/%m/%d}/{recording.id}.{copy.sha256[:8]}.wav"


def fetch(parts: "Parts", recording: Recording) -> tuple[Copy, bool]:
    """The sound of a recording, and whether it was fetched from the carrier now (and kept) or lay in our store.

    Works on a detached row and with no session open: both stores may be slow. Raises CarrierError, NotReady,
    StorageUnavailable, and BadSound for what is no sound: nothing of that is kept.
    """
    if recording.state != "announced":
        try:
            return evidence.kept(parts.storage, recording.key, recording), False
        except BadSound:
            if recording.deleted_at_carrier:
                raise
    copy = evidence.fetch(parts, recording.carrier_id, recording.said_seconds)
    keep(parts, recording, copy)
    return copy, True


def keep(parts: "Parts", recording: Recording, copy: Copy) -> None:
    """Put a copy into our store, and read it back. Raises StorageUnavailable."""
    evidence.keep(parts.storage, storage_key(recording, copy), copy.sound)


def stored(recording: Recording, copy: Copy) -> None:
    """Note on the row that this copy is in our store; it is to be transcribed."""
    recording.state, recording.key, recording.heard_live = "stored", storage_key(recording, copy), False
    evidence.note(recording, copy)


def attach_transcript(
    parts: "Parts", session: Session, recording_id: UUID, found: heard.Transcript, *, silent: bool = False
) -> None:
    """Put what was heard on its recording and case; sort the case, and raise the alarm where the words ask it.

    `silent`: nothing but the line's own noise is in it, so nobody said anything.
    """
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
    recording.state, recording.silent = "transcribed", silent and not found.text
    said_nothing = {"silent": True} if recording.silent else {}
    decisions.record(session, case, "transcribed", by="hotline", engine=found.engine, text=found.text, **said_nothing)
    case.unclear = not found.text and all(not r.as_heard or not r.as_heard.text for r in case.recordings)
    if found.text:
        call_back_tasks.call_off(session, case, call_back_tasks.NO_WORDS)
        said_before = [r.as_heard.text for r in case.recordings if r.as_heard and r.id != recording.id]
        if case.understood_right is False:  # she is saying it anew, because it was taken wrongly
            said_before, case.proposal = [], NOTHING_YET
        text, as_heard = ("。".join((*said_before, one)) for one in (found.text, found.as_heard))
        triage.propose_for(parts, session, case, text, confidence=found.confidence, as_heard=as_heard)
        said = emergency(found.text) or emergency(found.as_heard)  # correction must not hide danger
        if said:
            alarms.raise_alarm(parts, session, case, said.heard, said.name)

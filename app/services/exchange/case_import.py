"""Reading a case file (case_file.py) into the database: all of it or nothing, and twice the same as once."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.models import (
    Assignment,
    Case,
    CaseEvent,
    Clock,
    Comparison,
    Conversation,
    Counter,
    Department,
    ForeignCase,
    Operator,
    Proposal,
    Recording,
    Transcript,
)
from app.services import evidence, ledger
from app.services.cases import opening
from app.services.cases.failures import UNREADABLE
from app.services.deadlines import clocks
from app.services.directory import callers, change_history, departments
from app.services.directory.operators import IMPORTED
from app.services.exchange import reports
from app.services.exchange.case_file import BadLine, CaseLine, RecordingLine, TranscriptLine, read
from app.storage import Storage
from speech_models.audio import BadSound, read_sound

SOURCE = "import"
_AT_ONCE = 1000
SKIPPED = "case_skipped"  # the counter of case numbers that an import jumped over


@dataclass(frozen=True)
class Imported:
    """What came of it: new cases, cases that went on elsewhere and were brought up to date, cases known already.

    `renumbered`: new cases whose number is another's here -> the number they have now.
    """

    new: int
    further: int
    known: int
    renumbered: dict[str, str]


def load(session: Session, path: Path, *, sounds: tuple[Storage, Path] | None = None) -> Imported:
    """Import a file. `sounds`: the store, and the folder where the recordings lie as `<sha256>.wav`.

    Raises BadLine with the line and the reason; the caller's unit of work must then be rolled back, as it is by an
    exception that leaves it. Every hash is computed anew, so what is imported can be proved like what was made here.
    """
    fresh: list[str] = []
    for number, line in read(path):
        _prove(line, f"{path.name}, line {number}")
        if session.get(Case, line.id) is None:
            fresh.append(line.number)
    session.expunge_all()
    _make_room(session, fresh)
    count, renumbered = {"new": 0, "further": 0, "known": 0}, {}
    for number, line in read(path):
        came = _take(session, line, f"{path.name}, line {number}", sounds)
        count[came] += 1
        session.flush()
        if came == "new" and (given := session.get_one(Case, line.id).number) != line.number:
            renumbered[line.number] = given
        session.expunge_all()
    return Imported(**count, renumbered=renumbered)


def _prove(line: CaseLine, where: str) -> None:
    events = _events(line)
    broken = next(ledger.breaks_of(events, line.state, len(events), events[-1].hash), None)
    if broken:
        raise BadLine(f"{where}: the ledger of case {line.number} is broken: {broken}")


def _events(line: CaseLine) -> list[CaseEvent]:
    fields = [dict(event) | {"at": event.at.astimezone(UTC)} for event in line.events]
    return [CaseEvent(case_id=line.id, **each) for each in fields]


def _make_room(session: Session, numbers: Sequence[str]) -> None:
    """Numbers that come in are never given again; what is jumped over is no missing case (services/ledger.py)."""
    counter = session.get_one(Counter, "case", with_for_update=True)
    skipped = session.get(Counter, SKIPPED) or Counter(name=SKIPPED, value=0)
    session.add(skipped)
    taken: set[str] = set()
    for at in range(0, len(numbers), _AT_ONCE):  # a database takes no endless list
        taken |= set(session.scalars(select(Case.number).where(Case.number.in_(numbers[at : at + _AT_ONCE]))))
    kept = set(numbers) - taken
    values = {n: int(n[:-1]) for n in kept if opening.with_check_digit(n[:-1]) == n}
    before, after = counter.value, max([counter.value, *values.values()])
    restored = [n for n, v in values.items() if ledger.FIRST_NUMBER < v <= before and skipped.value <= 0]
    skipped.value += (after - before) - (len(kept) - len(restored))
    counter.value = after
    session.flush()


def _take(session: Session, line: CaseLine, where: str, sounds: tuple[Storage, Path] | None) -> str:
    here = session.get(Case, line.id)
    if here is None:
        _write(session, line, where, sounds, number=_number(session, line.number), known=0)
        session.add(ForeignCase(source=SOURCE, foreign_id=str(line.id), case_id=line.id, notes=line.number))
        village = reports.village_named(session, line.village.code or line.village.name) if line.village else None
        about = {"village_id": village.id if village else None, "category": line.category[:64]}
        session.add(Comparison(case_id=line.id, received_at=line.received_at, **about))  # nothing rings for the past
        return "new"
    mine, theirs = [event.hash for event in here.events], [event.hash for event in line.events]
    both = min(len(mine), len(theirs))
    if mine[:both] != theirs[:both]:
        raise BadLine(f"{where}: case {line.number} has gone on here in another way than in the file.")
    if len(theirs) <= len(mine):
        _sounds_only(session, line, where, sounds)
        return "known"
    _write(session, line, where, sounds, number=here.number, known=len(mine))
    return "further"


def _number(session: Session, wanted: str) -> str:
    taken = session.scalar(select(Case.id).where(Case.number == wanted))
    return opening.next_number(session) if taken else wanted


def _write(
    session: Session, line: CaseLine, where: str, sounds: tuple[Storage, Path] | None, *, number: str, known: int
) -> None:
    village = None
    if line.village:
        village = reports.village_named(session, line.village.code) or reports.village_named(session, line.village.name)
    caller = callers.caller_of(session, line.caller) if line.caller else None
    parts = {"number", "village", "caller", "proposal", "events", "recordings", "assignments", "clock"}
    plain = {name: getattr(line, name) for name in type(line).model_fields if name not in parts}
    plain["proposal"] = Proposal.from_json(line.proposal)
    if caller:
        plain["caller_id"] = caller.id
    events = _events(line)
    ends = {"events_count": len(events), "events_head": events[-1].hash}
    session.merge(Case(number=number, village_id=village.id if village else None, **plain, **ends))
    session.flush()
    session.add_all(events[known:])
    if line.clock:
        days, seconds = clocks.granted_in(events)
        session.merge(
            Clock(case_id=line.id, **dict(line.clock), extended_days=days, paused_seconds=seconds, calendar="",
                  sign_span="", answer_span="")
        )  # fmt: skip
    for part in line.assignments:
        named = _department(session, part.department)
        values = {name: value for name, value in part if name != "department"}
        session.merge(Assignment(case_id=line.id, department_id=named.id, **values))
    for recording in line.recordings:
        _keep_recording(session, line, recording, where, sounds)


def _department(session: Session, name: str) -> Department:
    found = departments.named(session, name)
    if found is None:
        found = Department(name=name)
        session.add(found)
        session.flush()
        change_history.note(session, None, found, None, departments.seen(found))
    return found


def _sounds_only(session: Session, line: CaseLine, where: str, sounds: tuple[Storage, Path] | None) -> None:
    """A case that is known may still lack the sound of its recordings."""
    for recording in line.recordings if sounds else ():
        row = session.get(Recording, recording.id)
        if row is not None and not row.key and recording.sha256:
            _keep_sound(row, recording, where, *sounds)


def _keep_recording(
    session: Session, line: CaseLine, recording: RecordingLine, where: str, sounds: tuple[Storage, Path] | None
) -> None:
    row = session.get(Recording, recording.id)
    if row is None:
        row = Recording(carrier_id=f"import:{recording.id}", conversation_id=_call(session, line), case_id=line.id)
        row.state, row.deleted_at_carrier = ("transcribed" if recording.transcripts else "announced"), True
        row.failed, row.seen_at, row.attempts = not recording.transcripts, now(), 0  # it is with the other hotline
        for name in ("id", "sha256", "turn", "seconds", "made_at"):
            setattr(row, name, getattr(recording, name))
        session.add(row)
        session.flush()
    if sounds and recording.sha256 and not row.key:
        _keep_sound(row, recording, where, *sounds)
        row.state = "transcribed" if recording.transcripts else "stored"
    for transcript in recording.transcripts:
        _keep_transcript(session, row.id, transcript)


def _keep_transcript(session: Session, recording_id: UUID, transcript: TranscriptLine) -> None:
    if session.get(Transcript, transcript.id) is None:
        values = {name: value for name, value in transcript if name != "by_person"}
        person = _person(session) if transcript.by_person else None
        session.add(Transcript(recording_id=recording_id, operator_id=person, **values))


def _call(session: Session, line: CaseLine) -> UUID:
    """The conversation in which the recordings of an imported case were made, as far as it is known."""
    id = f"import:{line.id}"
    found = session.scalar(select(Conversation).where(Conversation.carrier_id == id))
    if found is None:
        found = Conversation(channel="voice", carrier_id=id, case_id=line.id, started_at=line.received_at)
        found.ended_at = line.received_at
        session.add(found)
        session.flush()
    return found.id


def _person(session: Session) -> UUID:
    found = session.scalar(select(Operator).where(Operator.login == IMPORTED))
    if found is None:
        found = Operator(login=IMPORTED, name="导入", password_hash="")  # no password fits: nobody logs in with it
        session.add(found)
        session.flush()
    return found.id


def _keep_sound(row: Recording, recording: RecordingLine, where: str, storage: Storage, folder: Path) -> None:
    """Keep the sound; one that does not decode is kept as it is, and stands on the desk's list."""
    file = folder / f"{recording.sha256}.wav"
    sound = file.read_bytes() if file.is_file() else b""
    if hashlib.sha256(sound).hexdigest() != recording.sha256:
        raise BadLine(f"{where}: {file.name} is missing in {folder.name}, or is another sound.")
    row.key, row.failed, row.seen_at = f"recordings/{recording.id}.wav", False, None
    evidence.keep(storage, row.key, sound)
    try:
        read_sound(sound)
    except BadSound as error:
        row.failed, row.fault, row.error = True, UNREADABLE, str(error)

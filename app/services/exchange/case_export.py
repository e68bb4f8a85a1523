"""Writing a case file (services/exchange/case_file.py): cases, ledgers and, where wanted, recordings and numbers."""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db import now
from app.local_time import zone
from app.models import Case, CaseEvent, Clock, Recording
from app.services.exchange import case_file
from app.storage import Storage

_AT_ONCE = 200


@dataclass(frozen=True)
class Exported:
    """How many cases; `missing`: the numbers of those with a recording that the store did not give as it was kept."""

    cases: int
    missing: tuple[str, ...]


def export(
    session: Session,
    path: Path,
    *,
    town: str,
    first: date | None,
    last: date | None,
    callers: bool = False,
    sounds: tuple[Storage, Path] | None = None,
) -> Exported:
    """Write the cases received from the first to the last day (days of Shanghai) to a file.

    `callers`: with their numbers. `sounds`: each recording of the store also goes into the folder, as `<sha256>.wav`,
    read back after it was written. The file appears whole or not at all.
    """
    missing: list[str] = []
    count, fresh = 0, path.with_name(f"{path.name}.{uuid4().hex}")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            os.chmod(fresh, 0o600)
            head = {"format": case_file.FORMAT, "version": case_file.VERSION, "exported_at": now(), "town": town}
            file.write(case_file.Header(**head).model_dump_json() + "\n")
            for case in _received(session, first, last):
                file.write(line_of(case, callers=callers).model_dump_json() + "\n")
                for recording in case.recordings if sounds else ():
                    if not _copy(recording, *sounds):
                        missing.append(case.number)
                count += 1
            file.write(case_file.End(cases=count).model_dump_json() + "\n")
        fresh.rename(path)
    finally:
        fresh.unlink(missing_ok=True)
    return Exported(count, tuple(missing))


def line_of(case: Case, *, callers: bool) -> case_file.CaseLine:
    """A case as a line."""
    village = case.village
    plain = ("id", "number", "channel", "state", "urgent", "unclear", "text", "category", "topic", "ask", "place")
    more = ("understood_right", "received_at", "returns", "reopens")
    return case_file.CaseLine(
        **{name: getattr(case, name) for name in (*plain, *more)},
        proposal=case.proposal.to_json(),
        village=case_file.VillageNamed(name=village.name, code=village.code, town=village.town) if village else None,
        caller=case.caller.number if callers and case.caller and case.caller.number.startswith("+") else None,
        events=[_event(event) for event in case.events],
        recordings=[_recording(recording) for recording in case.recordings],
        assignments=[
            case_file.AssignmentLine(department=part.department.name, **_fields(case_file.AssignmentLine, part))
            for part in case.assignments
        ],
        clock=_clock(case.clock),
    )


def _received(session: Session, first: date | None, last: date | None) -> Iterator[Case]:
    loaded = (Case.recordings, Case.events, Case.assignments)
    one = (Case.caller, Case.village, Case.clock)
    query = select(Case).options(*map(selectinload, loaded), *map(joinedload, one)).order_by(Case.received_at, Case.id)
    if first:
        query = query.where(Case.received_at >= _midnight(first))
    if last:
        query = query.where(Case.received_at < _midnight(last + timedelta(days=1)))
    yield from session.scalars(query.execution_options(yield_per=_AT_ONCE))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), zone())


def _event(event: CaseEvent) -> case_file.EventLine:
    return case_file.EventLine(**_fields(case_file.EventLine, event))


def _recording(recording: Recording) -> case_file.RecordingLine:
    transcripts = [
        case_file.TranscriptLine(by_person=bool(each.operator_id), **_fields(case_file.TranscriptLine, each))
        for each in recording.transcripts
    ]
    return case_file.RecordingLine(transcripts=transcripts, **_fields(case_file.RecordingLine, recording))


def _clock(clock: Clock | None) -> case_file.ClockLine | None:
    return case_file.ClockLine(**_fields(case_file.ClockLine, clock)) if clock else None


def _fields(kind: type, row) -> dict:
    """The columns of a row that the line has by the same name."""
    columns = row.__table__.columns.keys()
    values = {name: getattr(row, name) for name in kind.model_fields if name in columns}
    return {name: float(value) if name in ("seconds", "confidence") else value for name, value in values.items()}


def _copy(recording: Recording, storage: Storage, folder: Path) -> bool:
    """Copy a sound, proved by its hash; False: what the store has is not what was kept."""
    if not recording.key or not recording.sha256:
        return True
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{recording.sha256}.wav"
    if not _is(file, recording.sha256):
        try:
            sound = storage.get(recording.key)
        except KeyError:
            return False
        fresh = file.with_name(f".{file.name}.{uuid4().hex}")
        try:
            fresh.write_bytes(sound)
            if not _is(fresh, recording.sha256):
                return False
            fresh.rename(file)
        finally:
            fresh.unlink(missing_ok=True)
    return True


def _is(file: Path, sha256: str) -> bool:
    return file.is_file() and hashlib.sha256(file.read_bytes()).hexdigest() == sha256

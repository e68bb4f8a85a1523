"""What a department sees (部门看得到的): its own cases, and of them the fields of data/department_fields.yaml."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import yaml
from sqlalchemy import ColumnElement, false, select

from app.files import file, kept
from app.models import Assignment, Case, CaseEvent
from app.services.cases.transitions import held_by
from app.services.events import CALLER, KINDS, REPLY, kind

WORDS, RECORDINGS, PHONE = "words", "recordings", "phone"
FIELDS = (WORDS, RECORDINGS, PHONE)
_WHEN = ("always", "signed", "never")
_HERS = (CALLER, REPLY)  # whose words are what the field `words` is about


class FieldsUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Fields:
    """Field -> when it is seen (always, signed, never); the kinds of events that are seen."""

    when: dict[str, str]
    events: frozenset[str]


@kept
def fields() -> Fields:
    """Those in force."""
    return read_fields(file("department_fields.yaml"))


def read_fields(path: Path) -> Fields:
    """The fields of a file. Raises FieldsUnusable."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    when, events = (read.get(key) for key in ("fields", "events")) if isinstance(read, dict) else (None, None)
    if not isinstance(when, dict) or sorted(when) != sorted(FIELDS):
        raise FieldsUnusable(f"{path.name}: fields needs exactly {', '.join(FIELDS)}.")
    for field, said in when.items():
        if said not in _WHEN:
            raise FieldsUnusable(f"{path.name}: {field} is {said}; it must be one of {', '.join(_WHEN)}.")
    if not isinstance(events, list) or not all(isinstance(kind, str) for kind in events):
        raise FieldsUnusable(f"{path.name}: events must be a list of kinds of events.")
    if unknown := sorted(set(events) - set(KINDS)):
        raise FieldsUnusable(f"{path.name}: there is no kind of event {', '.join(unknown)}.")
    return Fields(when, frozenset(events))


def sees(case: Case, field: str, department_id: UUID | None) -> bool:
    """Whether somebody of this department (None: at the desk) sees a field of this case."""
    if department_id is None:
        return True
    part, when = held_by(case, department_id), fields().when[field]
    return part is not None and when != "never" and (when == "always" or part.signed_at is not None)


def where_seen(field: str, department_id: UUID | None) -> tuple[ColumnElement[bool], ...]:
    """The condition on cases of which this department sees the field."""
    if department_id is None:
        return ()
    when = fields().when[field]
    if when == "never":
        return (false(),)
    mine = select(Assignment.case_id).where(Assignment.department_id == department_id, Assignment.ended_at.is_(None))
    return (Case.id.in_(mine.where(Assignment.signed_at.is_not(None)) if when == "signed" else mine),)


def events_seen(case: Case, events: Iterable[CaseEvent], department_id: UUID | None) -> list[CaseEvent]:
    """The events of a case that this department sees, in their order; without her words where it does not see those."""
    if department_id is None:
        return list(events)
    seen = [event for event in events if event.kind in fields().events]
    return seen if sees(case, WORDS, department_id) else [_without_words(event) for event in seen]


def _without_words(event: CaseEvent) -> CaseEvent:
    """The same step without what the caller said in it or was answered: a copy that is in no session."""
    known = kind(event.kind)
    if known.whose not in _HERS:
        return event
    data = {key: value for key, value in event.data.items() if key not in known.words}
    return CaseEvent(number=event.number, kind=event.kind, by=event.by, data=data, at=event.at)

"""Search: what a case is found by, kept in the index with every change, in the transaction that makes the change.

Found by: the case's number, its caller's telephone number or the end of it, its place (decided, proposed or said), its
texts, transcripts as heard and as corrected, replies, and the words that go with moves. Departments have a term, too.
"""

import sqlite3
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from uuid import UUID

import structlog
from sqlalchemy import Row, Select, event, func, inspect, select, tuple_, update
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import Session

from app.db import BeginAgain, Database
from app.models import (
    Assignment,
    Caller,
    Case,
    CaseEvent,
    Message,
    Proposal,
    Recording,
    SearchEntry,
    SpokenReply,
    Transcript,
    Village,
)
from app.services.events import KINDS
from app.services.search import index
from app.services.search.terms import of_department, of_number, of_phone, terms_of

log = structlog.get_logger()

_WITHOUT_SECONDS = 120  # the worker looks every minute
_BATCH = 500
_CHANGED = "cases whose terms change"
_OF_CASE = ("number", "text", "place", "village_id", "proposal", "caller_id")
_HELD = ("text", "why")  # what holds words in an event's data
_OWN = {name: kind.words for name, kind in KINDS.items() if kind.own}  # events whose words are in no row but theirs


def follow(database: Database) -> None:
    """Keep the index of a database with every change that is made through its sessions, from now on."""
    event.listen(database.sessions, "after_flush", _note)
    event.listen(database.sessions, "before_commit", _Keeping().keep)
    event.listen(database.sessions, "after_rollback", lambda session: session.info.pop(_CHANGED, None))


def refresh(session: Session, cases: Iterable[UUID]) -> None:
    """Keep what some cases are found by now, and forget what they were found by before."""
    ids = list(cases)
    for start in range(0, len(ids), _BATCH):
        batch = ids[start : start + _BATCH]
        locked = select(SearchEntry.id).where(SearchEntry.case_id.in_(batch)).order_by(SearchEntry.id)
        session.execute(locked.with_for_update())  # of two writers of a case, the second reads the first one's words
        index.put(session, terms_of_cases(session, batch))


def refresh_villages(database: Database) -> list[str]:
    """Have the cases of villages that have another name since be found by it, some at a time; returns the new names."""
    with database.reading() as session:
        renamed = session.execute(select(Village.id, Village.name).where(Village.found_as != Village.name)).all()
    for id, name in renamed:
        with database.reading() as session:
            ids = session.scalars(select(Case.id).where(Case.village_id == id)).all()
        for start in range(0, len(ids), _BATCH):
            with database.session() as session:
                refresh(session, ids[start : start + _BATCH])
        with database.session() as session:
            session.execute(update(Village).where(Village.id == id).values(found_as=name))
    return [name for _, name in renamed]


def rebuild(database: Database) -> int:
    """Rebuild the index, the first received case first; returns how many cases there are."""
    with database.session() as session:
        index.clear(session)
    count, last = 0, None
    while True:
        with database.session() as session:
            batch = session.execute(_received_after(last)).all()
            refresh(session, [row.id for row in batch])
        if not batch:
            return count
        count, last = count + len(batch), batch[-1]


def mend(database: Database) -> int:
    """Put cases into the index that are not in it, which happens where it was damaged; the whole of it is then made
    again. Gives how many cases were gone through."""
    entries, cases = (select(func.count()).select_from(each).scalar_subquery() for each in (SearchEntry, Case))
    with database.reading() as session:
        if session.execute(select(entries == cases)).scalar():
            return 0
        missing = session.scalars(
            select(Case.id).where(~select(SearchEntry.id).where(SearchEntry.case_id == Case.id).exists())
        ).all()
    try:
        for start in range(0, len(missing), _BATCH):
            with database.session() as session:
                refresh(session, missing[start : start + _BATCH])
    except DatabaseError as error:
        if not is_damage(error):
            raise
        return rebuild(database)
    return len(missing)


def is_damage(error: DatabaseError) -> bool:
    """Whether the database says that what it holds of the index is broken (SQLITE_CORRUPT, SQLITE_ERROR; PostgreSQL's
    class XX), rather than that it is busy, full or in contradiction."""
    code = getattr(error.orig, "sqlite_errorcode", 0) & 0xFF
    broken = code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_ERROR) or str(error.orig) == "constraint failed"  # no name
    return broken or (getattr(error.orig, "sqlstate", None) or "").startswith("XX")


def _received_after(last: Row | None) -> Select:
    query = select(Case.id, Case.received_at).order_by(Case.received_at, Case.id).limit(_BATCH)
    return query.where(tuple_(Case.received_at, Case.id) > tuple_(last.received_at, last.id)) if last else query


def texts_of_cases(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """Everything that was said and written about some cases, the caller's own words first."""
    texts: dict[UUID, list[str]] = defaultdict(list)
    for query in _texts(ids):
        for row in session.execute(query):
            texts[row[0]].extend(_strings(row[1:]))
    return texts


def terms_of_cases(session: Session, ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """What some cases are found by, the first received first."""
    texts = texts_of_cases(session, ids)
    hands: dict[UUID, set[str]] = defaultdict(set)
    held = select(Assignment.case_id, Assignment.department_id).where(Assignment.ended_at.is_(None))
    for case_id, department_id in session.execute(held.where(Assignment.case_id.in_(ids))):
        hands[case_id].add(of_department(str(department_id)))
    found: dict[UUID, set[str]] = {}
    numbers = select(Case.id, Case.number, Caller.number).outerjoin(Caller, Caller.id == Case.caller_id)
    for id, number, phone in session.execute(numbers.where(Case.id.in_(ids)).order_by(Case.received_at, Case.id)):
        phones = of_phone(phone) if phone else set()
        found[id] = terms_of(texts[id]) | {of_number(number)} | phones | hands[id]
    return found


def _texts(ids: Sequence[UUID]) -> list:
    """Rows of a case's id and what has words."""
    place = select(Case.id, Case.text, Village.name, Case.place, Case.proposal)
    heard = select(Recording.case_id, Transcript.text, Transcript.words).join(Transcript.recording)
    spoken = select(SpokenReply.case_id, SpokenReply.text)
    events = select(CaseEvent.case_id, CaseEvent.data).where(CaseEvent.kind.in_(_OWN))
    return [
        place.outerjoin(Village, Village.id == Case.village_id).where(Case.id.in_(ids)),
        heard.where(Recording.case_id.in_(ids)).order_by(Transcript.at, Transcript.id),
        select(Message.case_id, Message.body).where(Message.case_id.in_(ids)).order_by(Message.at, Message.id),
        spoken.where(SpokenReply.case_id.in_(ids)).order_by(SpokenReply.at, SpokenReply.id),
        events.where(CaseEvent.case_id.in_(ids)).order_by(CaseEvent.number, CaseEvent.case_id),
    ]


def _strings(values: Iterable) -> Iterable[str]:
    for value in values:
        if isinstance(value, list):  # words of a transcript: what was heard before a character was chosen by its sound
            if any("heard" in word for word in value):
                yield "".join(word.get("heard") or word["text"] for word in value)
        elif isinstance(value, Proposal):
            yield from (value.place, value.village)
        elif isinstance(value, dict):
            yield from (value[key] for key in _HELD if isinstance(value.get(key), str))
        elif value:
            yield value


# ---------------------------------------------------------------- what a change of rows means


def _note(session: Session, _context) -> None:
    """Remember the cases that are to be found otherwise from now on. Rows are gone through at each flush."""
    for row in (*session.new, *session.dirty, *session.deleted):
        concerned = _concerned(session, row)
        if concerned:
            session.info.setdefault(_CHANGED, set()).add(concerned)


def _concerned(session: Session, row) -> tuple[str, UUID] | None:
    """Whose terms a changed row changes: a case's, or all cases' of a recording or a caller."""
    if isinstance(row, Case):
        return ("case", row.id) if row not in session.deleted and _differs(session, row, *_OF_CASE) else None
    if isinstance(row, CaseEvent):
        worded = any(row.data.get(key) for key in _OWN.get(row.kind, ()))
        return ("case", row.case_id) if worded else None
    if isinstance(row, Message | SpokenReply | Assignment | Recording):
        if isinstance(row, Recording) and row not in session.deleted:
            return None  # it has no words yet
        columns = ("case_id", "ended_at", "department_id") if isinstance(row, Assignment) else ("case_id",)
        return ("case", row.case_id) if row.case_id and _differs(session, row, *columns) else None
    if isinstance(row, Transcript):
        return ("recording", row.recording_id) if _differs(session, row, "text") else None
    if isinstance(row, Caller):
        return ("caller", row.id) if row not in session.new and _differs(session, row, "number") else None
    return None


def _differs(session: Session, row, *columns: str) -> bool:
    if row in session.new or row in session.deleted:
        return True
    attributes = inspect(row).attrs
    return any(attributes[name].history.has_changes() for name in columns)


class _Keeping:
    """Keeps the index with every change. Where it is damaged, cases are kept without it for a while: the unit of work
    at hand, which the damage may have ended, is begun again, and the worker mends the index."""

    def __init__(self):
        self._without_until = 0.0  # monotonic

    def keep(self, session: Session) -> None:
        if session.in_nested_transaction():
            return
        session.flush()
        if time.monotonic() < self._without_until:
            session.info.pop(_CHANGED, None)
            return
        try:
            _keep(session)
        except DatabaseError as error:
            if not is_damage(error):
                raise
            self._without_until = time.monotonic() + _WITHOUT_SECONDS
            log.error("the index of the search is damaged; cases are kept without it", error=str(error.orig))
            raise BeginAgain("the index of the search is damaged") from error


def _keep(session: Session) -> None:
    changed = session.info.pop(_CHANGED, ())
    ids = {id for kind, id in changed if kind == "case"}
    for kind, column, cases in (("recording", Recording.id, Recording.case_id), ("caller", Case.caller_id, Case.id)):
        of_kind = [id for what, id in changed if what == kind]
        if of_kind:
            ids.update(session.scalars(select(cases).where(column.in_(of_kind))))
    if ids:
        refresh(session, ids)

"""The ledger (台账): a case's events, only ever added, each with the hash of the one before. Written and proved here.

What `breaks` finds: an event that was altered, is missing, was put in another place or slipped in; the last events cut
off (the case keeps how many there are and the last hash); a state that no event tells of; cases deleted whole (case
numbers leave no gaps). What no check within one database can find: somebody who writes both the events and the case
anew with fresh hashes. Against that, copies of the database are kept elsewhere (docs/operations.md).
"""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

from blinker import Signal
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Case, CaseEvent, Counter
from app.services.events import KINDS

recorded = Signal("an event was recorded: sender the session, case and event by name; in its unit of work")
FIRST_NUMBER = 1000  # what the counter of case numbers holds before the first case (migration 0001)


def record(session: Session, case: Case, kind: str, *, by: str, **data: Any) -> CaseEvent:
    """Add an event to the case's ledger, chained to the one before. Raises ValueError for a kind not in KINDS."""
    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of event: services/events.py has them all")
    session.execute(select(Case.id).where(Case.id == case.id).with_for_update())  # one writer per ledger
    last = session.scalar(
        select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number.desc()).limit(1)
    )
    event = CaseEvent(
        case_id=case.id,
        number=last.number + 1 if last else 1,
        kind=kind,
        by=by,
        data=data,
        at=now(),
        previous_hash=last.hash if last else "",
    )
    event.hash = event.computed_hash()
    session.add(event)
    case.events_count, case.events_head = event.number, event.hash
    if by not in ("caller", "hotline"):
        case.handled_by, case.caller_spoke_at = by, None
    elif KINDS[kind].caller_spoke:
        case.caller_spoke_at = event.at
    session.flush()
    recorded.send(session, case=case, event=event)
    return event


def events_of(session: Session, case: Case) -> list[CaseEvent]:
    """The events of a case so far, the first first."""
    return list(session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id).order_by(CaseEvent.number)))


def breaks(session: Session) -> Iterator[str]:
    """Every break of the ledger, a line each, the cases in no order; nothing where it is whole.

    Reads every event, as of one moment: the session must not have been used before.
    """
    session.connection(execution_options={"isolation_level": "SERIALIZABLE"})
    yield from _deleted(session)
    events = select(CaseEvent).order_by(CaseEvent.case_id, CaseEvent.number).execution_options(yield_per=1000)
    cases = select(Case.id, Case.number, Case.state, Case.events_count, Case.events_head).order_by(Case.id)
    ledgers = groupby(session.scalars(events), key=lambda event: event.case_id)
    ledger = next(ledgers, None)
    for id, number, state, count, head in session.execute(cases.execution_options(yield_per=1000)):
        while ledger and ledger[0] < id:
            yield f"events of a case that is not there: {ledger[0]}."
            ledger = next(ledgers, None)
        mine: list[CaseEvent] = []
        if ledger and ledger[0] == id:
            mine = list(ledger[1])
            ledger = next(ledgers, None)
        yield from (f"case {number}: {line}" for line in breaks_of(mine, state, count, head))


def breaks_of(events: list[CaseEvent], state: str, count: int, head: str) -> Iterator[str]:
    """Every break in the events of one case that stands at `state` and has `count` of them, the last hashed `head`."""
    previous = ""
    for place, event in enumerate(events, 1):
        if event.number != place:
            yield f"event {place} is missing or out of its place (the next one is numbered {event.number})."
            return
        if event.computed_hash() != event.hash:
            yield f"event {place} ({event.kind}) was altered."
        if event.previous_hash != previous:
            yield f"event {place} ({event.kind}) does not follow the one before it."
        previous = event.hash
    if len(events) < count:
        yield f"the last {count - len(events)} of {count} events are missing."
    elif len(events) > count or previous != head:
        yield f"there are {len(events)} events; the case knows of {count}, the last with another hash."
    told = next((event.data["state"] for event in reversed(events) if "state" in event.data), state)
    if told != state:
        yield f"it stands at {state}, but its last event left it at {told}."


def _deleted(session: Session) -> Iterator[str]:
    given = (session.scalar(select(Counter.value).where(Counter.name == "case")) or FIRST_NUMBER) - FIRST_NUMBER
    given -= session.scalar(select(Counter.value).where(Counter.name == "case_skipped")) or 0  # by an import
    there = session.scalar(select(func.count()).select_from(Case)) or 0
    if there < given:
        yield f"{given - there} of {given} cases are missing."

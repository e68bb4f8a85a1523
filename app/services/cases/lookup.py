"""Finding a case: by its number, among a caller's own, and what a caller who rings is told about."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.models import (
    Caller,
    Case,
    CaseEvent,
)
from app.models.case import OPEN_STATES

_ANSWER_IS_NEWS = timedelta(days=14)


def latest_open(session: Session, caller: Caller | None) -> Case | None:
    """The caller's newest case that is not closed."""
    if caller is None:
        return None
    newest = select(Case).where(Case.caller_id == caller.id, Case.state.in_(OPEN_STATES))
    return session.scalar(newest.order_by(Case.received_at.desc(), Case.number.desc()).limit(1))


def to_tell(session: Session, caller: Caller | None) -> Case | None:
    """The case a caller is told about when he rings: his newest open one, unless it was answered a while ago."""
    case = latest_open(session, caller)
    answer = _last_answer(session, case) if case else None
    return None if answer and answer.at < now() - _ANSWER_IS_NEWS else case


def latest_answer(session: Session, case: Case) -> str:
    """What the desk answered last; empty where it has not."""
    event = _last_answer(session, case)
    return (event.data.get("body") or event.data.get("text", "")) if event else ""


def _last_answer(session: Session, case: Case) -> CaseEvent | None:
    answers = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(("texted", "spoken")))
    return session.scalar(answers.order_by(CaseEvent.number.desc()).limit(1))


def own(session: Session, caller: Caller | None, number: str) -> Case | None:
    """The case with this number if it is this caller's; nobody is told of another's."""
    case = find(session, number)
    return case if case and caller and case.caller_id == caller.id else None


def find(session: Session, number: str) -> Case | None:
    """The case with this number."""
    return session.scalar(select(Case).where(Case.number == number))

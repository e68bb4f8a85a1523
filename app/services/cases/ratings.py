"""Ratings (评价): rounds of asking the caller, and what came of each. The moves of a case are in lifecycle.py."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Asking, Caller, Case, CaseEvent, Conversation, Operator, Rating
from app.services.cases import follow_up_rules
from app.services.cases.follow_up_rules import rules
from app.services.ledger import record

CALLER, NOT_REACHED, UNCONFIRMED, NO_NUMBER = "caller", "not_reached", "unconfirmed", "no_number"
OPEN = ("waiting", "calling", "unknown", "ringing", "asked")
_CALL_IS_NEAR = timedelta(hours=24)  # a rating that a person enters belongs to a call of the last day


def schedule(session: Session, case: Case, answered_by: Operator | None) -> Asking | None:
    """The caller was answered: he will be asked about it, at the earliest a day later. None without a number.

    Another answer before he was asked puts the asking off; one that is under way goes on.
    """
    if case.caller_id is None:
        return None
    asking = open_asking(session, case)
    if asking is None:
        asking = Asking(case_id=case.id, caller_id=case.caller_id, state="waiting", tries=[])
        session.add(asking)
    if asking.state == "waiting" and not asking.tries and asking.texted_at is None:
        asking.due_at = follow_up_rules.next_moment(now() + rules().ask_after, ())
        asking.answered_by_id = answered_by.id if answered_by else None
    session.flush()
    return asking


def open_asking(session: Session, case: Case) -> Asking | None:
    """The round that is not over, if there is one."""
    query = select(Asking).where(Asking.case_id == case.id, Asking.state.in_(OPEN))
    return session.scalar(query.order_by(Asking.at.desc(), Asking.id).limit(1))


def question(session: Session, caller: Caller | None) -> tuple[str, Asking] | None:
    """What a text of this caller may answer: ("solved" or "grade", the round); the newest that he was asked by text."""
    if caller is None:
        return None
    query = select(Asking).where(Asking.caller_id == caller.id, Asking.texted_at.is_not(None))
    for asking in session.scalars(query.order_by(Asking.texted_at.desc(), Asking.id).limit(5)):
        rating = _of(session, asking)
        if asking.state == "answered" and rating and rating.grade is None and rating.at > now() - rules().grade_waits:
            return "grade", asking
        late = asking.state == NOT_REACHED and asking.texted_at > now() - rules().late_answer
        if asking.state in OPEN or late:
            return "solved", asking
    return None


def judge(
    session: Session, case: Case, *, solved: bool, how: str, operator: Operator | None = None,
    seconds: float | None = None,
) -> Rating:  # fmt: skip
    """The caller's own verdict (`how`: key, text, or person: `operator` asked) ends the round."""
    asking = open_asking(session, case) or _last_not_reached(session, case)
    rating = _conclude(session, case, asking, CALLER)
    rating.solved, rating.how, rating.seconds_to_answer = solved, how, seconds
    if operator is not None:
        rating.operator_id, rating.call_known = operator.id, _call_known(session, case)
    session.flush()
    return rating


def grade(session: Session, case: Case, value: int, *, how: str, by: str, seconds: float | None = None) -> bool:
    """How content he is (a key of GRADES). False: there is no verdict that it belongs to, or it has a grade."""
    own = select(Rating).where(Rating.case_id == case.id, Rating.outcome == CALLER)
    rating = session.scalar(own.order_by(Rating.at.desc(), Rating.id).limit(1))
    if rating is None or rating.grade is not None:
        return False
    rating.grade, rating.seconds_to_grade = value, seconds
    record(session, case, "graded", by=by, grade=value, how=how, seconds=seconds)
    return True


def end_without_verdict(session: Session, case: Case, outcome: str) -> Rating:
    """The round ends without the caller's word (NOT_REACHED, UNCONFIRMED or NO_NUMBER)."""
    rating = _conclude(session, case, open_asking(session, case), outcome)
    session.flush()
    return rating


def note_try(session: Session, case: Case, asking: Asking, *, by: str, how: str, status: str) -> bool:
    """A call led to no answer; returns whether that makes enough of them. Every try stands in the ledger."""
    before = tried(asking)
    counted = follow_up_rules.counts(now(), before)
    asking.tries = [*asking.tries, {"at": now().isoformat(), "how": how, "by": by, "status": status}]
    record(session, case, "ask_tried", by=by, how=how, status=status, times=len(asking.tries), counted=counted)
    return follow_up_rules.enough(tried(asking))


def tried(asking: Asking) -> list[datetime]:
    """When calls of this round led to no answer."""
    return [datetime.fromisoformat(each["at"]) for each in asking.tries]


def drop(session: Session, case: Case) -> None:
    """The case moved on: nobody is asked about that answer any more."""
    if asking := open_asking(session, case):
        _end(asking, "dropped")


def _conclude(session: Session, case: Case, asking: Asking | None, outcome: str) -> Rating:
    rating = _of(session, asking) if asking else None
    if rating is None:
        rating = Rating(case_id=case.id, asking_id=asking.id if asking else None)
        session.add(rating)
    if asking is not None:
        _end(asking, "answered" if outcome == CALLER else NOT_REACHED if outcome == NOT_REACHED else "dropped")
        rating.handler_id = asking.answered_by_id
    rating.outcome, rating.at = outcome, now()
    lead = case.lead
    rating.department_id, rating.village_id = lead.department_id if lead else None, case.village_id
    if clock := case.clock:
        rating.started_at, rating.answered_at, rating.answer_by = clock.started_at, clock.stopped_at, clock.answer_by
        if clock.stopped_at and clock.answer_by:
            rating.in_time = clock.stopped_at <= clock.answer_by
    return rating


def _end(asking: Asking, state: str) -> None:
    asking.state, asking.due_at = state, None
    asking.leased_by = asking.leased_until = None


def _of(session: Session, asking: Asking) -> Rating | None:
    return session.scalar(select(Rating).where(Rating.asking_id == asking.id))


def _last_not_reached(session: Session, case: Case) -> Asking | None:
    query = select(Asking).where(Asking.case_id == case.id).order_by(Asking.at.desc(), Asking.id).limit(1)
    last = session.scalar(query)
    return last if last and last.state == NOT_REACHED else None


def _call_known(session: Session, case: Case) -> bool:
    """Whether a call with this caller, in or out, is on record within the last day."""
    since = now() - _CALL_IS_NEAR
    calls = select(Conversation.id).where(Conversation.caller_id == case.caller_id, Conversation.channel == "voice")
    if case.caller_id and session.scalar(calls.where(Conversation.started_at > since).limit(1)):
        return True
    told = select(CaseEvent.id).where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(("called_back", "transferred")))
    return session.scalar(told.where(CaseEvent.at > since).limit(1)) is not None

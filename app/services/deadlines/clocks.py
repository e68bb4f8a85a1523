"""Deadlines (时限): each case's clock. It runs from receipt, never stops unseen, reminds and urges by itself.

Every change of a clock is an event of its case: "clock" (class and terms set), "extended", "paused", "resumed",
"clock_stopped"; so are the steps it takes: "sign_late", "reminded", "urged", "raised", each once for each term.

A term in working days is made by the calendar as it is known then (business_hours.py), provisional where a day is not
settled, and made again by `recount` as soon as the calendar says something else.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import Case, CaseEvent, Clock
from app.services.deadlines.business_hours import (
    after_working_time,
    calendar,
    is_open,
    is_unsettled,
    next_opening,
    working_time,
)
from app.services.deadlines.clock_rules import EMERGENCY, ORDINARY, Span, rules
from app.services.ledger import record

_ASK_AGAIN = timedelta(days=1)  # the rules may know the class by then
_SIGN, _URGE = "sign", "urge"
_DAY_SECONDS = 24 * 60 * 60
NO_TERM = "没有这一种时限，几时要办好算不出来，请换一种。"


def terms(kind: str, at: datetime) -> tuple[datetime | None, datetime | None]:
    """By when a matter of this class, received at `at`, is to be signed for and answered.

    Signing never comes after answering. None: the rules know no such class (that of a case from elsewhere).
    """
    of_kind = rules().kinds.get(kind)
    return _terms(of_kind.sign, of_kind.answer, at) if of_kind else (None, None)


def granted_in(events: Iterable[CaseEvent]) -> tuple[int, float]:
    """The days granted and the seconds paused in a case's present term, as its ledger tells, in order."""
    days, seconds = 0, 0.0
    for event in events:
        if event.kind == "reopened":
            days, seconds = 0, 0.0
        elif event.kind == "extended":
            days += event.data["days"]
        elif event.kind == "paused":
            seconds += event.data["days"] * _DAY_SECONDS
        elif event.kind == "resumed":
            seconds -= event.data["unused_seconds"]
    return days, max(seconds, 0.0)


def of(session: Session, case: Case) -> Clock:
    """The clock of a case; one without a clock (from before there were any) gets its own, from its receipt."""
    clock = session.get(Clock, case.id)
    return clock or start(session, case)


def start(session: Session, case: Case, kind: str = ORDINARY) -> Clock:
    """Start a case's clock at its receipt."""
    clock = Clock(case=case, kind=kind, started_at=case.received_at, asked_days=0, asked_why="",
                  granted_days=0, granted_why="", extended_days=0, paused_seconds=0.0, unknown=False, provisional=False,
                  done=[])  # fmt: skip
    session.add(clock)
    _set_terms(session, case, clock, by="hotline")
    return clock


def classify(session: Session, case: Case, kind: str, *, by: str) -> None:
    """Put a case into another class: its terms count from receipt all the same; what was granted and paused stays."""
    clock = _running(session, case)
    if kind not in rules().kinds:
        raise Refused("没有这种时限，请从列表里选。")
    if clock.kind == kind:
        return
    clock.kind = kind
    case.urgent = case.urgent or kind == EMERGENCY
    _set_terms(session, case, clock, by=by)


def mark_urgent(session: Session, case: Case, *, urgent: bool, by: str) -> None:
    """An urgent case runs by the emergency's clock; one that is no longer urgent by the ordinary one."""
    clock = of(session, case)
    kind = clock.kind
    if clock.stopped_at:
        return
    if urgent and kind not in (EMERGENCY, "utility"):
        classify(session, case, EMERGENCY, by=by)
    elif not urgent and kind == EMERGENCY:
        classify(session, case, ORDINARY, by=by)


def quicken(session: Session, case: Case, kind: str, *, by: str) -> None:
    """Put a case that runs by the ordinary clock into a class that must go faster; any other stays as it is."""
    clock = of(session, case)
    if clock.stopped_at is None and clock.kind == ORDINARY:
        classify(session, case, kind, by=by)


def restart(session: Session, case: Case, *, by: str) -> None:
    """The caller says that it is not solved: a new term of the same class, from this moment."""
    clock = of(session, case)
    clock.started_at, clock.stopped_at, clock.signed_at = now(), None, None
    clock.paused_at = clock.paused_until = None
    clock.granted_days, clock.granted_why = 0, ""
    clock.extended_days, clock.paused_seconds = 0, 0.0
    clock.done = []
    _set_terms(session, case, clock, by=by)


def sign(session: Session, case: Case) -> None:
    """The lead has signed: the clock of signing is met, the clock of answering runs on."""
    clock = of(session, case)
    clock.signed_at = clock.signed_at or now()
    _wind(session, case, clock)


def stop(session: Session, case: Case, *, by: str) -> None:
    """The caller was answered, or the case closed."""
    clock = of(session, case)
    if clock.stopped_at is None:
        clock.stopped_at, clock.asked_days, clock.asked_why = now(), 0, ""
        late = bool(clock.answer_by and clock.stopped_at > clock.answer_by)
        record(session, case, "clock_stopped", by=by, late=late, answer_by=_written(clock.answer_by))
    _wind(session, case, clock)


def extend(session: Session, case: Case, days: int, why: str, *, by: str) -> None:
    """Grant more time, in days by the calendar."""
    clock = _running(session, case)
    if clock.answer_by is None:
        raise Refused(NO_TERM)
    clock.extended_days += days
    _move(clock, timedelta(days=days))
    clock.asked_days, clock.asked_why = 0, ""
    clock.granted_days, clock.granted_why = days, why
    record(session, case, "extended", by=by, days=days, why=why, answer_by=_written(clock.answer_by))
    _forget(clock)
    _wind(session, case, clock)


def pause(session: Session, case: Case, why: str, days: int, *, by: str) -> None:
    """Stop the clock for a reason and for so many days; they are part of the term from now on, for everybody to see."""
    clock = _running(session, case)
    if not why.strip():
        raise Refused("暂停时限要写明原因。")
    if not 1 <= days <= rules().longest_pause:
        raise Refused(f"一次最多暂停 {rules().longest_pause} 天，请写 1 到 {rules().longest_pause}。")
    if is_paused(clock):
        raise Refused("时限已经暂停了，到期会自己接着走。")
    if clock.answer_by is None:
        raise Refused(NO_TERM)
    if clock.answer_by <= now():
        raise Refused("已经超期了，不能再暂停。")
    clock.paused_at, clock.paused_until = now(), now() + timedelta(days=days)
    clock.paused_seconds += (clock.paused_until - clock.paused_at).total_seconds()
    _move(clock, clock.paused_until - clock.paused_at)
    record(
        session, case, "paused", by=by, why=why.strip(), days=days, until=_written(clock.paused_until),
        answer_by=_written(clock.answer_by),
    )  # fmt: skip
    _forget(clock)
    _wind(session, case, clock)


def resume(session: Session, case: Case, *, by: str) -> None:
    """End a pause before its time: what is left of it is taken off the term again."""
    clock = _running(session, case)
    if not is_paused(clock):
        raise Refused("时限没有暂停。")
    left = clock.paused_until - now()
    clock.paused_until = now()
    clock.paused_seconds = max(clock.paused_seconds - left.total_seconds(), 0.0)
    _move(clock, -left)
    record(session, case, "resumed", by=by, unused_seconds=left.total_seconds(), answer_by=_written(clock.answer_by))
    _forget(clock)
    _wind(session, case, clock)


def is_paused(clock: Clock) -> bool:
    """Whether the clock stands at this moment, for a reason that is on record."""
    return clock.stopped_at is None and clock.paused_until is not None and clock.paused_until > now()


# ---------------------------------------------------------------- what the clock does by itself


def due(session: Session, limit: int) -> list[UUID]:
    """Cases whose clock has a step to take now, the longest due first. Its cost does not grow with the open cases.

    While the office is closed only those of which somebody is told at any hour; the others wait for the next opening.
    """
    waiting = select(Clock.case_id).where(Clock.next_at <= now())
    if not is_open(now()):
        waiting = waiting.where(Clock.kind.in_(rules().at_any_hour))
    return list(session.scalars(waiting.order_by(Clock.next_at, Clock.case_id).limit(limit)))


def outdated(session: Session, limit: int, but: Sequence[UUID] = ()) -> list[UUID]:
    """Cases with a running clock whose terms were made by another calendar than the one in force, without those of
    `but`. Its cost does not grow with the open cases."""
    mark, running = calendar().mark, select(Clock.case_id).where(Clock.stopped_at.is_(None))
    ranges = (running.where(Clock.calendar < mark), running.where(Clock.calendar > mark))  # as the index has them
    found = session.scalars(union_all(*ranges).limit(limit + len(but)))
    return [id for id in found if id not in but]


def recount(session: Session, case_id: UUID) -> CaseEvent | None:
    """Make the terms of a running clock again by the calendar in force; a second run finds nothing to do.

    The event names the old and the new terms; None: they are as they were. What was granted and paused stays, and what
    somebody was reminded of is not said again. Terms that the present rules never gave, those of a case from elsewhere
    or from before, stay as they are.
    """
    case, clock = _locked(session, case_id)
    mark = calendar().mark
    if clock.stopped_at or clock.calendar == mark:
        return None
    event = _make_anew(session, case, clock)
    clock.calendar = mark
    _wind(session, case, clock)
    return event


def advance(session: Session, case_id: UUID) -> list[CaseEvent]:
    """Take the steps of a clock that are due, each once; a second run finds none. Gives the events.

    Of reminders that waited for the same opening only the last stage is told.
    """
    case, clock = _locked(session, case_id)
    if clock.next_at is None or clock.next_at > now() or not (_at_any_hour(clock) or is_open(now())):
        return []
    if clock.unknown:
        _make_anew(session, case, clock)
    left = [(key, at) for key, at in steps(clock) if at and at <= now() and key not in clock.done]
    taken = sorted(left, key=lambda step: step[1])
    clock.done = [*clock.done, *(key for key, _ in taken)]
    events = [
        _take(session, case, clock, key, at)
        for place, (key, at) in enumerate(taken)
        if not any(_is_stage(key) and _is_stage(later) and at == then for later, then in taken[place + 1 :])
    ]
    _wind(session, case, clock)
    return events


def steps(clock: Clock) -> list[tuple[str, datetime | None]]:
    """What the clock will do and has done, with the moment of each; None where its term cannot be worked out.

    Each waits for the office to open, but for those classes of which somebody is told at any hour.
    """
    found: list[tuple[str, datetime | None]] = []
    if clock.signed_at is None:
        found.append((_SIGN, clock.sign_by))
    if clock.answer_by:
        found += [(f"remind {percent}", _passed(clock, percent)) for percent in rules().remind]
        found.append((_URGE, clock.answer_by))
        found += [(f"raise {i}", span.after(clock.answer_by)) for i, (span, _) in enumerate(rules().raises, 1)]
    else:
        found.append((_URGE, None))
    if _at_any_hour(clock):
        return found
    return [(key, next_opening(at) if at else None) for key, at in found]


def _passed(clock: Clock, percent: int) -> datetime:
    """When so much of the time is over: of a term in working days, of the time in which the office is open."""
    spans = _spans(clock)
    if spans and spans[1].unit == "workdays" and (whole := working_time(clock.started_at, clock.answer_by)):
        return after_working_time(clock.started_at, whole * percent / 100)
    return clock.started_at + (clock.answer_by - clock.started_at) * percent / 100


def _at_any_hour(clock: Clock) -> bool:
    return clock.kind in rules().at_any_hour


def _is_stage(key: str) -> bool:
    """Whether a step is told to the department, and a later one says what it would."""
    return not key.startswith("raise")


def _take(session: Session, case: Case, clock: Clock, key: str, planned: datetime) -> CaseEvent:
    kind, _, number = key.partition(" ")
    to = case.lead.department.name if case.lead else "热线"
    data = {"planned": _written(planned), "to": to}
    if kind == _SIGN:
        return record(session, case, "sign_late", by="hotline", **data)
    if kind == "remind":
        return record(session, case, "reminded", by="hotline", percent=int(number), **data)
    if kind == _URGE:
        return record(session, case, "urged", by="hotline", **data)
    return record(session, case, "raised", by="hotline", **data | {"to": rules().raises[int(number) - 1][1]})


def _set_terms(session: Session, case: Case, clock: Clock, *, by: str) -> None:
    """The terms of the clock's class, with what was granted and paused; a term that moved is reminded of again."""
    of_kind = rules().kinds.get(clock.kind)
    clock.sign_span, clock.answer_span = (str(of_kind.sign), str(of_kind.answer)) if of_kind else ("", "")
    clock.sign_by, clock.answer_by = terms(clock.kind, clock.started_at)
    _move(clock, _extra(clock))
    clock.calendar = calendar().mark
    record(session, case, "clock", by=by, **_told(clock))
    _forget(clock)
    _wind(session, case, clock)


def _make_anew(session: Session, case: Case, clock: Clock) -> CaseEvent | None:
    """The terms by the calendar in force, where they rest on working days or could not be worked out before."""
    spans = _spans(clock)
    if spans is None:
        return None
    before = {"before_sign_by": _written(clock.sign_by), "before_answer_by": _written(clock.answer_by)}
    was = clock.sign_by, clock.answer_by
    sign_by, answer_by = _terms(*spans, clock.started_at)
    sign_by, answer_by = sign_by + _extra(clock), answer_by + _extra(clock)
    if clock.signed_at:
        sign_by = clock.sign_by  # met, and no term any more
    if not clock.answer_span and (sign_by, answer_by) != was:  # nobody wrote down what it was made of
        answer_by = clock.answer_by or answer_by
        sign_by = clock.sign_by or (min(sign_by, answer_by) if sign_by else None)
    else:
        clock.sign_span, clock.answer_span = map(str, spans)
    if (sign_by, answer_by) == was:
        return None
    clock.sign_by, clock.answer_by = sign_by, answer_by
    return record(session, case, "clock", by="hotline", why="calendar", **before, **_told(clock))


def _terms(sign: Span, answer: Span, at: datetime) -> tuple[datetime, datetime]:
    sign_by, answer_by = sign.after(at), answer.after(at)
    return min(sign_by, answer_by), answer_by


def _spans(clock: Clock) -> tuple[Span, Span] | None:
    """What the terms of a clock are made of: what it was set to, else its class; None: the rules know no such class."""
    sign, answer = Span.read(clock.sign_span or ""), Span.read(clock.answer_span or "")
    of_kind = rules().kinds.get(clock.kind)
    return (sign, answer) if sign and answer else (of_kind.sign, of_kind.answer) if of_kind else None


def _extra(clock: Clock) -> timedelta:
    """All that was granted and paused in this term: days by the calendar, and seconds by the clock."""
    return timedelta(days=clock.extended_days, seconds=clock.paused_seconds)


def _told(clock: Clock) -> dict[str, str]:
    return {
        "of_class": clock.kind, "started_at": _written(clock.started_at), "sign_by": _written(clock.sign_by),
        "answer_by": _written(clock.answer_by),
    }  # fmt: skip


def _move(clock: Clock, by: timedelta) -> None:
    if clock.answer_by:
        clock.answer_by += by
    if clock.sign_by and clock.signed_at is None:
        clock.sign_by += by
    if clock.sign_by and clock.answer_by:
        clock.sign_by = min(clock.sign_by, clock.answer_by)


def _forget(clock: Clock) -> None:
    """A term that somebody moved is a new one: what is due in the future again was not done yet."""
    moments = dict(steps(clock))
    clock.done = [key for key in clock.done if not moments.get(key) or moments[key] <= now()]


def _wind(session: Session, case: Case, clock: Clock) -> None:
    """Work out when the clock has something to do next, and from when the list shows the case."""
    was_unknown = clock.unknown
    if clock.stopped_at:
        clock.next_at = clock.near_at = clock.due_at = None
        clock.unknown = clock.provisional = False
        session.flush()
        return
    open_terms = [clock.answer_by, *(() if clock.signed_at else (clock.sign_by,))]
    clock.unknown = None in open_terms
    clock.provisional = _is_provisional(clock)
    left = [at for key, at in steps(clock) if at and key not in clock.done]
    moments = [*left, *([now() + _ASK_AGAIN] if clock.unknown else [])]
    clock.next_at = min(moments, default=None)
    if clock.next_at and is_paused(clock):
        clock.next_at = max(clock.next_at, clock.paused_until)
    clock.near_at = _near_at(clock)
    clock.due_at = min((at for at in open_terms if at), default=clock.started_at)
    if clock.unknown and not was_unknown:
        record(session, case, "clock_unknown", by="hotline", of_class=clock.kind)
    session.flush()


def _is_provisional(clock: Clock) -> bool:
    """Whether an open term in working days rests on a day of which nobody knows yet whether it is worked."""
    sign, answer = _spans(clock) or (None, None)
    open_terms = [(answer, clock.answer_by), *(() if clock.signed_at else ((sign, clock.sign_by),))]
    return any(
        span and by and span.unit == "workdays" and is_unsettled(clock.started_at, by) for span, by in open_terms
    )


def _near_at(clock: Clock) -> datetime:
    """From when a case is nearly late: an emergency or a term that nobody knows at once, else shortly before."""
    if clock.kind == EMERGENCY or clock.answer_by is None:
        return clock.started_at
    near = _passed(clock, rules().remind[-1])
    return min(near, clock.sign_by) if clock.signed_at is None and clock.sign_by else near


def _locked(session: Session, case_id: UUID) -> tuple[Case, Clock]:
    """A case and its clock as they are now, for this unit of work alone."""
    case = session.scalars(select(Case).where(Case.id == case_id).with_for_update()).one()
    clock = select(Clock).where(Clock.case_id == case_id).execution_options(populate_existing=True)
    return case, session.scalars(clock).one()


def _running(session: Session, case: Case) -> Clock:
    clock = of(session, case)
    if clock.stopped_at:
        raise Refused("这件事已经答复或办结，时限不再走了。")
    return clock


def _written(at: datetime | None) -> str:
    return at.isoformat() if at else ""

"""Deadlines (时限): each case's clock. It runs from receipt, never stops unseen, reminds and urges by itself.

Every change of a clock is an event of its case: "clock" (class and terms set), "extended", "paused", "resumed",
"clock_stopped"; so are the steps it takes: "sign_late", "reminded", "urged", "raised", each once for each term.
"""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import Case, CaseEvent, Clock
from app.services.clocks import EMERGENCY, ORDINARY, rules
from app.services.ledger import record
from app.services.office import CalendarEnds

_ASK_AGAIN = timedelta(days=1)  # a year's holidays may be known after the next update
_SIGN, _URGE = "sign", "urge"
NO_CALENDAR = "放假安排还没有公布，时限算不出来，请人工盯着。"


def terms(kind: str, at: datetime) -> tuple[datetime | None, datetime | None]:
    """By when a matter of this class, received at `at`, is to be signed for and answered.

    Signing never comes after answering. None: it depends on a year whose public holidays are not known.
    """
    of_kind = rules().kinds[kind]
    sign, answer = _after(of_kind.sign, at), _after(of_kind.answer, at)
    return (min(sign, answer) if sign and answer else sign), answer


def of(session: Session, case: Case) -> Clock:
    """The clock of a case; one without a clock (from before there were any) gets its own, from its receipt."""
    clock = session.get(Clock, case.id)
    return clock or start(session, case)


def start(session: Session, case: Case, kind: str = ORDINARY) -> Clock:
    """Start a case's clock at its receipt."""
    clock = Clock(case=case, kind=kind, started_at=case.received_at, asked_days=0, asked_why="",
                  granted_days=0, granted_why="", unknown=False, done=[])  # fmt: skip
    session.add(clock)
    _set_terms(session, case, clock, by="hotline")
    return clock


def classify(session: Session, case: Case, kind: str, *, by: str) -> None:
    """Put a case into another class: its terms count from receipt all the same; time granted before stays granted."""
    clock = _running(session, case)
    if kind not in rules().kinds:
        raise Refused("没有这种时限，请从列表里选。")
    if clock.kind == kind:
        return
    granted = (
        clock.answer_by - before if clock.answer_by and (before := terms(clock.kind, clock.started_at)[1]) else None
    )
    clock.kind = kind
    case.urgent = case.urgent or kind == EMERGENCY
    _set_terms(session, case, clock, by=by, granted=granted or timedelta())


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
        raise Refused(NO_CALENDAR)
    _move(clock, timedelta(days=days))
    clock.asked_days, clock.asked_why = 0, ""
    clock.granted_days, clock.granted_why = days, why
    record(session, case, "extended", by=by, days=days, why=why, answer_by=_written(clock.answer_by))
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
        raise Refused(NO_CALENDAR)
    if clock.answer_by <= now():
        raise Refused("已经超期了，不能再暂停。")
    clock.paused_at, clock.paused_until = now(), now() + timedelta(days=days)
    _move(clock, clock.paused_until - clock.paused_at)
    record(
        session, case, "paused", by=by, why=why.strip(), days=days, until=_written(clock.paused_until),
        answer_by=_written(clock.answer_by),
    )  # fmt: skip
    _wind(session, case, clock)


def resume(session: Session, case: Case, *, by: str) -> None:
    """End a pause before its time: what is left of it is taken off the term again."""
    clock = _running(session, case)
    if not is_paused(clock):
        raise Refused("时限没有暂停。")
    left = clock.paused_until - now()
    clock.paused_until = now()
    _move(clock, -left)
    record(session, case, "resumed", by=by, unused_seconds=left.total_seconds(), answer_by=_written(clock.answer_by))
    _wind(session, case, clock)


def is_paused(clock: Clock) -> bool:
    """Whether the clock stands at this moment, for a reason that is on record."""
    return clock.stopped_at is None and clock.paused_until is not None and clock.paused_until > now()


# ---------------------------------------------------------------- what the clock does by itself


def due(session: Session, limit: int) -> list[UUID]:
    """Cases whose clock has a step to take now, the longest due first. Its cost does not grow with the open cases."""
    waiting = select(Clock.case_id).where(Clock.next_at <= now()).order_by(Clock.next_at, Clock.case_id).limit(limit)
    return list(session.scalars(waiting))


def advance(session: Session, case_id: UUID) -> list[CaseEvent]:
    """Take the steps of a clock that are due, each once; a second run finds none. Gives the events."""
    case = session.scalars(select(Case).where(Case.id == case_id).with_for_update()).one()
    clock = session.scalars(
        select(Clock).where(Clock.case_id == case_id).execution_options(populate_existing=True)
    ).one()
    if clock.next_at is None or clock.next_at > now():
        return []
    if clock.unknown:
        _fill_terms(session, case, clock)
    events = []
    while (step := _next_step(clock)) and step[1] and step[1] <= now():
        clock.done = [*clock.done, step[0]]
        events.append(_take(session, case, clock, step[0], step[1]))
    _wind(session, case, clock)
    return events


def steps(clock: Clock) -> list[tuple[str, datetime | None]]:
    """What the clock will do and has done, with the moment of each; None where the calendar ends before."""
    found: list[tuple[str, datetime | None]] = []
    if clock.signed_at is None:
        found.append((_SIGN, clock.sign_by))
    if clock.answer_by:
        whole = clock.answer_by - clock.started_at
        found += [(f"remind {part}", clock.started_at + whole * part / 100) for part in rules().remind]
        found.append((_URGE, clock.answer_by))
        found += [(f"raise {i}", _after(span, clock.answer_by)) for i, (span, _) in enumerate(rules().raises, 1)]
    else:
        found.append((_URGE, None))
    return found


def _take(session: Session, case: Case, clock: Clock, key: str, planned: datetime) -> CaseEvent:
    kind, _, number = key.partition(" ")
    to = next((a.department.name for a in case.assignments if a.lead and not a.ended_at), "热线")
    data = {"planned": _written(planned), "to": to}
    if kind == _SIGN:
        return record(session, case, "sign_late", by="hotline", **data)
    if kind == "remind":
        return record(session, case, "reminded", by="hotline", percent=int(number), **data)
    if kind == _URGE:
        return record(session, case, "urged", by="hotline", **data)
    return record(session, case, "raised", by="hotline", **data | {"to": rules().raises[int(number) - 1][1]})


def _set_terms(session: Session, case: Case, clock: Clock, *, by: str, granted: timedelta = timedelta()) -> None:
    clock.sign_by, clock.answer_by = terms(clock.kind, clock.started_at)
    _move(clock, granted)
    record(
        session, case, "clock", by=by, of_class=clock.kind, started_at=_written(clock.started_at),
        sign_by=_written(clock.sign_by), answer_by=_written(clock.answer_by),
    )  # fmt: skip
    _wind(session, case, clock)


def _fill_terms(session: Session, case: Case, clock: Clock) -> None:
    """The terms that could not be known before may be known now."""
    sign_by, answer_by = terms(clock.kind, clock.started_at)
    if (clock.sign_by is None and sign_by) or (clock.answer_by is None and answer_by):
        clock.sign_by, clock.answer_by = clock.sign_by or sign_by, clock.answer_by or answer_by
        record(
            session, case, "clock", by="hotline", of_class=clock.kind, started_at=_written(clock.started_at),
            sign_by=_written(clock.sign_by), answer_by=_written(clock.answer_by),
        )  # fmt: skip


def _move(clock: Clock, by: timedelta) -> None:
    if clock.answer_by:
        clock.answer_by += by
    if clock.sign_by and clock.signed_at is None:
        clock.sign_by += by
    if clock.sign_by and clock.answer_by:
        clock.sign_by = min(clock.sign_by, clock.answer_by)


def _wind(session: Session, case: Case, clock: Clock) -> None:
    """Work out when the clock has something to do next, and from when the list shows the case."""
    was_unknown = clock.unknown
    if clock.stopped_at:
        clock.next_at = clock.near_at = clock.due_at = None
        clock.unknown = False
        session.flush()
        return
    taken = dict(steps(clock))
    clock.done = [key for key in clock.done if not taken.get(key) or taken[key] <= now()]  # a moved term is a new one
    step = _next_step(clock)
    missing = {key for key, at in steps(clock) if at is None and key not in clock.done}
    clock.unknown = bool(missing & {_SIGN, _URGE}) or bool(missing and step and step[1] is None)
    moments = [step[1] if step else None, now() + _ASK_AGAIN if clock.unknown else None]
    clock.next_at = min((at for at in moments if at), default=None)
    if clock.next_at and is_paused(clock):
        clock.next_at = max(clock.next_at, clock.paused_until)
    clock.near_at = _near_at(clock)
    terms_left = (clock.answer_by, None if clock.signed_at else clock.sign_by)
    clock.due_at = clock.started_at if clock.unknown else min((at for at in terms_left if at), default=clock.started_at)
    if clock.unknown and not was_unknown:
        record(session, case, "clock_unknown", by="hotline")
    session.flush()


def _next_step(clock: Clock) -> tuple[str, datetime | None] | None:
    """The step that comes next: of those with a known moment the first; else one without, if any is left."""
    left = [step for step in steps(clock) if step[0] not in clock.done]
    known = [step for step in left if step[1]]
    return min(known, key=lambda step: step[1]) if known else next(iter(left), None)


def _near_at(clock: Clock) -> datetime:
    """From when a case stands on top of the list: an emergency or an unknown term at once, else shortly before."""
    if clock.kind == EMERGENCY or clock.unknown or clock.answer_by is None:
        return clock.started_at
    near = clock.started_at + (clock.answer_by - clock.started_at) * rules().remind[-1] / 100
    return min(near, clock.sign_by) if clock.signed_at is None and clock.sign_by else near


def _running(session: Session, case: Case) -> Clock:
    clock = of(session, case)
    if clock.stopped_at:
        raise Refused("这件事已经答复或办结，时限不再走了。")
    return clock


def _after(span, at: datetime) -> datetime | None:
    try:
        return span.after(at)
    except CalendarEnds:
        return None


def _written(at: datetime | None) -> str:
    return at.isoformat() if at else ""

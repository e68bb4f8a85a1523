"""The life of a case (流转): the transitions (transitions.py) as they are made. Each is an event of the case."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import Assignment, Case, Department, Operator
from app.models.case import OPEN_STATES
from app.models.rating import GRADES
from app.services.cases import ratings
from app.services.cases.transitions import MOVES, WITH_DEPARTMENT, desk_only, held_by, objection
from app.services.deadlines import clocks
from app.services.deadlines.clock_rules import rules
from app.services.ledger import record

_LONGEST_WHY = 500

# ---------------------------------------------------------------- the moves


def assign(
    session: Session,
    case: Case,
    operator: Operator,
    lead: Department,
    helpers: Sequence[Department] = (),
    why: str = "",
) -> None:
    """Hand a case to departments, one in the lead. 首接负责: who led first goes on leading unless a reason is given.

    A department that has the case already keeps its part; one that is not named any more loses it.
    """
    _check(session, case, "assign", operator)
    if case.returns >= rules().returns and not operator.head:
        raise Refused(f"这件事已经退过 {case.returns} 次，要由热线负责人来定派给谁。")
    for department in (lead, *helpers):
        if department.closed_at:
            raise Refused(f"{department.name}已经停用了，请选别的部门。")
    before = case.lead
    if before and before.department_id != lead.id and not why.strip():
        raise Refused(f"首接负责：现在由{before.department.name}牵头，换牵头部门要写明原因。")
    wanted = {lead.id: lead} | {helper.id: helper for helper in helpers}
    for assignment in case.assignments:
        if assignment.ended_at is None and assignment.department_id not in wanted:
            assignment.ended_at = now()
    for department in wanted.values():
        mine = held_by(case, department.id)
        if mine is None:
            mine = Assignment(case_id=case.id, department_id=department.id, lead=False, at=now())
            mine.department = department
            case.assignments.append(mine)
        mine.lead = department.id == lead.id
    names = [helper.name for helper in wanted.values() if helper.id != lead.id]
    changed = before is None or before.department_id != lead.id
    to = "assigned" if changed else case.state
    _move(session, case, "assigned", to, operator.name, lead=lead.name, helpers=names, why=why.strip())


def sign(session: Session, case: Case, operator: Operator) -> None:
    """A department takes the case (the desk may say so for the lead). When the lead signs, the case is accepted."""
    _check(session, case, "sign", operator)
    mine = _part(case, operator)
    mine.signed_at = now()
    if mine.lead:
        clocks.sign(session, case)
    to = "accepted" if mine.lead and case.state == "assigned" else case.state
    _move(session, case, "signed", to, operator.name, department=mine.department.name, lead=mine.lead)


def begin(session: Session, case: Case, operator: Operator) -> None:
    """The lead has begun to work on it."""
    _check(session, case, "begin", operator)
    mine = case.lead
    _move(session, case, "begun", "in_progress", operator.name, department=mine.department.name)


def report(session: Session, case: Case, operator: Operator, words: str) -> None:
    """A department tells the desk what came of it. The desk answers the caller."""
    _check(session, case, "report", operator, words)
    mine = _part(case, operator)
    mine.reported_at = now()
    _move(session, case, "reported", "in_progress", operator.name, department=mine.department.name, text=words.strip())


def give_back(session: Session, case: Case, operator: Operator, why: str) -> None:
    """A department gives the case back. The clock runs on: the time is the department's loss."""
    _check(session, case, "give_back", operator, why)
    mine = _part(case, operator)
    mine.ended_at = now()
    if not mine.lead:
        record(
            session, case, "returned", by=operator.name, department=mine.department.name, lead=False, why=why.strip()
        )
        return
    case.returns += 1
    for other in case.assignments:
        other.ended_at = other.ended_at or now()
    _move(
        session, case, "returned", "received", operator.name, department=mine.department.name, lead=True,
        why=why.strip(), times=case.returns,
    )  # fmt: skip


def ask_time(session: Session, case: Case, operator: Operator, days: int, why: str) -> None:
    """The lead asks for more time, before the case is due."""
    _check(session, case, "ask_time", operator, why)
    mine, clock = case.lead, clocks.of(session, case)
    if not 1 <= days <= rules().longest_extension:
        raise Refused(f"一次最多延期 {rules().longest_extension} 天，请写 1 到 {rules().longest_extension}。")
    clock.asked_days, clock.asked_why = days, why.strip()
    record(session, case, "time_asked", by=operator.name, department=mine.department.name, days=days, why=why.strip())


def grant_time(session: Session, case: Case, operator: Operator) -> None:
    """The desk grants the time that was asked for. The caller is to be told why it takes longer."""
    _check(session, case, "grant_time", operator)
    clock = clocks.of(session, case)
    clocks.extend(session, case, clock.asked_days, clock.asked_why, by=operator.name)


def refuse_time(session: Session, case: Case, operator: Operator, why: str) -> None:
    """The desk does not grant it."""
    _check(session, case, "refuse_time", operator, why)
    clock = clocks.of(session, case)
    record(session, case, "time_refused", by=operator.name, days=clock.asked_days, why=why.strip())
    clock.asked_days, clock.asked_why = 0, ""


def urge(session: Session, case: Case, operator: Operator, why: str = "") -> None:
    """The desk urges the departments (催办)."""
    _check(session, case, "urge", operator)
    record(session, case, "urged", by=operator.name, to=case.lead.department.name, why=why.strip())


def pause(session: Session, case: Case, operator: Operator, why: str, days: int) -> None:
    """Stop the clock for a reason, for so many days."""
    _check(session, case, "pause", operator, why)
    clocks.pause(session, case, why, days, by=operator.name)


def resume(session: Session, case: Case, operator: Operator) -> None:
    """Let the clock run again before the pause is over."""
    _check(session, case, "resume", operator)
    clocks.resume(session, case, by=operator.name)


def classify(session: Session, case: Case, operator: Operator, kind: str) -> None:
    """Put the case into another class of the clocks."""
    _check(session, case, "classify", operator)
    clocks.classify(session, case, kind, by=operator.name)


def replied(session: Session, case: Case, operator: Operator) -> str:
    """The caller was answered; returns the state for the answer's own event. What is closed stays closed."""
    desk_only(operator)
    locked(session, case)
    if case.state in OPEN_STATES:
        case.state = "replied"
        clocks.stop(session, case, by=operator.name)
        ratings.schedule(session, case, operator)
    return case.state


def answered_with_lead(session: Session, case: Case) -> bool:
    """The case is answered by what its joint case's lead was answered with. False: it is not open any more."""
    locked(session, case)
    if case.state not in ("received", *WITH_DEPARTMENT):
        return False
    case.state = "replied"
    clocks.stop(session, case, by="hotline")
    ratings.schedule(session, case, None)
    return True


def follow_up(
    session: Session, case: Case, operator: Operator, *, solved: bool, words: str, grade: int | None = None
) -> None:
    """Somebody asked the caller. Not solved: the case is taken up again."""
    _check(session, case, "follow_up", operator, words)
    if grade is not None and grade not in GRADES:
        raise Refused("满意不满意请从列表里选。")
    ratings.judge(session, case, solved=solved, how="person", operator=operator)
    _move(session, case, "followed_up", "followed_up", operator.name, solved=solved, text=words.strip(), how="person")
    if grade is not None:
        ratings.grade(session, case, grade, how="person", by=operator.name)
    if not solved:
        _take_up_again(session, case, words.strip(), by="caller")


def judged_by_caller(session: Session, case: Case, *, solved: bool, how: str, seconds: float | None) -> None:
    """The caller himself says, by key or text, whether it is solved: it is closed by his word, or taken up again."""
    locked(session, case)
    if case.state == "replied":
        ratings.judge(session, case, solved=solved, how=how, seconds=seconds)
        _move(session, case, "followed_up", "followed_up", "caller", solved=solved, how=how, seconds=seconds)
        if solved:
            _close(session, case, ratings.CALLER, by="caller")
        else:
            _take_up_again(session, case, "", by="caller")
    elif case.state == "closed" and case.closed_as == ratings.NOT_REACHED:  # he answers after all
        ratings.judge(session, case, solved=solved, how=how, seconds=seconds)
        case.closed_as = ratings.CALLER
        record(session, case, "followed_up", by="caller", solved=solved, how=how, seconds=seconds)
        if not solved:
            _take_up_again(session, case, "", by="caller")


def not_reached(session: Session, case: Case, operator: Operator) -> None:
    """A person rang to ask the caller, and nobody answered."""
    _check(session, case, "not_reached", operator)
    missed(session, case, by=operator.name, how="person", status="no_answer")


def missed(session: Session, case: Case, *, by: str, how: str, status: str) -> bool:
    """A call to ask the caller led to no answer. Gives whether it was the last: the case is closed as not reached."""
    asking = ratings.open_asking(session, case)
    if asking is None:
        return False
    if ratings.note_try(session, case, asking, by=by, how=how, status=status):
        ratings.end_without_verdict(session, case, ratings.NOT_REACHED)
        _close(session, case, ratings.NOT_REACHED, by="hotline")
        return True
    return False


def close(session: Session, case: Case, operator: Operator, why: str = "") -> None:
    """Close a case by the caller's word. Without it only the desk's head may, with a reason, and it is marked so."""
    _check(session, case, "close", operator)
    if case.state == "followed_up":
        return _close(session, case, ratings.CALLER, by=operator.name, why=why)
    if not why.strip():
        raise Refused("来电人没有确认过，办结要写明原因。")
    if len(why) > _LONGEST_WHY:
        raise Refused(f"写得太长了，请控制在 {_LONGEST_WHY} 字以内。")
    outcome = ratings.UNCONFIRMED if case.caller_id else ratings.NO_NUMBER
    clocks.stop(session, case, by=operator.name)
    ratings.end_without_verdict(session, case, outcome)
    return _close(session, case, outcome, by=operator.name, why=why)


def reopen(session: Session, case: Case, operator: Operator, why: str) -> None:
    """Somebody at the desk heard that it is not solved."""
    _check(session, case, "reopen", operator, why)
    if ratings.open_asking(session, case):
        ratings.judge(session, case, solved=False, how="person", operator=operator)
    _take_up_again(session, case, why.strip(), by=operator.name)


def reopened_by_caller(session: Session, case: Case, words: str = "", *, how: str = "text") -> bool:
    """The caller himself says that it is not solved. False: nobody has called it solved, or it is in the archive."""
    locked(session, case)
    if case.state not in MOVES["reopen"].states:
        return False
    if ratings.open_asking(session, case):
        ratings.judge(session, case, solved=False, how=how)
    _take_up_again(session, case, words, by="caller")
    return True


def archive(session: Session, case: Case, operator: Operator) -> None:
    """Put a closed case away."""
    _check(session, case, "archive", operator)
    _move(session, case, "archived", "archived", operator.name)


# ---------------------------------------------------------------- the rules they share


def locked(session: Session, case: Case) -> None:
    """The case as it is now, for this unit of work alone: of two people who press at once, one comes second."""
    session.flush()
    session.execute(select(Case).where(Case.id == case.id).with_for_update().execution_options(populate_existing=True))
    session.expire(case, ["assignments", "clock"])


def _check(session: Session, case: Case, key: str, operator: Operator, why: str | None = None) -> None:
    locked(session, case)
    if against := objection(case, key, operator):
        raise Refused(against)
    if why is not None and not why.strip():
        raise Refused(f"{MOVES[key].name}要写明：{MOVES[key].why}。")
    if why and len(why) > _LONGEST_WHY:
        raise Refused(f"写得太长了，请控制在 {_LONGEST_WHY} 字以内。")


def _part(case: Case, operator: Operator) -> Assignment:
    return held_by(case, operator.department_id) if operator.department_id else case.lead


def _close(session: Session, case: Case, closed_as: str, *, by: str, why: str = "") -> None:
    case.closed_as = closed_as
    _move(session, case, "closed", "closed", by, closed_as=closed_as, why=why.strip())
    clocks.stop(session, case, by=by)


def _take_up_again(session: Session, case: Case, words: str, *, by: str) -> None:
    case.reopens += 1
    case.closed_as = ""
    ratings.drop(session, case)
    lead = case.lead
    led_by_closed = lead is not None and lead.department.closed_at is not None  # then it is handed out anew
    for assignment in case.assignments:
        if assignment.ended_at is None:
            assignment.signed_at = assignment.reported_at = None
            assignment.ended_at = now() if led_by_closed or assignment.department.closed_at else None
    to = "assigned" if case.lead else "received"
    _move(session, case, "reopened", to, by, text=words, times=case.reopens)
    clocks.restart(session, case, by=by)


def _move(session: Session, case: Case, kind: str, to: str, by: str, **data) -> None:
    case.state = to
    record(session, case, kind, by=by, state=to, **data)

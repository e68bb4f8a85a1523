"""The life of a case at the desk: one form for each move (services/cases/transitions.py:MOVES)."""

from collections.abc import Callable
from uuid import UUID

from flask import abort, flash, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.orm import Session

from app.console.cases.page import case_page
from app.console.cases.together import refuse_if_changed
from app.console.shell.blueprints import console, parts
from app.errors import Refused
from app.models import Case, Department, Operator
from app.services.cases import lifecycle, lookup
from app.services.cases.transitions import MOVES, held_by
from app.services.desk import unsent
from app.services.directory import departments
from app.services.duplicates import joining
from app.services.outreach import notifications


@console.post("/cases/<number>/moves/<key>")
def move(number: str, key: str):
    """Make a move; refused, the page comes back with what was typed and the sentence that says why."""
    make = _MOVES.get(key) or abort(404)
    try:
        with parts().database.session() as session:
            case = lookup.find(session, number) or abort(404)
            refuse_if_changed(session, case)
            make(session, case, session.get_one(Operator, current_user.id))
            unsent.drop(session, case.id, current_user.id, unsent.of_move(key))
            still_mine = current_user.department_id is None or held_by(case, current_user.department_id)
    except Refused as refused:
        with parts().database.reading() as session:
            return case_page(session, number, {"move": str(refused)}, sent_move=key), 422
    flash(f"{MOVES[key].name}：记下了。", f"done {unsent.of_move(key)}")
    return redirect(url_for("console.case", number=number) if still_mine else url_for("console.cases"), 303)


def _why() -> str:
    return request.form.get("why", "").replace("\r\n", "\n")


def _days() -> int:
    days = request.form.get("days", "").strip()
    if not days.isdecimal() or len(days) > 3:
        raise Refused("天数请写数字，比如 3。")
    return int(days)


def _department(session: Session, id: str) -> Department:
    try:
        found = departments.department(session, UUID(id))
    except ValueError:
        found = None
    if found is None:
        raise Refused("没有这个部门，请从列表里选。")
    return found


def _assign(session: Session, case: Case, operator: Operator) -> None:
    if not request.form.get("lead"):
        raise Refused("请先选牵头部门。")
    lead = _department(session, request.form["lead"])
    helpers = [_department(session, id) for id in request.form.getlist("helpers")]
    lifecycle.assign(session, case, operator, lead, helpers, _why())


def _follow_up(session: Session, case: Case, operator: Operator) -> None:
    if request.form.get("solved") not in ("yes", "no"):
        raise Refused("请选来电人说办好了没有。")
    grade = request.form.get("grade", "")
    if grade and not grade.isdecimal():
        raise Refused("满意不满意请从列表里选。")
    solved = request.form["solved"] == "yes"
    lifecycle.follow_up(session, case, operator, solved=solved, words=_why(), grade=int(grade) if grade else None)


def _grant_time(session: Session, case: Case, operator: Operator) -> None:
    lifecycle.grant_time(session, case, operator)
    notifications.granted(parts(), session, case)  # the sweep sends it


def _close(session: Session, case: Case, operator: Operator) -> None:
    lifecycle.close(session, case, operator, _why())
    joining.tell_the_rest(session, case)


_MOVES: dict[str, Callable[[Session, Case, Operator], None]] = {
    "assign": _assign,
    "sign": lifecycle.sign,
    "begin": lifecycle.begin,
    "report": lambda session, case, operator: lifecycle.report(session, case, operator, _why()),
    "give_back": lambda session, case, operator: lifecycle.give_back(session, case, operator, _why()),
    "ask_time": lambda session, case, operator: lifecycle.ask_time(session, case, operator, _days(), _why()),
    "grant_time": _grant_time,
    "refuse_time": lambda session, case, operator: lifecycle.refuse_time(session, case, operator, _why()),
    "urge": lambda session, case, operator: lifecycle.urge(session, case, operator, _why()),
    "pause": lambda session, case, operator: lifecycle.pause(session, case, operator, _why(), _days()),
    "resume": lifecycle.resume,
    "classify": lambda session, case, operator: lifecycle.classify(
        session, case, operator, request.form.get("kind", "")
    ),
    "follow_up": _follow_up,
    "not_reached": lifecycle.not_reached,
    "close": _close,
    "reopen": lambda session, case, operator: lifecycle.reopen(session, case, operator, _why()),
    "archive": lifecycle.archive,
}

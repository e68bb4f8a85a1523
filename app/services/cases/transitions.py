"""Moves (办理): what may be done to a case, when and by whom, in one table; and what speaks against it now."""

from dataclasses import dataclass
from uuid import UUID

from app.db import now
from app.errors import Refused
from app.models import Assignment, Case, Operator
from app.models.case import OPEN_STATES, STATES
from app.models.conversation import AWAITED
from app.services.deadlines import clocks
from app.services.deadlines.clock_rules import rules

WITH_DEPARTMENT = ("assigned", "accepted", "in_progress")
DESK, DEPARTMENT, ANYBODY = "desk", "department", "anybody"


@dataclass(frozen=True)
class Move:
    """A move by its `name` on the button: who may make it, from which states, what it leads to, whether it needs words.

    `by`: the desk alone; a department whose case it is, or the desk for it; anybody (the caller too). `to` empty: the
    case stays where it is, or the move's own rule says where it goes.
    """

    name: str
    by: str
    states: tuple[str, ...]
    to: str = ""
    why: str = ""


# 谁、什么时候、能做什么。`why` is what must be written down, as the page asks for it.
MOVES = {
    "assign": Move("派单", DESK, ("received", *WITH_DEPARTMENT), "assigned"),
    "sign": Move("签收", DEPARTMENT, WITH_DEPARTMENT),
    "begin": Move("开始办理", DEPARTMENT, ("accepted",), "in_progress"),
    "report": Move("反馈结果", DEPARTMENT, ("accepted", "in_progress"), "in_progress", "办得怎么样"),
    "give_back": Move("退单", DEPARTMENT, ("assigned", "accepted"), "", "为什么退"),
    "ask_time": Move("申请延期", DEPARTMENT, WITH_DEPARTMENT, "", "为什么要延期"),
    "grant_time": Move("同意延期", DESK, WITH_DEPARTMENT),
    "refuse_time": Move("不同意延期", DESK, WITH_DEPARTMENT, "", "为什么不同意"),
    "urge": Move("催办", DESK, WITH_DEPARTMENT),
    "pause": Move("暂停时限", DESK, ("received", *WITH_DEPARTMENT), "", "为什么暂停"),
    "resume": Move("恢复时限", DESK, ("received", *WITH_DEPARTMENT)),
    "classify": Move("改时限", DESK, ("received", *WITH_DEPARTMENT)),
    "reply": Move("答复", DESK, OPEN_STATES, "replied"),
    "follow_up": Move("记下回访", DESK, ("replied",), "followed_up", "来电人怎么说"),
    "not_reached": Move("记下没打通", DESK, ("replied",)),
    "close": Move("办结", DESK, OPEN_STATES, "closed"),
    "reopen": Move("重办", ANYBODY, ("replied", "followed_up", "closed"), "", "哪里没办好"),
    "archive": Move("归档", DESK, ("closed",), "archived"),
}


def allowed(case: Case, operator: Operator) -> list[str]:
    """The moves that this operator may make now, in the order of the table."""
    return [key for key in MOVES if not objection(case, key, operator)]


def may_see(case: Case, operator: Operator) -> bool:
    """Whether a case is this operator's to see: the desk sees all, a department what is in its hands."""
    return operator.department_id is None or held_by(case, operator.department_id) is not None


def held_by(case: Case, department_id: UUID) -> Assignment | None:
    """The department's part in a case, while it has one."""
    return next((a for a in case.assignments if a.department_id == department_id and a.ended_at is None), None)


def desk_only(operator: Operator) -> None:
    """Raises Refused for whoever belongs to a department."""
    if operator.department_id is not None:
        raise Refused("这一步由热线来做，部门请用“反馈结果”告诉热线。")


def objection(case: Case, key: str, operator: Operator) -> str:
    """Why this operator may not make the move now, in a sentence; empty where he may."""
    move = MOVES[key]
    if not may_see(case, operator):
        return "这件事不在您的部门。"
    if operator.department_id and move.by != DEPARTMENT:
        return f"{move.name}由热线来做。"
    if case.state not in move.states:
        return f"这件事现在是“{STATES[case.state]}”，不能{move.name}。"
    if key == "give_back" and case.returns >= rules().returns:
        return f"已经退过 {case.returns} 次，不能再退，请找热线负责人。"
    if key == "close" and case.no_number == AWAITED:
        return "这个电话的号码还没查到，请过几分钟再办结。"
    if key == "close" and case.caller_id and case.state != "followed_up" and not operator.head:
        return "来电人还没有说办好了，不能办结。热线会自己去问；确实不用问的，请热线负责人办结。"
    if key == "urge" and case.lead is None:
        return "还没有派给部门，没有人可催。"
    return _of_parts(case, key, operator)


def _of_parts(case: Case, key: str, operator: Operator) -> str:
    part = held_by(case, operator.department_id) if operator.department_id else case.lead
    clock = case.clock
    if MOVES[key].by == DEPARTMENT and part is None:
        return "这件事还没有派给部门。"
    if key in ("begin", "ask_time") and not part.lead:
        return f"{MOVES[key].name}由牵头部门来做。"
    if key == "ask_time" and clock and clock.asked_days:
        return "已经申请过延期，请等热线答复。"
    if key == "ask_time" and clock and clock.answer_by and clock.answer_by <= now():
        return "已经到期了，延期要在到期之前申请。"
    if key == "sign" and part.signed_at:
        return f"{part.department.name}已经签收过了。"
    if key == "report" and part.signed_at is None:
        return "请先签收，再反馈结果。"
    if key in ("grant_time", "refuse_time") and not (clock and clock.asked_days):
        return "没有部门申请延期。"
    if key == "resume" and not (clock and clocks.is_paused(clock)):
        return "时限没有暂停。"
    if key == "pause" and clock and clocks.is_paused(clock):
        return "时限已经暂停了，到期会自己接着走。"
    return ""

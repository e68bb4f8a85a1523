"""The call list: who is to be rung, why, and how often somebody tried."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.models import (
    CallBackTask,
    Caller,
    Case,
    CaseEvent,
)

CALLERS_SHOWN = 30
_TASKS_READ = 200  # open tasks that are sorted by caller; more wait until these are done
_URGENT_FIRST = (CallBackTask.urgent.desc(), CallBackTask.at, CallBackTask.id)


@dataclass(frozen=True)
class Ring:
    """One caller to be rung and all the open tasks that ask for it, the urgent first.

    `alarms`: case id -> data of its "alerted" event. `tries`: the calls that nobody answered so far, oldest first.
    """

    tasks: Sequence[CallBackTask]
    alarms: dict[UUID, dict]
    tries: Sequence[CaseEvent]

    @property
    def caller(self) -> Caller | None:
        return self.tasks[0].caller

    @property
    def no_number(self) -> str:
        """Why there is none where there is no caller (Conversation.no_number)."""
        case = self.tasks[0].case
        return case.no_number if case else ""

    @property
    def by_case(self) -> list[list[CallBackTask]]:
        """The tasks, those of one case together; a task without a case stands alone."""
        groups: dict[UUID, list[CallBackTask]] = {}
        for task in self.tasks:
            groups.setdefault(task.case_id or task.id, []).append(task)
        return list(groups.values())


@dataclass(frozen=True)
class Tasks:
    """Calls to be made: the urgent first, then the longest waiting. `count` is all callers, also those not shown."""

    rings: Sequence[Ring]
    count: int

    @property
    def urgent(self) -> list[UUID]:
        """The urgent tasks that are shown."""
        return [task.id for ring in self.rings for task in ring.tasks if task.urgent]


def open_tasks(session: Session, limit: int = CALLERS_SHOWN) -> Tasks:
    """The calls that somebody has to make now, one for each caller."""
    is_open = CallBackTask.done_at.is_(None)
    nobody = func.count().filter(CallBackTask.caller_id.is_(None))
    counted = select(func.count(CallBackTask.caller_id.distinct()) + nobody).where(is_open)
    query = select(CallBackTask).where(is_open).order_by(*_URGENT_FIRST).limit(_TASKS_READ)
    loaded = joinedload(CallBackTask.case).options(joinedload(Case.village), selectinload(Case.recordings))
    tasks = session.scalars(query.options(joinedload(CallBackTask.caller), loaded))
    return Tasks(_rings(session, tasks)[:limit], session.scalar(counted) or 0)


def rings_of(session: Session, case: Case) -> list[Ring]:
    """The call that one case asks for: one, or none."""
    query = select(CallBackTask).where(CallBackTask.case_id == case.id, CallBackTask.done_at.is_(None))
    return _rings(session, session.scalars(query.order_by(*_URGENT_FIRST)))


def _rings(session: Session, tasks: Iterable[CallBackTask]) -> list[Ring]:
    callers: dict[UUID, list[CallBackTask]] = {}
    for task in tasks:
        callers.setdefault(task.caller_id or task.id, []).append(task)
    ids = {task.case_id for of_one in callers.values() for task in of_one if task.case_id}
    wanted = CaseEvent.case_id.in_(ids), CaseEvent.kind.in_(("alerted", "call_tried"))
    events = session.scalars(select(CaseEvent).where(*wanted).order_by(CaseEvent.at, CaseEvent.id)).all() if ids else []
    alarms = {event.case_id: event.data for event in events if event.kind == "alerted"}
    tried = [event for event in events if event.kind == "call_tried"]
    return [Ring(mine, alarms, _tries(mine, tried)) for mine in callers.values()]


def _tries(tasks: list[CallBackTask], tried: list[CaseEvent]) -> list[CaseEvent]:
    """The tries of these tasks; one call about several cases stands in the ledger of each and counts once."""
    since = min(task.at for task in tasks)
    cases = {task.case_id for task in tasks}
    ledgers = [[event for event in tried if event.case_id == id and event.at >= since] for id in cases]
    return max(ledgers, key=len, default=[])

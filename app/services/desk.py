"""What the desk looks at: the list of cases, the calls to be made, one case as a whole. Reads only."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db import now
from app.models import (
    Assignment,
    CallBackTask,
    Caller,
    Case,
    CaseEvent,
    Clock,
    Message,
    Recording,
    SpokenReply,
    Village,
)
from app.services.clocks import EMERGENCY

PAGE = 30
CALLERS_SHOWN = 30
PRESSING_SHOWN = 30
EARLIER_SHOWN = 5
_TASKS_READ = 200  # open tasks that are sorted by caller; more wait until these are done
_MOST_NEW = 100  # new cases are counted no further


@dataclass(frozen=True)
class Place:
    """A place in the list: everything after it was received earlier. Text form: `2026-11-23T09:00:00+00:00_<uuid>`."""

    received_at: datetime
    id: UUID

    def __str__(self) -> str:
        return f"{self.received_at.isoformat()}_{self.id}"

    @classmethod
    def read(cls, text: str) -> "Place | None":
        """The place that `str` wrote; None for anything else."""
        at, _, id = text.rpartition("_")
        try:
            place = cls(datetime.fromisoformat(at), UUID(id))
        except ValueError:
            return None
        return place if place.received_at.tzinfo else None


@dataclass(frozen=True)
class WorkList:
    """One page of cases, newest first; `next` is where the following page begins, None on the last.

    `not_sent` are the ids of cases with an answer that failed for good.
    """

    cases: Sequence[Case]
    next: Place | None
    not_sent: frozenset[UUID]

    @property
    def newest(self) -> Place | None:
        return Place(self.cases[0].received_at, self.cases[0].id) if self.cases else None


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


@dataclass(frozen=True)
class News:
    """What an open page asks for. `cases`: how many came after a place, counted to 100. `urgent`: open urgent tasks."""

    newest: Place | None
    cases: int
    tasks: int
    urgent: Sequence[UUID]


def pressing(session: Session, *only) -> Sequence[Case]:
    """Cases that are late, nearly late or not signed for in time: emergencies first, then the one due first."""
    query = (
        select(Case)
        .join(Clock, Clock.case_id == Case.id)
        .where(Clock.stopped_at.is_(None), Clock.near_at <= now(), *only)
        .options(joinedload(Case.caller), joinedload(Case.village), selectinload(Case.recordings))
        .options(joinedload(Case.clock), selectinload(Case.assignments))
        .order_by((Clock.kind != EMERGENCY), Clock.answer_by.is_(None), Clock.answer_by)
        .limit(PRESSING_SHOWN)
    )
    return session.scalars(query).all()


def seen_by(department_id: UUID | None) -> tuple:
    """The condition on cases that somebody may see: the desk (None) all, a department what is in its hands."""
    if department_id is None:
        return ()
    mine = select(Assignment.case_id).where(Assignment.department_id == department_id, Assignment.ended_at.is_(None))
    return (Case.id.in_(mine),)


def work_list(session: Session, after: Place | None = None, size: int = PAGE, *only) -> WorkList:
    """A page of cases by the time they were received, newest first. Its cost does not grow with the table.

    `only`: conditions that an index serves (services/finding.py).
    """
    query = (
        select(Case)
        .where(*only)
        .options(joinedload(Case.caller), joinedload(Case.village), selectinload(Case.recordings))
        .options(joinedload(Case.clock))
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(size + 1)
    )
    if after:
        same_moment = and_(Case.received_at == after.received_at, Case.id < after.id)
        query = query.where(Case.received_at <= after.received_at)
        query = query.where(or_(Case.received_at < after.received_at, same_moment))
    cases = list(session.scalars(query))
    shown, more = cases[:size], len(cases) > size
    last = Place(shown[-1].received_at, shown[-1].id) if more else None
    return WorkList(shown, last, _not_sent(session, [case.id for case in shown]))


def open_tasks(session: Session, limit: int = CALLERS_SHOWN) -> Tasks:
    """The calls that somebody has to make now, one for each caller."""
    is_open = CallBackTask.done_at.is_(None)
    nobody = func.count().filter(CallBackTask.caller_id.is_(None))
    counted = select(func.count(CallBackTask.caller_id.distinct()) + nobody).where(is_open)
    query = select(CallBackTask).where(is_open).order_by(CallBackTask.urgent.desc(), CallBackTask.at).limit(_TASKS_READ)
    loaded = joinedload(CallBackTask.case).options(joinedload(Case.village), selectinload(Case.recordings))
    tasks = session.scalars(query.options(joinedload(CallBackTask.caller), loaded))
    return Tasks(_rings(session, tasks)[:limit], session.scalar(counted) or 0)


def rings_of(session: Session, case: Case) -> list[Ring]:
    """The call that one case asks for: one, or none."""
    query = select(CallBackTask).where(CallBackTask.case_id == case.id, CallBackTask.done_at.is_(None))
    return _rings(session, session.scalars(query.order_by(CallBackTask.urgent.desc(), CallBackTask.at)))


def news(session: Session, after: Place | None, *only) -> News:
    """What came after this place (None: ever). Reads indexes only, so that every open page may ask all the time."""
    newest = session.execute(
        select(Case.received_at, Case.id).where(*only).order_by(Case.received_at.desc(), Case.id.desc()).limit(1)
    ).first()
    later = select(Case.id).where(*only).limit(_MOST_NEW)
    if after:
        same_moment = and_(Case.received_at == after.received_at, Case.id > after.id)
        later = later.where(Case.received_at >= after.received_at)
        later = later.where(or_(Case.received_at > after.received_at, same_moment))
    is_open = CallBackTask.done_at.is_(None)
    urgent = select(CallBackTask.id).where(is_open, CallBackTask.urgent).order_by(CallBackTask.at.desc())
    return News(
        Place(*newest) if newest else None,
        session.scalar(select(func.count()).select_from(later.subquery())) or 0,
        session.scalar(select(func.count()).select_from(CallBackTask).where(is_open)) or 0,
        list(session.scalars(urgent.limit(_MOST_NEW))),
    )


def progress(session: Session, number: str, *only) -> str:
    """How far the recordings of a case are, as a word that changes with every step."""
    recordings = session.scalars(select(Recording).join(Case).where(Case.number == number, *only)).all()
    return "-".join(f"{bool(r.key):d}{is_settled(r):d}" for r in recordings)


def is_settled(recording: Recording) -> bool:
    """Whether nothing more is made of a recording: it was transcribed, or never will be."""
    return recording.as_heard is not None or recording.failed


def whole_case(session: Session, number: str, *only) -> Case | None:
    """A case with everything its page shows, if it meets the conditions."""
    everything = (
        joinedload(Case.caller),
        joinedload(Case.village),
        selectinload(Case.recordings),
        selectinload(Case.events),
        selectinload(Case.messages),
        selectinload(Case.spoken_replies),
        selectinload(Case.assignments),
        joinedload(Case.clock),
    )
    return session.scalar(select(Case).where(Case.number == number, *only).options(*everything))


def earlier(session: Session, case: Case, *only) -> Sequence[Case]:
    """The last few cases of the same caller, the newest first, besides this one."""
    if case.caller_id is None:
        return ()
    mine = select(Case).where(Case.caller_id == case.caller_id, Case.id != case.id, *only)
    loaded = (joinedload(Case.village), selectinload(Case.recordings))
    return session.scalars(mine.order_by(Case.received_at.desc()).limit(EARLIER_SHOWN).options(*loaded)).all()


def villages(session: Session) -> list[Village]:
    """Every village, by name."""
    return list(session.scalars(select(Village).order_by(Village.name)))


def recording_of(session: Session, case_number: str, id: UUID) -> Recording | None:
    """A recording, if it belongs to this case."""
    return session.scalar(select(Recording).join(Case).where(Recording.id == id, Case.number == case_number))


def matter_of(case: Case) -> str:
    """What the case is about in the caller's own words: the text, or what counts as said in the recordings."""
    if case.text:
        return case.text
    return " ".join(r.transcript.text for r in case.recordings if r.transcript and r.transcript.text)


def _not_sent(session: Session, ids: list[UUID]) -> frozenset[UUID]:
    texts = select(Message.case_id).where(Message.case_id.in_(ids), Message.outgoing, Message.failed)
    calls = select(SpokenReply.case_id).where(SpokenReply.case_id.in_(ids), SpokenReply.failed)
    return frozenset(session.scalars(texts.union(calls)))


def _rings(session: Session, tasks: Iterable[CallBackTask]) -> list[Ring]:
    callers: dict[UUID, list[CallBackTask]] = {}
    for task in tasks:
        callers.setdefault(task.caller_id or task.id, []).append(task)
    ids = {task.case_id for of_one in callers.values() for task in of_one if task.case_id}
    wanted = CaseEvent.case_id.in_(ids), CaseEvent.kind.in_(("alerted", "call_tried"))
    events = session.scalars(select(CaseEvent).where(*wanted).order_by(CaseEvent.at)).all() if ids else []
    alarms = {event.case_id: event.data for event in events if event.kind == "alerted"}
    tried = [event for event in events if event.kind == "call_tried"]
    return [Ring(mine, alarms, _tries(mine, tried)) for mine in callers.values()]


def _tries(tasks: list[CallBackTask], tried: list[CaseEvent]) -> list[CaseEvent]:
    """The tries of these tasks; one call about several cases stands in the ledger of each and counts once."""
    since = min(task.at for task in tasks)
    cases = {task.case_id for task in tasks}
    ledgers = [[event for event in tried if event.case_id == id and event.at >= since] for id in cases]
    return max(ledgers, key=len, default=[])

"""What the desk looks at: the list of cases, the calls to be made, one case as a whole. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.models import CallBackTask, Case, Message, Recording, SpokenReply, Village

UNSURE_BELOW = 0.6  # a word heard with less confidence is marked for the operator
PAGE = 30
TASKS_SHOWN = 20


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


@dataclass(frozen=True)
class Tasks:
    """Calls to be made: the urgent first, then the longest waiting. `count` is all of them, also those not shown."""

    tasks: Sequence[CallBackTask]
    count: int


def work_list(session: Session, after: Place | None = None, size: int = PAGE) -> WorkList:
    """A page of cases by the time they were received, newest first. Its cost does not grow with the table."""
    query = (
        select(Case)
        .options(joinedload(Case.caller), joinedload(Case.village), selectinload(Case.recordings))
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


def open_tasks(session: Session, limit: int = TASKS_SHOWN) -> Tasks:
    """The calls that somebody has to make now."""
    is_open = CallBackTask.done_at.is_(None)
    count = session.scalar(select(func.count()).select_from(CallBackTask).where(is_open)) or 0
    query = select(CallBackTask).where(is_open).order_by(CallBackTask.urgent.desc(), CallBackTask.at).limit(limit)
    loaded = joinedload(CallBackTask.case).options(joinedload(Case.village), selectinload(Case.recordings))
    return Tasks(list(session.scalars(query.options(joinedload(CallBackTask.caller), loaded))), count)


def tasks_of(session: Session, case: Case) -> list[CallBackTask]:
    """The open call-back tasks of one case."""
    query = select(CallBackTask).where(CallBackTask.case_id == case.id, CallBackTask.done_at.is_(None))
    return list(session.scalars(query.order_by(CallBackTask.urgent.desc(), CallBackTask.at)))


def whole_case(session: Session, number: str) -> Case | None:
    """A case with everything its page shows."""
    everything = (
        joinedload(Case.caller),
        joinedload(Case.village),
        selectinload(Case.recordings),
        selectinload(Case.events),
        selectinload(Case.messages),
        selectinload(Case.spoken_replies),
    )
    return session.scalar(select(Case).where(Case.number == number).options(*everything))


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

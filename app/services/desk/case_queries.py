"""What the desk looks at: the list of cases, the calls to be made, one case as a whole. Reads only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Exists, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db import now
from app.models import (
    Assignment,
    CallBackTask,
    Case,
    Clock,
    Message,
    Recording,
    SpokenReply,
    Transcript,
    Village,
)

PAGE = 30
EARLIER_SHOWN = 5
_NEWS = timedelta(days=7)  # so long a case is news
_MOST_NEW = 100  # new cases are counted no further
_BY_RECEIPT = (Case.received_at, Case.number)
_AS_MADE = (Recording.made_at, Recording.id)


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
class News:
    """What an open page asks for. `cases`: how many came after a place, counted to 100. `urgent`: open urgent tasks."""

    newest: Place | None
    cases: int
    tasks: int
    urgent: Sequence[UUID]


def urged(session: Session, department_id: UUID) -> int:
    """How many of a department's cases it was reminded of or urged about, and has not been answered since."""
    mine = select(Clock.done).join(Assignment, Assignment.case_id == Clock.case_id)
    mine = mine.where(Assignment.department_id == department_id, Assignment.ended_at.is_(None))
    return sum(any(not step.startswith("raise") for step in done) for done in
               session.scalars(mine.where(Clock.stopped_at.is_(None))))  # fmt: skip


def seen_by(department_id: UUID | None) -> tuple:
    """The condition on cases that somebody may see: the desk (None) all, a department what is in its hands."""
    if department_id is None:
        return ()
    return (held_by(department_id),)


def held_by(department_id: UUID | None) -> Exists:
    """The condition on cases that they are in the hands of a department. Looked up case by case: most are closed."""
    mine = Assignment.case_id == Case.id, Assignment.department_id == department_id, Assignment.ended_at.is_(None)
    return select(Assignment.id).where(*mine).correlate(Case).exists()


def listed(session: Session, *only) -> Sequence[Case]:
    """Cases with what a row of a list shows, in no order."""
    heard = selectinload(Recording.transcripts).defer(Transcript.words).defer(Transcript.alternatives)
    query = select(Case).where(*only).options(joinedload(Case.caller), joinedload(Case.village))
    query = query.options(selectinload(Case.recordings).options(heard), joinedload(Case.clock))
    return session.scalars(query.options(selectinload(Case.assignments))).all()


def newest(session: Session, *only) -> Place | None:
    """The place of the case that was received last, if that is news: of the last week."""
    query = (
        select(Case.received_at, Case.id)
        .where(Case.received_at > now() - _NEWS, *only)
        .order_by(Case.received_at.desc(), Case.id.desc())
        .limit(1)
    )
    row = session.execute(query).first()
    return Place(*row) if row else None


def received_between(session: Session, begin: datetime, end: datetime, *only) -> Sequence[Case]:
    """Cases received from `begin` until before `end`, the earliest first."""
    query = select(Case).where(Case.received_at >= begin, Case.received_at < end, *only)
    loaded = (joinedload(Case.caller), joinedload(Case.village), selectinload(Case.recordings), joinedload(Case.clock))
    return session.scalars(query.options(*loaded, selectinload(Case.assignments)).order_by(*_BY_RECEIPT)).all()


def news(session: Session, after: Place | None, *only) -> News:
    """What came after this place (None: in the last week). Reads indexes only: every open page asks all the time."""
    later = select(Case.id).where(Case.received_at > now() - _NEWS, *only).limit(_MOST_NEW)
    if after:
        same_moment = and_(Case.received_at == after.received_at, Case.id > after.id)
        later = later.where(Case.received_at >= after.received_at)
        later = later.where(or_(Case.received_at > after.received_at, same_moment))
    is_open = CallBackTask.done_at.is_(None)
    urgent = select(CallBackTask.id).where(is_open, CallBackTask.urgent)
    urgent = urgent.order_by(CallBackTask.at.desc(), CallBackTask.id)
    return News(
        newest(session, *only),
        session.scalar(select(func.count()).select_from(later.subquery())) or 0,
        session.scalar(select(func.count()).select_from(CallBackTask).where(is_open)) or 0,
        list(session.scalars(urgent.limit(_MOST_NEW))),
    )


def progress(session: Session, number: str, *only) -> str:
    """How far the recordings of a case are, as a word that changes with every step."""
    recordings = select(Recording).join(Case).where(Case.number == number, *only).order_by(*_AS_MADE)
    return "-".join(f"{bool(r.key):d}{r.is_settled:d}" for r in session.scalars(recordings))


def is_empty(session: Session) -> bool:
    """Whether there never was a case."""
    return session.scalar(select(Case.id).limit(1)) is None


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
    return session.scalars(
        mine.order_by(Case.received_at.desc(), Case.number.desc()).limit(EARLIER_SHOWN).options(*loaded)
    ).all()


def villages(session: Session) -> list[Village]:
    """Every village, by name."""
    return list(session.scalars(select(Village).order_by(Village.name)))


def recording_of(session: Session, case_number: str, id: UUID) -> Recording | None:
    """A recording, if it belongs to this case."""
    return session.scalar(select(Recording).join(Case).where(Recording.id == id, Case.number == case_number))


def not_sent(session: Session, ids: Sequence[UUID]) -> frozenset[UUID]:
    """Of these cases, those with an answer that failed for good."""
    texts = select(Message.case_id).where(Message.case_id.in_(ids), Message.outgoing, Message.failed)
    calls = select(SpokenReply.case_id).where(SpokenReply.case_id.in_(ids), SpokenReply.failed)
    return frozenset(session.scalars(texts.union(calls)))

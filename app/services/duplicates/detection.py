"""Comparing (比对): each new case with those before it, once, in the order in which they came; and what that rings."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db import Database, now
from app.models import Case, Comparison, EarlyWarning, Joining, Operator
from app.models.case import OPEN_STATES
from app.services.directory.practice import REAL
from app.services.duplicates import bursts, joining
from app.services.duplicates.grouping import Fit, Matters, fits
from app.services.duplicates.similarity import SAME
from app.services.sorting.categories import OTHER

_REMEMBERED = 3000  # cases that a new one is compared with
_LOOKED_BACK = timedelta(days=2)  # a case without words until then is not compared any more
_CLOCKS_DIFFER = timedelta(minutes=1)  # of several machines, and how long a commit may take
_AT_ONCE = 50
_SAME_DAYS = timedelta(days=14)  # within which matters of one category in one village are proposed whatever the words
_OTHER_MATTER = 3  # times the usual likeness is needed where the categories differ
_HISTORY = timedelta(days=365)
_WEEKS = 12


class Comparer:
    """Compares what waits to be compared. One for each process; what it remembers it reads from the rows."""

    def __init__(self, database: Database):
        self._database = database
        self._matters = Matters()
        self._since: datetime | None = None
        self._busy = threading.Lock()

    def run(self) -> int:
        """Compare every case that has its words now; returns how many. Run twice it does nothing the second time."""
        if not self._busy.acquire(blocking=False):  # the last round is still at it
            return 0
        try:
            return self._run()
        finally:
            self._busy.release()

    def _run(self) -> int:
        with self._database.reading() as session:
            self._remember(session)
            waiting = [case.id for case in _waiting(session)]
        for id in waiting:
            self._database.work(lambda session, id=id: self._compare(session, id))
        return len(waiting)

    def _remember(self, session: Session) -> None:
        """What was compared before this process began, or by another. What is old is forgotten now and then."""
        if len(self._matters) > 2 * _REMEMBERED:
            self._matters, self._since = Matters(), None
        newest = select(Comparison.case_id, Comparison.at)
        newest = newest.order_by(Comparison.at.desc(), Comparison.case_id).limit(_REMEMBERED)
        if self._since:
            newest = newest.where(Comparison.at > self._since - _CLOCKS_DIFFER)
        rows = session.execute(newest).all()
        self._since = max((at for _, at in rows), default=self._since)
        missing = [id for id, _ in rows if id not in self._matters]
        for case in session.scalars(_whole().where(Case.id.in_(missing)).order_by(Case.received_at, Case.number)):
            self._matters.add(case.id, _words(case), case.received_at, case.caller_id)

    def _compare(self, session: Session, id: UUID) -> None:
        case = session.scalar(_whole().where(Case.id == id))
        if session.get(Comparison, id):
            return
        village, category = joining.village_of_case(session, case), joining.category_of(case)
        row = Comparison(case_id=id, category=category, received_at=case.received_at)
        row.village_id = village.id if village else None
        session.add(row)
        session.flush()  # whoever was first goes on
        near = [] if id in self._matters else self._matters.add(id, _words(case), case.received_at, case.caller_id)
        lead = _propose(session, case, row, near)
        warn(session, case, lead)


def moved(session: Session, case: Case) -> None:
    """A person decided where a case belongs: what is counted is counted there."""
    row = session.get(Comparison, case.id)
    if row is not None:
        row.village_id, row.category = case.village_id, case.category
        warn(session, case, joining.joined_to(session, case))


def warn(session: Session, case: Case, lead: Case) -> EarlyWarning | None:
    """Ring where a case's group, or its matter at its place, has become a burst or has been building up."""
    row = session.get_one(Comparison, case.id)
    group = _heard(session, Comparison.case_id.in_(_group(session, lead)))
    rung = _last(session, EarlyWarning.case_id == lead.id)
    found = bursts.burst(group, rung) if len(group) > 1 else None
    if found:
        return _ring(session, "burst", lead, row, found.count, found.days)
    if row.village_id is None or row.category in ("", OTHER):
        return None
    here = (Comparison.village_id == row.village_id) & (Comparison.category == row.category)
    rung = _last(session, (EarlyWarning.village_id == row.village_id) & (EarlyWarning.category == row.category))
    heard = _heard(session, here)
    if found := bursts.burst_here(heard, rung):
        return _ring(session, "burst", lead, row, found.count, found.days)
    weeks, usual = bursts.by_week([at for at, _ in heard], _WEEKS)
    since = bursts.building_up(weeks, usual)
    if since and (rung is None or rung < case.received_at - timedelta(weeks=since)):
        return _ring(session, "building_up", lead, row, sum(weeks[-since:]), since * 7)
    return None


def unseen(session: Session, lead: Case | None = None) -> list[EarlyWarning]:
    """The warnings that nobody has seen yet, the newest first; those of one joint case where its lead is given."""
    query = select(EarlyWarning).where(EarlyWarning.seen_at.is_(None))
    query = query.order_by(EarlyWarning.at.desc(), EarlyWarning.id).limit(_AT_ONCE)
    about = joinedload(EarlyWarning.case).options(selectinload(Case.recordings))
    query = query.options(about, joinedload(EarlyWarning.village))
    return list(session.scalars(query.where(EarlyWarning.case_id == lead.id) if lead else query))


def seen(warning: EarlyWarning, operator: Operator) -> None:
    """Somebody has seen a warning; the first who did is kept."""
    if warning.seen_at is None:
        warning.seen_at, warning.seen_by = now(), operator.name


def _propose(session: Session, case: Case, row: Comparison, near) -> Case:
    """Propose the group that fits best; returns its lead, or the case itself. A caller's own open case is joined."""
    joined = joining.joined_to(session, case)
    if joined.id != case.id:  # with her own key, during the call
        return joined
    leads: dict[UUID, Case] = {}

    def lead_of(id: UUID) -> UUID:
        found = _lead(session, session.get_one(Case, id))
        leads[found.id] = found
        return found.id

    found = fits(near, lead_of, lambda id: len(_group(session, leads[id])))
    good = [fit for fit in found if _may(session, case, row, leads[fit.lead], fit)]
    if not good and (same := _same_here(session, row)):
        leads[same.id], good = same, [Fit(same.id, SAME)]
    if not good:
        return case
    lead = leads[good[0].lead]
    if case.caller_id and _own(session, case, lead) and good[0].likeness > SAME:
        joining.repeat(session, case, lead)
    else:
        joining.propose(session, case, lead, good[0].likeness)
    return lead


def _may(session: Session, case: Case, row: Comparison, lead: Case, fit: Fit) -> bool:
    """Whether a lead is open and neither place nor matter speaks against it."""
    if lead.id == case.id or lead.state not in OPEN_STATES:
        return False
    there, category = joining.village_of_case(session, lead), joining.category_of(lead)
    if there and row.village_id and there.id != row.village_id:
        return False
    differ = {category, row.category} - {"", OTHER}
    return len(differ) < 2 or fit.likeness >= SAME * _OTHER_MATTER


def _same_here(session: Session, row: Comparison) -> Case | None:
    """The lead of what was last heard of the same category in the same village."""
    if row.village_id is None or row.category in ("", OTHER):
        return None
    here = (
        select(Case)
        .join(Comparison, Comparison.case_id == Case.id)
        .where(
            Comparison.village_id == row.village_id,
            Comparison.category == row.category,
            Comparison.received_at > row.received_at - _SAME_DAYS,
            Case.id != row.case_id,
            Case.state.in_(OPEN_STATES),
        )
    )
    last = session.scalar(here.order_by(Comparison.received_at.desc(), Case.number.desc()).limit(1))
    return _lead(session, last) if last else None


def _lead(session: Session, case: Case) -> Case:
    """Whom a case joined, else whom it is most likely to be the same as, else itself."""
    rows = select(Joining).where(Joining.case_id == case.id, Joining.state.in_(("joined", "proposed")))
    best = session.scalar(rows.order_by(Joining.state, Joining.likeness.desc(), Joining.id).limit(1))
    return best.lead if best else case


def _group(session: Session, lead: Case) -> list[UUID]:
    """The cases of a group: joined, or proposed and not rejected."""
    rows = select(Joining.case_id).where(Joining.lead_id == lead.id, Joining.state.in_(("joined", "proposed")))
    return [lead.id, *session.scalars(rows)]


def _own(session: Session, case: Case, lead: Case) -> bool:
    rows = select(Case.caller_id).where(
        Case.id.in_([lead.id, *(member.id for member in joining.members(session, lead))])
    )
    return case.caller_id in session.scalars(rows).all()


def _heard(session: Session, where) -> list:
    """(moment, caller) of the compared cases, in time order; a hidden number is somebody of its own."""
    rows = select(Case.received_at, Case.caller_id, Case.id).join(Comparison, Comparison.case_id == Case.id)
    since = Comparison.received_at > now() - _HISTORY
    rows = rows.where(where, since).order_by(Case.received_at, Case.number)
    return [(at, who or id) for at, who, id in session.execute(rows)]


def _last(session: Session, where):
    return session.scalar(select(EarlyWarning.at).where(where).order_by(EarlyWarning.at.desc()).limit(1))


def _ring(session: Session, kind: str, lead: Case, row: Comparison, count: int, days: int) -> EarlyWarning:
    warning = EarlyWarning(
        kind=kind, case_id=lead.id, village_id=row.village_id, category=row.category, count=count, days=days
    )
    session.add(warning)
    session.flush()
    return warning


def _waiting(session: Session) -> list[Case]:
    """Cases that have their words and were not compared, the oldest first."""
    query = _whole().outerjoin(Comparison, Comparison.case_id == Case.id).where(Comparison.case_id.is_(None), REAL)
    query = query.where(Case.received_at > now() - _LOOKED_BACK).order_by(Case.received_at, Case.number)
    recent = session.scalars(query.limit(_AT_ONCE * 4))
    ready = [case for case in recent if _words(case) and all(each.is_settled for each in case.recordings)]
    return ready[:_AT_ONCE]


def _whole():
    return select(Case).options(selectinload(Case.recordings))


def _words(case: Case) -> str:
    """What is compared: the caller's words."""
    return case.words

"""Comparing (比对): each new case with those before it, once, in the order in which they came; and what that rings."""

import threading
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app.db import Database, now
from app.models import Case, Comparison, Joining
from app.models.case import OPEN_STATES
from app.services.directory.practice import REAL
from app.services.duplicates import joining
from app.services.duplicates.early_warnings import group_of, warn
from app.services.duplicates.grouping import Fit, Matters, fits
from app.services.duplicates.similarity import SAME
from app.services.sorting.categories import OTHER

_REMEMBERED = 3000  # cases that a new one is compared with
_LOOKED_BACK = timedelta(days=2)  # a case without words until then is not compared any more
_CLOCKS_DIFFER = timedelta(minutes=1)  # of several machines, and how long a commit may take
_AT_ONCE = 50
_SAME_DAYS = timedelta(days=14)  # within which matters of one category in one village are proposed whatever the words
_OTHER_MATTER = 3  # times the usual likeness is needed where the categories differ


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

    found = fits(near, lead_of, lambda id: len(group_of(session, leads[id])))
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


def _own(session: Session, case: Case, lead: Case) -> bool:
    rows = select(Case.caller_id).where(
        Case.id.in_([lead.id, *(member.id for member in joining.members(session, lead))])
    )
    return case.caller_id in session.scalars(rows).all()


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

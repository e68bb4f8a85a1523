"""Early warnings: a burst, or what has been building up, rings at the desk until somebody has seen it."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.db import now
from app.models import Case, Comparison, EarlyWarning, Joining, Operator
from app.services.duplicates import bursts, joining
from app.services.sorting.categories import OTHER

_HISTORY = timedelta(days=365)
_AT_ONCE = 50  # warnings of one look
_WEEKS = 12


def moved(session: Session, case: Case) -> None:
    """A person decided where a case belongs: what is counted is counted there."""
    row = session.get(Comparison, case.id)
    if row is not None:
        row.village_id, row.category = case.village_id, case.category
        warn(session, case, joining.joined_to(session, case))


def warn(session: Session, case: Case, lead: Case) -> EarlyWarning | None:
    """Ring where a case's group, or its matter at its place, has become a burst or has been building up."""
    row = session.get_one(Comparison, case.id)
    group = _heard(session, Comparison.case_id.in_(group_of(session, lead)))
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


def group_of(session: Session, lead: Case) -> list[UUID]:
    """The cases of a group: joined, or proposed and not rejected."""
    rows = select(Joining.case_id).where(Joining.lead_id == lead.id, Joining.state.in_(("joined", "proposed")))
    return [lead.id, *session.scalars(rows)]


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

"""Two people on one case: who else has its page open, and what another person did since somebody looked."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Case, CaseEvent, Operator, Presence

HERE = timedelta(seconds=45)  # a page says every 15 s that it is open; one that lies in the background, less often
_RENEWED = timedelta(seconds=8)
_GONE = timedelta(hours=1)
_NOBODY = ("caller", "hotline")


def is_noted(session: Session, case_id: UUID, operator_id: UUID) -> bool:
    """Whether it was noted a moment ago that somebody has the page of a case open: then nothing is to be written."""
    row = session.get(Presence, (case_id, operator_id))
    return row is not None and row.seen_at > now() - _RENEWED


def note(session: Session, case_id: UUID, operator_id: UUID) -> None:
    """Somebody has the page of a case open. Raises IntegrityError where another request noted it first."""
    session.execute(delete(Presence).where(Presence.seen_at < now() - _GONE))
    row = session.get(Presence, (case_id, operator_id))
    if row is None:
        session.add(Presence(case_id=case_id, operator_id=operator_id))
    else:
        row.seen_at = now()
    session.flush()


def leave(session: Session, case_id: UUID, operator_id: UUID) -> None:
    """Somebody has closed the page of a case."""
    session.execute(delete(Presence).where(Presence.case_id == case_id, Presence.operator_id == operator_id))


def others(session: Session, case_id: UUID, operator_id: UUID) -> list[str]:
    """The names of those who look at a case now, besides one."""
    here = select(Operator.name).join(Presence, Presence.operator_id == Operator.id)
    here = here.where(Presence.case_id == case_id, Presence.operator_id != operator_id, Presence.seen_at > now() - HERE)
    return list(session.scalars(here.order_by(Operator.name, Operator.login)))


def latest_by_others(session: Session, case_id: UUID, name: str, seen: int) -> CaseEvent | None:
    """The latest that a person other than `name` did to a case after its event number `seen`."""
    wanted = CaseEvent.case_id == case_id, CaseEvent.number > seen, CaseEvent.by.not_in((*_NOBODY, name))
    return session.scalar(select(CaseEvent).where(*wanted).order_by(CaseEvent.number.desc()).limit(1))


def hold(session: Session, case: Case) -> None:
    """Lock a case for this unit of work, so that of two who save at once the second sees what the first did."""
    session.execute(select(Case.id).where(Case.id == case.id).with_for_update())

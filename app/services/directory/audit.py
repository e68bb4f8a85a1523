"""The audit (留痕): who listened to which recording, who changed whose account. Only ever added to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from app.db import now
from app.models import AuditEntry, Operator, Recording

LISTENED = "listened"
SHOWN = 100
_LATEST_FIRST = (AuditEntry.at.desc(), AuditEntry.id)
_ONE_LISTENING = timedelta(minutes=10)  # a player fetches a recording in pieces, and again when it jumps


def note(session: Session, kind: str, by: Operator | None, about: Operator, **data: Any) -> None:
    """Keep what was done to an account; `by` None: by a command on the machine."""
    session.add(
        AuditEntry(kind=kind, by=by.name if by else "", by_id=by.id if by else None, about_id=about.id, data=data)
    )


def is_listening(session: Session, operator_id: UUID, recording_id: UUID) -> bool:
    """Whether this person's listening to this recording is noted already: once in ten minutes is one listening."""
    mine = AuditEntry.by_id == operator_id, AuditEntry.recording_id == recording_id
    return session.scalar(select(AuditEntry.id).where(*mine, AuditEntry.at > now() - _ONE_LISTENING)) is not None


def note_listening(session: Session, operator_id: UUID, recording_id: UUID) -> None:
    """Keep that somebody was given the sound of a recording."""
    operator = session.get_one(Operator, operator_id)
    session.add(AuditEntry(kind=LISTENED, by=operator.name, by_id=operator_id, recording_id=recording_id))


def listenings(session: Session, case_id: UUID | None = None) -> Sequence[AuditEntry]:
    """Who listened, to the recordings of one case or to any: the latest first, SHOWN at most."""
    query = select(AuditEntry).where(AuditEntry.kind == LISTENED).order_by(*_LATEST_FIRST).limit(SHOWN)
    if case_id:
        query = query.join(Recording).where(Recording.case_id == case_id)
    return session.scalars(query.options(joinedload(AuditEntry.recording).joinedload(Recording.case))).all()


def changes(session: Session, about: UUID | None = None) -> Sequence[AuditEntry]:
    """What was done to accounts, to one or to any: the latest first, SHOWN at most."""
    query = select(AuditEntry).where(AuditEntry.about_id.is_not(None)).order_by(*_LATEST_FIRST).limit(SHOWN)
    if about:
        query = query.where(AuditEntry.about_id == about)
    return session.scalars(query.options(joinedload(AuditEntry.about))).all()

"""Drafts (草稿): what somebody has half written about a case is kept for its author alone, until it is sent or old."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import Case, Draft
from app.services.cases.transitions import MOVES

KEPT = timedelta(days=14)
LONGEST = 4000  # characters, as in the forms
REPLY = "reply"


def of_correction(recording_id: UUID) -> str:
    """The field in which a recording's words are corrected."""
    return f"correction-{recording_id}"


def of_move(key: str) -> str:
    """The field in which the words of a move are written."""
    return f"move-{key}"


def kept(session: Session, case_id: UUID, operator_id: UUID) -> dict[str, Draft]:
    """What one person has half written about a case, by field; the oldest are forgotten."""
    mine = select(Draft).where(Draft.case_id == case_id, Draft.operator_id == operator_id, Draft.at > now() - KEPT)
    return {draft.field: draft for draft in session.scalars(mine)}


def keep(session: Session, case: Case, operator_id: UUID, field: str, text: str) -> None:
    """Keep what was typed so far; nothing typed: keep nothing.

    Raises Refused for a field that the case does not have and for a text that no form would take, IntegrityError where
    another request kept it first.
    """
    if field not in _fields(case):
        raise Refused("这件事没有这一栏。")
    if len(text) > LONGEST:
        raise Refused(f"请控制在 {LONGEST} 字以内。")
    session.execute(delete(Draft).where(Draft.at < now() - KEPT))
    drop(session, case.id, operator_id, field)
    if text.strip():
        session.add(Draft(case_id=case.id, operator_id=operator_id, field=field, text=text))
    session.flush()


def drop(session: Session, case_id: UUID, operator_id: UUID, field: str) -> None:
    """It was sent."""
    its = Draft.case_id == case_id, Draft.operator_id == operator_id, Draft.field == field
    session.execute(delete(Draft).where(*its))


def _fields(case: Case) -> set[str]:
    corrections = (of_correction(recording.id) for recording in case.recordings)
    return {REPLY, *corrections, *(of_move(key) for key in MOVES)}

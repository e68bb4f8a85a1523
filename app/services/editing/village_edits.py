"""Changes of villages (改村): added, changed, deleted, and taken back. Each stands in the history.

What an entry may say is what the file's reader says (places.py:check); the desk is told in Chinese.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import AuditEntry, Caller, Case, Comparison, EarlyWarning, Lesson, Operator, Rating, Village
from app.models.case import OPEN_STATES
from app.services.directory import change_history, villages
from app.services.directory.villages import seen
from app.services.editing.refusals import in_chinese

_ALSO = (Comparison, EarlyWarning, Rating, Lesson)  # what else may be about a village


def add(session: Session, by: Operator, entry: Mapping[str, Any], *, undoes: AuditEntry | None = None) -> Village:
    """A village more, or one that is there again. Raises Refused."""
    _check(session, entry, None)
    made = Village(id=undoes.row_id) if undoes else Village()
    villages.fill(made, entry)
    session.add(made)
    session.flush()
    change_history.note(session, by, made, None, seen(made), takes_back=undoes)
    return made


def change(
    session: Session, village: Village, by: Operator, fields: Mapping[str, Any], *, undoes: AuditEntry | None = None
) -> None:
    """Other values for some fields of a village. Raises Refused. The worker sees to the search."""
    before = seen(village)
    entry = before | fields
    _check(session, entry, village)
    villages.fill(village, entry)
    if village.name != before["name"]:
        _call_otherwise(session, village, before["name"])
    session.flush()
    change_history.note(session, by, village, before, seen(village), takes_back=undoes)


def delete(session: Session, village: Village, by: Operator, *, undoes: AuditEntry | None = None) -> None:
    """The village was added by mistake. Raises Refused where anything is known of it."""
    cases, callers = (_count(session, model, village) for model in (Case, Caller))
    if cases or callers:
        parts = [f"{count} {of}" for count, of in ((cases, "件事项"), (callers, "个来电人")) if count]
        raise Refused(f"{village.name}有 {'、'.join(parts)}，不能删。")
    if any(_count(session, model, village) for model in _ALSO):
        raise Refused(f"已经有人说起过{village.name}的事，不能删。")
    session.delete(village)
    session.flush()
    change_history.note(session, by, village, seen(village), None, takes_back=undoes)


def take_back(session: Session, entry: AuditEntry, by: Operator) -> Village | None:
    """Undo a change, by a change; returns the village, None where it is gone again. Raises Refused."""
    village = session.get(Village, entry.row_id, with_for_update=True)
    if not change_history.stands(entry, seen(village) if village else None):
        raise Refused("这一项后来又改过，不能一下收回。请直接改成您要的样子。")
    if entry.kind == change_history.DELETED:
        return add(session, by, change_history.before(entry), undoes=entry)
    if entry.kind == change_history.ADDED:
        return delete(session, village, by, undoes=entry)
    change(session, village, by, change_history.before(entry), undoes=entry)
    return village


def cases_of(session: Session, village: Village) -> int:
    """How many cases are from there."""
    return _count(session, Case, village)


def _check(session: Session, entry: Mapping[str, Any], village: Village | None) -> None:
    try:
        villages.check(dict(entry))
    except villages.PlacesUnusable as error:
        raise Refused(in_chinese(error, "")) from error
    other = villages.named(session, entry["name"].strip())
    if other is not None and other is not village:
        raise Refused(f"已经有“{other.name}”了。两个村同名的，前面加上镇名。")


def _count(session: Session, model: type, village: Village) -> int:
    return session.scalar(select(func.count()).select_from(model).where(model.village_id == village.id))


def _call_otherwise(session: Session, village: Village, old: str) -> None:
    """Places that begin with the village's old name, and what was proposed for open cases, name it as it is now."""
    new = village.name
    there = update(Case).where(Case.village_id == village.id, Case.place.startswith(old, autoescape=True))
    session.execute(there.values(place=new + func.substr(Case.place, len(old) + 1)))
    named = Case.proposal["village"].as_string() == old
    for case in session.scalars(select(Case).where(Case.state.in_(OPEN_STATES), Case.village_id.is_(None), named)):
        place = case.proposal.place
        moved = new + place.removeprefix(old) if place.startswith(old) else place
        case.proposal = replace(case.proposal, village=new, place=moved)

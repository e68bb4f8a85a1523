"""List history (改动): who changed a department or a village, when, from what to what: entries of the audit.

An entry's `data`: `name`, as it is called since; `fields`, each with what it was and what it is (None: the row was not
there, or is gone); `takes_back`, the entry that it undid, if it did.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import AuditEntry, Department, Operator, Village

ADDED, CHANGED, DELETED = "added", "changed", "deleted"
SHOWN = 50
Fields = Mapping[str, Any]


@dataclass(frozen=True)
class Entries:
    """The latest first; `more`: there are older ones on the next page."""

    entries: Sequence[AuditEntry]
    more: bool


def note(
    session: Session,
    by: Operator | None,
    row: Department | Village,
    before: Fields | None,
    after: Fields | None,
    *,
    takes_back: AuditEntry | None = None,
) -> None:
    """Keep what a row was and what it is (None: not there); nothing where nothing changed. `by` None: a command."""
    was, is_now = before or {}, after or {}
    fields = {key: [was.get(key), is_now.get(key)] for key in (is_now or was) if was.get(key) != is_now.get(key)}
    if not fields:
        return
    session.flush()  # a new row has its id by now
    data = {"name": (after or before)["name"], "fields": fields}
    if takes_back:
        data["takes_back"] = str(takes_back.id)
    kind = CHANGED if before and after else ADDED if after else DELETED
    whose = {"by": by.name if by else "", "by_id": by.id if by else None}
    session.add(AuditEntry(kind=kind, row_of=row.__tablename__, row_id=row.id, data=data, **whose))


def history(session: Session, model: type, row_id: UUID | None = None, page: int = 1) -> Entries:
    """What was done to one row of a list, or to any; SHOWN a page."""
    query = select(AuditEntry).where(AuditEntry.row_of == model.__tablename__)
    if row_id:
        query = query.where(AuditEntry.row_id == row_id)
    query = query.order_by(AuditEntry.at.desc(), AuditEntry.id).offset((page - 1) * SHOWN).limit(SHOWN + 1)
    found = session.scalars(query).all()
    return Entries(found[:SHOWN], len(found) > SHOWN)


def entry(session: Session, model: type, id: UUID) -> AuditEntry | None:
    """The entry with this id, where it is about this list."""
    found = session.get(AuditEntry, id)
    return found if found and found.row_of == model.__tablename__ else None


def newest(session: Session, row: Department | Village) -> str:
    """The id of a row's newest entry, by which a form knows whether somebody was first; '' where there is none."""
    found = history(session, type(row), row.id).entries
    return str(found[0].id) if found else ""


def refuse_overtaken(session: Session, row: Department | Village, seen: str) -> None:
    """Raises Refused where somebody has changed the row since the form was made."""
    if newest(session, row) != seen:
        raise Refused("别人刚才也改了，您写的还在这里。请看看下面的改动，再保存一次。")


def stands(found: AuditEntry, is_now: Fields | None) -> bool:
    """Whether what an entry says is still so, so that it can be taken back."""
    left_behind = {key: after for key, (_, after) in found.data["fields"].items()}
    if found.kind == DELETED:
        return is_now is None
    return is_now is not None and all(is_now[key] == after for key, after in left_behind.items())


def before(found: AuditEntry) -> dict[str, Any]:
    """What the fields that an entry changed were."""
    return {key: was for key, (was, _) in found.data["fields"].items()}

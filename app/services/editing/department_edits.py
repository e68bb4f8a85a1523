"""Changes of departments (改部门): added, renamed, closed, opened again, and taken back. Each stands in the history.

Categories name their department, so a rename changes the published documents in the same unit of work; a department
that they name, or that still has cases or accounts, is not closed. None is deleted: cases and figures are theirs.
"""

from functools import lru_cache
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import Assignment, AuditEntry, Case, Department, Operator
from app.models.case import OPEN_STATES
from app.services.directory import callers, change_history, departments
from app.services.directory.departments import seen
from app.services.editing import documents
from app.services.editing.catalogue import kind
from app.services.editing.yaml_text import with_name
from app.services.sorting.categories import read_categories
from app.services.sorting.taxonomy import read_departments
from ivr.document import Sheet

CATEGORIES, TOPICS = "data/categories.yaml", "data/departments.yaml"  # the documents that name departments
_FEW = 3


def add(session: Session, by: Operator, name: str, phone: str, region: str) -> Department:
    """A department more; `phone` as it is dialled in the country `region`. Raises Refused."""
    made = Department(name=_free_name(session, name), phone=callers.as_stored(phone, region))
    session.add(made)
    session.flush()
    change_history.note(session, by, made, None, seen(made))
    return made


def change(session: Session, department: Department, by: Operator, name: str, phone: str, region: str) -> None:
    """Another name or duty telephone. Raises Refused. Call `editions.refresh` after the commit."""
    _settle(session, department, by, {"name": name, "phone": callers.as_stored(phone, region)})


def close(session: Session, department: Department, by: Operator) -> None:
    """Nothing is given to this department any more. Raises Refused."""
    _settle(session, department, by, {"open": False})


def reopen(session: Session, department: Department, by: Operator) -> None:
    """Cases and accounts can be given to it again."""
    _settle(session, department, by, {"open": True})


def take_back(session: Session, entry: AuditEntry, by: Operator) -> Department:
    """Undo a change, by a change; a department that was added is closed. Raises Refused. Call `editions.refresh`."""
    department = session.get_one(Department, entry.row_id, with_for_update=True)
    if not change_history.stands(entry, seen(department)):
        raise Refused("这一项后来又改过，不能一下收回。请直接改成您要的样子。")
    fields = {"open": False} if entry.kind == change_history.ADDED else change_history.before(entry)
    _settle(session, department, by, fields, takes_back=entry)
    return department


def naming(session: Session, name: str) -> dict[str, list[str]]:
    """Where the documents in force name a department: a document -> its categories."""
    found = {key: _named(key, documents.live(session, key).text) for key in (CATEGORIES, TOPICS)}
    named = {key: [category for category, its in pairs if its == name] for key, pairs in found.items()}
    return {key: categories for key, categories in named.items() if categories}


def open_cases(session: Session) -> dict[UUID, int]:
    """How many cases that are not closed each department holds."""
    held = select(Assignment.department_id, func.count()).join(Case).group_by(Assignment.department_id)
    return dict(session.execute(held.where(Assignment.ended_at.is_(None), Case.state.in_(OPEN_STATES))).all())


def accounts(session: Session) -> dict[UUID, int]:
    """How many people can log in for each department."""
    people = select(Operator.department_id, func.count()).where(Operator.locked_at.is_(None))
    return dict(session.execute(people.group_by(Operator.department_id)).all())


def _settle(
    session: Session, department: Department, by: Operator, fields: dict, takes_back: AuditEntry | None = None
) -> None:
    before = seen(department)
    if fields.get("open") is False and before["open"]:
        _refuse_in_use(session, department)
    department.phone = fields.get("phone", department.phone)
    if "open" in fields and fields["open"] != before["open"]:
        department.closed_at = None if fields["open"] else now()
    if (name := fields.get("name", department.name).strip()) != department.name:
        _rename(session, department, by, name)
    session.flush()
    change_history.note(session, by, department, before, seen(department), takes_back=takes_back)


def _rename(session: Session, department: Department, by: Operator, name: str) -> None:
    old, department.name = department.name, _free_name(session, name)
    why = f"“{old}”改名叫“{name}”"
    for document, key in ((CATEGORIES, "department"), (TOPICS, "")):
        documents.amend(session, document, by.name, why, lambda text, key=key: with_name(text, old, name, key=key))


def _refuse_in_use(session: Session, department: Department) -> None:
    if count := open_cases(session).get(department.id, 0):
        raise Refused(f"{department.name}还有 {count} 件没办结的事，请先办结或者改派，再停用。")
    if count := accounts(session).get(department.id, 0):
        raise Refused(f"{department.name}还有 {count} 个账号能登录，请先在“人员”里停用或者换部门，再停用。")
    if named := naming(session, department.name):
        told = "，".join(f"“{kind(key).title}”里的{_few(found)}" for key, found in named.items())
        raise Refused(f"{told}还归{department.name}，请先改归别的部门，再停用。")


@lru_cache(maxsize=4)
def _named(key: str, text: str) -> list[tuple[str, str]]:
    """Each category that a document sends to a department, and that department."""
    sheet = Sheet(kind(key).key, text)
    if key == CATEGORIES:
        return [(category.name, category.department) for category in read_categories(sheet)]
    return list(read_departments(sheet).items())


def _few(names: list[str]) -> str:
    told = "、".join(name.split("/")[-1] for name in names[:_FEW])
    return f"{told}等 {len(names)} 类" if len(names) > _FEW else told


def _free_name(session: Session, name: str) -> str:
    name = name.strip()
    if not name or len(name) > departments.LONGEST or not name.isprintable():
        raise Refused(f"部门的名字要写，{departments.LONGEST} 个字以内。")
    if other := departments.named(session, name):
        what = "请换一个名字" if other.closed_at is None else "只是停用了，可以恢复派单"
        raise Refused(f"已经有“{name}”了，{what}。")
    return name

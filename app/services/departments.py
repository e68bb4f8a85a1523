"""Departments (部门): the bodies that see to matters, from a YAML file that staff edit."""

from pathlib import Path
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Department
from app.services.categories import categories

EXAMPLE = Path(__file__).parents[1] / "data" / "example_departments.yaml"
_LONGEST = 64


class DepartmentsUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


def departments(session: Session) -> list[Department]:
    """Every department, by name."""
    return list(session.scalars(select(Department).order_by(Department.name)))


def named(session: Session, name: str) -> Department | None:
    """The department of this name."""
    return session.scalar(select(Department).where(Department.name == name))


def department(session: Session, id: UUID) -> Department | None:
    """The department with this id."""
    return session.get(Department, id)


def load_departments(session: Session, path: Path) -> int:
    """Add the departments of a file that are not there yet; gives how many it holds. None is removed: cases are theirs.

    The file is a list of {name}; it holds every department that a category names. Raises DepartmentsUnusable before
    anything is changed.
    """
    names = read_departments(path)
    for name in names:
        if named(session, name) is None:
            session.add(Department(name=name))
    session.flush()
    return len(names)


def read_departments(path: Path) -> list[str]:
    """The names in a file. Raises DepartmentsUnusable."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list) or not entries:
        raise DepartmentsUnusable(f"{path.name}: a list of departments is expected.")
    names: list[str] = []
    for place, entry in enumerate(entries, 1):
        name = entry.get("name") if isinstance(entry, dict) and set(entry) == {"name"} else None
        if not isinstance(name, str) or not name.strip() or len(name) > _LONGEST:
            raise DepartmentsUnusable(f"{path.name}, entry {place}: a department is a name of 1 to {_LONGEST} signs.")
        if name in names:
            raise DepartmentsUnusable(f"{path.name}, entry {place}: {name} is there twice.")
        names.append(name)
    if missing := sorted({category.department for category in categories()} - set(names)):
        raise DepartmentsUnusable(f"{path.name}: {', '.join(missing)} is missing; a category names it.")
    return names

"""Departments (部门): the bodies that see to matters, from a YAML file or from the desk (department_changes.py)."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import yaml
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.files import DATA
from app.models import Department
from app.services.directory import change_history

EXAMPLE = DATA / "example_departments.yaml"
LONGEST = 64  # signs of a name
_PHONE = re.compile(r"\+[1-9]\d{6,14}")


class DepartmentsUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


def departments(session: Session) -> list[Department]:
    """Every department, also those that are closed, by name."""
    return list(session.scalars(select(Department).order_by(Department.name)))


def offered(session: Session) -> list[Department]:
    """The departments that a case or an account can be given to, by name."""
    return [each for each in departments(session) if each.closed_at is None]


def named(session: Session, name: str) -> Department | None:
    """The department of this name."""
    return session.scalar(select(Department).where(Department.name == name))


def department(session: Session, id: UUID) -> Department | None:
    """The department with this id."""
    return session.get(Department, id)


def seen(department: Department) -> dict[str, Any]:
    """What the history keeps of a department."""
    return {"name": department.name, "phone": department.phone, "open": department.closed_at is None}


def load_departments(session: Session, path: Path, needed: Iterable[str]) -> int:
    """Add the departments of a file that are not there yet; returns how many it holds. None of those there is removed.

    The file is a list of {name, phone}; it holds every department of `needed` (those that a category names). `phone`,
    which may be left out, is the duty telephone that gets reminders. Raises DepartmentsUnusable before anything is
    changed.
    """
    entries = read_departments(path, needed)
    for name, phone in entries.items():
        known = named(session, name)
        before = seen(known) if known else None
        department = known or Department(name=name)
        department.phone = phone
        session.add(department)
        change_history.note(session, None, department, before, seen(department))
    session.flush()
    return len(entries)


def read_departments(path: Path, needed: Iterable[str]) -> dict[str, str]:
    """The departments in a file: name -> telephone (E.164; empty: none). Raises DepartmentsUnusable, also where one of
    `needed` is missing."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, list) or not entries:
        raise DepartmentsUnusable(f"{path.name}: a list of departments is expected.")
    found: dict[str, str] = {}
    for place, entry in enumerate(entries, 1):
        name = entry.get("name") if isinstance(entry, dict) and {"name"} <= set(entry) <= {"name", "phone"} else None
        if not isinstance(name, str) or not name.strip() or len(name) > LONGEST:
            raise DepartmentsUnusable(f"{path.name}, entry {place}: a department is a name of 1 to {LONGEST} signs.")
        if name in found:
            raise DepartmentsUnusable(f"{path.name}, entry {place}: {name} is there twice.")
        phone = str(entry.get("phone", "")).replace(" ", "")
        if phone and not _PHONE.fullmatch(phone):
            raise DepartmentsUnusable(f'{path.name}, entry {place}: a phone is written like "+8613800000000".')
        found[name] = phone
    if missing := sorted(set(needed) - set(found)):
        raise DepartmentsUnusable(f"{path.name}: {', '.join(missing)} is missing; a category names it.")
    return found

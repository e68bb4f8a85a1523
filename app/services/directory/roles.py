"""Roles (角色) and rights (权限): what somebody at the desk may do. From data/roles.yaml, which staff edit."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from app.files import DATA

_FILE = DATA / "roles.yaml"
OPERATOR, DEPARTMENT, LEADER, ADMIN = ROLES = ("operator", "department", "leader", "admin")
SEE, LISTEN, CORRECT, DECIDE, MOVE, REPLY = ("see_cases", "listen", "correct", "decide", "move", "reply")
FIGURES, EXPORT, COUNTER, PRACTICE = ("figures", "export", "counter", "practice")
LEARN, WORDS, USERS, RETRY = ("learn", "words", "users", "retry")
RIGHTS = (SEE, LISTEN, CORRECT, DECIDE, MOVE, REPLY, FIGURES, EXPORT, COUNTER, PRACTICE, LEARN, RETRY, WORDS, USERS)


class RolesUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Role:
    """A role as the page calls it, and what whoever has it may do."""

    name: str
    rights: frozenset[str]


@dataclass(frozen=True)
class Roles:
    """`names`: right -> how the page calls it, in the file's order. `roles`: key -> role."""

    names: Mapping[str, str]
    roles: Mapping[str, Role]


@cache
def roles() -> Roles:
    """The roles in use."""
    return read_roles(_FILE)


def rights_of(role: str, own: Mapping[str, bool]) -> frozenset[str]:
    """What a person may do: what their role may, and their own differences (right -> granted, or withdrawn)."""
    granted = {right for right, given in own.items() if given}
    return (roles().roles[role].rights | granted) - {right for right, given in own.items() if not given}


def read_roles(path: Path) -> Roles:
    """The roles of a file. Raises RolesUnusable."""
    read = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(read, dict) or set(read) != {"rights", "roles"}:
        raise RolesUnusable(f"{path.name}: needs exactly rights and roles.")
    names = read["rights"]
    if not isinstance(names, dict) or set(names) != set(RIGHTS):
        raise RolesUnusable(f"{path.name}, rights: needs exactly {', '.join(RIGHTS)}.")
    for right, name in names.items():
        if not isinstance(name, str) or not name.strip():
            raise RolesUnusable(f"{path.name}, rights, {right}: has no name.")
    if not isinstance(read["roles"], dict) or set(read["roles"]) != set(ROLES):
        raise RolesUnusable(f"{path.name}, roles: needs exactly {', '.join(ROLES)}.")
    found = Roles(names, {key: _role(path, key, entry) for key, entry in read["roles"].items()})
    if USERS not in found.roles[ADMIN].rights:
        raise RolesUnusable(f"{path.name}, roles, {ADMIN}: needs {USERS}, or nobody could give rights any more.")
    return found


def _role(path: Path, key: str, entry: object) -> Role:
    where = f"{path.name}, roles, {key}"
    if not isinstance(entry, dict) or set(entry) != {"name", "rights"} or not isinstance(entry["rights"], list):
        raise RolesUnusable(f"{where}: a role is a name and a list of rights.")
    if not isinstance(entry["name"], str) or not entry["name"].strip():
        raise RolesUnusable(f"{where}: has no name.")
    if unknown := [str(right) for right in entry["rights"] if right not in RIGHTS]:
        raise RolesUnusable(f"{where}: there is no right {unknown[0]}; there are {', '.join(RIGHTS)}.")
    if SEE not in entry["rights"]:
        raise RolesUnusable(f"{where}: needs {SEE}; the desk begins with the list of cases.")
    return Role(entry["name"], frozenset(entry["rights"]))

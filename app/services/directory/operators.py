"""Operators: who may sit at the desk, as what, and with which password. What is done to an account is in the audit."""

import secrets
from collections.abc import Iterable, Sequence
from uuid import UUID

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import Department, Operator
from app.services.directory import audit
from app.services.directory.roles import DEPARTMENT, OPERATOR, RIGHTS, ROLES, USERS, rights_of, roles

_SHORTEST_PASSWORD = 8
_LONGEST_NAME = 64
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on paper
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody")  # checked for unknown logins, so that they take as long as known ones
IMPORTED = "import"  # the account under which other desks' corrections stand (case_import.py): nobody's
LANGUAGES = {"zh": "中文", "en": "English"}


def check_password(session: Session, login: str, password: str) -> Operator | None:
    """The operator with this login and password, else None; nobody whose account is locked."""
    operator = named(session, login)
    try:
        _hasher.verify(operator.password_hash if operator else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return None if operator.locked_at else operator


def is_good(operator: Operator, since: float | None) -> bool:
    """Whether a session that began then (seconds since 1970) goes on: not when locked, nor after a new password."""
    too_old = operator.password_at is not None and (since or 0.0) < operator.password_at.timestamp()
    return operator.locked_at is None and not too_old


def everybody(session: Session) -> Sequence[Operator]:
    """Everybody who has an account, those who are locked last."""
    people = select(Operator).where(Operator.login != IMPORTED)
    return session.scalars(people.order_by(Operator.locked_at.is_not(None), Operator.name, Operator.login)).all()


def named(session: Session, login: str) -> Operator | None:
    """The person with this login."""
    return session.scalar(select(Operator).where(Operator.login == login, Operator.login != IMPORTED))


def add_operator(
    session: Session,
    login: str,
    name: str,
    password: str,
    *,
    role: str = OPERATOR,
    department: Department | None = None,
    must_change: bool = False,
    by: Operator | None = None,
) -> Operator:
    """A new operator. Raises Refused for a login that exists, a short password, a role that does not fit."""
    if not login.strip() or len(login) > _LONGEST_NAME or not login.isprintable() or " " in login:
        raise Refused(f"账号要写，不带空格，{_LONGEST_NAME} 个字以内。")
    if login == IMPORTED or named(session, login):
        raise Refused(f"账号“{login}”已经有了，请换一个。")
    operator = Operator(login=login, password_hash=_hashed(password), must_change=must_change)
    _settle(operator, name, role, department)
    session.add(operator)
    session.flush()
    audit.note(session, "added", by, operator, role=role, department=department.name if department else "")
    return operator


def change(
    session: Session, operator: Operator, by: Operator, *, name: str, role: str, department: Department | None
) -> None:
    """Another name, role or department. Raises Refused; nobody who gives rights is left: refused, too."""
    before = _seen(operator)
    _settle(operator, name, role, department)
    _keep_one_who_gives_rights(session)
    changed = {key: value for key, value in _seen(operator).items() if before[key] != value}
    if changed:
        audit.note(session, "changed", by, operator, **changed)


def give_rights(session: Session, operator: Operator, by: Operator, wanted: Iterable[str]) -> None:
    """Exactly these rights; what differs from the role is kept as this person's own. Raises Refused."""
    wanted, usual = set(wanted) & set(RIGHTS), roles().roles[operator.role].rights
    before = rights_of(operator.role, operator.rights)
    operator.rights = {right: right in wanted for right in RIGHTS if (right in wanted) != (right in usual)}
    _keep_one_who_gives_rights(session)
    if wanted != before:
        given, withdrawn = sorted(wanted - before), sorted(before - wanted)
        audit.note(session, "rights", by, operator, given=given, withdrawn=withdrawn)


def lock(session: Session, operator: Operator, by: Operator) -> None:
    """Nobody gets in with this account any more; open sessions are over. Raises Refused."""
    if operator.id == by.id:
        raise Refused("自己的账号不能自己停用，请另一位管理员来做。")
    operator.locked_at = now()
    _keep_one_who_gives_rights(session)
    audit.note(session, "locked", by, operator)


def unlock(session: Session, operator: Operator, by: Operator) -> None:
    """The account works again. Raises Refused while its department is closed."""
    _refuse_closed(operator.department)
    operator.locked_at = None
    audit.note(session, "unlocked", by, operator)


def start_password(session: Session, operator: Operator, by: Operator | None) -> str:
    """A password to begin with, given back once and kept nowhere; its owner has to choose another at the login."""
    password = random_password()
    operator.password_hash, operator.must_change, operator.password_at = _hashed(password), True, now()
    audit.note(session, "password", by, operator)
    return password


def choose_password(session: Session, operator: Operator, old: str, new: str, again: str) -> None:
    """A password of one's own. Sessions elsewhere are over. Raises Refused."""
    try:
        _hasher.verify(operator.password_hash, old)
    except (VerificationError, InvalidHashError):
        raise Refused("现在的密码不对，请再写一次。") from None
    if new != again:
        raise Refused("两次写的新密码不一样，请再写一次。")
    if new == old:
        raise Refused("新密码和现在的一样，请换一个。")
    operator.password_hash, operator.must_change, operator.password_at = _hashed(new), False, now()
    audit.note(session, "own_password", operator, operator)


def choose_looks(operator: Operator, language: str, large: bool) -> None:
    """The language of the pages and the size of their type. Raises Refused."""
    if language not in LANGUAGES:
        raise Refused("没有这种语言，请从列表里选。")
    operator.language, operator.large = language, large


def seat(session: Session, login: str, department: str, *, head: bool, role: str = "") -> Operator:
    """Put an operator into a department, or (empty) at the desk, as its head or not. Raises Refused.

    `role` empty: the department's in a department, at the desk the one they have, or an operator's.
    """
    operator = named(session, login)
    if operator is None:
        raise Refused(f"没有“{login}”这个账号。")
    found = session.scalar(select(Department).where(Department.name == department)) if department else None
    if department and found is None:
        raise Refused(f"没有“{department}”这个部门，请先把部门表装进来。")
    if found and head:
        raise Refused("热线负责人坐在热线，不在部门。")
    kept = OPERATOR if operator.role == DEPARTMENT else operator.role
    before = _seen(operator)
    _settle(operator, operator.name, role or (DEPARTMENT if found else kept), found)
    operator.head = head
    session.flush()
    if before != _seen(operator):
        audit.note(session, "changed", None, operator, **_seen(operator))
    return operator


def find(session: Session, id: UUID) -> Operator | None:
    """The person with this id."""
    return session.scalar(select(Operator).where(Operator.id == id, Operator.login != IMPORTED))


def random_password() -> str:
    """Ten signs that can be read off paper: about 50 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def _settle(operator: Operator, name: str, role: str, department: Department | None) -> None:
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise Refused(f"姓名要写，{_LONGEST_NAME} 个字以内。")
    if role not in ROLES:
        raise Refused("没有这种角色，请从列表里选。")
    if (role == DEPARTMENT) != (department is not None):
        raise Refused("部门经办人要选部门，别的角色不选部门。")
    _refuse_closed(department)
    operator.name, operator.role, operator.department = name.strip(), role, department
    operator.rights = operator.rights or {}
    if department:
        operator.head = False


def _refuse_closed(department: Department | None) -> None:
    if department and department.closed_at:
        raise Refused(f"{department.name}已经停用了，请选别的部门。")


def _seen(operator: Operator) -> dict[str, str]:
    department = operator.department.name if operator.department else ""
    return {"name": operator.name, "role": operator.role, "department": department}


def _keep_one_who_gives_rights(session: Session) -> None:
    session.flush()
    if not any(USERS in rights_of(each.role, each.rights) for each in everybody(session) if not each.locked_at):
        raise Refused("至少要留一个能管人员的账号，所以没有改。")


def _hashed(password: str) -> str:
    if len(password) < _SHORTEST_PASSWORD:
        raise Refused(f"密码太短，至少要 {_SHORTEST_PASSWORD} 位。")
    return _hasher.hash(password)

"""Operators: who may sit at the desk."""

import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Department, Operator

_SHORTEST_PASSWORD = 8
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that look alike on paper
_hasher = PasswordHasher()
_NOBODY = _hasher.hash("nobody")  # checked for unknown logins, so that they take as long as known ones


def check_password(session: Session, login: str, password: str) -> Operator | None:
    """The operator with this login and password, else None."""
    operator = session.scalar(select(Operator).where(Operator.login == login))
    try:
        _hasher.verify(operator.password_hash if operator else _NOBODY, password)
    except (VerificationError, InvalidHashError):
        return None
    return operator


def add_operator(session: Session, login: str, name: str, password: str) -> Operator:
    """A new operator. Raises Refused for a login that exists or a short password."""
    if session.scalar(select(Operator.id).where(Operator.login == login)):
        raise Refused(f"账号“{login}”已经有了，请换一个。")
    operator = Operator(login=login, name=name, password_hash=_hashed(password))
    session.add(operator)
    session.flush()
    return operator


def set_password(session: Session, login: str, password: str) -> None:
    """A new password for an operator. Raises Refused."""
    operator = session.scalar(select(Operator).where(Operator.login == login))
    if operator is None:
        raise Refused(f"没有“{login}”这个账号。")
    operator.password_hash = _hashed(password)


def seat(session: Session, login: str, department: str, *, head: bool) -> Operator:
    """Put an operator into a department, or (empty) at the desk, as its head or not. Raises Refused."""
    operator = session.scalar(select(Operator).where(Operator.login == login))
    if operator is None:
        raise Refused(f"没有“{login}”这个账号。")
    found = session.scalar(select(Department).where(Department.name == department)) if department else None
    if department and found is None:
        raise Refused(f"没有“{department}”这个部门，请先把部门表装进来。")
    if found and head:
        raise Refused("热线负责人坐在热线，不在部门。")
    operator.department, operator.head = found, head
    session.flush()
    return operator


def random_password() -> str:
    """Ten signs that can be read off paper: about 50 bits."""
    return "".join(secrets.choice(_LETTERS) for _ in range(10))


def _hashed(password: str) -> str:
    if len(password) < _SHORTEST_PASSWORD:
        raise Refused(f"密码太短，至少要 {_SHORTEST_PASSWORD} 位。")
    return _hasher.hash(password)

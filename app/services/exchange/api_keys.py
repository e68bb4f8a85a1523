"""Keys (接口密钥): which other systems may report matters to us. Only the hash of a key is kept."""

import hashlib
import secrets

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import ApiKey

_LONGEST_NAME = 64


def make(session: Session, name: str, *, reads: bool = False) -> str:
    """A new key for the system of this name; it can be seen this once. Raises Refused where the name is taken."""
    if not name.strip() or len(name) > _LONGEST_NAME:
        raise Refused(f"名字要有 1 到 {_LONGEST_NAME} 个字。")
    if session.scalar(select(ApiKey.id).where(ApiKey.name == name)):
        raise Refused(f"“{name}”已经有密钥了，请换个名字。")
    key = f"xy_{secrets.token_urlsafe(32)}"
    session.add(ApiKey(name=name, sha256=_hashed(key), reads=reads))
    session.flush()
    return key


def end(session: Session, name: str) -> None:
    """The key of this name opens nothing any more. Raises Refused where there is none."""
    found = session.scalar(select(ApiKey).where(ApiKey.name == name, ApiKey.ended_at.is_(None)))
    if found is None:
        raise Refused(f"没有“{name}”的密钥。")
    found.ended_at = now()


def every(session: Session) -> list[ApiKey]:
    """Every key there ever was, by name."""
    return list(session.scalars(select(ApiKey).order_by(ApiKey.name)))


def holder(session: Session, key: str) -> ApiKey | None:
    """Whose key this is; None for one that opens nothing."""
    return session.scalar(select(ApiKey).where(ApiKey.sha256 == _hashed(key), ApiKey.ended_at.is_(None)))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()  # no slow hash: a key is 256 random bits

"""Operator (操作员): somebody who works at the desk."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.department import Department


class Operator(Base):
    """A login. The password is stored as an argon2 hash.

    Whoever belongs to a department sees and does only what is that department's; everybody else sits at the desk.
    `head`: the desk's head, who decides what the desk may not (services/cases/lifecycle.py).

    `role`: one of services/directory/roles.py:ROLES. `rights`: what differs for this person, right -> granted or not.
    `locked_at`: since when they get in no more. `must_change`: the password is one that somebody else knows.
    `password_at`: when it was last set; sessions from before are over. `language`: zh, en. `large`: large type.
    """

    __tablename__ = "operators"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    password_hash: Mapped[str] = mapped_column(String(255))
    department_id: Mapped[UUID | None] = mapped_column(ForeignKey("departments.id"))
    head: Mapped[bool] = mapped_column(default=False)
    role: Mapped[str] = mapped_column(String(16), default="operator")
    rights: Mapped[dict] = mapped_column(default=dict)
    locked_at: Mapped[datetime | None]
    must_change: Mapped[bool] = mapped_column(default=False)
    password_at: Mapped[datetime | None]
    language: Mapped[str] = mapped_column(String(8), default="zh")
    large: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)

    department: Mapped[Department | None] = relationship(lazy="joined")

"""Exchange (数据交换): keys of other systems, cases that came from them, and what the desk made public of a case."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models.case import Case


class ApiKey(Base):
    """Another system that may report matters. Of its key only the SHA-256 is kept.

    `reads`: it may also read every case that a person has decided, not only what is public and its own.
    """

    __tablename__ = "api_keys"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    reads: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class ForeignCase(Base):
    """A case that another system knows under an id of its own. Each pair of source and foreign id is one case.

    `source` is `key:<id of an ApiKey>` (reported to us), the address of a server (pulled from it) or `import`
    (services/exchange/case_import.py). `status` and `notes` are what a server that was pulled from said last.
    """

    __tablename__ = "foreign_cases"
    __table_args__ = (UniqueConstraint("source", "foreign_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    source: Mapped[str] = mapped_column(String(255))
    foreign_id: Mapped[str] = mapped_column(String(128))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    status: Mapped[str] = mapped_column(String(16), default="")
    notes: Mapped[str] = mapped_column(default="")
    at: Mapped[datetime] = mapped_column(default=now, index=True)

    case: Mapped[Case] = relationship()


class Publication(Base):
    """A case that the desk made public, with the words that anybody may read (`text`, written by a person)."""

    __tablename__ = "publications"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    text: Mapped[str] = mapped_column(default="")
    by: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(default=now)

    case: Mapped[Case] = relationship()

"""Later: a row whose work is done by a job. The row is the truth; the queue only nudges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, String, false, text
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

UNSEEN = text("failed AND seen_at IS NULL")
IN_TROUBLE = text("fault <> ''")


def to_be_seen(table: str) -> tuple[Index, ...]:
    """The indexes by which the desk finds what failed or is in trouble: few rows of many, looked for all the time."""
    wheres = {"unseen": UNSEEN, "trouble": IN_TROUBLE}
    return tuple(
        Index(f"ix_{table}_{name}", "due_at", sqlite_where=where, postgresql_where=where)
        for name, where in wheres.items()
    )


class Later:
    """Columns of a row that a job works on, taken by a lease (jobs/lease.py).

    `due_at` is when work is wanted; None: nothing to do (never, any more, or not yet known).
    `leased_until` and `leased_by`: a worker has it until then. `error` is the last failure, in English, for logs and
    operators; `fault` is the kind of it where a person can do something (cases/failures.py:FAULTS), as long as it
    lasts. `failed` is set when it will not be tried again and a person must look; `seen_at`: one did and let it be.
    """

    due_at: Mapped[datetime | None] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    fault: Mapped[str] = mapped_column(String(16), default="", server_default="")
    failed: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime | None]

    @declared_attr.directive
    def __table_args__(cls) -> tuple:
        return to_be_seen(cls.__tablename__)


class Copied:
    """Columns of a row that is a copy of a recording of the carrier's, which is deleted there once the copy is proved.

    `key` or `original_key` names the copy; `sha256` is of it. `said_seconds` is how long the carrier says that it
    lasts; None: it has not said. `doubtful`: it came in a way that proves nothing (carriers/port.py:Doubtful).
    """

    seconds: Mapped[float] = mapped_column(default=0, server_default="0")
    said_seconds: Mapped[float | None]
    sha256: Mapped[str] = mapped_column(String(64), default="", server_default="")
    doubtful: Mapped[bool] = mapped_column(default=False, server_default=false())
    deleted_at_carrier: Mapped[bool] = mapped_column(default=False, server_default=false())

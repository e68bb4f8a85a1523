"""Later: a row whose work is done by a job. The row is the truth; the queue only nudges."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Mapped, mapped_column


class Later:
    """Columns of a row that a job works on, taken by a lease (jobs/lease.py).

    `due_at` is when work is wanted; None: nothing to do (never, any more, or not yet known).
    `leased_until` and `leased_by`: a worker has it until then. `error` is the last failure, in English, for logs and
    operators; `failed` is set when it will not be tried again and a person must look.
    """

    due_at: Mapped[datetime | None] = mapped_column(index=True)
    leased_until: Mapped[datetime | None]
    leased_by: Mapped[UUID | None]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str] = mapped_column(default="")
    failed: Mapped[bool] = mapped_column(default=False)

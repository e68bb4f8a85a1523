"""Leases: a job takes a row for itself, for a while, by a conditional UPDATE.

The lease is short and renewed while the work goes on, so the row of a killed worker is free again within seconds. It is
not renewed past the longest time that work of its kind may take (LIMITS), so neither does work that hangs keep its row.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database, now
from app.models import (
    Asking,
    Delivery,
    Later,
    LearningRun,
    Message,
    Recording,
    SortingRun,
    SpokenReply,
    Take,
)
from app.services.cases.failures import OURS

LEASE = timedelta(seconds=12)
_RENEW_SECONDS = 4
_BACK_OFF = (2, 5, 15, 60, 300, 900, 3600)  # seconds after the first, second ... failure
MOST_ATTEMPTS = 40  # about a day and a half
_OURS_AGAIN = timedelta(minutes=10)  # a fault of ours lasts until somebody has mended it

_CLOCKS = timedelta(seconds=30)  # by which the clocks of two machines may differ

log = structlog.get_logger()


@dataclass(frozen=True)
class Limits:
    """`work`: how long one attempt may take, and `each_second` seconds more for each second of sound on the row.

    `ahead`: how far ahead the row may be due. One that is due later was written before the clock went back, and is
    taken now. None: days are usual, and a day too late does no harm.
    """

    work: timedelta
    ahead: timedelta | None
    each_second: float = 0.0


LIMITS: dict[type[Later], Limits] = {
    Recording: Limits(timedelta(minutes=5), timedelta(hours=2), each_second=4.0),
    Take: Limits(timedelta(minutes=10), timedelta(hours=2)),
    Message: Limits(timedelta(minutes=4), timedelta(hours=2)),
    SpokenReply: Limits(timedelta(minutes=15), timedelta(hours=4)),  # its sound is rendered first
    Asking: Limits(timedelta(minutes=5), None),
    Delivery: Limits(timedelta(minutes=2), timedelta(hours=2)),
    LearningRun: Limits(timedelta(hours=6), timedelta(hours=2)),
    SortingRun: Limits(timedelta(hours=3), timedelta(hours=2)),
}


class Lost(Exception):
    """Somebody else has the row now; what was done is theirs to repeat."""


@contextmanager
def leased(
    database: Database, model: type[Later], row_id: UUID, overdue: Callable[[UUID], None] = lambda token: None
) -> Iterator[UUID | None]:
    """Take a due row: yields the lease's token, or None when the row is not due, or another worker has it.

    `overdue` is called with the token, in another thread, where the work takes longer than it may; the lease then ends.
    """
    token = uuid4()
    moment = now()
    take = update(model).where(model.id == row_id, *_is_free(model, moment))
    with database.session() as session:
        taken = session.execute(
            take.values(leased_until=moment + LEASE, leased_by=token, attempts=model.attempts + 1)
        ).rowcount
        longest = _longest(session, model, row_id) if taken else 0
    if not taken:
        yield None
        return
    done = threading.Event()
    ends = time.monotonic() + longest  # no clock that somebody sets
    renewer = threading.Thread(target=_renew, args=(database, model, row_id, token, done, ends, overdue), daemon=True)
    renewer.start()
    try:
        yield token
    finally:
        done.set()


@contextmanager
def held(database: Database, model: type[Later], row_id: UUID, token: UUID) -> Iterator[tuple]:
    """A unit of work in the middle of a lease: yields (session, row). Raises Lost."""
    with database.session() as session:
        row = session.get(model, row_id, with_for_update=True, populate_existing=True)
        if row is None or row.leased_by != token:
            raise Lost(f"{model.__tablename__} {row_id}")
        yield session, row


@contextmanager
def outcome(database: Database, model: type[Later], row_id: UUID, token: UUID) -> Iterator[tuple]:
    """The unit of work that ends a lease: yields (session, row), frees the row at the commit. Raises Lost.

    The row is no longer due, nor in trouble, unless the block says so (`put_off`).
    """
    with held(database, model, row_id, token) as (session, row):
        row.leased_by = row.leased_until = None
        row.due_at, row.fault = None, ""
        yield session, row


def back_off(attempts: int) -> datetime:
    """When to try again after this many attempts."""
    return now() + timedelta(seconds=_BACK_OFF[min(attempts, len(_BACK_OFF)) - 1])


def put_off(row: Later, error: str, *, permanent: bool, fault: str = "") -> None:
    """Note a failure on the row: try later, or leave it to a person.

    A fault of ours (services/cases/failures.py) ends nothing, and such a try does not count.
    """
    row.error, row.fault = error, fault
    if fault in OURS:
        row.due_at, row.attempts = now() + _OURS_AGAIN, max(0, row.attempts - 1)
    elif permanent or row.attempts >= MOST_ATTEMPTS:
        row.failed, row.due_at, row.seen_at = True, None, None
    else:
        row.due_at = back_off(row.attempts)


def due(session, model: type[Later], limit: int) -> list[UUID]:
    """Rows that wait for a worker: due and not leased, the longest due first."""
    waiting = select(model.id).where(*_is_free(model, now()))
    return list(session.scalars(waiting.order_by(model.due_at, model.id).limit(limit)))


def _is_free(model: type[Later], moment: datetime) -> tuple:
    """Due and not leased. A lease or a due time further ahead than any can be is of before the clock went back."""
    ahead = LIMITS[model].ahead
    is_due = model.due_at <= moment
    return (
        is_due if ahead is None else or_(is_due, model.due_at > moment + ahead + _CLOCKS),
        model.failed.is_(False),
        or_(
            model.leased_until.is_(None), model.leased_until < moment, model.leased_until > moment + LEASE + _CLOCKS
        ),
    )  # fmt: skip


def _longest(session, model: type[Later], row_id: UUID) -> float:
    """How many seconds an attempt at this row may take."""
    limits = LIMITS[model]
    sound = session.scalar(select(model.seconds).where(model.id == row_id)) if hasattr(model, "seconds") else 0
    return limits.work.total_seconds() + limits.each_second * (sound or 0)


def _renew(
    database: Database,
    model: type[Later],
    row_id: UUID,
    token: UUID,
    done: threading.Event,
    ends: float,
    overdue: Callable[[UUID], None],
) -> None:
    while not done.wait(min(_RENEW_SECONDS, max(0.0, ends - time.monotonic()))):
        if time.monotonic() >= ends:
            overdue(token)
            return
        try:
            with database.session() as session:
                mine = update(model).where(model.id == row_id, model.leased_by == token)
                session.execute(mine.values(leased_until=now() + LEASE))
        except SQLAlchemyError as error:  # the next round tries again; a lost lease is found at the outcome
            log.warning("lease not renewed", table=model.__tablename__, row=str(row_id), error=str(error))

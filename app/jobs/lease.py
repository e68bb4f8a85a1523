"""Leases: a job takes a row for itself, for a while, by a conditional UPDATE.

The lease is short and renewed while the work goes on, so the row of a killed worker is free again within seconds.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import structlog
from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError

from app.db import Database, now
from app.models import Later
from app.services.cases.failures import OURS

LEASE = timedelta(seconds=12)
_RENEW_SECONDS = 4
_BACK_OFF = (2, 5, 15, 60, 300, 900, 3600)  # seconds after the first, second ... failure
MOST_ATTEMPTS = 40  # about a day and a half
_OURS_AGAIN = timedelta(minutes=10)  # a fault of ours lasts until somebody has mended it

log = structlog.get_logger()


class Lost(Exception):
    """Somebody else has the row now; what was done is theirs to repeat."""


@contextmanager
def leased(database: Database, model: type[Later], row_id: UUID) -> Iterator[UUID | None]:
    """Take a due row: gives the lease's token, or None when the row is not due, or another worker has it."""
    token = uuid4()
    moment = now()
    free = or_(model.leased_until.is_(None), model.leased_until < moment)
    take = update(model).where(model.id == row_id, model.due_at <= moment, model.failed.is_(False), free)
    with database.session() as session:
        taken = session.execute(
            take.values(leased_until=moment + LEASE, leased_by=token, attempts=model.attempts + 1)
        ).rowcount
    if not taken:
        yield None
        return
    done = threading.Event()
    renewer = threading.Thread(target=_renew, args=(database, model, row_id, token, done), daemon=True)
    renewer.start()
    try:
        yield token
    finally:
        done.set()


@contextmanager
def held(database: Database, model: type[Later], row_id: UUID, token: UUID) -> Iterator[tuple]:
    """A unit of work in the middle of a lease: gives (session, row). Raises Lost."""
    with database.session() as session:
        row = session.get(model, row_id, with_for_update=True, populate_existing=True)
        if row is None or row.leased_by != token:
            raise Lost(f"{model.__tablename__} {row_id}")
        yield session, row


@contextmanager
def outcome(database: Database, model: type[Later], row_id: UUID, token: UUID) -> Iterator[tuple]:
    """The unit of work that ends a lease: gives (session, row), frees the row at the commit. Raises Lost.

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
    moment = now()
    free = or_(model.leased_until.is_(None), model.leased_until < moment)
    waiting = select(model.id).where(model.due_at <= moment, model.failed.is_(False), free)
    return list(session.scalars(waiting.order_by(model.due_at, model.id).limit(limit)))


def _renew(database: Database, model: type[Later], row_id: UUID, token: UUID, done: threading.Event) -> None:
    while not done.wait(_RENEW_SECONDS):
        try:
            with database.session() as session:
                mine = update(model).where(model.id == row_id, model.leased_by == token)
                session.execute(mine.values(leased_until=now() + LEASE))
        except SQLAlchemyError as error:  # the next round tries again; a lost lease is found at the outcome
            log.warning("lease not renewed", table=model.__tablename__, row=str(row_id), error=str(error))

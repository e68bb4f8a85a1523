"""Failures (没办成的): what jobs gave up, on one list to be tried again; what waits until a fault of ours is mended.

A fault of ours (FAULTS, `ours`) ends nothing: what it holds up is tried slowly until somebody has mended it, and the
desk says so in one line. Everything else is tried for a day and a half, then stands on the list until a person has it
tried again or lets it be.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, func, literal, select, union_all, update
from sqlalchemy.orm import Session

from app.carriers.port import CarrierError
from app.db import now
from app.models import (
    Asking,
    Case,
    Delivery,
    Later,
    LearningRun,
    Message,
    Recording,
    SortingRun,
    SpokenReply,
    Take,
)
from app.models.later import IN_TROUBLE, UNSEEN
from app.phone_numbers import masked
from app.services.cases import ratings
from app.services.evidence import NotProved
from app.storage import StorageUnavailable
from speech_models.audio import BadSound
from speech_models.catalogue import ModelMissing
from speech_models.recogniser import RecogniserFailed, RecogniserUnavailable
from speech_models.speaker import CannotSpeak

SHOWN = 30  # rows of each kind that a page lists
# Ours: a person here has to mend something first.
CREDENTIALS, MODEL, VOICE, STORE, MEMORY = OURS = ("credentials", "model", "voice", "store", "memory")
# The carrier's: what it gives out is no sound, or not all of one.
UNREADABLE, UNPROVED = ("unreadable", "unproved")
FAULTS = (*OURS, UNREADABLE, UNPROVED)

KINDS: dict[str, type[Later]] = {
    "recordings": Recording,
    "texts": Message,
    "calls": SpokenReply,
    "askings": Asking,
    "takes": Take,
    "deliveries": Delivery,
    "learning": LearningRun,
    "sorting": SortingRun,
}
_UNREACHED = {"not_reached": (Message, SpokenReply), "not_asked": (Asking,)}
_OF_OTHERS = ("deliveries",)  # what other systems were not told has a line of its own at the desk


@dataclass(frozen=True)
class Failure:
    """A row of the list. `failed`: given up; else it is still being tried, at `next_at`."""

    kind: str
    row: Later
    at: datetime
    case: Case | None

    @property
    def failed(self) -> bool:
        return self.row.failed

    @property
    def next_at(self) -> datetime | None:
        return self.row.due_at


def fault_of(error: Exception) -> str:
    """Which of FAULTS an error of a job is; empty: none, it may pass by itself."""
    if isinstance(error, MemoryError) or isinstance(error.__cause__, MemoryError):
        return MEMORY
    if isinstance(error, RecogniserUnavailable | ModelMissing):
        return "" if isinstance(error, RecogniserFailed) else MODEL
    if isinstance(error, CarrierError | CannotSpeak) and error.ours:
        return VOICE if isinstance(error, CannotSpeak) else CREDENTIALS
    known = {StorageUnavailable: STORE, BadSound: UNREADABLE, NotProved: UNPROVED}
    return next((fault for kind, fault in known.items() if isinstance(error, kind)), "")


def held_up(session: Session) -> dict[str, int]:
    """Fault of ours -> how much it holds up. Read at every look at the desk."""
    each = [select(model.fault.label("fault")).where(IN_TROUBLE, ~model.failed) for model in KINDS.values()]
    rows = union_all(*each).subquery()
    counted = select(rows.c.fault, func.count()).where(rows.c.fault.in_(OURS)).group_by(rows.c.fault)
    return dict(session.execute(counted).all())


def counts(session: Session) -> dict[str, int]:
    """Kind -> how much of it was given up and nobody has seen; kinds of which nothing was are left out."""
    each = [
        select(literal(kind).label("kind"), func.count().label("count")).select_from(model).where(UNSEEN)
        for kind, model in KINDS.items()
    ]
    return {kind: count for kind, count in session.execute(union_all(*each)) if count}


def to_be_seen(session: Session) -> int:
    """How much was given up, without what the page of other systems shows."""
    return sum(count for kind, count in counts(session).items() if kind not in _OF_OTHERS)


def given_up(session: Session, kind: str) -> list[Failure]:
    """What was given up of this kind and nobody has seen, the newest first."""
    return _listed(session, kind, UNSEEN)


def in_trouble(session: Session, kind: str) -> list[Failure]:
    """What is still being tried, though a person may want to know: a fault of ours holds it up, or the carrier's."""
    model = KINDS[kind]
    return _listed(session, kind, and_(IN_TROUBLE, ~model.failed))


def find(session: Session, id: UUID) -> Failure | None:
    """The row with this id that was given up."""
    for kind, model in KINDS.items():
        row = session.get(model, id)
        if row is not None and row.failed:
            return _failure(kind, row)
    return None


def try_again(session: Session, found: Failure) -> bool:
    """Have a row that was given up tried again, from the beginning. False: there is nothing to be tried any more.

    Nudge the row after the commit.
    """
    row = found.row
    if not row.failed or not _AGAIN[type(row)](row):
        return False
    row.failed, row.fault, row.error, row.attempts = False, "", "", 0
    row.seen_at, row.due_at = None, now()
    return True


def try_all_again(session: Session) -> list[Later]:
    """Everything that was given up and nobody has let be, and what waits for a fault of ours; returns the rows."""
    tried = []
    for kind, model in KINDS.items():
        for row in session.scalars(select(model).where(UNSEEN)):
            if try_again(session, _failure(kind, row)):
                tried.append(row)
        waiting = select(model).where(IN_TROUBLE, ~model.failed, model.leased_until.is_(None))
        for row in session.scalars(waiting):
            row.due_at = now()
            tried.append(row)
    return tried


def let_be(session: Session, rows: Iterable[Later]) -> None:
    """A person knows of these and wants them tried no more."""
    for row in rows:
        if row.failed:
            row.seen_at = now()


def let_all_be(session: Session, kind: str) -> None:
    """A person knows of everything of this kind that was given up."""
    let_be(session, session.scalars(select(KINDS[kind]).where(UNSEEN)))


def settled(session: Session, case: Case, reason: str) -> None:
    """A person has rung the caller: what could not reach him waits for nobody any more."""
    for model in _UNREACHED.get(reason, ()):
        let_be(session, session.scalars(select(model).where(UNSEEN, model.case_id == case.id)))


def told(row: Later) -> str:
    """The last error of a row, in English, with telephone numbers masked."""
    return re.sub(r"\+?\d{8,15}", lambda number: masked(number[0]), row.error)


def mended(session: Session, fault: str) -> None:
    """Something that this fault of ours held up went through: what else it holds up is tried now, not in a while."""
    for model in KINDS.values():
        held = select(model.id).where(IN_TROUBLE, model.fault == fault, ~model.failed, model.due_at > now())
        free = held.with_for_update(skip_locked=True)
        session.execute(update(model).where(model.id.in_(free)).values(due_at=now()))


def _listed(session: Session, kind: str, where) -> list[Failure]:
    model = KINDS[kind]
    at = model.made_at if model is Recording else model.at
    return [
        _failure(kind, row)
        for row in session.scalars(select(model).where(where).order_by(at.desc(), model.id).limit(SHOWN))
    ]


def _failure(kind: str, row: Later) -> Failure:
    at = row.made_at if isinstance(row, Recording) else row.at
    return Failure(kind, row, at, getattr(row, "case", None))


# ------------------------------------------------------------- what a row needs before it is tried again


def _recording(row: Recording) -> bool:
    return not row.deleted_at_carrier or (bool(row.key) and row.state != "transcribed")


def _message(row: Message) -> bool:
    if not row.outgoing:
        return row.state == "received"
    if row.caller is None or row.caller.texts_stopped:
        return False
    return _to_be_sent(row)


def _call(row: SpokenReply) -> bool:
    row.conversation_id = None
    return _to_be_sent(row)


def _to_be_sent(row: Message | SpokenReply) -> bool:
    """A create that may have gone through is looked for first (jobs/reach.py)."""
    row.state = "unknown" if row.sent_at and not row.carrier_id else "waiting"
    row.carrier_id = None
    return True


def _take(row: Take) -> bool:
    return not row.deleted_at_carrier


_AGAIN = {
    Recording: _recording,
    Message: _message,
    SpokenReply: _call,
    Asking: lambda row: row.state in ratings.OPEN,
    Take: _take,
    Delivery: lambda row: row.webhook.ended_at is None,
    LearningRun: lambda row: row.finished_at is None,
    SortingRun: lambda row: row.finished_at is None,
}

"""Changes (变动): whatever is counted of a day marks that day when it changes, in the same unit of work.

What is changed past the models (SQL by hand) is not noticed: `flask --app wsgi figures rebuild` counts again.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from functools import cache

from sqlalchemy import event, inspect, select

from app.db import now
from app.models import Case, Clock, Conversation, Message, Recording, Transcript
from app.services.figures.day_counts import day_of
from app.services.figures.day_table import changed

Moments = Callable[..., Iterable[datetime]]  # (connection, row) -> the moments in whose days the row is counted


def _watch(model: type, columns: tuple[str, ...], moments: Moments) -> None:
    """Mark the days of a row that is added or deleted, or of which one of these columns has changed."""

    def note(_mapper, connection, row) -> None:
        for day in {day_of(at) for at in moments(connection, row) if at}:
            changed(connection, day)

    def note_change(mapper, connection, row) -> None:
        if any(inspect(row).attrs[name].history.has_changes() for name in columns):
            note(mapper, connection, row)

    event.listen(model, "after_insert", note)
    event.listen(model, "after_update", note_change)
    event.listen(model, "after_delete", note)


def _now_and_before(row, name: str) -> set:
    """What a column holds, and what it held before this change."""
    history = inspect(row).attrs[name].history
    return {*(history.unchanged or ()), *(history.added or ()), *(history.deleted or ())} - {None}


def _at(name: str) -> Moments:
    return lambda _connection, row: _now_and_before(row, name)


def _of_case(connection, case: Case) -> set[datetime]:
    """A case's own day; and those of its caller's later cases, which are the first one or not by the earlier ones."""
    moments = _now_and_before(case, "received_at")
    callers, received = (inspect(case).attrs[name].history for name in ("caller_id", "received_at"))
    since = min(moments, default=now())
    if day_of(since) < day_of(now()) and (callers.has_changes() or received.has_changes()):
        mine = Case.caller_id.in_(_now_and_before(case, "caller_id"))
        moments |= set(connection.scalars(select(Case.received_at).where(mine, Case.received_at >= since)))
    return moments


def _of_recording(connection, recording: Recording) -> list[datetime]:
    cases = _now_and_before(recording, "case_id")
    return connection.scalars(select(Case.received_at).where(Case.id.in_(cases))).all()


def _of_correction(connection, transcript: Transcript) -> list[datetime]:
    if transcript.operator_id is None:
        return []
    case = select(Recording.case_id).where(Recording.id == transcript.recording_id)
    return connection.scalars(select(Case.received_at).where(Case.id.in_(case))).all()


@cache
def watch() -> None:
    """From now on, for this process: whatever is counted marks its day when it changes."""
    _watch(Case, ("village_id", "topic", "channel", "caller_id", "received_at"), _of_case)
    _watch(Clock, ("stopped_at", "answer_by"), _at("stopped_at"))
    _watch(Conversation, ("started_at", "ended_at", "outgoing", "channel"), _at("started_at"))
    _watch(Message, ("at", "parts", "carrier_id", "outgoing"), _at("at"))
    _watch(Recording, ("case_id", "conversation_id"), _of_recording)
    _watch(Transcript, ("operator_id", "recording_id"), _of_correction)

"""The jobs themselves: each takes a row by its lease, works with no session open, and commits the outcome.

Run twice, a job does nothing the second time. An error goes on the row, never up.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from app.carriers.port import CarrierError, NotReady, RecordingRef
from app.db import now
from app.jobs import reach, sweeps
from app.jobs.deliver import deliver
from app.jobs.lease import Lost, held, leased, outcome, put_off
from app.models import (
    Asking,
    Case,
    Conversation,
    Delivery,
    Later,
    LearningRun,
    Message,
    Recording,
    SortingRun,
    SpokenReply,
    Take,
)
from app.services import evidence
from app.services.cases import failures
from app.services.conversation import calls, texts, transcription
from app.services.deadlines import clocks
from app.services.learning import lessons
from app.services.outreach import delivery_status, notifications
from app.services.sorting import in_use, training_runs
from app.services.sorting.unsolved import says_not_solved
from app.services.wording import editions, takes
from app.storage import StorageUnavailable
from speech_models.audio import BadSound, is_silent
from speech_models.catalogue import ModelMissing
from speech_models.recogniser import RecogniserUnavailable
from speech_models.speaker import CannotSpeak

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()


class Hung(Exception):
    """An attempt did not come back in the longest time that it may take. `permanent`: a person is to look."""

    permanent = False

    def __init__(self):
        super().__init__("The work did not come back in the longest time that it may take.")


_CLOCKS_AT_ONCE = 200
# What a job may meet; anything else is a fault in the program.
_PUT_OFF = (
    CarrierError,
    RecogniserUnavailable,
    ModelMissing,
    CannotSpeak,
    StorageUnavailable,
    BadSound,
    evidence.NotProved,
    Hung,
)
_RECOUNTED_AT_ONCE = 1000  # clocks made again in one round; the next round goes on


def work_on(parts: "Parts", model: type[Later], row_id: UUID) -> None:
    """Do what is due on this row."""
    with leased(parts.database, model, row_id, lambda token: _overdue(parts, model, row_id, token)) as token:
        if token is None:
            return
        try:
            with parts.database.reading() as session:
                editions.refresh(parts, session)
                fault = session.scalar(select(model.fault).where(model.id == row_id))
            _JOBS[model](parts, row_id, token)
            if fault in failures.OURS:
                _mended(parts, model, row_id, fault)
        except Lost:
            log.info("another worker has it", table=model.__tablename__, row=str(row_id))
        except NotReady as error:  # the callback will say when
            _failed(parts, model, row_id, token, error)
        except _PUT_OFF as error:
            log.warning("job put off", table=model.__tablename__, row=str(row_id), error=evidence.reason(error))
            _failed(parts, model, row_id, token, error)
        except Exception as error:  # whatever it is, the row must say so and be tried again
            log.exception("job failed", table=model.__tablename__, row=str(row_id))
            _failed(parts, model, row_id, token, error)


def transcribe(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Fetch a recording, keep it, recognise it; then, as a job of its own, prove it and delete it at the carrier."""
    with parts.database.reading() as session:
        recording = session.get_one(Recording, row_id)
        conversation = session.get_one(Conversation, recording.conversation_id)
        dialect, call_id = conversation.dialect, conversation.carrier_id
        knowledge = lessons.knowledge_for(session, lessons.village_of(recording.case), dialect)
    if recording.state == "transcribed":
        _delete_at_carrier(parts, recording, call_id, token)
        return
    copy, fresh = transcription.fetch(parts, recording)
    if fresh:
        with held(parts.database, Recording, row_id, token) as (_, row):
            transcription.stored(row, copy)
    found = transcription.recognise(parts.recogniser_for(dialect), copy.audio, knowledge=knowledge)
    with outcome(parts.database, Recording, row_id, token) as (session, row):
        transcription.attach_transcript(parts, session, row_id, found, silent=is_silent(copy.audio))
        row.error, row.attempts, row.due_at = "", 0, now()  # still due: it is to be deleted at the carrier
    parts.nudge(row)


def _delete_at_carrier(parts: "Parts", recording: Recording, call_id: str, token: UUID) -> None:
    """Delete a recording at the carrier if ours is proved; else fetch it again: a better copy is transcribed again."""
    if recording.said_seconds is None:
        recording.said_seconds = evidence.said_seconds(parts, recording.carrier_id, call_id)
        with held(parts.database, Recording, recording.id, token) as (_, row):
            row.said_seconds = recording.said_seconds
    try:
        evidence.prove(parts.storage, recording.key, recording, longer=recording.heard_live)
    except evidence.NotProved:
        copy = evidence.fetch(parts, recording.carrier_id, recording.said_seconds)
        if not evidence.better(parts.storage, recording.key, recording, copy):
            raise
        transcription.keep(parts, recording, copy)
        with outcome(parts.database, Recording, recording.id, token) as (_, row):
            transcription.stored(row, copy)
            row.due_at = now()
        parts.nudge(row)
        return
    parts.carrier.delete_recording(RecordingRef(recording.carrier_id, call_id=""))
    with outcome(parts.database, Recording, recording.id, token) as (_, row):
        row.deleted_at_carrier, row.error = True, ""


def answer_or_send(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """An incoming text is answered; an outgoing one is sent."""
    with parts.database.reading() as session:
        message = session.get_one(Message, row_id)
    if message.outgoing:
        reach.send(parts, message, token)
        return
    not_solved = says_not_solved(message.body)  # staff's patterns are matched with no transaction open
    with outcome(parts.database, Message, row_id, token) as (session, row):
        answers = texts.hear(parts, session, row, not_solved=not_solved)
    for answer in answers:
        parts.nudge(answer)


def ring(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """A spoken reply is rendered, then rung through."""
    with parts.database.reading() as session:
        reply = session.get_one(SpokenReply, row_id)
    reach.ring(parts, reply, token)


def ask(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """A caller is asked whether it is solved."""
    with parts.database.reading() as session:
        row = session.get_one(Asking, row_id)
    reach.ask(parts, row, token)


def learn(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Go through every correction: propose lessons, try them, switch on what helps."""
    with parts.database.reading() as session:
        corrections, refused = lessons.corrections(session), lessons.refused(session)
    learnt = lessons.study(corrections, refused)
    with outcome(parts.database, LearningRun, row_id, token) as (session, row):
        lessons.keep(session, row, learnt, corrections=len(corrections))
    log.info("learnt", corrections=len(corrections), lessons=len(learnt.lessons), on=len(learnt.good))


def learn_to_sort(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Learn from every decided case; in use where it is better on the cases kept apart."""
    with parts.database.reading() as session:
        found, current = training_runs.decided(session), in_use.sorter_in_use(parts, session)
    came = training_runs.learn(found, current)
    with outcome(parts.database, SortingRun, row_id, token) as (_, row):
        training_runs.keep(parts, row, came)
    log.info("learnt to sort", cases=came.learnt_from, apart=came.apart, before=came.f1_before, after=came.f1_after)


def fetch_take(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Fetch words that were read on the phone, cut and level them; delete them at the carrier once they are proved."""
    with parts.database.reading() as session:
        take = session.get_one(Take, row_id)
        call_id = session.get_one(Conversation, take.conversation_id).carrier_id
    if not take.original_key:
        take = _keep_take(parts, take, evidence.fetch(parts, take.carrier_id, take.said_seconds), token)
    if take.said_seconds is None:
        take.said_seconds = evidence.said_seconds(parts, take.carrier_id, call_id)
    try:
        evidence.prove(parts.storage, take.original_key, take)
    except evidence.NotProved:
        copy = evidence.fetch(parts, take.carrier_id, take.said_seconds)
        if not evidence.better(parts.storage, take.original_key, take, copy):
            raise
        take = _keep_take(parts, take, copy, token)
        evidence.prove(parts.storage, take.original_key, take)
    parts.carrier.delete_recording(RecordingRef(take.carrier_id, call_id=""))
    with outcome(parts.database, Take, row_id, token) as (_, row):
        row.deleted_at_carrier, row.error = True, ""


def _keep_take(parts: "Parts", take: Take, copy: evidence.Copy, token: UUID) -> Take:
    original, key, refusal = takes.made(parts, take, copy)
    with held(parts.database, Take, take.id, token) as (_, row):
        row.original_key, row.key, row.refusal = original, key, refusal
        row.said_seconds = take.said_seconds
        evidence.note(row, copy)
    return row


_JOBS: dict[type[Later], Callable] = {
    Recording: transcribe,
    Message: answer_or_send,
    SpokenReply: ring,
    Asking: ask,
    LearningRun: learn,
    SortingRun: learn_to_sort,
    Delivery: deliver,
    Take: fetch_take,
}
KINDS = tuple(_JOBS)


def _failed(parts: "Parts", model: type[Later], row_id: UUID, token: UUID, error: Exception) -> None:
    known = isinstance(error, _PUT_OFF)
    try:
        with outcome(parts.database, model, row_id, token) as (session, row):
            put_off(
                row,
                evidence.reason(error) if known else repr(error),
                permanent=getattr(error, "permanent", False),
                fault=failures.fault_of(error),
            )
            if row.failed:
                delivery_status.gave_up(session, row)
    except Lost:
        return


def _mended(parts: "Parts", model: type[Later], row_id: UUID, fault: str) -> None:
    """Where a fault of ours held this row up and no longer does, what else it holds up is tried at once."""
    with parts.database.session() as session:
        if not session.scalar(select(model.fault).where(model.id == row_id)):
            failures.mended(session, fault)


def _overdue(parts: "Parts", model: type[Later], row_id: UUID, token: UUID) -> None:
    """An attempt that takes longer than it may counts as failed, what it still brings is not taken, and the worker is
    told. Where the attempt before it hung as well, a person is to look."""
    error = Hung()
    log.error("job does not come back", table=model.__tablename__, row=str(row_id))
    try:
        with parts.database.reading() as session:
            error.permanent = session.get_one(model, row_id).error == str(error)
        _failed(parts, model, row_id, token, error)
    except SQLAlchemyError as away:  # its lease ends by itself
        log.warning("row not freed", table=model.__tablename__, row=str(row_id), error=str(away))
    finally:
        parts.hung()


def recover_lost_recordings(parts: "Parts") -> int:
    """Ask the carrier for recordings whose callbacks never came; returns how many were found. Raises CarrierError.

    Everything it holds of the last day is looked at, since a call may have reached only the fallback document. The
    account may serve other numbers too: their recordings are left alone.
    """
    found = 0
    for ref in parts.carrier.recordings(since=now() - timedelta(days=1)):
        try:
            found += _recover(parts, ref)
        except Exception as error:  # one that cannot be had must not hide the others
            log.warning("recording not recovered", recording=ref.id, error=str(error))
    return found


def advance_clocks(parts: "Parts") -> int:
    """Remind, urge and raise where a clock says so, each case by itself; returns how many steps were taken.

    Terms that another calendar was used for are made again before.
    """
    recount_clocks(parts)
    taken, failed = 0, set()
    while True:
        with parts.database.reading() as session:
            editions.refresh(parts, session)
            waiting = [id for id in clocks.due(session, _CLOCKS_AT_ONCE + len(failed)) if id not in failed]
        for case_id in waiting:
            try:
                steps, reminders = parts.database.work(lambda session, id=case_id: _advance(parts, session, id))
                taken += steps
                for reminder in reminders:
                    parts.nudge(reminder)
            except Exception:  # one clock that cannot go on must not hold up the others
                log.exception("clock not advanced", case=str(case_id))
                failed.add(case_id)
        if len(waiting) < _CLOCKS_AT_ONCE:
            return taken


def recount_clocks(parts: "Parts") -> int:
    """Make again the terms that were made by another calendar, each case by itself; returns how many moved."""
    moved, failed = 0, []
    for _ in range(_RECOUNTED_AT_ONCE // _CLOCKS_AT_ONCE):
        with parts.database.reading() as session:
            editions.refresh(parts, session)
            waiting = clocks.outdated(session, _CLOCKS_AT_ONCE, failed)
        for case_id in waiting:
            try:
                moved += parts.database.work(lambda session, id=case_id: clocks.recount(session, id) is not None)
            except Exception:  # one clock that cannot be made again must not hold up the others
                log.exception("clock not made again", case=str(case_id))
                failed.append(case_id)
        if len(waiting) < _CLOCKS_AT_ONCE:
            break
    return moved


def _advance(parts: "Parts", session, case_id: UUID) -> tuple[int, list[Message]]:
    events = clocks.advance(session, case_id)
    return len(events), notifications.remind(parts, session, session.get_one(Case, case_id), events) if events else []


def _recover(parts: "Parts", ref: RecordingRef) -> bool:
    with parts.database.reading() as session:
        if transcription.known(session, ref.id) or takes.known(session, ref.id):
            return False
    caller, called = parts.carrier.caller_of(ref.call_id)
    hotline = parts.settings.hotline
    if hotline not in (caller, called):
        return False
    villager = called if caller == hotline else caller
    for row in parts.database.work(lambda session: calls.keep_lost(parts, session, ref, villager)):
        parts.nudge(row)
    sweeps.end_if_over(parts, ref.call_id)
    return True

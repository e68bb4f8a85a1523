"""The jobs themselves: each takes a row by its lease, works with no session open, and commits the outcome.

Run twice, a job does nothing the second time. An error goes on the row, never up.
"""

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.carriers.port import CallHeard, CarrierError, NotReady, RecordingRef
from app.db import now
from app.jobs import reach
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
from app.services import (
    conversations,
    deadlines,
    editions,
    learning,
    replies,
    sort_runs,
    takes,
    telling,
    texts,
    transcription,
)
from app.services.unsolved import says_not_solved
from speech_models.catalogue import ModelMissing
from speech_models.recogniser import RecogniserUnavailable
from speech_models.speaker import CannotSpeak

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

_CLOCKS_AT_ONCE = 200
HUNG = "the work did not come back in the longest time that it may take"  # an error on a row


def work_on(parts: "Parts", model: type[Later], row_id: UUID) -> None:
    """Do what is due on this row."""
    with leased(parts.database, model, row_id, lambda token: _overdue(parts, model, row_id, token)) as token:
        if token is None:
            return
        try:
            with parts.database.reading() as session:
                editions.refresh(parts, session)
            _JOBS[model](parts, row_id, token)
        except Lost:
            log.info("another worker has it", table=model.__tablename__, row=str(row_id))
        except NotReady as error:  # the callback will say when
            _failed(parts, model, row_id, token, str(error), permanent=False)
        except (CarrierError, RecogniserUnavailable, CannotSpeak) as error:
            log.warning("job put off", table=model.__tablename__, row=str(row_id), error=str(error))
            _failed(parts, model, row_id, token, str(error), permanent=getattr(error, "permanent", False))
        except Exception as error:  # whatever it is, the row must say so and be tried again
            log.exception("job failed", table=model.__tablename__, row=str(row_id))
            _failed(parts, model, row_id, token, repr(error), permanent=False)


def transcribe(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Fetch a recording, keep it, recognise it, delete it at the carrier."""
    with parts.database.reading() as session:
        recording = session.get_one(Recording, row_id)
        fresh, heard_already = recording.state == "announced", recording.state == "transcribed"
        carrier_id = recording.carrier_id
        dialect = session.get_one(Conversation, recording.conversation_id).dialect
        knowledge = learning.knowledge_for(session, learning.village_of(recording.case), dialect)
    if not heard_already:
        sound = transcription.fetch(parts, recording)
        if fresh:
            with held(parts.database, Recording, row_id, token) as (_, row):
                transcription.stored(row, sound)
        found = transcription.recognise(parts.recogniser_for(dialect), sound, knowledge=knowledge)
        with outcome(parts.database, Recording, row_id, token) as (session, row):
            transcription.attach_transcript(parts, session, row_id, found)
            row.error, row.attempts, row.due_at = "", 0, now()  # still due: it is to be deleted at the carrier
        parts.nudge(row)
        return
    parts.carrier.delete_recording(RecordingRef(carrier_id, call_id=""))
    with outcome(parts.database, Recording, row_id, token) as (_, row):
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
        corrections, refused = learning.corrections(session), learning.refused(session)
    try:
        learnt = learning.study(corrections, refused)
    except ModelMissing as missing:
        log.warning("nothing is learnt without a language model", error=str(missing))
        _failed(parts, LearningRun, row_id, token, str(missing), permanent=True)
        return
    with outcome(parts.database, LearningRun, row_id, token) as (session, row):
        learning.keep(session, row, learnt, corrections=len(corrections))
    log.info("learnt", corrections=len(corrections), lessons=len(learnt.lessons), on=len(learnt.good))


def learn_to_sort(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Learn from every decided case; in use where it is better on the cases kept apart."""
    with parts.database.reading() as session:
        found, current = sort_runs.decided(session), sort_runs.sorter_in_use(parts, session)
    came = sort_runs.learn(found, current)
    with outcome(parts.database, SortingRun, row_id, token) as (_, row):
        sort_runs.keep(parts, row, came)
    log.info("learnt to sort", cases=came.learnt_from, apart=came.apart, before=came.f1_before, after=came.f1_after)


def fetch_take(parts: "Parts", row_id: UUID, token: UUID) -> None:
    """Fetch words that were read on the phone, cut and level them, delete them at the carrier."""
    with parts.database.reading() as session:
        take = session.get_one(Take, row_id)
    key, refusal = takes.fetched(parts, take)
    with outcome(parts.database, Take, row_id, token) as (_, row):
        row.key, row.refusal = key, refusal
    parts.carrier.delete_recording(RecordingRef(take.carrier_id, call_id=""))


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


def _failed(parts: "Parts", model: type[Later], row_id: UUID, token: UUID, error: str, *, permanent: bool) -> None:
    try:
        with outcome(parts.database, model, row_id, token) as (session, row):
            put_off(row, error, permanent=permanent)
            if row.failed:
                replies.gave_up(session, row)
    except Lost:
        return


def _overdue(parts: "Parts", model: type[Later], row_id: UUID, token: UUID) -> None:
    """An attempt that takes longer than it may counts as failed, what it still brings is not taken, and the worker is
    told. Where the attempt before it hung as well, a person is to look."""
    log.error("job does not come back", table=model.__tablename__, row=str(row_id))
    try:
        with parts.database.reading() as session:
            again = session.get_one(model, row_id).error == HUNG
        _failed(parts, model, row_id, token, HUNG, permanent=again)
    except SQLAlchemyError as error:  # its lease ends by itself
        log.warning("row not freed", table=model.__tablename__, row=str(row_id), error=str(error))
    finally:
        parts.hung()


def recover_lost_recordings(parts: "Parts") -> int:
    """Ask the carrier for recordings whose callbacks never came; gives how many were found. Raises CarrierError.

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
    """Remind, urge and raise where a clock says so, each case by itself; gives how many steps were taken."""
    taken, failed = 0, set()
    while True:
        with parts.database.reading() as session:
            editions.refresh(parts, session)
            waiting = [id for id in deadlines.due(session, _CLOCKS_AT_ONCE + len(failed)) if id not in failed]
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


def _advance(parts: "Parts", session, case_id: UUID) -> tuple[int, list[Message]]:
    events = deadlines.advance(session, case_id)
    return len(events), telling.remind(parts, session, session.get_one(Case, case_id), events) if events else []


def end_forgotten_calls(parts: "Parts") -> None:
    """End calls whose completion was never told, each by itself; whoever left a matter is sent its number."""
    with parts.database.reading() as session:
        forgotten = conversations.forgotten(session)
    for call_id in forgotten:
        call = CallHeard(call_id, caller="", called="")
        try:
            receipts = parts.database.work(lambda session, call=call: conversations.end_call(parts, session, call))
        except Exception as error:  # one that cannot be ended must not keep the others open
            log.warning("call not ended", call=call_id, error=str(error))
            continue
        for receipt in receipts:
            parts.nudge(receipt)


def _recover(parts: "Parts", ref: RecordingRef) -> bool:
    with parts.database.reading() as session:
        if transcription.known(session, ref.id) or takes.known(session, ref.id):
            return False
    caller, called = parts.carrier.caller_of(ref.call_id)
    hotline = parts.settings.hotline
    if hotline not in (caller, called):
        return False
    villager = called if caller == hotline else caller
    parts.nudge(parts.database.work(lambda session: conversations.keep_lost(session, ref, villager)))
    return True

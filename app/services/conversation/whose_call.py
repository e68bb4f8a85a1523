"""Whose call (来电号码): the number of a call that began without one, filled in as soon as anybody tells it.

The webhooks of a call come in any order, and not each says who calls. Whoever has no number is called hidden only when
the carrier says so: by a webhook, else when it is asked (jobs/sweeps.py).
"""

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.db import now
from app.models import CallBackTask, Caller, Case, Conversation, Recording
from app.models.conversation import AWAITED, IS_AWAITED, NOT_FOUND
from app.services.directory import callers
from app.services.directory.practice import is_practice
from app.services.duplicates import joining
from app.services.ledger import record

_ASKED_AT_ONCE = 50  # calls of one round


def awaited(session: Session) -> list[str]:
    """The carrier's ids of calls whose number nobody has told, the newest first."""
    waiting = select(Conversation.carrier_id).where(text(IS_AWAITED), Conversation.outgoing.is_(False))
    return list(
        session.scalars(waiting.order_by(Conversation.started_at.desc(), Conversation.carrier_id).limit(_ASKED_AT_ONCE))
    )


def fill_in(session: Session, conversation: Conversation, number: str, *, how: str) -> None:
    """Whose call this is, told late (`number` empty: hidden), by a `webhook` or the `carrier` when it was asked.

    The caller gets what a number known from the start would have brought: the case, the tasks, the dialect, the home
    village, and the joint case of an earlier call. What is known already stays.
    """
    if not conversation.no_number or conversation.outgoing:
        return
    caller = callers.caller_of(session, number)
    told_of_speech = caller is not None and (caller.village_id or callers.dialect_of(caller) != conversation.dialect)
    conversation.caller, conversation.no_number = caller, ""
    conversation.dialect = callers.dialect_of(caller)
    _tell_case(session, conversation, caller, "shown" if caller else "hidden", how)
    if caller is None:
        return
    mine = CallBackTask.conversation_id == conversation.id
    if conversation.case_id:
        mine |= CallBackTask.case_id == conversation.case_id
    session.execute(update(CallBackTask).where(CallBackTask.caller_id.is_(None), mine).values(caller_id=caller.id))
    if told_of_speech:
        _hear_again(session, conversation)


def cannot_be_found(session: Session, conversation: Conversation) -> None:
    """The carrier was asked for the number of this call and knows nothing of the call."""
    if conversation.no_number == AWAITED:
        conversation.no_number = NOT_FOUND
        _tell_case(session, conversation, None, "not_found", "carrier")


def _tell_case(session: Session, conversation: Conversation, caller: Caller | None, number: str, how: str) -> None:
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    if case is None or case.caller_id is not None:
        return
    case.no_number = conversation.no_number
    if caller is not None:
        case.caller = caller
        case.practice = case.practice or is_practice(caller)
    session.flush()
    record(session, case, "caller_known", by="hotline", number=number, how=how)
    if caller is not None:
        joining.join_own(session, case)


def _hear_again(session: Session, conversation: Conversation) -> None:
    """Her recordings are recognised and sorted as those of her village and dialect, unless a person was there first."""
    recordings = select(Recording).where(Recording.conversation_id == conversation.id, Recording.failed.is_(False))
    for row in session.scalars(recordings.with_for_update()):
        if row.state == "announced" or row.case.handled_by or any(t.operator_id for t in row.transcripts):
            continue
        row.state, row.attempts, row.due_at = "stored", 0, now()
        row.leased_by = row.leased_until = None  # whoever is at it goes by what was known before

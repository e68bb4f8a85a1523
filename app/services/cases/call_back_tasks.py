"""Call-back tasks: a person is to ring somebody; put through, tried, done."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import (
    CallBackTask,
    Caller,
    Case,
    Conversation,
    Operator,
)
from app.services.cases import failures, transitions
from app.services.ledger import events_of, record

NO_WORDS = "no_words"  # why a person is to ring: a recording, or a part of it, could not be had or not be heard


def call_back(
    session: Session,
    reason: str,
    *,
    case: Case | None,
    caller: Caller | None,
    conversation: Conversation | None = None,
    urgent: bool = False,
) -> CallBackTask:
    """Have a person ring the caller. One open task per case (or call) and reason."""
    same = select(CallBackTask).where(CallBackTask.reason == reason, CallBackTask.done_at.is_(None))
    if case is not None:
        same = same.where(CallBackTask.case_id == case.id)
    else:
        same = same.where(CallBackTask.conversation_id == (conversation.id if conversation else None))
    task = session.scalar(same.limit(1))
    if task is None:
        task = CallBackTask(
            reason=reason,
            case_id=case.id if case else None,
            caller_id=caller.id if caller else None,
            conversation_id=conversation.id if conversation else None,
        )
        session.add(task)
        if case is not None:
            record(session, case, "call_back", by="hotline", reason=reason, urgent=urgent)
    task.urgent = task.urgent or urgent
    session.flush()
    return task


def call_off(session: Session, case: Case, reason: str) -> None:
    """What a person was to ring for is settled otherwise: the open task is done."""
    mine = CallBackTask.case_id == case.id, CallBackTask.reason == reason, CallBackTask.done_at.is_(None)
    for task in session.scalars(select(CallBackTask).where(*mine)):
        task.done_at, task.done_by = now(), "热线"


def put_through(session: Session, conversation: Conversation, *, answered: bool) -> None:
    """A transfer is over. Where somebody answered, nobody has to ring back."""
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    if case is not None:
        record(session, case, "transferred", by="hotline", answered=answered)
    if not answered:
        return
    mine = (CallBackTask.conversation_id == conversation.id) | (CallBackTask.case_id == conversation.case_id)
    for task in session.scalars(select(CallBackTask).where(CallBackTask.done_at.is_(None), mine)):
        task.done_at, task.done_by = now(), "转接"


def was_put_through(session: Session, case: Case) -> bool:
    """Whether somebody answered a transfer of this case's caller."""
    return any(event.kind == "transferred" and event.data["answered"] for event in events_of(session, case))


def finish_task(session: Session, task: CallBackTask, operator: Operator) -> None:
    """Somebody has rung the caller."""
    transitions.desk_only(operator)
    if task.done_at is not None:
        raise Refused(f"这件事{task.done_by or '别人'}已经做完了。")
    task.done_at, task.done_by = now(), operator.name
    if task.case is not None:
        record(session, task.case, "called_back", by=operator.name, reason=task.reason)
        failures.settled(session, task.case, task.reason)


def note_try(session: Session, task: CallBackTask, operator: Operator) -> None:
    """Somebody rang and nobody answered: the task stays."""
    transitions.desk_only(operator)
    if task.case is not None:
        record(session, task.case, "call_tried", by=operator.name, reason=task.reason)

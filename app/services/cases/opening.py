"""Opening a case: its number that can be said, its first event and its clock."""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import Session

from app.models import (
    Caller,
    Case,
    Conversation,
    Counter,
)
from app.services.deadlines import clocks
from app.services.directory.practice import is_practice
from app.services.ledger import record


def open_case(session: Session, conversation: Conversation, *, text: str = "") -> Case:
    """A case for this conversation, received now. On the phone a second call finds the first case."""
    if conversation.case_id and conversation.channel == "voice":
        return session.get_one(Case, conversation.case_id)
    case = receive(session, conversation.channel, conversation.caller_id, text)
    case.practice = case.practice or is_practice(None, conversation.carrier_id)
    case.no_number = conversation.no_number
    conversation.case_id = case.id
    return case


def receive(
    session: Session, channel: str, caller_id: UUID | None, text: str = "", by: str = "caller", **said: str
) -> Case:
    """A case received now by this channel (voice, sms, counter, visit, open311), with its number, its clock running.

    `said` goes into the ledger's first event.
    """
    caller = session.get(Caller, caller_id) if caller_id else None
    case = Case(number=next_number(session), channel=channel, caller_id=caller_id, text=text)
    case.practice = is_practice(caller)
    session.add(case)
    session.flush()
    record(session, case, "received", by=by, channel=case.channel, state="received", **said)
    clocks.start(session, case)
    return case


def next_number(session: Session) -> str:
    """The next case number: counted up, with a last digit that shows a mis-heard or mistyped one (Luhn, ISO 7812)."""
    taken = session.execute(
        update(Counter).where(Counter.name == "case").values(value=Counter.value + 1).returning(Counter.value)
    ).scalar_one()
    return with_check_digit(str(taken))


def with_check_digit(digits: str) -> str:
    """The digits with their Luhn check digit appended."""
    doubled = [int(d) * (2 if place % 2 == 0 else 1) for place, d in enumerate(reversed(digits))]
    total = sum(d - 9 if d > 9 else d for d in doubled)
    return f"{digits}{-total % 10}"

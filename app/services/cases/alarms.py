"""Alarms: words of an emergency reach a person at once, on the desk's screen and on the duty telephone."""

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.models import (
    Case,
)
from app.services.cases.call_back_tasks import call_back
from app.services.deadlines import clocks
from app.services.directory import callers
from app.services.ledger import events_of, record
from app.services.wording import outbox

if TYPE_CHECKING:
    from app.parts import Parts

ALARM = "alarm"  # the flow with the words of the duty telephone's text


def raise_alarm(parts: "Parts", session: Session, case: Case, word: str, matter: str) -> None:
    """Make the case urgent, have the caller rung, and text whoever is on duty, once a case.

    The text is sent by the next sweep, within seconds.
    """
    if not alert(session, case, word, matter):
        return
    duty = callers.caller_of(session, parts.settings.person)
    if callers.can_be_texted(duty):
        outbox.say(parts, session, ALARM, duty, None, {"number": case.number, "emergency": matter})


def alert(session: Session, case: Case, word: str, matter: str) -> bool:
    """Words of an emergency were heard: the case is urgent and a person is to ring at once. False: known already."""
    known = any(event.kind == "alerted" for event in events_of(session, case))
    if not known:
        record(session, case, "alerted", by="hotline", word=word, matter=matter)
    case.urgent = True
    clocks.mark_urgent(session, case, urgent=True, by="hotline")
    call_back(session, "emergency", case=case, caller=case.caller, urgent=True)
    return not known

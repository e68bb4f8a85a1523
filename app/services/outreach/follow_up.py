"""Asking the caller (回访): what is said, what his key or text does, what follows from a call that led to nothing."""

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Asking, Caller, Case, Conversation, Message, Turn
from app.services.cases import follow_up_rules, lifecycle, ratings
from app.services.directory import callers
from app.services.duplicates import joining
from app.services.ledger import record
from app.services.outreach import notifications
from app.services.wording import outbox
from ivr import turn as ivr

if TYPE_CHECKING:
    from app.parts import Parts

FLOW = "follow_up"
_ONE_AT_A_TIME = timedelta(hours=2)  # a caller with several answered cases is asked about one after the other
_LONGEST_SAID = 16  # characters of the caller's own text that are said again


def values(parts: "Parts", case: Case) -> dict[str, str]:
    """What the words of a follow-up may name."""
    said = " ".join(case.text.split())
    shown = said if len(said) <= _LONGEST_SAID else said[: _LONGEST_SAID - 1] + "…"
    return {"town": parts.settings.town, "number": case.number, "matter": notifications.matter_of(case), "said": shown}


def is_over(session: Session, asking: Asking) -> bool:
    """Whether nobody need be asked any more: the case is not answered (any more), or has its verdict."""
    if asking.case.state == "replied" and asking.state in ratings.OPEN:
        return False
    if asking.state in ratings.OPEN:
        ratings.drop(session, asking.case)
    return True


def ask_by_text(parts: "Parts", session: Session, asking: Asking) -> Message | None:
    """Ask by text, once; None where this caller is to be rung, now or later (`due_at`). The row is due again after."""
    caller = asking.caller
    other = session.scalar(
        select(Asking.id).where(
            Asking.caller_id == caller.id, Asking.id != asking.id, Asking.state.in_(("asked", "ringing", "calling"))
        )
    )
    if other is not None:
        asking.due_at = now() + _ONE_AT_A_TIME
        return None
    if asking.texted_at is not None or not callers.can_be_texted(caller):
        asking.state = "waiting"
        asking.due_at = follow_up_rules.next_moment(now(), ratings.tried(asking))
        return None
    message = outbox.say(parts, session, FLOW, caller, asking.case, values(parts, asking.case))
    asking.state, asking.texted_at = "asked", now()
    asking.due_at = now() + follow_up_rules.rules().text_waits
    record(session, asking.case, "asked", by="hotline", how="text")
    return message


def may_ring(asking: Asking) -> bool:
    """Whether this moment is one at which the caller may be rung to be asked, and the call would count."""
    if asking.texted_at is None and callers.can_be_texted(asking.caller):
        return False
    tried, moment = ratings.tried(asking), now()
    return follow_up_rules.next_moment(moment, tried) <= moment


def note_call(session: Session, asking: Asking, status: str) -> None:
    """What became of a call that asked. One that led to no answer is a try; after enough the case is closed so."""
    if asking.state not in ("calling", "unknown", "ringing"):
        return
    if status not in ("completed", "busy", "no_answer", "failed", "canceled"):
        return
    asking.leased_by = asking.leased_until = None
    asking.carrier_id, asking.state = None, "waiting"
    picked_up = status == "completed" and asking.conversation_id is not None
    case = asking.case
    if case.state != "replied":
        asking.due_at = now()
        return
    if not lifecycle.missed(session, case, by="hotline", how="call", status="no_key" if picked_up else status):
        asking.due_at = follow_up_rules.next_moment(now(), ratings.tried(asking))


def question(session: Session, caller: Caller | None) -> ivr.Found:
    """What the hotline asked this caller by text and still waits for."""
    found = ratings.question(session, caller)
    if found is None:
        return ivr.Found(False)
    what, asking = found
    return ivr.Found(
        True, {"question": what, "number": asking.case.number, "matter": notifications.matter_of(asking.case)}
    )


def answered(session: Session, conversation: Conversation, event: ivr.Judge | ivr.Grade) -> None:
    """The caller's key or text. A case that it closes may lead others: they are told, too (the sweep sends it)."""
    by_key = conversation.channel == "voice"
    how = "key" if by_key else "text"
    if by_key:
        case, since = session.get_one(Case, conversation.case_id), _asked_at(session, conversation)
    else:
        found = ratings.question(session, conversation.caller)
        if found is None:
            return
        case, since = found[1].case, found[1].texted_at
    seconds = round((now() - since).total_seconds(), 2)
    if isinstance(event, ivr.Grade):
        ratings.grade(session, case, event.grade, how=how, by="caller", seconds=seconds)
        return
    lifecycle.judged_by_caller(session, case, solved=event.solved, how=how, seconds=seconds)
    if case.state == "closed":
        joining.tell_the_rest(session, case)


def _asked_at(session: Session, conversation: Conversation):
    """When the question was put that a key of this call answers: the time of its last turn."""
    newest = select(Turn.at).where(Turn.conversation_id == conversation.id).order_by(Turn.number.desc()).limit(1)
    return session.scalar(newest) or now()

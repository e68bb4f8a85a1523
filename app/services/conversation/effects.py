"""Effects: what the engine orders and needs no answer to, each kind of event with what does it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.models import Caller, Case, Conversation, Message
from app.services.cases import alarms, call_back_tasks, decisions, lookup
from app.services.directory import callers
from app.services.duplicates import joining
from app.services.outreach import follow_up
from app.services.sorting import triage
from ivr import turn as ivr

if TYPE_CHECKING:
    from app.parts import Parts


@dataclass(frozen=True)
class About:
    """What an effect may act on. `message`: the text that was heard, on the way of texts."""

    parts: "Parts"
    session: Session
    conversation: Conversation
    case: Case | None
    caller: Caller | None
    message: Message | None


def do(parts: "Parts", session: Session, conversation: Conversation, event: ivr.Event, message: Message | None) -> None:
    """Do what this event says. What is only said to the caller (Speak) has no effect here."""
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    if effect := EFFECTS.get(type(event)):
        effect(About(parts, session, conversation, case, conversation.caller, message), event)


def _confirm(about: About, event: ivr.Confirm) -> None:
    if about.case:
        decisions.confirm(about.session, about.case, right=event.right)


def _place_picked(about: About, event: ivr.PlacePicked) -> None:
    if about.case:
        triage.pick(about.session, about.case, event.place)


def _call_back(about: About, event: ivr.CallBack) -> None:
    call_back_tasks.call_back(
        about.session, event.reason, case=about.case, caller=about.caller, conversation=about.conversation,
        urgent=event.urgent,
    )  # fmt: skip


def _alert(about: About, event: ivr.Alert) -> None:
    if about.case:
        alarms.raise_alarm(about.parts, about.session, about.case, event.word, event.matter)


def _add_to_case(about: About, event: ivr.AddToCase) -> None:
    if added_to := lookup.latest_open(about.session, about.caller):
        decisions.add_text(about.session, added_to, event.text)
        triage.told_more(about.parts, about.session, added_to, event.text)
        if about.message:
            about.message.case_id = added_to.id


def _join_case(about: About, event: ivr.JoinCase) -> None:
    if about.case and (lead := lookup.find(about.session, event.number)):
        joining.take_part(about.session, about.case, lead)


def _answer_to_our_question(about: About, event: ivr.Judge | ivr.Grade) -> None:
    follow_up.answered(about.session, about.conversation, event)


def _texts_allowed(about: About, event: ivr.StopTexts | ivr.AllowTexts) -> None:
    if about.caller and about.message:
        allowed = isinstance(event, ivr.AllowTexts)
        callers.allow_texts(about.session, about.caller, about.message, allowed=allowed)


EFFECTS: dict[type, Callable[[About, Any], None]] = {
    ivr.Confirm: _confirm,
    ivr.PlacePicked: _place_picked,
    ivr.CallBack: _call_back,
    ivr.Alert: _alert,
    ivr.AddToCase: _add_to_case,
    ivr.JoinCase: _join_case,
    ivr.Judge: _answer_to_our_question,
    ivr.Grade: _answer_to_our_question,
    ivr.StopTexts: _texts_allowed,
    ivr.AllowTexts: _texts_allowed,
}

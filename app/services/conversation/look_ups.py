"""Look-ups: what the engine asks of the service, and what answers it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.db import now
from app.models import Case, Conversation, Message
from app.services.cases import lifecycle, lookup, opening, state_words
from app.services.deadlines import business_hours
from app.services.duplicates import joining
from app.services.outreach import follow_up, notifications
from app.services.sorting import categories, triage
from app.services.wording import prompts
from ivr import turn as ivr
from ivr.steps import pick

if TYPE_CHECKING:
    from app.parts import Parts


_LONGEST_ANSWER = 60  # characters of an answer that are said again in a text


@dataclass(frozen=True)
class Question:
    """What a look-up may go by. `not_solved`: the text that says so of a case."""

    parts: "Parts"
    session: Session
    conversation: Conversation
    not_solved: Message | None


def answer(
    parts: "Parts", session: Session, conversation: Conversation, asked: ivr.Wait, not_solved: Message | None
) -> ivr.Found:
    """The answer to what the engine asks. `not_solved`: the text that says so of a case. Raises LookupError."""
    question = Question(parts, session, conversation, not_solved)
    if isinstance(asked, ivr.OpenCase):
        return _open_case(question, asked)
    if not isinstance(asked, ivr.LookUp) or asked.what not in LOOK_UPS:
        raise LookupError(f"the flow looks up {asked}, which the service does not know")
    return LOOK_UPS[asked.what](question, asked)


def _open_case(question: Question, asked: ivr.OpenCase) -> ivr.Found:
    session, conversation = question.session, question.conversation
    case = opening.open_case(session, conversation, text=asked.text)
    if conversation.outgoing:  # we rang with an answer, and only who is not content opens a case
        lifecycle.reopened_by_caller(session, case, how="key")
    if asked.text:
        triage.propose_for(question.parts, session, case, asked.text, confidence=1.0)
    return ivr.Found(True, {"number": case.number, "place": case.proposal.place if asked.text else ""})


def _office(question: Question, asked: ivr.LookUp) -> ivr.Found:
    return ivr.Found(business_hours.is_open(now()))


def _villages(question: Question, asked: ivr.LookUp) -> ivr.Found:
    return _which(question.parts, question.session, question.conversation)


def _our_question(question: Question, asked: ivr.LookUp) -> ivr.Found:
    return follow_up.question(question.session, question.conversation.caller)


def _joint_case(question: Question, asked: ivr.LookUp) -> ivr.Found:
    return _others(question.parts, question.session, question.conversation)


def _known_case(question: Question, asked: ivr.LookUp) -> ivr.Found:
    session, conversation = question.session, question.conversation
    asked_for = lookup.own(session, conversation.caller, asked.number) if asked.number else None
    newest = lookup.to_tell if conversation.channel == "voice" else lookup.latest_open
    case = asked_for or newest(session, conversation.caller)
    if case and question.not_solved:
        lifecycle.reopened_by_caller(session, case, question.not_solved.body)
    found = _how_it_stands(session, case)
    if case and conversation.channel == "voice" and (delay := notifications.delay_of(case.clock)):
        found.values["delay"] = delay if prompts.can_say(question.parts, delay) else ""
    return found


def _which(parts: "Parts", session: Session, conversation: Conversation) -> ivr.Found:
    """The villages that the place just said may mean; not found where a call cannot say them all."""
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    either = case.proposal.either if case else ()
    spoken = conversation.channel == "sms" or all(prompts.can_say(parts, name) for name in either)
    if not 1 < len(either) <= pick.MOST or not spoken:
        return ivr.Found(False)
    values = {f"place_{number}": name for number, name in enumerate(either, 1)}
    return ivr.Found(True, values | {"group": case.proposal.group})


def _how_it_stands(session: Session, case: Case | None) -> ivr.Found:
    if case is None:
        return ivr.Found(False)
    place = case.place or case.proposal.place
    values = {"number": case.number, "state": state_words.told()[case.state], "place": place}
    values["matter"] = notifications.matter_of(case)
    if answer := lookup.latest_answer(session, case):
        values["answer"] = answer if len(answer) <= _LONGEST_ANSWER else answer[: _LONGEST_ANSWER - 1] + "…"
    return ivr.Found(True, values)


def _others(parts: "Parts", session: Session, conversation: Conversation) -> ivr.Found:
    """The joint case this caller may belong to: of the place and matter just said, or by text of her village."""
    caller = conversation.caller
    if conversation.channel == "voice":
        case = session.get(Case, conversation.case_id) if conversation.case_id else None
        village = joining.village_of_case(session, case) if case else None
        lead = joining.open_at(session, village, joining.category_of(case), caller) if village else None
    else:
        lead = joining.near_village(session, joining.village_of(session, caller), caller)
    if lead is None:
        return ivr.Found(False)
    matter = categories.category(joining.category_of(lead))
    values = {"joint_number": lead.number, "joint_matter": matter.say if matter else ""}
    many = joining.in_words(joining.households(session, [lead.id]).get(lead.id, 0))
    if many and (conversation.channel == "sms" or prompts.can_say(parts, many)):
        values["households"] = many
    return ivr.Found(True, values)


LOOK_UPS: dict[str, Callable[[Question, ivr.LookUp], ivr.Found]] = {
    "office": _office,
    "villages": _villages,
    "question": _our_question,
    "joint_case": _joint_case,
    "open_case": _known_case,
}

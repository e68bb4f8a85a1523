"""Turns (一轮): the engine at work. Its questions are answered, its events done, and the turn kept as a row."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Case, Conversation, Message, Recording, Turn
from app.models.proposal import NOTHING_YET
from app.phone_numbers import digits_dialled
from app.services.cases import alarms, decisions, lifecycle, state_words
from app.services.deadlines import business_hours
from app.services.directory import callers
from app.services.duplicates import joining
from app.services.outreach import follow_up, notifications
from app.services.sorting import categories, triage
from app.services.wording import editions, prompts
from ivr import conversation as engine
from ivr import turn as ivr
from ivr.steps import pick

if TYPE_CHECKING:
    from app.parts import Parts


_LONGEST_ANSWER = 60  # characters of an answer that are said again in a text


def locked(session: Session, carrier_id: str) -> Conversation | None:
    """The conversation with this id of the carrier's, locked for this unit of work."""
    return session.scalar(select(Conversation).where(Conversation.carrier_id == carrier_id).with_for_update())


def turn(session: Session, conversation: Conversation, number: int) -> Turn | None:
    """A turn of a conversation by its number, from 1."""
    return session.scalar(select(Turn).where(Turn.conversation_id == conversation.id, Turn.number == number))


def latest(session: Session, conversation: Conversation) -> Turn | None:
    """The conversation's newest turn."""
    newest = select(Turn).where(Turn.conversation_id == conversation.id).order_by(Turn.number.desc())
    return session.scalar(newest.limit(1))


def start(parts: "Parts", session: Session, conversation: Conversation, flow: str, **values: str) -> Turn:
    """Begin a flow: its first turn, as a row."""
    caller = conversation.caller
    values |= {
        "town": parts.settings.town,
        "hotline": digits_dialled(parts.settings.hotline),
        "caller_known": "yes" if caller or conversation.no_number else "no",  # one not told yet is not hidden
        "texts": "yes" if callers.can_be_texted(caller) else "no",
    }
    editions.refresh(parts, session)
    editions.begin(parts, session, conversation)
    words = editions.of(parts, session, conversation).words
    turn = engine.start(
        parts.flows[flow], words, channel=conversation.channel, dialect=conversation.dialect, values=values
    )
    return _keep(parts, session, conversation, 1, None, turn)


def resume(
    parts: "Parts",
    session: Session,
    conversation: Conversation,
    before: Turn,
    heard: ivr.Heard,
    message: Message | None = None,
    not_solved: bool = False,
) -> Turn:
    """Go on after the turn `before`, with what was heard (in this message, where it was texted, which says
    `not_solved`)."""
    state = ivr.from_json(before.turn).state
    editions.refresh(parts, session)
    words = editions.of(parts, session, conversation).words
    turn = engine.resume(parts.flows[state.flow], words, state, heard)
    return _keep(parts, session, conversation, before.number + 1, heard, turn, message, not_solved)


def understood(parts: "Parts", session: Session, conversation: Conversation, number: int) -> ivr.Understood | None:
    """What was made of the newest recording before turn `number`; None while it is not transcribed.

    Place and matter only when they may be said back.
    """
    recordings = select(Recording).where(Recording.conversation_id == conversation.id)
    row = session.scalar(
        recordings.where(Recording.turn < number).order_by(Recording.turn.desc(), Recording.id).limit(1)
    )
    found = row.as_heard if row else None
    if found is None:
        return None
    proposal = row.case.proposal if found.text else NOTHING_YET
    place, matter = (proposal.place, proposal.say) if proposal.sure else ("", "")
    return ivr.Understood(
        found.text,
        place=place if place and prompts.can_say(parts, place) else "",
        matter=matter if matter and prompts.can_say(parts, matter) else "",
    )


def _keep(
    parts: "Parts",
    session: Session,
    conversation: Conversation,
    number: int,
    heard: ivr.Heard | None,
    turn: ivr.Turn,
    message: Message | None = None,
    not_solved: bool = False,
) -> Turn:
    """Answer what the engine asks of the service, do what it says, and keep the turn.

    Where the transcript that a turn would wait for is there already, the waiting is left out, and its words with it.
    """
    if isinstance(heard, ivr.PersonAnswered | ivr.PersonAbsent):
        decisions.put_through(session, conversation, answered=isinstance(heard, ivr.PersonAnswered))
    flow = parts.flows[turn.state.flow]
    events: tuple[ivr.Event, ...] = ()
    while True:
        for event in turn.events:
            _do(parts, session, conversation, event, message)
        events += turn.events
        if isinstance(turn.wait, ivr.WaitForTranscript):
            answer: ivr.Heard | None = understood(parts, session, conversation, number)
        elif isinstance(turn.wait, ivr.LookUp | ivr.OpenCase):
            answer = _answer(parts, session, conversation, turn.wait, message if not_solved else None)
        else:
            break
        if answer is None:
            break
        if isinstance(answer, ivr.Understood):
            events = tuple(e for e in events if not (isinstance(e, ivr.Speak) and e.step == turn.state.step))
        turn = engine.resume(flow, editions.of(parts, session, conversation).words, turn.state, answer)
    whole = replace(turn, events=events)
    row = Turn(
        conversation_id=conversation.id,
        number=number,
        heard=ivr.to_json(heard) if heard else None,
        turn=ivr.to_json(whole),
    )
    session.add(row)
    session.flush()
    return row


def _answer(
    parts: "Parts", session: Session, conversation: Conversation, asked: ivr.Wait, not_solved: Message | None
) -> ivr.Found:
    """The answer to what the engine asks; `not_solved`: the text that says so of a case."""
    match asked:
        case ivr.OpenCase(text=text):
            case = decisions.open_case(session, conversation, text=text)
            if conversation.outgoing:  # we rang with an answer, and only who is not content opens a case
                lifecycle.reopened_by_caller(session, case, how="key")
            if text:
                triage.propose_for(parts, session, case, text, confidence=1.0)
            return ivr.Found(True, {"number": case.number, "place": case.proposal.place if text else ""})
        case ivr.LookUp(what="office"):
            return ivr.Found(business_hours.is_open(now()))
        case ivr.LookUp(what="villages"):
            return _which(parts, session, conversation)
        case ivr.LookUp(what="question"):
            return follow_up.question(session, conversation.caller)
        case ivr.LookUp(what="joint_case"):
            return _others(parts, session, conversation)
        case ivr.LookUp(what="open_case", number=number):
            asked_for = decisions.own(session, conversation.caller, number) if number else None
            newest = decisions.to_tell if conversation.channel == "voice" else decisions.latest_open
            case = asked_for or newest(session, conversation.caller)
            if case and not_solved:
                lifecycle.reopened_by_caller(session, case, not_solved.body)
            found = _how_it_stands(session, case)
            if case and conversation.channel == "voice" and (delay := notifications.delay_of(case.clock)):
                found.values["delay"] = delay if prompts.can_say(parts, delay) else ""
            return found
    raise LookupError(f"the flow looks up {asked}, which the service does not know")


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
    if answer := decisions.latest_answer(session, case):
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


def _do(
    parts: "Parts", session: Session, conversation: Conversation, event: ivr.Event, message: Message | None
) -> None:
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    caller = conversation.caller
    match event:
        case ivr.Confirm(right=right) if case:
            decisions.confirm(session, case, right=right)
        case ivr.PlacePicked(place=place) if case:
            triage.pick(session, case, place)
        case ivr.CallBack(reason=reason, urgent=urgent):
            decisions.call_back(session, reason, case=case, caller=caller, conversation=conversation, urgent=urgent)
        case ivr.Alert(word=word, matter=matter) if case:
            alarms.raise_alarm(parts, session, case, word, matter)
        case ivr.AddToCase(text=text):
            added_to = decisions.latest_open(session, caller)
            if added_to:
                decisions.add_text(session, added_to, text)
                triage.told_more(parts, session, added_to, text)
                if message:
                    message.case_id = added_to.id
        case ivr.JoinCase(number=number) if case:
            if lead := decisions.find(session, number):
                joining.take_part(session, case, lead)
        case ivr.Judge() | ivr.Grade():
            follow_up.answered(session, conversation, event)
        case ivr.StopTexts() | ivr.AllowTexts() if caller and message:
            callers.allow_texts(session, caller, message, allowed=isinstance(event, ivr.AllowTexts))

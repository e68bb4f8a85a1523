"""Turns (一轮): the engine at work. Its questions are answered (look_ups.py), what it orders is done (effects.py), and
the turn is kept as a row."""

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Conversation, Message, Recording, Turn
from app.models.proposal import NOTHING_YET
from app.phone_numbers import digits_dialled
from app.services.cases import call_back_tasks
from app.services.conversation import effects, look_ups
from app.services.directory import callers
from app.services.wording import editions, prompts
from ivr import conversation as engine
from ivr import turn as ivr

if TYPE_CHECKING:
    from app.parts import Parts


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
        call_back_tasks.put_through(session, conversation, answered=isinstance(heard, ivr.PersonAnswered))
    flow = parts.flows[turn.state.flow]
    events: tuple[ivr.Event, ...] = ()
    while True:
        for event in turn.events:
            effects.do(parts, session, conversation, event, message)
        events += turn.events
        if isinstance(turn.wait, ivr.WaitForTranscript):
            answer: ivr.Heard | None = understood(parts, session, conversation, number)
        elif isinstance(turn.wait, ivr.LookUp | ivr.OpenCase):
            answer = look_ups.answer(parts, session, conversation, turn.wait, message if not_solved else None)
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

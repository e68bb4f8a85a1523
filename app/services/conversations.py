"""Conversations: what a caller did goes into the engine, and what it answers is done and kept, in one commit.

Everything is keyed by the carrier's own ids and may run twice: a repeated webhook finds the turn it already led to.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.carriers.port import CallHeard, RecordingRef
from app.db import now
from app.models import Caller, Case, Conversation, Later, Message, Recording, SpokenReply, Turn
from app.models.case import STATES
from app.services import callers, cases, office, prompts, triage
from ivr import conversation as engine
from ivr import turn as ivr
from ivr.text import sms_parts

if TYPE_CHECKING:
    from app.parts import Parts

log = structlog.get_logger()

REPORT, ANSWER, RECEIPT = "report", "answer", "receipt"  # the flows: we are reached; we reach; we confirm
_MOST_ANSWERS_AN_HOUR = 20  # texts answered by itself, so that two machines do not talk for ever


@dataclass(frozen=True)
class Reply:
    """What a webhook of a call is answered with: turn `number`, or poll `poll` of it when it still waits.

    `later` are rows that have work now, to be nudged after the commit.
    """

    conversation: Conversation
    number: int
    turn: ivr.Turn
    poll: int = 0
    later: tuple[Later, ...] = ()


# ---------------------------------------------------------------- calls


def answer_call(parts: "Parts", session: Session, call: CallHeard) -> Reply:
    """The first webhook of a call. A repeated one gets the same first turn."""
    conversation = conversation_of(session, call)
    first = _turn(session, conversation, 1)
    if first is None:
        first = _start(parts, session, conversation, REPORT)
    return Reply(conversation, 1, ivr.from_json(first.turn))


def answer_pick_up(parts: "Parts", session: Session, call: CallHeard, reply: SpokenReply) -> Reply:
    """A villager picked up a call of ours: the first turn of the spoken answer."""
    conversation = conversation_of(session, replace(call, caller=reply.caller.number), case_id=reply.case_id)
    reply.conversation_id = conversation.id
    first = _turn(session, conversation, 1)
    if first is None:
        first = _start(parts, session, conversation, ANSWER, reply=reply.sound_key, own_words=reply.own_words_key)
    return Reply(conversation, 1, ivr.from_json(first.turn))


def hear(parts: "Parts", session: Session, call: CallHeard, answered: int) -> Reply:
    """What the caller did after turn `answered`. Says the same again when it comes twice."""
    conversation = conversation_of(session, call)
    later: tuple[Later, ...] = ()
    if call.recording and isinstance(call.heard, ivr.Recorded):
        later = (keep_recording(session, conversation, call.recording, turn=answered),)
    before = _turn(session, conversation, answered)
    if before is None:  # a call we know nothing of, or a turn from before a restore: begin afresh
        return answer_call(parts, session, call)
    after = _turn(session, conversation, answered + 1)
    if after is None:
        after = _resume(parts, session, conversation, before, call.heard or ivr.Silence())
    return Reply(conversation, after.number, ivr.from_json(after.turn), later=later)


def poll(parts: "Parts", session: Session, call: CallHeard, answered: int, number: int) -> Reply:
    """Poll `number` of a turn that waits for a transcript: go on when it is there, or when waiting has gone on enough.

    A poll that was answered with more waiting is answered so again, whatever has happened since.
    """
    conversation = conversation_of(session, call)
    row = _turn(session, conversation, answered)
    if row is None:
        return answer_call(parts, session, call)
    waiting: ivr.Turn = ivr.from_json(row.turn)
    if number <= row.polls or not isinstance(waiting.wait, ivr.WaitForTranscript):
        return Reply(conversation, answered, waiting, poll=number)
    after = _turn(session, conversation, answered + 1)
    if after is None:
        understood = _understood(parts, session, conversation, answered - 1)
        if understood is None and number < waiting.wait.polls:
            row.polls = number
            return Reply(conversation, answered, waiting, poll=number)
        after = _resume(parts, session, conversation, row, understood or ivr.TooLate())
    return Reply(conversation, after.number, ivr.from_json(after.turn))


def end_call(parts: "Parts", session: Session, call: CallHeard) -> list[Message]:
    """The caller hung up, or the carrier says that the call is over. Gives the receipt to send, if one is due."""
    conversation = conversation_of(session, call)
    if conversation.ended_at is None:
        conversation.ended_at = now()
        last = session.scalar(_turns(conversation).order_by(Turn.number.desc()).limit(1))
        if last is not None and not isinstance(ivr.from_json(last.turn).wait, ivr.Finished):
            _resume(parts, session, conversation, last, ivr.HungUp())
    return _receipt(parts, session, conversation)


def recording_ready(parts: "Parts", session: Session, call: CallHeard) -> list[Later]:
    """The carrier says that a recording is complete. Gives the rows that have work now."""
    conversation = conversation_of(session, call)
    recording = keep_recording(session, conversation, call.recording, ready=True)
    return [recording, *_receipt(parts, session, conversation)]


def _receipt(parts: "Parts", session: Session, conversation: Conversation) -> list[Message]:
    """Whoever left a matter and hung up is sent its number, once: an answer within minutes (GB/T 33358: three)."""
    if conversation.ended_at is None or conversation.case_id is None or conversation.outgoing:
        return []
    case = session.get_one(Case, conversation.case_id)
    sent = select(Message.id).where(Message.case_id == case.id, Message.outgoing)
    if not callers.can_be_texted(conversation.caller) or session.scalar(sent.limit(1)):
        return []
    values = {"town": parts.settings.town, "number": case.number}
    turn = engine.start(parts.flows[RECEIPT], parts.words, channel="sms", dialect=conversation.dialect, values=values)
    return _outgoing(session, conversation, conversation.caller, turn)


def keep_recording(
    session: Session, conversation: Conversation, ref: RecordingRef, *, turn: int = 0, ready: bool = False
) -> Recording:
    """A recording of this call, as a row with its case, once. `ready`: the carrier says that it can be fetched."""
    row = session.scalar(select(Recording).where(Recording.carrier_id == ref.id))
    if row is None:
        case = cases.open_case(session, conversation)
        row = Recording(carrier_id=ref.id, conversation_id=conversation.id, case_id=case.id, due_at=now())
        session.add(row)
        session.flush()
        cases.record(session, case, "recorded", by="caller", seconds=ref.seconds or 0)
    row.turn = row.turn or turn
    row.seconds = row.seconds or float(ref.seconds or 0)
    if ready and row.state == "announced" and not row.failed:
        row.due_at, row.leased_by, row.leased_until = now(), None, None  # whoever is at it came too early
    return row


def keep_lost(session: Session, ref: RecordingRef, caller: str, called: str) -> Recording:
    """A recording found at the carrier that no webhook told us of: its call becomes a conversation with a case."""
    conversation = conversation_of(session, CallHeard(ref.call_id, caller, called))
    conversation.ended_at = conversation.ended_at or now()
    return keep_recording(session, conversation, ref, ready=True)


def conversation_of(session: Session, call: CallHeard, *, case_id=None) -> Conversation:
    """The conversation of this call, made on first sight and locked for this unit of work."""
    found = _locked(session, call.call_id)
    if found is None:
        caller = callers.caller_of(session, call.caller)
        found = Conversation(
            channel="voice",
            carrier_id=call.call_id,
            caller_id=caller.id if caller else None,
            dialect=caller.dialect if caller else prompts.DEFAULT_DIALECT,
            outgoing=case_id is not None,
            case_id=case_id,
        )
        session.add(found)
        session.flush()
    return found


# ---------------------------------------------------------------- texts


def receive_text(session: Session, carrier_id: str, sender: str, body: str) -> Message | None:
    """A text as a row, once: None when this id is known already."""
    if session.scalar(select(Message.id).where(Message.carrier_id == carrier_id)):
        return None
    caller = callers.caller_of(session, sender)
    message = Message(
        outgoing=False,
        carrier_id=carrier_id,
        caller_id=caller.id if caller else None,
        body=body,
        parts=sms_parts(body),
        state="received",
        due_at=now(),
    )
    session.add(message)
    session.flush()
    return message


def hear_text(parts: "Parts", session: Session, message: Message) -> list[Message]:
    """Answer a text, once: the messages to send, as rows."""
    if message.state != "received":
        return []
    message.state, message.due_at = "answered", None
    if message.caller is None:
        return []
    thread = _thread(session, message.caller)
    last = session.scalar(_turns(thread).order_by(Turn.number.desc()).limit(1))
    if last is None:
        last = _start(parts, session, thread, REPORT)
    before = thread.case_id
    stopped = message.caller.texts_stopped
    row = _resume(parts, session, thread, last, ivr.Texted(message.body), message=message)
    turn: ivr.Turn = ivr.from_json(row.turn)
    if thread.case_id != before:
        message.case_id = thread.case_id
    if stopped and message.caller.texts_stopped:  # 停 was final: nothing more is sent until 恢复
        return []
    if _answered_lately(session, message.caller) >= _MOST_ANSWERS_AN_HOUR:
        log.warning("texts of this number are no longer answered this hour", message=str(message.id))
        return []
    return _outgoing(session, thread, message.caller, turn)


def _thread(session: Session, caller: Caller) -> Conversation:
    carrier_id = f"sms:{caller.number}"
    found = _locked(session, carrier_id)
    if found is None:
        found = Conversation(channel="sms", carrier_id=carrier_id, caller_id=caller.id, dialect=caller.dialect)
        session.add(found)
        session.flush()
    return found


def _answered_lately(session: Session, caller: Caller) -> int:
    since = now() - timedelta(hours=1)
    sent = select(func.count()).where(Message.caller_id == caller.id, Message.outgoing, Message.at > since)
    return session.scalar(sent) or 0


def _outgoing(session: Session, thread: Conversation, caller: Caller, turn: ivr.Turn) -> list[Message]:
    said = [event.text for event in turn.events if isinstance(event, ivr.Speak) and event.text]
    if not said:
        return []
    body = "".join(said)
    message = Message(
        outgoing=True,
        caller_id=caller.id,
        case_id=thread.case_id,
        body=body,
        parts=sms_parts(body),
        state="waiting",
        due_at=now(),
    )
    session.add(message)
    session.flush()
    return [message]


# ---------------------------------------------------------------- the engine


def _start(parts: "Parts", session: Session, conversation: Conversation, flow: str, **values: str) -> Turn:
    caller = conversation.caller
    values |= {
        "town": parts.settings.town,
        "hotline": parts.settings.hotline,
        "caller_known": "yes" if caller else "no",
        "texts": "yes" if callers.can_be_texted(caller) else "no",
    }
    turn = engine.start(
        parts.flows[flow], parts.words, channel=conversation.channel, dialect=conversation.dialect, values=values
    )
    return _keep(parts, session, conversation, 1, None, turn)


def _resume(
    parts: "Parts",
    session: Session,
    conversation: Conversation,
    before: Turn,
    heard: ivr.Heard,
    message: Message | None = None,
) -> Turn:
    state = ivr.from_json(before.turn).state
    turn = engine.resume(parts.flows[state.flow], parts.words, state, heard)
    return _keep(parts, session, conversation, before.number + 1, heard, turn, message)


def _keep(
    parts: "Parts",
    session: Session,
    conversation: Conversation,
    number: int,
    heard: ivr.Heard | None,
    turn: ivr.Turn,
    message: Message | None = None,
) -> Turn:
    """Answer what the engine asks of the service, do what it says, and keep the turn."""
    flow = parts.flows[turn.state.flow]
    events: tuple[ivr.Event, ...] = ()
    while True:
        for event in turn.events:
            _do(session, conversation, event, message)
        events += turn.events
        if not isinstance(turn.wait, ivr.LookUp | ivr.OpenCase):
            break
        turn = engine.resume(flow, parts.words, turn.state, _answer(parts, session, conversation, turn.wait))
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


def _answer(parts: "Parts", session: Session, conversation: Conversation, asked: ivr.Wait) -> ivr.Found:
    match asked:
        case ivr.OpenCase(text=text):
            case = cases.open_case(session, conversation, text=text)
            if text:
                triage.propose_for(session, case, text, confidence=1.0)
            return ivr.Found(True, {"number": case.number})
        case ivr.LookUp(what="office"):
            return ivr.Found(office.is_open(now()))
        case ivr.LookUp(what="open_case", number=number):
            asked_for = cases.own(session, conversation.caller, number) if number else None
            return _how_it_stands(session, asked_for or cases.latest_open(session, conversation.caller))
    raise LookupError(f"the flow looks up {asked}, which the service does not know")


def _how_it_stands(session: Session, case: Case | None) -> ivr.Found:
    if case is None:
        return ivr.Found(False)
    place = case.place or case.proposal.get("place", "")
    matter = case.proposal.get("say", "") if case.proposal.get("sure") or case.category else ""
    return ivr.Found(True, {"number": case.number, "state": STATES[case.state], "place": place, "matter": matter})


def _do(session: Session, conversation: Conversation, event: ivr.Event, message: Message | None) -> None:
    case = session.get(Case, conversation.case_id) if conversation.case_id else None
    caller = conversation.caller
    match event:
        case ivr.Confirm(right=right) if case:
            cases.confirm(session, case, right=right)
        case ivr.CallBack(reason=reason, urgent=urgent):
            cases.call_back(session, reason, case=case, caller=caller, conversation=conversation, urgent=urgent)
        case ivr.Alert(word=word, matter=matter) if case:
            cases.alert(session, case, word, matter)
        case ivr.AddToCase(text=text):
            added_to = cases.latest_open(session, caller)
            if added_to:
                cases.add_text(session, added_to, text)
                if message:
                    message.case_id = added_to.id
        case ivr.StopTexts() | ivr.AllowTexts() if caller and message:
            callers.allow_texts(session, caller, message, allowed=isinstance(event, ivr.AllowTexts))


def _understood(parts: "Parts", session: Session, conversation: Conversation, turn: int) -> ivr.Understood | None:
    """What was made of the recording that answered this turn; place and matter only when they may be said back."""
    recordings = select(Recording).where(Recording.conversation_id == conversation.id)
    row = session.scalar(recordings.where(Recording.turn == turn).limit(1))
    found = row.as_heard if row else None
    if found is None:
        return None
    proposal = row.case.proposal if found.text else {}
    place, matter = (proposal.get(key, "") if proposal.get("sure") else "" for key in ("place", "say"))
    return ivr.Understood(
        found.text,
        place=place if place and prompts.can_say(parts, place) else "",
        matter=matter if matter and prompts.can_say(parts, matter) else "",
    )


def _turns(conversation: Conversation):
    return select(Turn).where(Turn.conversation_id == conversation.id)


def _turn(session: Session, conversation: Conversation, number: int) -> Turn | None:
    return session.scalar(_turns(conversation).where(Turn.number == number))


def _locked(session: Session, carrier_id: str) -> Conversation | None:
    return session.scalar(select(Conversation).where(Conversation.carrier_id == carrier_id).with_for_update())

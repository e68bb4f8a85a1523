"""Conversations (对话) by telephone: what a caller did goes into the engine, its answer is kept, in one commit.

Everything is keyed by the carrier's own ids and may run twice: a repeated webhook finds the turn it already led to.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.carriers.port import CallHeard, RecordingRef
from app.db import now
from app.models import Asking, Case, Conversation, Later, LiveWords, Message, Recording, SpokenReply, Turn
from app.models.conversation import AWAITED
from app.services import ledger
from app.services.cases import call_back_tasks, opening
from app.services.conversation import texts, turns, whose_call
from app.services.directory import callers
from app.services.outreach import delivery_status
from app.services.outreach import follow_up as follow_up
from app.services.wording import outbox, takes
from ivr import turn as ivr
from ivr.step import PERSON_KEY
from ivr.understand import emergency

if TYPE_CHECKING:
    from app.parts import Parts

ANSWER, RECEIPT = "answer", "receipt"  # the flows with which we reach somebody, and confirm a call
_LONGEST_CALL = timedelta(minutes=30)  # unless the carrier says that it goes on
_QUIET = timedelta(seconds=90)  # with the round of a minute: a receipt is out within three (GB/T 33358)
_QUIET_CALLS = timedelta(days=1)  # how old they may be; what is older is `forgotten`
_MOST_REPEATS = 3  # of a good-bye that keys cut short
_FINAL_SECONDS = 8  # how long a recording waits for what was heard of it live, before it is transcribed
_NOT_SEEN_SECONDS = 5  # a stream that gave no sign of life for so long is listened to by nobody
COMPLETE = timedelta(seconds=60)  # a recording whose callback has not come is complete at the carrier by then


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


def answer_call(parts: "Parts", session: Session, call: CallHeard) -> Reply:
    """The first webhook of a call. A repeated one gets the same first turn."""
    conversation = conversation_of(session, call)
    first = turns.turn(session, conversation, 1)
    if first is None:
        flow = takes.DICTATE if takes.begin(session, conversation) else texts.REPORT
        first = turns.start(parts, session, conversation, flow)
    return Reply(conversation, 1, ivr.from_json(first.turn))


def answer_pick_up(parts: "Parts", session: Session, call: CallHeard, reply: SpokenReply, *, readable: bool) -> Reply:
    """A villager picked up a call of ours: the first turn of the spoken answer.

    Where its sound is not `readable`, she is told that we come back to her, and it does not count as heard.
    """
    conversation = conversation_of(session, replace(call, caller=reply.caller.number), case_id=reply.case_id)
    reply.conversation_id = conversation.id
    first = turns.turn(session, conversation, 1)
    if first is None:
        if not readable:
            delivery_status.not_played(session, reply.sound_key)
        first = turns.start(parts, session, conversation, ANSWER, reply=reply.sound_key, own_words=reply.own_words_key)
    return Reply(conversation, 1, ivr.from_json(first.turn))


def answer_asking(parts: "Parts", session: Session, call: CallHeard, asking: Asking) -> Reply:
    """A villager picked up a call that asks whether it is solved: the first turn."""
    conversation = conversation_of(session, replace(call, caller=asking.caller.number), case_id=asking.case_id)
    asking.conversation_id = conversation.id
    first = turns.turn(session, conversation, 1)
    if first is None:
        said = follow_up.values(parts, asking.case) | {"own_words": asking.own_words_key}
        first = turns.start(parts, session, conversation, follow_up.FLOW, **said)
        ledger.record(session, asking.case, "asked", by="hotline", how="call")
    return Reply(conversation, 1, ivr.from_json(first.turn))


def hear(parts: "Parts", session: Session, call: CallHeard, answered: int) -> Reply:
    """What the caller did after turn `answered`. Says the same again when it comes twice."""
    conversation = conversation_of(session, call)
    _stop_listening(session, conversation, answered)
    later: tuple[Later, ...] = ()
    if call.recording and isinstance(call.heard, ivr.Recorded):
        later = _kept(parts, session, conversation, call.recording, turn=answered)
    before = turns.turn(session, conversation, answered)
    if before is None:  # a call we know nothing of, or a turn from before a restore: begin afresh
        return answer_call(parts, session, call)
    after = turns.turn(session, conversation, answered + 1)
    if after is None and isinstance(call.heard, ivr.Key) and call.heard.key != PERSON_KEY:
        waiting: ivr.Turn = ivr.from_json(before.turn)
        if isinstance(waiting.wait, ivr.WaitForTranscript):  # a key that means nothing here: she goes on waiting
            return poll(parts, session, call, answered, before.polls + 1)
        if isinstance(waiting.wait, ivr.Finished) and before.polls < _MOST_REPEATS:  # it cut the good-bye short
            before.polls += 1
            return Reply(conversation, answered, waiting)
    if after is None:
        after = turns.resume(parts, session, conversation, before, call.heard or ivr.Silence())
    return Reply(conversation, after.number, ivr.from_json(after.turn), later=later)


def go_on(parts: "Parts", session: Session, call: CallHeard, answered: int) -> Reply:
    """A call goes on because turn `answered` was heard to its end live. Where it is further on: its newest turn."""
    conversation = conversation_of(session, call)
    last = turns.latest(session, conversation)
    if last is None:
        return answer_call(parts, session, call)
    heard = _recording_of(session, conversation, answered) if last.number == answered else None
    if heard is not None:
        last = turns.resume(parts, session, conversation, last, ivr.Recorded(heard.seconds))
    return Reply(conversation, last.number, ivr.from_json(last.turn), poll=last.polls)


def poll(parts: "Parts", session: Session, call: CallHeard, answered: int, number: int) -> Reply:
    """Poll `number` of a turn that waits for a transcript: go on when it is there, or when waiting has gone on enough.

    A poll that was answered with more waiting is answered so again, whatever has happened since.
    """
    conversation = conversation_of(session, call)
    row = turns.turn(session, conversation, answered)
    if row is None:
        return answer_call(parts, session, call)
    waiting: ivr.Turn = ivr.from_json(row.turn)
    if number <= row.polls or not isinstance(waiting.wait, ivr.WaitForTranscript):
        return Reply(conversation, answered, waiting, poll=number)
    after = turns.turn(session, conversation, answered + 1)
    if after is None:
        understood = turns.understood(parts, session, conversation, answered)
        if understood is None and number < waiting.wait.polls:
            row.polls = number
            return Reply(conversation, answered, waiting, poll=number)
        after = turns.resume(parts, session, conversation, row, understood or ivr.TooLate())
    return Reply(conversation, after.number, ivr.from_json(after.turn))


def end_call(parts: "Parts", session: Session, call: CallHeard) -> list[Message]:
    """The caller hung up, or the carrier says that the call is over. Gives the receipt to send, if one is due."""
    conversation = conversation_of(session, call)
    end(parts, session, conversation)
    return receipt(parts, session, conversation)


def end(parts: "Parts", session: Session, conversation: Conversation) -> None:
    """A call is over, once."""
    if conversation.ended_at is None:
        conversation.ended_at = now()
        _stop_listening(session, conversation)
        last = turns.latest(session, conversation)
        if last is not None and not isinstance(ivr.from_json(last.turn).wait, ivr.Finished):
            turns.resume(parts, session, conversation, last, ivr.HungUp())


def end_known_call(parts: "Parts", session: Session, call: CallHeard) -> list[Message]:
    """The same for a call of ours, which is known only once it was picked up."""
    return end_call(parts, session, call) if turns.locked(session, call.call_id) else []


def recording_ready(parts: "Parts", session: Session, call: CallHeard, turn: int = 0) -> list[Later]:
    """The carrier says that a recording (of this turn; 0: not known) is complete. Gives the rows that have work now."""
    conversation = conversation_of(session, call)
    return list(_kept(parts, session, conversation, call.recording, turn=turn, ready=True))


def receipt(parts: "Parts", session: Session, conversation: Conversation) -> list[Message]:
    """Whoever left a matter and hung up is sent its number, once: an answer within minutes (GB/T 33358: three)."""
    if conversation.ended_at is None or conversation.case_id is None or conversation.outgoing:
        return []
    case = session.get_one(Case, conversation.case_id)
    sent = select(Message.id).where(Message.case_id == case.id, Message.outgoing)
    if not callers.can_be_texted(conversation.caller) or session.scalar(sent.limit(1)):
        return []
    if call_back_tasks.was_put_through(session, case):  # a person told her all there is to say
        return []
    values = {"town": parts.settings.town, "number": case.number}
    heard = " ".join(r.as_heard.text for r in case.recordings if r.as_heard)
    if danger := emergency(heard):
        values |= {"emergency": danger.name, "emergency_number": danger.number}
    return [outbox.say(parts, session, RECEIPT, conversation.caller, case, values)]


def _kept(parts: "Parts", session: Session, conversation: Conversation, ref: RecordingRef, **how) -> tuple[Later, ...]:
    """The rows that have work now that there is a recording: a case's, or words that somebody of the desk has read."""
    if take := takes.announced(session, conversation, ref):
        return (take,)
    return (keep_recording(session, conversation, ref, **how), *receipt(parts, session, conversation))


def keep_recording(
    session: Session, conversation: Conversation, ref: RecordingRef, *, turn: int = 0, ready: bool = False
) -> Recording:
    """A recording of this call, as a row with its case, once. `ready`: the carrier says that it can be fetched.

    What was heard of this turn live is the same recording: its row gets the carrier's id, to be deleted there. While
    somebody listens live, the worker waits a moment.
    """
    row = session.scalar(select(Recording).where(Recording.carrier_id == ref.id))
    if row is None and turn:
        row = session.scalar(select(Recording).where(Recording.carrier_id == live_id(conversation, turn)))
        if row is not None:
            row.carrier_id = ref.id
            row.due_at = now() + COMPLETE
    if row is None:
        case = opening.open_case(session, conversation)
        row = Recording(carrier_id=ref.id, conversation_id=conversation.id, case_id=case.id, due_at=now())
        session.add(row)
        session.flush()
        ledger.record(session, case, "recorded", by="caller", seconds=ref.seconds or 0)
    row.turn = row.turn or turn
    row.seconds = row.seconds or float(ref.seconds or 0)
    row.said_seconds = row.said_seconds if ref.seconds is None else float(ref.seconds)
    if ready and row.state == "announced":
        row.due_at, row.leased_by, row.leased_until = now(), None, None  # whoever is at it came too early
        row.failed = False  # what was given up may be had now
    if ready and row.state == "transcribed" and not row.deleted_at_carrier:
        row.due_at = now()
    if row.state == "announced" and _is_listened_to(session, conversation, row.turn):
        row.due_at = now() + timedelta(seconds=_FINAL_SECONDS)
    return row


def live_id(conversation: Conversation, turn: int) -> str:
    """What stands for the carrier's id of a recording that was heard live and not announced yet."""
    return f"live:{conversation.id}:{turn}"


def keep_left(parts: "Parts", session: Session, call: CallHeard) -> list[Later]:
    """A message was left while the service could not work. Gives the rows that have work now."""
    conversation = conversation_of(session, call)
    if call.recording and isinstance(call.heard, ivr.Recorded):
        return list(_kept(parts, session, conversation, call.recording))
    return list(receipt(parts, session, conversation))


def keep_lost(parts: "Parts", session: Session, ref: RecordingRef, caller: str) -> list[Later]:
    """A recording found at the carrier that no webhook told us of: its call becomes a conversation with a case.

    `caller`: as the carrier says, empty where hidden. Gives the rows that have work now.
    """
    conversation = conversation_of(session, CallHeard(ref.call_id, caller, "", hidden=not caller))
    return list(_kept(parts, session, conversation, ref, ready=True))


def forgotten(session: Session) -> list[str]:
    """The carrier's ids of calls that must be over, though nobody told us."""
    open_calls = select(Conversation.carrier_id).where(Conversation.channel == "voice", Conversation.ended_at.is_(None))
    return list(session.scalars(open_calls.where(Conversation.started_at < now() - _LONGEST_CALL)))


def quiet(session: Session) -> list[str]:
    """The carrier's ids of calls that left a matter, of which nothing has been heard for a while: are they over?"""
    before = now() - _QUIET
    turn = select(Turn.id).where(Turn.conversation_id == Conversation.id, Turn.at >= before)
    sound = select(Recording.id).where(Recording.conversation_id == Conversation.id, Recording.made_at >= before)
    open_calls = select(Conversation.carrier_id).where(
        Conversation.started_at.between(now() - _QUIET_CALLS, before),
        Conversation.channel == "voice",
        Conversation.outgoing.is_(False),
        Conversation.ended_at.is_(None),
        Conversation.case_id.is_not(None),
    )
    return list(session.scalars(open_calls.where(~turn.exists(), ~sound.exists())))


def ended(parts: "Parts", session: Session, call_id: str) -> list[Message]:
    """The carrier, asked, says that a known call is over. Gives the receipt to send, if one is due."""
    conversation = turns.locked(session, call_id)
    if conversation is None:
        return []
    end(parts, session, conversation)
    return receipt(parts, session, conversation)


def caller_found(parts: "Parts", session: Session, call_id: str, number: str | None) -> list[Message]:
    """The carrier, asked, says whose call this is (empty: hidden; None: it knows of no such call).

    Gives the receipt to send, if one is due.
    """
    conversation = turns.locked(session, call_id)
    if conversation is None:
        return []
    if number is None:
        whose_call.cannot_be_found(session, conversation)
    else:
        whose_call.fill_in(session, conversation, number, how="carrier")
    return receipt(parts, session, conversation)


def conversation_of(session: Session, call: CallHeard, *, case_id=None) -> Conversation:
    """The conversation of this call, made on first sight and locked for this unit of work.

    Where it began with a webhook that did not say who calls, the number is taken from the first that does.
    """
    found = turns.locked(session, call.call_id)
    if found is None:
        caller = callers.caller_of(session, call.caller)
        found = Conversation(
            channel="voice",
            carrier_id=call.call_id,
            caller=caller,
            dialect=callers.dialect_of(caller),
            outgoing=case_id is not None,
            case_id=case_id,
            no_number="" if caller or call.hidden else AWAITED,
        )
        session.add(found)
        session.flush()
    elif call.caller or call.hidden:
        whose_call.fill_in(session, found, call.caller, how="webhook")
    return found


def _recording_of(session: Session, conversation: Conversation, turn: int) -> Recording | None:
    of_turn = select(Recording).where(Recording.conversation_id == conversation.id, Recording.turn == turn)
    return session.scalar(of_turn.limit(1))


def _stop_listening(session: Session, conversation: Conversation, turn: int | None = None) -> None:
    """Tell whoever listens to this call (to this turn of it) that there is nothing more to hear."""
    live = session.get(LiveWords, conversation.id)
    if live is not None and turn in (None, live.turn):
        live.over = True


def _is_listened_to(session: Session, conversation: Conversation, turn: int) -> bool:
    live = session.get(LiveWords, conversation.id)
    if live is None or turn not in (0, live.turn):
        return False
    return live.seen_at > now() - timedelta(seconds=_NOT_SEEN_SECONDS)

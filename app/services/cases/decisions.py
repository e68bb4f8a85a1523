"""Cases: opening, understanding, deciding, answering. Every step is an event in the ledger."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import (
    CallBackTask,
    Caller,
    Case,
    CaseEvent,
    Conversation,
    Counter,
    Message,
    Operator,
    Recording,
    SpokenReply,
    Transcript,
)
from app.models.case import OPEN_STATES
from app.models.conversation import AWAITED, NOT_FOUND
from app.services.cases import failures, lifecycle, transitions
from app.services.deadlines import clocks
from app.services.directory.callers import can_be_texted
from app.services.directory.practice import is_practice
from app.services.ledger import record
from app.services.sorting.asks import ASKS, UTILITY, is_utility
from app.services.sorting.categories import category as category_named
from app.services.sorting.taxonomy import topics
from app.services.wording import outbox

NO_WORDS = "no_words"  # why a person is to ring: a recording, or a part of it, could not be had or not be heard
_ANSWER_IS_NEWS = timedelta(days=14)
_LONGEST_TEXT = 500  # characters: eight parts of an SMS
_NO_NUMBER = {
    AWAITED: "这个电话的号码还没查到，请过几分钟再回复。",
    NOT_FOUND: "这个电话的号码没有查到，没法回复。",
}
_LONGEST_SPEECH = 600  # characters: about two and a half minutes of reading


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


def latest_open(session: Session, caller: Caller | None) -> Case | None:
    """The caller's newest case that is not closed."""
    if caller is None:
        return None
    newest = select(Case).where(Case.caller_id == caller.id, Case.state.in_(OPEN_STATES))
    return session.scalar(newest.order_by(Case.received_at.desc(), Case.number.desc()).limit(1))


def to_tell(session: Session, caller: Caller | None) -> Case | None:
    """The case a caller is told about when he rings: his newest open one, unless it was answered a while ago."""
    case = latest_open(session, caller)
    answer = _last_answer(session, case) if case else None
    return None if answer and answer.at < now() - _ANSWER_IS_NEWS else case


def latest_answer(session: Session, case: Case) -> str:
    """What the desk answered last; empty where it has not."""
    event = _last_answer(session, case)
    return (event.data.get("body") or event.data.get("text", "")) if event else ""


def _last_answer(session: Session, case: Case) -> CaseEvent | None:
    answers = select(CaseEvent).where(CaseEvent.case_id == case.id, CaseEvent.kind.in_(("texted", "spoken")))
    return session.scalar(answers.order_by(CaseEvent.number.desc()).limit(1))


def own(session: Session, caller: Caller | None, number: str) -> Case | None:
    """The case with this number if it is this caller's; nobody is told of another's."""
    case = find(session, number)
    return case if case and caller and case.caller_id == caller.id else None


def find(session: Session, number: str) -> Case | None:
    """The case with this number."""
    return session.scalar(select(Case).where(Case.number == number))


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
    return any(event.kind == "transferred" and event.data["answered"] for event in _events(session, case))


def alert(session: Session, case: Case, word: str, matter: str) -> bool:
    """Words of an emergency were heard: the case is urgent and a person is to ring at once. False: known already."""
    known = any(event.kind == "alerted" for event in _events(session, case))
    if not known:
        record(session, case, "alerted", by="hotline", word=word, matter=matter)
    case.urgent = True
    clocks.mark_urgent(session, case, urgent=True, by="hotline")
    call_back(session, "emergency", case=case, caller=case.caller, urgent=True)
    return not known


def confirm(session: Session, case: Case, *, right: bool) -> None:
    """The caller's own key at the read-back."""
    case.understood_right = right
    record(session, case, "confirmed", by="caller", right=right)


def add_text(session: Session, case: Case, text: str) -> None:
    """The caller's addition to his case."""
    record(session, case, "added", by="caller", text=text)


# ---------------------------------------------------------------- what a person does


def correct(session: Session, recording: Recording, operator: Operator, text: str) -> Transcript:
    """The operator's reading of a recording. What was heard stays beside it. Raises Refused when nothing was typed."""
    transitions.desk_only(operator)
    text = text.strip()
    if not text:
        raise Refused("更正的内容是空的。听不清的录音不用更正，可以直接办理。")
    transcript = Transcript(recording_id=recording.id, operator_id=operator.id, text=text, confidence=1.0)
    recording.transcripts.append(transcript)
    session.flush()
    record(session, recording.case, "corrected", by=operator.name, text=text)
    return transcript


def read(session: Session, case: Case, operator: Operator) -> None:
    """Somebody has read what the caller said since: the case waits no more for that. Nothing was said: nothing is."""
    if case.caller_spoke_at:
        record(session, case, "read", by=operator.name)


def decide(
    session: Session,
    case: Case,
    operator: Operator,
    *,
    category: str,
    village_id: UUID | None,
    place: str,
    urgent: bool,
    ask: str = "",
) -> None:
    """A person's decision on category (an everyday one, or a path of the taxonomy), place, urgency and ask.

    What was proposed as an outage, and is decided as a matter of a utility, runs by that clock from its receipt.
    Raises Refused for a category or an ask that does not exist. The first village that is decided for a caller is
    taken for where they live, until a person says otherwise.
    """
    transitions.desk_only(operator)
    everyday = category_named(category)
    if category and everyday is None and category not in topics():
        raise Refused(f"没有“{category}”这个类别，请从列表里选。")
    if ask and ask not in ASKS:
        raise Refused(f"没有“{ask}”这种诉求，请从列表里选。")
    proposed = case.proposal.topic
    of_category = everyday.topics if everyday else (category,)
    case.topic = proposed if proposed in of_category else next(iter(of_category), "")
    case.category, case.village_id, case.place, case.urgent, case.ask = category, village_id, place.strip(), urgent, ask
    if case.caller and case.caller.village_id is None:
        case.caller.village_id = village_id
    record(
        session, case, "decided", by=operator.name, category=category, topic=case.topic, place=case.place,
        urgent=urgent, ask=ask,
    )  # fmt: skip
    clocks.mark_urgent(session, case, urgent=urgent, by=operator.name)
    if not urgent and case.proposal.urgency == UTILITY and is_utility(case.topic):
        clocks.quicken(session, case, UTILITY, by=operator.name)


def reply_by_text(session: Session, case: Case, operator: Operator, body: str) -> Message:
    """Answer the villager by SMS. Raises Refused with the reason. Nudge the row after the commit."""
    body = body.strip()
    if not body:
        raise Refused("短信是空的，请先写内容。")
    if len(body) > _LONGEST_TEXT:
        raise Refused(f"短信太长（{len(body)} 字），请控制在 {_LONGEST_TEXT} 字以内。")
    caller = _reachable(case)
    if caller.texts_stopped:
        raise Refused("对方回过“停”，不再收短信。可以改用电话播报。")
    if not can_be_texted(caller):
        raise Refused("这个号码收不了短信（座机或特殊号码）。可以改用电话播报。")
    state = lifecycle.replied(session, case, operator)
    message = outbox.queue(session, caller, case.id, body)
    record(session, case, "texted", by=operator.name, body=body, state=state)
    return message


def reply_by_voice(session: Session, case: Case, operator: Operator, text: str) -> SpokenReply:
    """Answer the villager by a call that reads the text aloud. Raises Refused. Nudge the row after the commit."""
    text = text.strip()
    if not text:
        raise Refused("要播报的内容是空的，请先写内容。")
    if len(text) > _LONGEST_SPEECH:
        raise Refused(f"内容太长（{len(text)} 字），电话里听不下来，请控制在 {_LONGEST_SPEECH} 字以内。")
    reply = SpokenReply(caller_id=_reachable(case).id, case_id=case.id, text=text, due_at=now())
    state = lifecycle.replied(session, case, operator)
    session.add(reply)
    record(session, case, "spoken", by=operator.name, text=text, state=state)
    session.flush()
    return reply


def answer_with_lead(session: Session, case: Case, answer: str) -> Message | SpokenReply | None:
    """The answer of the joint case's lead is this caller's, too. None: his number is hidden, or he is answered already.

    Nudge the row after the commit.
    """
    if case.caller is None or not lifecycle.answered_with_lead(session, case):
        return None
    if can_be_texted(case.caller):
        record(session, case, "texted", by="hotline", body=answer, state=case.state)
        return outbox.queue(session, case.caller, case.id, answer)
    reply = SpokenReply(caller_id=case.caller_id, case_id=case.id, text=answer, due_at=now())
    session.add(reply)
    record(session, case, "spoken", by="hotline", text=answer, state=case.state)
    session.flush()
    return reply


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


def _reachable(case: Case) -> Caller:
    if case.caller is None:
        raise Refused(_NO_NUMBER.get(case.no_number, "来电没有显示号码，没法回复。"))
    return case.caller


def _events(session: Session, case: Case) -> list[CaseEvent]:
    return list(session.scalars(select(CaseEvent).where(CaseEvent.case_id == case.id)))


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

"""Answering a caller by text or by voice, and everybody who joined in the lead's answer."""

from sqlalchemy.orm import Session

from app.db import now
from app.errors import Refused
from app.models import (
    Caller,
    Case,
    Message,
    Operator,
    SpokenReply,
)
from app.models.conversation import AWAITED, NOT_FOUND
from app.services.cases import lifecycle
from app.services.directory.callers import can_be_texted
from app.services.ledger import record
from app.services.wording import outbox

_LONGEST_TEXT = 500  # characters: eight parts of an SMS
_NO_NUMBER = {
    AWAITED: "这个电话的号码还没查到，请过几分钟再回复。",
    NOT_FOUND: "这个电话的号码没有查到，没法回复。",
}
_LONGEST_SPEECH = 600  # characters: about two and a half minutes of reading


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


def _reachable(case: Case) -> Caller:
    if case.caller is None:
        raise Refused(_NO_NUMBER.get(case.no_number, "来电没有显示号码，没法回复。"))
    return case.caller

"""The counter (窗口): a matter that somebody says in person, at the desk or in a house, becomes a case, too."""

from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import Case, Message, Operator
from app.services.cases import alarms, decisions, opening, transitions
from app.services.directory import callers
from app.services.sorting import triage
from app.services.wording import outbox
from ivr.understand import emergency

if TYPE_CHECKING:
    from app.parts import Parts

CHANNELS = ("counter", "visit")
_RECEIPT = "receipt"


def take_down(
    parts: "Parts",
    session: Session,
    operator: Operator,
    *,
    channel: str,
    words: str,
    phone: str = "",
    name: str = "",
    receipt: bool = False,
    **decided,
) -> tuple[Case, Message | None]:
    """Open a case for what was said in person; `decided` as in cases.decide. Nudge the receipt after the commit.

    The number is read as it is dialled here; without one nobody can be answered but in person. Raises Refused.
    """
    transitions.desk_only(operator)
    if channel not in CHANNELS:
        raise Refused("请选在哪里说的。")
    words, name = words.strip(), name.strip()
    if not words:
        raise Refused("请把来人说的话记下来。")
    caller = callers.caller_of(session, callers.as_stored(phone, parts.settings.region))
    case = opening.receive(
        session,
        channel,
        caller.id if caller else None,
        words,
        by=operator.name,
        **({"name": name} if name else {}),
    )
    triage.propose_for(parts, session, case, words, confidence=1.0)
    if any(decided.get(what) for what in ("category", "village_id", "place", "ask", "urgent")):
        decisions.decide(session, case, operator, **decided)
    if danger := emergency(words):
        alarms.raise_alarm(parts, session, case, danger.heard, danger.name)
    if not receipt or not callers.can_be_texted(caller):
        return case, None
    values = {"town": parts.settings.town, "number": case.number, "at_desk": "yes"}
    return case, outbox.say(parts, session, _RECEIPT, caller, case, values)

"""Decisions: what the caller confirms and adds, what a person corrects, reads and decides. Each is an event."""

from uuid import UUID

from sqlalchemy.orm import Session

from app.errors import Refused
from app.models import (
    Case,
    Operator,
    Recording,
    Transcript,
)
from app.services.cases import transitions
from app.services.deadlines import clocks
from app.services.ledger import record
from app.services.sorting.asks import ASKS, UTILITY, is_utility
from app.services.sorting.categories import category as category_named
from app.services.sorting.taxonomy import topics


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

"""Practice (练习): cases that came from the practice phone, and how they are told from real ones.

They come from numbers and calls that no telephone company gives out (carriers/port.py). Figures leave them out with
`is_real`.
"""

from sqlalchemy import ColumnElement, or_, select

from app.carriers.port import PRACTICE_CALLS, PRACTICE_NUMBERS
from app.models import Caller, Case, Conversation


def is_practice(case: Case) -> bool:
    """Whether the case came from a practice number. One whose number was hidden is known by `is_real` alone."""
    return case.caller is not None and case.caller.number.startswith(PRACTICE_NUMBERS)


def is_real() -> ColumnElement[bool]:
    """A condition on cases: those that did not come from the practice phone."""
    practice_callers = select(Caller.id).where(Caller.number.startswith(PRACTICE_NUMBERS))
    practice_calls = select(Conversation.case_id).where(
        Conversation.carrier_id.startswith(PRACTICE_CALLS), Conversation.case_id.is_not(None)
    )
    by_number = or_(Case.caller_id.is_(None), Case.caller_id.not_in(practice_callers))
    return by_number & Case.id.not_in(practice_calls)

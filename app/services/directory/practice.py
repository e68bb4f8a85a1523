"""Practice (练习): cases that came from the practice phone. Figures, warnings and learning leave them out.

They come from numbers and calls that no telephone company gives out (carriers/port.py); a case notes it when it is
received.
"""

from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.carriers.port import PRACTICE_CALLS, PRACTICE_NUMBERS
from app.models import Caller, Case, Conversation

REAL = Case.practice.is_(False)
PRACTICE_CASES = select(Case.id).where(text("cases.practice"))  # as the partial index has it, or it is not used
REAL_CALL = Conversation.carrier_id.not_like(f"{PRACTICE_CALLS}%")


def is_practice(caller: Caller | None, call_id: str = "") -> bool:
    """Whether this caller, or this call of a hidden number, is the practice phone's."""
    return call_id.startswith(PRACTICE_CALLS) or (caller is not None and caller.number.startswith(PRACTICE_NUMBERS))


def practice_callers(session: Session) -> list[UUID]:
    """The ids of the practice phone's callers; a handful."""
    numbers = Caller.number.between(f"{PRACTICE_NUMBERS}000", f"{PRACTICE_NUMBERS}999")
    return list(session.scalars(select(Caller.id).where(numbers)))

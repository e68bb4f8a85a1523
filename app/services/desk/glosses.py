"""Gloss (乡音注): which words of a case are dialect, what they mean, and which dialect they speak for.

For understanding and for the operator's eye; what was said is never rewritten.
"""

from app.models import Case
from app.services.directory import callers
from speech_models.dialects import Gloss, gloss
from speech_models.dialects.guess import Guess, guess


def dialect_of(case: Case) -> str:
    """The dialect its caller is known to speak; `mandarin` while nothing is known."""
    return callers.dialect_of(case.caller)


def glosses(case: Case, text: str) -> list[Gloss]:
    """The dialect words of a text of this case, each once, in the order in which they come."""
    return list({found.word: found for found in reversed(gloss(text, dialect_of(case)))}.values())[::-1]


def likely_dialect(case: Case) -> Guess | None:
    """The dialect that the words of a case speak for, to be proposed to a person while nothing else is known.

    None where the caller's or the village's dialect is known, or the words say nothing of it.
    """
    caller = case.caller
    if caller is None or caller.dialect or (caller.village and caller.village.dialect):
        return None
    return guess("。".join([case.text, *(r.transcript.text for r in case.recordings if r.transcript)]))

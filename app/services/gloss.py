"""Gloss (乡音注): which words of a case are dialect and what they mean. For understanding and for the operator's eye;
what was said is never rewritten."""

from app.models import Case
from speech_models.dialects import UNKNOWN, Gloss, gloss


def dialect_of(case: Case) -> str:
    """The dialect its caller is known to speak; `mandarin` while nothing is known."""
    return case.caller.dialect if case.caller else UNKNOWN


def glosses(case: Case, text: str) -> list[Gloss]:
    """The dialect words of a text of this case, each once, in the order in which they come."""
    return list({found.word: found for found in reversed(gloss(text, dialect_of(case)))}.values())[::-1]

"""Suggestions (近音词): what may have been said instead, while somebody corrects a recording's words."""

from dataclasses import dataclass
from difflib import SequenceMatcher

from sqlalchemy.orm import Session

from app.models import Recording
from app.services.learning import lessons
from speech_models.nearest import Doubt, Nearest, nearest


@dataclass(frozen=True)
class Suggestions:
    """What may stand in the typed text; `start` and `end` are the part of it that was asked about."""

    start: int
    end: int
    nearest: list[Nearest]


def suggest(session: Session, recording: Recording, text: str, start: int, end: int) -> Suggestions:
    """What may stand in a correction's text instead of `text[start:end]`; where the two are equal, at that place."""
    start, end = sorted(min(max(place, 0), len(text)) for place in (start, end))
    dialect = recording.conversation.dialect
    known = lessons.knowledge_for(session, lessons.village_of(recording.case), dialect)
    return Suggestions(start, end, nearest(text, start, end, known.phrases, _doubts(recording, text)))


def place_of(recording: Recording, text: str, word: int) -> tuple[int, int]:
    """Where a heard word (counted from 0) stands in a correction's text; an empty place where it is not there."""
    return next((span for number, span in _spans(recording, text) if number == word), (0, 0))


def _doubts(recording: Recording, text: str) -> list[Doubt]:
    words = recording.as_heard.words if recording.as_heard else []
    doubts = []
    for number, (start, end) in _spans(recording, text):
        word = words[number]
        others = [(other, float(likely)) for other, likely in word.get("others", ())]
        others += [(word["heard"], 1.0)] if word.get("heard") else []
        if others:
            doubts.append(Doubt(start, end, others))
    return doubts


def _spans(recording: Recording, text: str) -> list[tuple[int, tuple[int, int]]]:
    """The heard words that have a place in the text, each with it. A word that was typed over has that place."""
    words = recording.as_heard.words if recording.as_heard else []
    heard = "".join(word["text"] for word in words)
    to: dict[int, int] = {}
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, heard, text, autojunk=False).get_opcodes():
        if tag == "equal" or (tag == "replace" and a1 - a0 == b1 - b0):
            to.update(zip(range(a0, a1), range(b0, b1), strict=True))
    spans, at = [], 0
    for number, word in enumerate(words):
        places = [to[place] for place in range(at, at + len(word["text"])) if place in to]
        at += len(word["text"])
        if places and len(places) == len(word["text"]) == places[-1] - places[0] + 1:
            spans.append((number, (places[0], places[-1] + 1)))
    return spans

"""What was meant."""

from dataclasses import dataclass

INTENTS = ("status", "add", "help", "stop", "resume")
SURE = 0.85


@dataclass(frozen=True)
class Intent:
    name: str
    confidence: float
    rest: str = ""
    number: str = ""


@dataclass(frozen=True)
class Emergency:
    word: str
    kind: str
    heard: str
    name: str
    number: str


def intent(text):
    return None


def emergency(text):
    return None


def has_words(text):
    return any(c.isalpha() for c in text)

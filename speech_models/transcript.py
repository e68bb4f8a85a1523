"""Transcript (转写): what a recogniser or a person says was spoken, word by word."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass

# A word or transcript of this confidence or more counts as sure: on telephone sound 19 in 20 of such words are right.
SURE = 0.9


@dataclass(frozen=True)
class Word:
    """One word as understood. `start` and `end` in seconds from the start of the audio, `confidence` 0 to 1.

    `others`: what else the engine may have heard in its place, with how likely that is. `heard` is what the engine
    wrote where correction (correction.py) chose otherwise, else empty; `heard_confidence` how sure it was of it, where
    correction judged anew.
    """

    text: str
    start: float
    end: float
    confidence: float
    others: tuple[tuple[str, float], ...] = ()
    heard: str = ""
    heard_confidence: float | None = None


@dataclass(frozen=True)
class Transcript:
    """Words in order, other readings (best first, as plain text), the engine's name and one confidence 0 to 1.

    Silence and noise give no words, an empty `text` and confidence 0.
    """

    words: tuple[Word, ...] = ()
    alternatives: tuple[str, ...] = ()
    engine: str = ""
    confidence: float = 0.0

    @property
    def text(self) -> str:
        """The words joined: Chinese without spaces, a space between two Latin words, behind the punctuation too."""
        return _joined(word.text for word in self.words)

    @property
    def as_heard(self) -> str:
        """The text before correction."""
        return _joined(word.heard or word.text for word in self.words)

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> "Transcript":
        return cls(
            words=tuple(Word(**word | {"others": tuple(map(tuple, word.get("others", ())))}) for word in data["words"]),
            alternatives=tuple(data["alternatives"]),
            engine=data["engine"],
            confidence=data["confidence"],
        )


def _joined(texts: Iterable[str]) -> str:
    joined = ""
    for text in texts:
        if joined and joined[-1].isascii() and text[:1].isascii():
            joined += " "
        joined += text
    return joined

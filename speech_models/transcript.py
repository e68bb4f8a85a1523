"""Transcript (转写): what a recogniser or a person says was spoken, word by word."""

from dataclasses import asdict, dataclass

# A word or transcript of this confidence or more counts as sure: on telephone sound 19 in 20 of such words are right.
SURE = 0.9


@dataclass(frozen=True)
class Word:
    """One word as heard. `start` and `end` in seconds from the start of the audio, `confidence` 0 to 1."""

    text: str
    start: float
    end: float
    confidence: float


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
        """The words joined: Chinese without spaces, a space between two Latin words."""
        joined = ""
        for word in self.words:
            if joined and joined[-1].isascii() and joined[-1].isalnum() and word.text[:1].isascii():
                joined += " "
            joined += word.text
        return joined

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict) -> "Transcript":
        return cls(
            words=tuple(Word(**word) for word in data["words"]),
            alternatives=tuple(data["alternatives"]),
            engine=data["engine"],
            confidence=data["confidence"],
        )

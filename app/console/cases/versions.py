"""What the machine first heard, what correction made of it, what a person wrote: the three compared for the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from flask import Flask


@dataclass(frozen=True)
class Compared:
    """`written`: the person's text in pieces (text, whether the machine wrote otherwise there). `other`: the numbers of
    the machine's words (from 0) that the person wrote otherwise, or left out."""

    written: list[tuple[str, bool]]
    other: frozenset[int]


def init_app(app: Flask) -> None:
    """Give the templates this comparison."""
    app.jinja_env.filters.update(compared=compared, times=times)


def compared(written: str, words: Sequence[dict]) -> Compared:
    """A person's text beside a transcript's words (speech_models JSON)."""
    owner = [number for number, word in enumerate(words) for _ in word["text"]]
    heard = "".join(word["text"] for word in words)
    pieces, other = [], set()
    for tag, a0, a1, b0, b1 in SequenceMatcher(None, heard, written, autojunk=False).get_opcodes():
        if b1 > b0:
            pieces.append((written[b0:b1], tag != "equal"))
        if tag != "equal":
            other.update(owner[a0:a1])
    return Compared(pieces, frozenset(other))


def times(words: Sequence[dict]) -> str:
    """Start and end of each word in hundredths of a second, written close: `12-40 40-71`."""
    return " ".join(f"{round(word['start'] * 100)}-{round(word['end'] * 100)}" for word in words)

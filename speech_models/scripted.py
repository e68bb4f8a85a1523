"""Scripted (识别): a recogniser that says what it was told to, for tests and for demonstrations without a model."""

import hashlib
import threading
from collections.abc import Callable, Mapping, Sequence

from speech_models.audio import Audio, to_pcm16
from speech_models.growing import Growing
from speech_models.transcript import Transcript, Word

Said = str | Transcript
CONFIDENCE = 0.9


class Scripted:
    """Answers from a script, which is one of:

    a mapping from fingerprint(audio) to what is said (an unknown sound says nothing);
    a sequence, said in order, one for each sound (then nothing);
    a function of the audio.
    A plain text becomes one word a character, spread evenly over the sound. `heard` holds every (audio, hints) given.
    """

    name = "scripted"

    def __init__(self, script: Mapping[str, Said] | Sequence[Said] | Callable[[Audio], Said] = ()):
        self._script = script
        self._lock = threading.Lock()
        self.heard: list[tuple[Audio, tuple[str, ...]]] = []

    def transcribe(self, audio: Audio, hints: Sequence[str] = ()) -> Transcript:
        with self._lock:
            turn = len(self.heard)
            self.heard.append((audio, tuple(hints)))
        said = self._said(audio, turn)
        return said if isinstance(said, Transcript) else as_transcript(said, audio.seconds)

    def listen(self, hints: Sequence[str] = ()) -> Growing:
        return Growing(self, hints)

    def _said(self, audio: Audio, turn: int) -> Said:
        if callable(self._script):
            return self._script(audio)
        if isinstance(self._script, Mapping):
            return self._script.get(fingerprint(audio), "")
        return self._script[turn] if turn < len(self._script) else ""


def fingerprint(audio: Audio) -> str:
    """The sha256 of a sound's samples (as 16-bit PCM) in hexadecimal: the same for the same recording read again."""
    return hashlib.sha256(to_pcm16(audio)).hexdigest()


def as_transcript(text: str, seconds: float) -> Transcript:
    """A transcript of a text, its characters spread evenly over so many seconds."""
    if not text:
        return Transcript(engine=Scripted.name)
    each = seconds / len(text)
    words = (Word(c, round(n * each, 2), round((n + 1) * each, 2), CONFIDENCE) for n, c in enumerate(text))
    return Transcript(tuple(words), engine=Scripted.name, confidence=CONFIDENCE)

"""Recogniser (识别): the one shape every engine that turns sound into text has."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from speech_models.audio import Audio
from speech_models.transcript import Transcript


class RecogniserUnavailable(Exception):
    """The engine or its model is not installed; the message is one sentence that says what to do."""


class RecogniserFailed(RecogniserUnavailable):
    """The engines are there, and this sound was too much for them; the message says why."""


@dataclass(frozen=True)
class Partial:
    """What has been heard so far of an utterance that is still going on."""

    text: str


@dataclass(frozen=True)
class Final:
    """An utterance that has ended."""

    transcript: Transcript


class Listening(Protocol):
    """One stream of speech being listened to. Not shared between threads."""

    def feed(self, chunk: Audio, guess: bool = True) -> Partial | Final | None:
        """Take the next piece of mono audio (any length, one rate throughout); say what is new, if anything.

        Without `guess` only what the end needs is worked on: there is no time for more.
        """

    def finish(self) -> Final:
        """The caller has stopped: what was said since the last Final."""


class Recogniser(Protocol):
    """An engine. Shared by threads; loading a model happens in the constructor or on first use."""

    name: str

    def transcribe(self, audio: Audio, hints: Sequence[str] = ()) -> Transcript:
        """Transcribe mono audio of 8 or 16 kHz, up to 3 minutes.

        `hints` are phrases expected now (yes/no, village names); an engine that cannot use them ignores them.
        Silence and noise give an empty transcript, never invented text.
        Raises RecogniserUnavailable when the model is not installed.
        """

    def listen(self, hints: Sequence[str] = ()) -> Listening:
        """Start listening to a stream."""

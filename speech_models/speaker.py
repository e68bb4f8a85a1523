"""Speaker (播报): the one shape every engine that turns text into sound has."""

from typing import Protocol

from speech_models.audio import Audio


class CannotSpeak(Exception):
    """This text could not be synthesised now; the message is one sentence that says why.

    `ours`: no text can be, until somebody installs the voice.
    """

    def __init__(self, message: str, *, ours: bool = False):
        super().__init__(message)
        self.ours = ours


class Speaker(Protocol):
    """A voice. Shared by threads."""

    name: str

    def say(self, text: str, speed: float = 1.0) -> Audio:
        """Speak Chinese text as mono audio at the engine's own rate; `speed` below 1 is slower.

        Numbers, dates, money and telephone numbers in the text are read by the rules of reading.py.
        Raises CannotSpeak.
        """

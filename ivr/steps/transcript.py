"""transcript: wait a moment for what was said to be recognised."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import Step, Talk, Where, step_name, whole
from ivr.turn import Heard, TooLate, Understood, WaitForTranscript


@dataclass(frozen=True, kw_only=True)
class Transcribe(Step):
    """Wait for the transcript. Understood with a place or a matter leads to `understood`, all else to `unclear`.

    wait: {do: transcript, understood: read_back, unclear: noted, polls: 3, poll_ms: 1500}
    """

    understood: str = step_name()
    unclear: str = step_name()
    polls: int = whole(3, most=9)
    poll_ms: int = whole(1500, least=200, most=5000)
    waits: ClassVar[str] = "service"
    speaks: ClassVar[str] = "may"

    def enter(self, talk: Talk) -> Where:
        talk.say(self)
        return self._wait()

    def hear(self, talk: Talk, heard: Heard) -> Where:
        if isinstance(heard, Understood):
            talk.put(place=heard.place, matter=heard.matter)
            return self.understood if heard.place or heard.matter else self.unclear
        return self.unclear if isinstance(heard, TooLate) else self._wait()

    def _wait(self) -> WaitForTranscript:
        return WaitForTranscript(self.polls, self.poll_ms)

"""record: the caller speaks after a beep."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import PERSON_KEY, Step, Talk, Where, step_name, whole
from ivr.turn import Heard, Key, Recorded, Silence, WaitForRecording


@dataclass(frozen=True, kw_only=True)
class Record(Step):
    """The caller speaks after a beep; hanging up ends it like silence does.

    `recorded` follows a recording, `recorded_0` one that was ended with 0 (she also wants a person). Silence or a
    wrong key: the words again, shorter and slower, `repeats` times, then `silent`.

        ask:
          do: record
          recorded: keep
          recorded_0: keep_then_person
          silent: silent_known
          max_seconds: 180
          silence_seconds: 4
    """

    recorded: str = step_name()
    recorded_0: str = step_name()
    silent: str = step_name()
    max_seconds: int = whole(180, most=600)
    silence_seconds: int = whole(4, most=30)
    repeats: int = whole(2, least=0, most=9)
    waits: ClassVar[str] = "caller"
    speaks: ClassVar[str] = "must"
    repeats_itself: ClassVar[bool] = True

    def enter(self, talk: Talk) -> Where:
        talk.say(self)
        return self._wait()

    def hear(self, talk: Talk, heard: Heard) -> Where:
        if isinstance(heard, Recorded):
            if heard.hung_up:
                talk.hang_up()
            if heard.key == PERSON_KEY:
                talk.values["reason"] = "asked_for_person"
                return self.recorded_0
            return self.recorded
        if not isinstance(heard, Key | Silence):
            return self._wait()
        return talk.again(self, self.repeats, self._wait()) or self._silent(talk)

    def _silent(self, talk: Talk) -> str:
        talk.values["reason"] = "silent"
        return self.silent

    def _wait(self) -> WaitForRecording:
        return WaitForRecording(self.max_seconds, self.silence_seconds, PERSON_KEY)

"""open_case: the matter becomes a case."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import Step, Talk, Where, step_name
from ivr.turn import Found, Heard, OpenCase


@dataclass(frozen=True, kw_only=True)
class OpeningCase(Step):
    """Open the case of this conversation, from the text on an SMS thread, from the recording on the phone.

    Puts {number}, {place} (empty: not understood) and `opened` (yes); forgets what was known of an earlier case.

        keep: {do: open_case, then: wait}
    """

    then: str = step_name()
    waits: ClassVar[str] = "service"

    def enter(self, talk: Talk) -> Where:
        return OpenCase(talk.values.get("text", ""))

    def hear(self, talk: Talk, heard: Heard) -> Where:
        if not isinstance(heard, Found):
            return self.enter(talk)
        talk.forget_case()
        talk.put(opened="yes", **heard.values)
        return self.then

"""call_back: a person is to ring this caller."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where, step_name, text, yes_no
from ivr.turn import CallBack


@dataclass(frozen=True, kw_only=True)
class CallingBack(Step):
    """A person is to ring this caller. Without `reason`, the one that led here: asked_for_person or silent.

    nobody: {do: call_back, reason: nobody_answered, urgent: no, then: nobody_said}
    """

    then: str = step_name()
    reason: str = text("")
    urgent: bool = yes_no(False)

    def enter(self, talk: Talk) -> Where:
        talk.do(CallBack(self.reason or talk.values.get("reason", "asked_for_person"), self.urgent))
        return self.then

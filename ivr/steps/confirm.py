"""confirm: tell the service what the caller answered to the read-back."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where, step_name, yes_no
from ivr.turn import Confirm


@dataclass(frozen=True, kw_only=True)
class Confirming(Step):
    """What was understood is right, or is not.

    right: {do: confirm, right: yes, then: told}
    """

    right: bool = yes_no()
    then: str = step_name()

    def enter(self, talk: Talk) -> Where:
        talk.do(Confirm(self.right))
        return self.then

"""say: say this step's words and go on."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import Step, Talk, Where, step_name


@dataclass(frozen=True, kw_only=True)
class Say(Step):
    """Say this step's words and go on.

    told: {do: say, then: bye}
    """

    then: str = step_name()
    speaks: ClassVar[str] = "must"

    def enter(self, talk: Talk) -> Where:
        talk.say(self)
        return self.then

"""finish: nothing more is expected."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where
from ivr.turn import Finished


@dataclass(frozen=True, kw_only=True)
class Finish(Step):
    """The end; on the phone, hang up after what was said.

    end: {do: finish}
    """

    def enter(self, talk: Talk) -> Where:
        return Finished()

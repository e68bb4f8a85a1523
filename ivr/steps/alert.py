"""alert: an operator is told of an emergency now."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where, step_name
from ivr.turn import Alert


@dataclass(frozen=True, kw_only=True)
class Alerting(Step):
    """Tell an operator now of the emergency that was heard.

    emergency: {do: alert, then: emergency_connect}
    """

    then: str = step_name()

    def enter(self, talk: Talk) -> Where:
        talk.do(Alert(talk.values.get("emergency_word", ""), talk.values.get("emergency", "")))
        return self.then

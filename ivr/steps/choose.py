"""choose: the way on depends on something that is known."""

from dataclasses import dataclass
from typing import Any

from ivr.document import Map
from ivr.step import Step, Talk, Where, step_name, table, text


def _cases(data: Any) -> dict[str, str]:
    if not isinstance(data, Map) or not data:
        raise ValueError("must map at least one value to the step it leads to")
    return dict(data)


@dataclass(frozen=True, kw_only=True)
class Choose(Step):
    """Go on by a value: the service's (`caller_known`, `texts` ...) or the engine's (`opened`, `sure` ...). A value
    that is not known is the empty text.

        promise: {do: choose, value: caller_known, cases: {no: told_unknown}, otherwise: told}
    """

    value: str = text()
    cases: dict[str, str] = table(_cases)
    otherwise: str = step_name()

    def goes(self) -> dict[str, str]:
        return {f"{self.value} = {case or 'empty'}": go for case, go in self.cases.items()} | super().goes()

    def enter(self, talk: Talk) -> Where:
        return self.cases.get(talk.values.get(self.value, ""), self.otherwise)

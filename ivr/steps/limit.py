"""limit: a way that may be taken only so many times in one conversation."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where, step_name, whole


@dataclass(frozen=True, kw_only=True)
class Limit(Step):
    """Go to `then` the first `times` times of a conversation, afterwards to `past`.

    again: {do: limit, times: 2, then: ask_again, past: noted}
    """

    times: int = whole(most=99)
    then: str = step_name()
    past: str = step_name()

    def enter(self, talk: Talk) -> Where:
        return self.then if talk.take(self.name, self.times) else self.past

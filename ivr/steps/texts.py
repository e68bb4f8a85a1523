"""add_to_case, stop_texts, allow_texts: what a text asked the service to do."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where, step_name
from ivr.turn import AddToCase, AllowTexts, StopTexts


@dataclass(frozen=True, kw_only=True)
class Adding(Step):
    """What was texted (after the keyword) belongs to the caller's open case; `empty` when nothing follows it.

    add: {do: add_to_case, then: added, empty: add_what}
    """

    then: str = step_name()
    empty: str = step_name()

    def enter(self, talk: Talk) -> Where:
        rest = talk.values.get("rest", "")
        if not rest:
            return self.empty
        talk.do(AddToCase(rest))
        return self.then


@dataclass(frozen=True, kw_only=True)
class Stopping(Step):
    """The caller wants no more texts.

    stop: {do: stop_texts, then: stopped}
    """

    then: str = step_name()

    def enter(self, talk: Talk) -> Where:
        talk.do(StopTexts(talk.values.get("text", "")))
        return self.then


@dataclass(frozen=True, kw_only=True)
class Allowing(Step):
    """The caller wants texts again.

    resume: {do: allow_texts, then: resumed}
    """

    then: str = step_name()

    def enter(self, talk: Talk) -> Where:
        talk.do(AllowTexts(talk.values.get("text", "")))
        return self.then

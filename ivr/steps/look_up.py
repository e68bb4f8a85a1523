"""look_up: ask the service for a fact before anything is said."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import Step, Talk, Where, one_of, step_name
from ivr.turn import Found, Heard, LookUp

QUESTIONS = ("open_case", "office", "joint_case", "villages", "question")


@dataclass(frozen=True, kw_only=True)
class LookingUp(Step):
    """Ask the service for a fact: `open_case` (the caller's, by number where she named one), `office` (someone can be
    put through now), `joint_case` (others have reported the same, and it is open), `villages` (the place just said may
    be any of these) or `question` (the hotline asked this caller by text and waits for the answer). What it found may
    be named in the words that follow; what was known of another case is forgotten.

        known: {do: look_up, what: open_case, found: standing, missing: ask}
    """

    what: str = one_of(*QUESTIONS)
    found: str = step_name()
    missing: str = step_name()
    waits: ClassVar[str] = "service"

    def enter(self, talk: Talk) -> Where:
        asked = talk.values.get("asked_number", "") if self.what == "open_case" else ""
        return LookUp(self.what, number=asked)

    def hear(self, talk: Talk, heard: Heard) -> Where:
        if not isinstance(heard, Found):
            return self.enter(talk)
        if self.what == "open_case":
            talk.forget_case()
        if self.what == "joint_case":
            talk.put(joint_number="", joint_matter="", households="")
        if self.what == "villages":
            talk.put(place_1="", place_2="", place_3="", group="")
        if self.what == "question":
            talk.put(question="")
        talk.put(**heard.values)
        return self.found if heard.found else self.missing

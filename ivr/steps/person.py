"""person: put the caller through to a person."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import Step, Talk, Where, step_name, text, whole
from ivr.turn import Heard, HungUp, PersonAbsent, PersonAnswered, Silence, WaitForPerson


@dataclass(frozen=True, kw_only=True)
class Connect(Step):
    """Put the caller through to a person. `reason` is a key of CallBack's; left out, it is the one that led here
    (asked_for_person or silent). Somebody answering puts `answered`
    (yes). Nobody answering, and the caller hanging up before anybody did, lead to `absent`,
    which must come to a call-back task.

        connect: {do: person, reason: asked_for_person, seconds: 20, answered: bye, absent: nobody}
    """

    answered: str = step_name()
    absent: str = step_name()
    reason: str = text("")
    seconds: int = whole(20, most=120)
    waits: ClassVar[str] = "caller"
    speaks: ClassVar[str] = "may"
    is_transfer: ClassVar[bool] = True

    def enter(self, talk: Talk) -> Where:
        if talk.gone:
            return self.absent
        talk.say(self)
        return self._wait(talk)

    def hear(self, talk: Talk, heard: Heard) -> Where:
        if isinstance(heard, PersonAnswered):
            talk.put(answered="yes")
            return self.answered
        return self.absent if isinstance(heard, PersonAbsent | HungUp | Silence) else self._wait(talk)

    def _wait(self, talk: Talk) -> WaitForPerson:
        return WaitForPerson(self.reason or talk.values.get("reason", "asked_for_person"), self.seconds)

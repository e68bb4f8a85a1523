"""person: put the caller through to a person."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import Step, Where, step_name, text, whole
from ivr.turn import Heard, PersonAnswered, WaitForPerson


@dataclass(frozen=True, kw_only=True)
class Connect(Step):
    """Put the caller through to a person; `reason` is a key of CallBack's. Nobody answering, and the caller hanging
    up before anybody did, lead to `absent`, which must end in a call-back task.

        connect: {do: person, reason: asked_for_person, seconds: 20, answered: bye, absent: nobody}
    """

    answered: str = step_name()
    absent: str = step_name()
    reason: str = text("asked_for_person")
    seconds: int = whole(20, most=120)
    waits: ClassVar[str] = "caller"
    speaks: ClassVar[str] = "may"
    is_transfer: ClassVar[bool] = True

    def enter(self, talk) -> Where:
        if talk.gone:
            return self.absent
        talk.say(self)
        return WaitForPerson(self.reason, self.seconds)

    def hear(self, talk, heard: Heard) -> Where:
        return self.answered if isinstance(heard, PersonAnswered) else self.absent

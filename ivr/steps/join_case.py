"""join_case: it is the same with this caller."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where, step_name
from ivr.turn import JoinCase


@dataclass(frozen=True, kw_only=True)
class JoiningCase(Step):
    """The case of this conversation joins the joint case that `look_up` found.

    me_too: {do: join_case, then: joined}
    """

    then: str = step_name()

    def enter(self, talk: Talk) -> Where:
        number = talk.values.get("joint_number", "")
        if number:
            talk.do(JoinCase(number))
        return self.then

"""judge, grade: the caller's own verdict on a case that was answered."""

from dataclasses import dataclass

from ivr.step import Step, Talk, Where, step_name, whole, yes_no
from ivr.turn import Grade, Judge


@dataclass(frozen=True, kw_only=True)
class Judging(Step):
    """The caller says that the case is solved, or is not.

    said_yes: {do: judge, solved: yes, then: how_content}
    """

    solved: bool = yes_no()
    then: str = step_name()

    def enter(self, talk: Talk) -> Where:
        talk.do(Judge(self.solved))
        return self.then


@dataclass(frozen=True, kw_only=True)
class Grading(Step):
    """How content the caller is: 1 (很满意), 2 (满意), 3 (基本满意), 4 (不满意), 5 (很不满意).

    said_2: {do: grade, grade: 2, then: thanks}
    """

    grade: int = whole(most=5)
    then: str = step_name()

    def enter(self, talk: Talk) -> Where:
        talk.do(Grade(self.grade))
        return self.then

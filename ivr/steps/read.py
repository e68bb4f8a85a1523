"""read: the next text of a thread, and what was meant by it."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ivr import understand
from ivr.document import Map
from ivr.step import Step, Talk, Where, step_name, table
from ivr.turn import Heard, Texted, WaitForText


def _intents(data: Any) -> dict[str, str]:
    if not isinstance(data, Map):
        raise ValueError("must map an intent to the step it leads to")
    for intent in data:
        if intent not in understand.INTENTS:
            raise ValueError(f"has `{intent}`, which is none of {', '.join(understand.INTENTS)}")
    return dict(data)


@dataclass(frozen=True, kw_only=True)
class Read(Step):
    """Wait for a text. What it asks for (words/intents.yaml) leads to that intent's step, all else to `otherwise`;
    a text without a single word (empty, signs, pictures, a run of letters that is no pinyin) to `unclear`.

    A text with words lets every `limit` of the thread count again. Puts `text` (as texted), `rest` (what
    belongs to the case), `asked_number` (a case number in a query), `sure` (no: the keyword stood inside a
    sentence) and `verdict` (1 to 5, a key as texted; g1 to g5, a grade in words).

        read:
          do: read
          intents: {status: status, stop: stop}
          otherwise: take
          unclear: ask_what
    """

    intents: dict[str, str] = table(_intents)
    otherwise: str = step_name()
    unclear: str = step_name()
    waits: ClassVar[str] = "caller"

    def goes(self) -> dict[str, str]:
        return self.intents | super().goes()

    def enter(self, talk: Talk) -> Where:
        return WaitForText()

    def hear(self, talk: Talk, heard: Heard) -> Where:
        if not isinstance(heard, Texted):
            return WaitForText()
        if understand.has_words(heard.text):
            talk.forget_limits()
        meant = understand.intent(heard.text)
        if meant and meant.name in self.intents:
            sure = "yes" if meant.confidence >= understand.SURE else "no"
            talk.put(text=heard.text, rest=meant.rest, asked_number=meant.number, sure=sure, verdict=meant.verdict)
            return self.intents[meant.name]
        talk.put(text=heard.text, rest="", asked_number="", sure="", verdict="")
        return self.otherwise if understand.has_words(heard.text) else self.unclear

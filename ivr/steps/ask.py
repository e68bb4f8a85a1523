"""ask: a question answered with one key."""

from dataclasses import dataclass
from typing import Any, ClassVar

from ivr.document import Map
from ivr.step import PERSON_KEY, Step, Talk, Where, step_name, table, whole
from ivr.turn import Heard, Key, Silence, WaitForKey


def _keys(data: Any) -> dict[str, tuple[str, str]]:
    """key -> (label, next step)."""
    if not isinstance(data, Map) or not data:
        raise ValueError("must list at least one key with its label and where it leads (go)")
    for key, answer in data.items():
        if key == PERSON_KEY:
            raise ValueError(f"may not use key {PERSON_KEY}, which always reaches a person")
        if len(key) != 1 or key not in "123456789*#":
            raise ValueError(f"has `{key}`, which is no key of a telephone")
        if not isinstance(answer, Map) or set(answer) != {"label", "go"}:
            raise ValueError(f"needs label and go for key {key}")
    return {key: (answer["label"], answer["go"]) for key, answer in data.items()}


@dataclass(frozen=True, kw_only=True)
class Ask(Step):
    """A question answered with one key; what each key is for is said after the words, from the labels here.

    A wrong key or `seconds` of silence: the words again, shorter and slower, `repeats` times, then `otherwise`.

        read_back:
          do: ask
          keys:
            1: {label: 对了, go: right}
            2: {label: 要重说, go: wrong}
          otherwise: noted
    """

    keys: dict[str, tuple[str, str]] = table(_keys)
    otherwise: str = step_name()
    seconds: int = whole(6, most=30)
    repeats: int = whole(2, least=0, most=9)
    waits: ClassVar[str] = "caller"
    speaks: ClassVar[str] = "must"
    repeats_itself: ClassVar[bool] = True

    def goes(self) -> dict[str, str]:
        return {f"{key} {label}": go for key, (label, go) in self.keys.items()} | super().goes()

    def labels(self) -> dict[str, str]:
        return {key: label for key, (label, _) in self.keys.items()}

    def enter(self, talk: Talk) -> Where:
        talk.say(self)
        return self._wait()

    def hear(self, talk: Talk, heard: Heard) -> Where:
        if isinstance(heard, Key) and heard.key in self.keys:
            return self.keys[heard.key][1]
        if not isinstance(heard, Key | Silence):
            return self._wait()
        return talk.again(self, self.repeats, self._wait()) or self.otherwise

    def _wait(self) -> WaitForKey:
        return WaitForKey(keys=(*self.keys, PERSON_KEY), seconds=self.seconds)

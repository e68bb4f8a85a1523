"""pick: which of several places is meant, answered with one key."""

from dataclasses import dataclass
from typing import ClassVar

from ivr.step import PERSON_KEY, Step, Talk, Where, step_name, whole
from ivr.turn import Heard, Key, PlacePicked, Silence, WaitForKey

MOST = 3  # places in one question: more are too many to keep in mind


@dataclass(frozen=True, kw_only=True)
class Picking(Step):
    """Which of the places that `look_up` found (`place_1` to `place_3`) is meant: its words say them with their keys.

    A wrong key or `seconds` of silence: the words again, shorter and slower, `repeats` times, then `otherwise`. The
    place that was picked becomes `place`, with the `group` that was said.

        which_ask: {do: pick, picked: read_back, otherwise: read_back}
    """

    picked: str = step_name()
    otherwise: str = step_name()
    seconds: int = whole(6, most=30)
    repeats: int = whole(1, least=0, most=9)
    waits: ClassVar[str] = "caller"
    speaks: ClassVar[str] = "must"
    repeats_itself: ClassVar[bool] = True

    def enter(self, talk: Talk) -> Where:
        talk.say(self)
        return self._wait(talk)

    def hear(self, talk: Talk, heard: Heard) -> Where:
        place = talk.values.get(f"place_{heard.key}") if isinstance(heard, Key) else None
        if place:
            talk.do(PlacePicked(place))
            talk.put(place=place + talk.values.get("group", ""))
            return self.picked
        if not isinstance(heard, Key | Silence):
            return self._wait(talk)
        return talk.again(self, self.repeats, self._wait(talk)) or self.otherwise

    def _wait(self, talk: Talk) -> WaitForKey:
        keys = (str(n) for n in range(1, MOST + 1) if talk.values.get(f"place_{n}"))
        return WaitForKey(keys=(*keys, PERSON_KEY), seconds=self.seconds)

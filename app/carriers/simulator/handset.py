"""A telephone that somebody holds: keys, speech and hanging up come from outside, as they happen.

`Holder` stands where a Plan's Caller stands (caller.py) in a call; `Handset` is the telephone, from call to call.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

import numpy as np

from app.carriers.simulator import sound
from app.carriers.simulator.caller import Caller
from app.carriers.simulator.plan import Press
from app.carriers.simulator.records import Call
from app.carriers.simulator.timeline import Timeline

SLICE_SECONDS = 0.04  # of a call; how long a key waits at most until it counts
ON_THE_WAY_SECONDS = 0.2  # speech is put this much later, so that pieces of it join without gaps
LAST_WORDS_SECONDS = 0.6  # what was said just before hanging up is still carried
LET_GO_SECONDS = 15.0  # a telephone that nobody has looked at for so long has been put down
_LAGS_SECONDS = 0.25  # what sleeping took too long is made up for, up to this much


class Holder:
    """Whoever holds the telephone, in one call. `is_held` says whether anybody still does."""

    def __init__(self, timeline: Timeline, is_held: Callable[[], bool] = lambda: True):
        self._timeline, self._is_held = timeline, is_held
        self._keys: deque[str] = deque()
        self._said: list[tuple[float, np.ndarray]] = []  # (seconds of the call, samples), one after the other
        self._until = 0.0  # the end of what was said
        self._began = 0.0
        self._lock = threading.Lock()

    # ---------------------------------------------------------------- from outside, by any thread

    def press(self, key: str) -> None:
        self._keys.append(key)

    def say(self, samples: np.ndarray) -> None:
        """Speech, 16 bit at 8 kHz: right after what is still being said, else from now on."""
        with self._lock:
            start = self._until
            if start < self._timeline.now:
                start = self._timeline.now + ON_THE_WAY_SECONDS
            self._said.append((start, samples))
            self._until = start + len(samples) / sound.RATE

    def hang_up(self) -> None:
        still = min(max(0.0, self._until - self._timeline.now), LAST_WORDS_SECONDS)
        self._timeline.hang_at = self._timeline.now + still

    # ---------------------------------------------------------------- by the call's thread

    def answered(self) -> None:
        """Nothing is decided beforehand."""

    def speak(self) -> None:
        """A recording begins."""
        with self._lock:
            self._began = self._timeline.now
            self._said = [said for said in self._said if said[0] + len(said[1]) / sound.RATE > self._began]

    def silent_at(self, timeout_s: float) -> float:
        """When (seconds of the call) there will have been that much silence, should nothing more be said."""
        return self._began + sound.silent_from(self.voice(self._began, self._until), timeout_s)

    def voice(self, start: float, end: float) -> np.ndarray:
        """What is said between two times of the call, silence included."""
        heard = np.zeros(max(0, round((end - start) * sound.RATE)), np.int16)
        with self._lock:
            said = list(self._said)
        for at, samples in said:
            first = round((at - start) * sound.RATE)
            part = samples[max(0, -first) : max(0, len(heard) - first)]
            heard[max(0, first) : max(0, first) + len(part)] = part
        return heard

    def decide(self, how: tuple[str, ...]) -> Press | None:
        """No key is planned."""
        return None

    def let_pass(self, until: float, planned: tuple[float, str] | None) -> str:
        """Let time pass until then or until a key is pressed, and say which ('' for none). Raises CallerHungUp."""
        while (left := until - self._timeline.now) > 1e-6:
            if self._keys:
                return self._keys.popleft()
            if not self._is_held():
                self.hang_up()
            self._timeline.wait(min(SLICE_SECONDS, left))
        return ""


class Handset:
    """A telephone with this number. Whoever looks at it holds it."""

    def __init__(self, number: str):
        self.number = number
        self.call: Call | None = None
        self.rings = False
        self._caller: Caller | Holder | None = None
        self._decided = threading.Event()
        self._answers = False
        self._seen = float("-inf")

    def look(self) -> None:
        self._seen = time.monotonic()

    @property
    def is_held(self) -> bool:
        return time.monotonic() - self._seen < LET_GO_SECONDS

    @property
    def is_busy(self) -> bool:
        return self.call is not None and self.call.ended is None

    def take(self, call: Call, caller: Caller | Holder) -> None:
        """This call is now on the telephone. Raises ValueError where another one is."""
        if self.is_busy:
            raise ValueError(f"There is a call on {self.number} already")
        self.call, self._caller = call, caller

    def ring(self, call: Call, caller: Holder, wall_seconds: float) -> str:
        """A call comes in: what becomes of it, in Twilio's word."""
        try:
            self.take(call, caller)
        except ValueError:
            return "busy"
        self._decided.clear()
        self._answers, self.rings = False, True
        call.tell("rings")
        decided = self._decided.wait(wall_seconds)
        self.rings = False
        if not decided:
            return "no-answer"
        return "completed" if self._answers else "busy"

    def answer(self) -> None:
        self._answers = self.rings
        self._decided.set()

    def hang_up(self) -> None:
        """Ends the call, or refuses one that rings."""
        if self.rings:
            self._decided.set()
        elif self.call is not None and self._caller is not None:
            self._caller.hang_up()

    def press(self, key: str) -> None:
        if isinstance(self._caller, Holder):
            self._caller.press(key)

    def say(self, file: bytes) -> None:
        """Speak a sound file into the call. Raises ValueError where it is none."""
        samples = sound.hear(file)
        if isinstance(self._caller, Holder):
            self._caller.say(samples)


class Steady:
    """Sleeps whose small delays do not add up, so that a call's time stays with the wall's."""

    def __init__(self, sleep: Callable[[float], None]):
        self._sleep = sleep
        self._due = time.monotonic()

    def __call__(self, seconds: float) -> None:
        now = time.monotonic()
        self._due = max(self._due, now - _LAGS_SECONDS) + seconds
        if self._due > now:
            self._sleep(self._due - now)

"""A person at a telephone, following a Plan: what they say, which keys they press and when, when they hang up."""

from collections import deque

import numpy as np

from app.carriers.simulator import sound
from app.carriers.simulator.plan import Plan, Press
from app.carriers.simulator.timeline import Timeline

REACTION_SECONDS = 0.5  # from the end of a question to the key
BARGE_IN_SECONDS = 0.3  # from the start of a prompt to a key that does not wait for it


class Caller:
    """Follows `plan` on `timeline`. Raises ValueError where a speech is not a sound file."""

    def __init__(self, plan: Plan, timeline: Timeline):
        self._timeline = timeline
        self._speech = deque(sound.hear(file) for file in plan.speech)
        self._keys = deque(press for press in plan.keys if press.how != "clock")
        self._clock = deque(sorted((p for p in plan.keys if p.how == "clock"), key=lambda press: press.seconds))
        self._hang_up = plan.hang_up
        self._saying, self._since = np.zeros(0, np.int16), 0.0

    def answered(self) -> None:
        if isinstance(self._hang_up, int | float):
            self._timeline.hang_at = float(self._hang_up)

    def speak(self) -> None:
        """A recording begins: say what is planned for it."""
        clip = self._speech.popleft() if self._speech else np.zeros(0, np.int16)
        if self._hang_up == "after_speaking" and not self._speech:
            self._timeline.hang_at = self._timeline.now + len(clip) / sound.RATE
        self._saying, self._since = clip, self._timeline.now

    def silent_at(self, timeout_s: float) -> float:
        """When (seconds of the call) there will have been that much silence since the recording began."""
        return self._since + sound.silent_from(self._saying, timeout_s)

    def hang_up(self) -> None:
        """At once, whatever was planned; from any thread."""
        self._timeline.hang_at = self._timeline.now

    def voice(self, start: float, end: float) -> np.ndarray:
        """What is said between two times of the call, silence included."""
        first, last = (round((moment - self._since) * sound.RATE) for moment in (start, end))
        said = np.zeros(max(0, last - first), np.int16)
        part = self._saying[max(0, first) : max(0, last)]
        said[max(0, -first) : max(0, -first) + len(part)] = part
        return said

    def decide(self, how: tuple[str, ...]) -> Press | None:
        """The next key of the plan if it is one of these kinds (plan.py); None where there is none."""
        return self._keys.popleft() if self._keys and self._keys[0].how in how else None

    def let_pass(self, until: float, planned: tuple[float, str] | None) -> str:
        """Let time pass until then or until a key is pressed, and say which ('' for none). Raises CallerHungUp.

        `planned` is (when, key) that this moment asked for; the keys on the clock come by themselves.
        """
        presses = [(press.seconds, press.key) for press in self._clock if press.seconds < until]
        if planned is not None and planned[0] < until:
            presses.append(planned)
        if not presses:
            self._timeline.wait(until - self._timeline.now)
            return ""
        when, key = min(presses)
        self._timeline.wait(max(0.0, when - self._timeline.now))
        if self._clock and (self._clock[0].seconds, self._clock[0].key) == (when, key):
            self._clock.popleft()
        return key

"""Failed logins are slowed down: per login name and address, so that one mistyping colleague stops nobody else."""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

_FREE = 5  # wrong passwords before the first wait
_WAIT = 30.0  # seconds, doubled with every further failure
_LONGEST = 900.0
_REMEMBERED = 10_000  # pairs; the oldest is forgotten first


class Throttle:
    """Counts failures in this process's memory. `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic):
        self._clock = clock
        self._failures: OrderedDict[tuple[str, str], tuple[int, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, login: str, address: str) -> int:
        """Whole seconds until this login may be tried again from this address; 0: now."""
        with self._lock:
            count, since = self._failures.get((login, address), (0, 0.0))
            if count < _FREE:
                return 0
            left = since + min(_WAIT * 2 ** min(count - _FREE, 10), _LONGEST) - self._clock()
            return max(0, round(left + 0.5))

    def failed(self, login: str, address: str) -> None:
        """A wrong password, or a name nobody has: both count alike."""
        with self._lock:
            count, _ = self._failures.pop((login, address), (0, 0.0))
            self._failures[login, address] = (count + 1, self._clock())
            if len(self._failures) > _REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, login: str, address: str) -> None:
        """The right password: the failures before it are forgotten."""
        with self._lock:
            self._failures.pop((login, address), None)

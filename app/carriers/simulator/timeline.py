"""A call's own time, apart from the wall's, and the notices that fall due in it."""

import heapq
import itertools
import math
import threading
from collections.abc import Callable

GRAIN_SECONDS = 0.02


class CallerHungUp(Exception):
    """The moment at which the caller hangs up has come."""


class Redirected(Exception):
    """The service has the call go on elsewhere, at once (www.twilio.com/docs/voice/api/call-resource)."""

    def __init__(self, url: str, method: str):
        super().__init__(url)
        self.url, self.method = url, method


class Timeline:
    """Seconds since the call was answered. `pace` is wall seconds per second of it; at 0 nothing waits but for notices.

    Only the call's own thread moves it. The time a web request takes counts too, except at pace 0, where a call
    has the same times on every machine.

    `listeners` are told of every bit of time that passes, as long as they give True. `redirected`, set from another
    thread, is raised at the next moment (within 20 ms where there are listeners).
    """

    def __init__(self, pace: float, sleep: Callable[[float], None]):
        self.now = 0.0
        self.hang_at = math.inf
        self.moved = threading.Condition()
        self.listeners: list[Callable[[float], bool]] = []
        self.redirected: Redirected | None = None
        self.due: list[float] = []  # moments at which something else happens; time does not jump over them
        self._pace = pace
        self._sleep = sleep

    def wait(self, seconds: float) -> None:
        """Let this time pass. Raises CallerHungUp when the caller hangs up in it, Redirected when the service acts."""
        until = max(self.now, min(self.now + seconds, self.hang_at))
        while self.now < until:
            with self.moved:
                stop = min((moment for moment in self.due if self.now < moment < until), default=until)
            if self.listeners:
                stop = min(stop, self.now + GRAIN_SECONDS)
            self.sleep(stop - self.now)
            self._move(stop)
            self.listeners = [hears for hears in self.listeners if hears(self.now)]
            if self.redirected is not None:
                redirected, self.redirected = self.redirected, None
                raise redirected
            if not self._pace:
                self._let_notices_arrive()
        if until >= self.hang_at:
            raise CallerHungUp

    def took(self, wall_seconds: float) -> None:
        if self._pace:
            self._move(self.now + wall_seconds)

    def restart(self) -> None:
        self._move(0.0)

    def sleep(self, seconds: float) -> None:
        if self._pace and seconds > 0:
            self._sleep(seconds * self._pace)

    def _let_notices_arrive(self) -> None:
        """Where time takes none, what fell due must have been sent before more of it passes."""
        with self.moved:
            self.moved.wait_for(lambda: not any(moment <= self.now for moment in self.due))

    def _move(self, now: float) -> None:
        with self.moved:
            self.now = now
            self.moved.notify_all()


class Outbox:
    """Notices of one call (or text), each sent when it falls due, in the order in which they fall due."""

    def __init__(self, timeline: Timeline):
        self._timeline = timeline
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._closed = False
        self._thread = threading.Thread(target=self._deliver, daemon=True)
        self._thread.start()

    def put(self, after_s: float, send: Callable[[], None]) -> None:
        with self._timeline.moved:
            due = self._timeline.now + after_s
            heapq.heappush(self._due, (due, next(self._order), send))
            self._timeline.due.append(due)
            self._timeline.moved.notify_all()

    def close(self) -> None:
        """Nothing more is put in; returns when all has been sent."""
        with self._timeline.moved:
            self._closed = True
            self._timeline.moved.notify_all()
        self._thread.join()

    def _deliver(self) -> None:
        now = 0.0
        while (next_one := self._take()) is not None:
            due, send = next_one
            now = max(now, self._timeline.now)
            self._timeline.sleep(due - now)  # only once the call is over; before, it has fallen due
            now = max(now, due)
            try:
                send()
            finally:
                with self._timeline.moved:
                    self._timeline.due.remove(due)
                    self._timeline.moved.notify_all()

    def _take(self) -> tuple[float, Callable[[], None]] | None:
        with self._timeline.moved:
            self._timeline.moved.wait_for(lambda: self._closed or (self._due and self._due[0][0] <= self._timeline.now))
            if not self._due:
                return None
            due, _, send = heapq.heappop(self._due)
            return due, send

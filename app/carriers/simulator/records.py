"""What the network remembers: calls, texts, recordings, and what happened in each as it happened."""

import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

from app.carriers.simulator.timeline import Timeline

GEOGRAPHY = ("City", "State", "Zip", "Country")


def new_sid(prefix: str) -> str:
    return prefix + uuid.uuid4().hex


def now() -> datetime:
    return datetime.now(UTC)


class Log:
    """What happened, in order; readable while it is written."""

    def __init__(self):
        self._events: list[dict] = []
        self._over = False
        self._changed = threading.Condition()

    def add(self, event: dict) -> None:
        with self._changed:
            self._events.append(event)
            self._changed.notify_all()

    def close(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def so_far(self) -> list[dict]:
        with self._changed:
            return list(self._events)

    def after(self, start: int, wait_s: float) -> list[dict]:
        """The events from the `start`-th on, as soon as there are any; after `wait_s` seconds none."""
        with self._changed:
            self._changed.wait_for(lambda: self._over or len(self._events) > start, wait_s)
            return self._events[start:]

    def follow(self, start: int = 0, until: float | None = None) -> Iterator[dict]:
        """Every event from the `start`-th on, as it comes, until the log is closed or `time.monotonic()` is `until`."""
        while True:
            with self._changed:
                left = None if until is None else max(0.0, until - time.monotonic())
                self._changed.wait_for(lambda seen=start: self._over or len(self._events) > seen, left)
                fresh = self._events[start:]
                over = self._over
            yield from fresh
            start += len(fresh)
            if over or (until is not None and time.monotonic() >= until):
                return


@dataclass
class Call:
    """One leg. `status` and `direction` are Twilio's words; `duration` is whole seconds, known at the end."""

    account_sid: str
    from_: str
    to: str
    direction: str
    timeline: Timeline
    parent: str = ""
    status: str = "queued"
    duration: int | None = None
    sid: str = field(default_factory=lambda: new_sid("CA"))
    created: datetime = field(default_factory=now)
    started: datetime | None = None
    ended: datetime | None = None
    log: Log = field(default_factory=Log)

    def tell(self, event: str, **said) -> None:
        """`at`: seconds of the call's own time; `time`: seconds of the wall clock (Unix)."""
        at = {"event": event, "call": self.sid, "at": round(self.timeline.now, 2), "time": round(time.time(), 3)}
        self.log.add(at | said)

    def params(self, **more: str) -> dict[str, str]:
        """The fields of every webhook of this call; geographic ones are sent blank, and are part of what is signed."""
        fields = {
            "CallSid": self.sid,
            "AccountSid": self.account_sid,
            "ApiVersion": "2010-04-01",
            "CallStatus": self.status,
            "Direction": self.direction,
            "From": self.from_,
            "Caller": self.from_,
            "To": self.to,
            "Called": self.to,
        }
        fields |= {f"{whose}{what}": "" for whose in ("From", "To", "Caller", "Called") for what in GEOGRAPHY}
        if self.parent:
            fields["ParentCallSid"] = self.parent
        return fields | more


@dataclass
class Recording:
    """`sound`: WAV, 8 kHz mono 16 bit. `status`: processing, then completed. `misses`: fetches still to answer 404."""

    account_sid: str
    call_sid: str
    sound: bytes
    seconds: int
    misses: int = 0
    status: str = "processing"
    sid: str = field(default_factory=lambda: new_sid("RE"))
    created: datetime = field(default_factory=now)


@dataclass
class Text:
    account_sid: str
    from_: str
    to: str
    body: str
    direction: str
    status: str = "queued"
    error_code: int | None = None
    sid: str = field(default_factory=lambda: new_sid("SM"))
    created: datetime = field(default_factory=now)
    sent: datetime | None = None

    @property
    def segments(self) -> int:
        """Parts of an SMS: 160 or 153 letters of plain ASCII, else 70 or 67 UTF-16 units."""
        length, single, part = len(self.body), 160, 153
        if not self.body.isascii():
            length, single, part = len(self.body.encode("utf-16-le")) // 2, 70, 67
        return 1 if length <= single else -(-length // part)

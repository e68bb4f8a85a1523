"""Carrier (运营商): what the service asks of a telephone company. No Flask types, no company's words.

`Answers` understands and writes the company's webhooks; `Reaches` calls its REST interface.
"""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ivr.turn import Heard, Wait

# How practice is told from real calls: callers of these numbers, and calls with ids that begin so.
PRACTICE_NUMBERS = "+8619900007"
PRACTICE_CALLS = "CA00000000"

Form = Mapping[str, Sequence[str]]  # field -> every value sent, blanks and duplicates kept


class CarrierError(Exception):
    """The carrier refused or failed. `permanent`: trying again cannot help. `code` is the carrier's own.

    `unknown`: a create was sent and its answer never came, so the thing may exist; look before sending again.
    `ours`: the carrier does not let us in (credentials, an account that is closed): a person here has to mend it.
    """

    def __init__(self, message: str, *, permanent: bool, code: str = "", unknown: bool = False, ours: bool = False):
        super().__init__(message)
        self.permanent = permanent
        self.code = code
        self.unknown = unknown
        self.ours = ours


class NotReady(CarrierError):
    """The recording is announced but cannot be fetched yet."""

    def __init__(self, message: str):
        super().__init__(message, permanent=False)


class Doubtful(CarrierError):
    """What was fetched may not be the recording, or not all of it; the message says why. `sound` is what came."""

    def __init__(self, message: str, sound: bytes):
        super().__init__(message, permanent=False)
        self.sound = sound


@dataclass(frozen=True)
class RecordingRef:
    """A recording at the carrier: its own id, the call it belongs to, whole seconds where known."""

    id: str
    call_id: str
    seconds: int | None = None


@dataclass(frozen=True)
class CallHeard:
    """A webhook of a call, read.

    `heard` is what the caller did (None on the first webhook of a call); `recording` is set when this webhook
    announces one; `ended` when the call is over. `caller` is E.164; empty when the number is hidden, and also in a
    webhook that does not say who calls. Only `hidden` means that the carrier said so.
    """

    call_id: str
    caller: str
    called: str
    heard: Heard | None = None
    recording: RecordingRef | None = None
    ended: bool = False
    status: str = ""  # the port's CALL_STATUSES, on status webhooks
    hidden: bool = False


CALL_STATUSES = ("queued", "ringing", "answered", "completed", "busy", "no_answer", "failed", "canceled")
CALL_ENDED = ("completed", "busy", "no_answer", "failed", "canceled")
MESSAGE_STATUSES = ("queued", "sent", "delivered", "failed")


@dataclass(frozen=True)
class TextHeard:
    """A text that came in, or (status set) the receipt of one that went out."""

    message_id: str
    sender: str = ""
    receiver: str = ""
    body: str = ""
    status: str = ""  # one of MESSAGE_STATUSES on receipts
    error_code: str = ""
    permanent: bool = False


@dataclass(frozen=True)
class StreamBegan:
    """The first message of a live stream: which call it is."""

    call_id: str


@dataclass(frozen=True)
class StreamSound:
    """A piece of what the caller says: headerless 8 kHz mu-law, begun `at_ms` milliseconds into the stream."""

    at_ms: int
    sound: bytes


@dataclass(frozen=True)
class StreamEnded:
    """The carrier ends a stream as it should: the call is over."""


StreamHeard = StreamBegan | StreamSound | StreamEnded


@dataclass(frozen=True)
class Document:
    """What a webhook is answered with."""

    body: str
    content_type: str


class Links(Protocol):
    """Absolute addresses a document may name."""

    def turn(self) -> str:
        """Where the answer to this turn is posted."""

    def poll(self) -> str:
        """Where the next poll of this turn is."""

    def recorded(self) -> str:
        """Where the carrier says that a recording is complete."""

    def stream(self) -> str:
        """Where what she says is streamed to while it is recorded (ws or wss); empty: nowhere."""

    def silence(self, milliseconds: int) -> str:
        """A sound file of silence."""

    def person(self) -> str:
        """The telephone number of the person on duty (E.164)."""


class Answers(Protocol):
    """The webhook side."""

    def trusts(self, url: str, form: Form, headers: Mapping[str, str], body: bytes = b"") -> bool:
        """Whether the carrier signed this request. `url` as the carrier was told, with its query. Never raises."""

    def read_call(self, form: Form) -> CallHeard: ...

    def read_text(self, form: Form) -> TextHeard: ...

    def read_stream(self, message: str | bytes) -> StreamHeard | None:
        """A message of a live stream; None for one that says nothing of use. Never raises."""

    def write(self, plays: Sequence[str], wait: Wait, links: Links) -> Document:
        """A turn as the carrier's document: `plays` are addresses of sound files, in order."""

    def write_nothing(self) -> Document:
        """The answer to a webhook that expects no instructions."""


@dataclass(frozen=True)
class Sent:
    """The carrier took it; `id` is the carrier's own."""

    id: str


class Reaches(Protocol):
    """The REST side. Every method may raise CarrierError; every request has a time-out."""

    def send_text(self, to: str, body: str, receipt_url: str) -> Sent: ...

    def find_text(self, to: str, body: str, since: datetime, known: Set[str] = frozenset()) -> Sent | None:
        """A text created at or after `since` (UTC): what became of a create whose answer never came.

        Those whose ids are `known` are others.
        """

    def call(self, to: str, answer_url: str, status_url: str) -> Sent: ...

    def find_call(self, to: str, since: datetime, known: Set[str] = frozenset()) -> Sent | None: ...

    def go_on(self, call_id: str, url: str) -> None:
        """A call in progress goes on at once with the document at `url`, whatever it was doing."""

    def recording(self, ref: RecordingRef) -> bytes:
        """The sound file, as the carrier gives it out: nobody has looked into it. Raises NotReady, Doubtful."""

    def delete_recording(self, ref: RecordingRef) -> None:
        """Delete it at the carrier; one that is already gone is no error."""

    def recordings(self, *, call_id: str | None = None, since: datetime | None = None) -> list[RecordingRef]:
        """The recordings the carrier holds, of one call or since a time (UTC)."""

    def caller_of(self, call_id: str) -> tuple[str, str]:
        """(caller, called) of a call, E.164; caller is empty when hidden."""

    def status_of(self, call_id: str) -> str:
        """How a call stands: one of CALL_STATUSES."""

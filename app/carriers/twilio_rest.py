"""Twilio's REST interface: texts, calls and recordings, every refusal as a CarrierError.

Sources: Twilio's OpenAPI description of 2010-04-01 and www.twilio.com/docs/api/errors.
"""

from collections.abc import Iterator, Set
from contextlib import contextmanager
from datetime import UTC, datetime, time
from urllib.parse import quote, urlsplit

import requests
from twilio.base.exceptions import TwilioException
from twilio.http.http_client import TwilioHttpClient
from twilio.rest import Client
from urllib3.exceptions import MaxRetryError, NewConnectionError

from app.carriers.port import CarrierError, Doubtful, NotReady, RecordingRef, Sent
from app.carriers.twilio_words import CALL_STATUS, read_number, read_seconds
from app.time_limit import Session, TookTooLong, within

LARGEST_RECORDING = 64 * 1024 * 1024  # bytes; over an hour of 8 kHz, 16 bit
RING_SECONDS = 45
REQUEST_SECONDS = 30  # for a whole request, beside the time-out for each read
DOWNLOAD_SECONDS = 180  # for a whole recording: ten minutes of one are 10 MB
NEWEST = 100  # how many of the newest calls or texts to one number are looked through


# www.twilio.com/docs/api/errors
PERMANENT = {
    "13224": "not a telephone number",
    "20404": "no such thing",
    "21211": "not a telephone number",
    "21214": "this number cannot be called",
    "21215": "calls to this country are switched off",
    "21217": "not a telephone number",
    "21220": "the call is over",
    "21408": "texts to this country are switched off",
    "21606": "our number cannot send texts",
    "21608": "a trial account reaches verified numbers only",
    "21610": "the receiver has opted out",
    "21612": "no route to this number",
    "21614": "not a mobile number",
    "21617": "the text is too long",
    "30004": "blocked by the receiver",
    "30005": "unknown number",
    "30006": "a landline, or out of reach for texts",
    "30007": "filtered by a network",
}
TEMPORARY = {
    "10004": "too many calls at once",
    "20003": "wrong credentials: ours to mend, and what waits goes out when they are",
    "20005": "the account is not active: ours to mend",
    "20429": "too many requests",
    "21611": "the queue of our number is full",
    "30001": "the queue is full",
    "30002": "the account is suspended: ours to mend",
    "30003": "the telephone is off",
    "30008": "the network did not say why",
    "63018": "the channel is busy",
}
OURS = {"20003", "20005", "30002"}
OURS_HTTP = {401, 403}  # and no code that says otherwise: credentials, rights, an account that is closed
TEMPORARY_HTTP = {408, 409, 425, 429} | OURS_HTTP  # and every 5xx
SOUND_TYPES = ("audio/", "application/octet-stream", "binary/octet-stream", "application/ogg")
ANSWER_LOST_HTTP = {502, 504}  # a gateway that lost the answer: a create may have happened


class TwilioRest:
    """`Reaches` (port.py) over a Twilio account, or over a server that speaks the same API."""

    def __init__(self, account_sid: str, auth_token: str, number: str, *, api_url: str | None, timeout_s: float):
        self._number = number
        self._auth = (account_sid, auth_token)
        self._timeout_s = timeout_s
        self._base = (api_url or "https://api.twilio.com").rstrip("/")
        self._client = Client(account_sid, auth_token, http_client=_Wire(self._base, timeout_s))

    def send_text(self, to: str, body: str, receipt_url: str) -> Sent:
        with _asking("send a text", creates=True):
            return _taken(
                self._client.messages.create(to=to, from_=self._number, body=body, status_callback=receipt_url)
            )

    def find_text(self, to: str, body: str, since: datetime, known: Set[str] = frozenset()) -> Sent | None:
        """Among the newest texts to this number. No date goes to the carrier: a text still queued has none there."""
        with _asking("list texts"):
            texts = self._client.messages.list(to=to, from_=self._number, limit=NEWEST)
        found = (text for text in texts if _is_since(text, since) and _says(text.body, body))
        return next((Sent(text.sid) for text in found if text.sid not in known), None)

    def call(self, to: str, answer_url: str, status_url: str) -> Sent:
        with _asking("place a call", creates=True):
            call = self._client.calls.create(
                to=to,
                from_=self._number,
                url=answer_url,
                method="POST",
                status_callback=status_url,
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                timeout=RING_SECONDS,
            )
            return _taken(call)

    def find_call(self, to: str, since: datetime, known: Set[str] = frozenset()) -> Sent | None:
        with _asking("list calls"):
            calls = self._client.calls.list(to=to, from_=self._number, limit=NEWEST)
        return next((Sent(call.sid) for call in calls if _is_since(call, since) and call.sid not in known), None)

    def go_on(self, call_id: str, url: str) -> None:
        with _asking("go on with a call"):
            self._client.calls(quote(call_id, safe="")).update(url=url, method="POST")

    def recording(self, ref: RecordingRef) -> bytes:
        """WAV, 8 kHz mono 16 bit. A redirect to the media store is followed, without our credentials."""
        url = f"{self._base}/2010-04-01/Accounts/{self._auth[0]}/Recordings/{quote(ref.id, safe='')}.wav"
        with _asking("fetch a recording"), within(DOWNLOAD_SECONDS), Session() as session:
            session.max_redirects = 5
            with session.get(url, auth=self._auth, timeout=self._timeout_s, stream=True) as answer:
                return _sound(answer, ref)

    def delete_recording(self, ref: RecordingRef) -> None:
        try:
            with _asking("delete a recording"):
                self._client.recordings(quote(ref.id, safe="")).delete()
        except CarrierError as error:
            if error.code not in ("20404", "404"):
                raise

    def recordings(self, *, call_id: str | None = None, since: datetime | None = None) -> list[RecordingRef]:
        filters: dict = {"call_sid": call_id} if call_id else {}
        if since:  # the carrier compares days; the exact time is compared here
            filters["date_created_after"] = datetime.combine(_whole_second(since).date(), time(), UTC)
        with _asking("list recordings"):
            found = self._client.recordings.list(**filters)
        return [
            RecordingRef(one.sid, one.call_sid, read_seconds(one.duration))
            for one in found
            if one.status in ("completed", "processing", "stopped") and (since is None or _is_since(one, since))
        ]

    def caller_of(self, call_id: str) -> tuple[str, str]:
        with _asking("look up a call"):
            call = self._client.calls(quote(call_id, safe="")).fetch()
        return read_number(call._from or ""), read_number(call.to or "")

    def status_of(self, call_id: str) -> str:
        with _asking("look up a call"):
            return CALL_STATUS[str(self._client.calls(quote(call_id, safe="")).fetch().status)]


class _Wire(TwilioHttpClient):
    """The SDK's HTTP client, sent to another server and never without a time-out."""

    def __init__(self, base: str, timeout_s: float):
        super().__init__(timeout=timeout_s)
        self.session = Session()
        self._base = base

    def log_request(self, kwargs) -> None:
        """Nothing: the addresses of lists name callers' numbers."""

    def log_response(self, status_code, response) -> None:
        """Nothing."""

    def request(self, method: str, url: str, *args, **kwargs):
        there = urlsplit(url)
        with within(REQUEST_SECONDS):
            return super().request(
                method, self._base + there.path + (f"?{there.query}" if there.query else ""), *args, **kwargs
            )


# -------------------------------------------------------------------- asking


@contextmanager
def _asking(what: str, *, creates: bool = False) -> Iterator[None]:
    """Every failure of a request as a CarrierError; nothing is sent a second time."""
    try:
        yield
    except CarrierError:
        raise
    except TwilioException as error:
        raise _refused(what, error, creates) from error
    except (requests.RequestException, TookTooLong) as error:
        lost = creates and not _never_sent(error)
        raise CarrierError(f"Could not {what}: {type(error).__name__}", permanent=False, unknown=lost) from error
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
    ) as error:  # the answer came and is not what the API promises
        raise CarrierError(f"Could not {what}: the answer makes no sense", permanent=False, unknown=creates) from error


def _taken(thing) -> Sent:
    if not thing.sid:
        raise ValueError("no sid")
    return Sent(thing.sid)


def _refused(what: str, error: TwilioException, creates: bool) -> CarrierError:
    answer = error.args[1] if len(error.args) > 1 else None  # a page that could not be listed
    http = getattr(error, "status", None) or getattr(answer, "status_code", 0)
    code = str(getattr(error, "code", None) or http or "")
    reason = getattr(error, "msg", None) or getattr(error, "title", None) or error.args[0]
    return CarrierError(
        f"Could not {what}: {reason} (HTTP {http}, error {code})",
        permanent=_permanent(code, http),
        code=code,
        unknown=creates and http in ANSWER_LOST_HTTP,
        ours=_ours(code, http),
    )


def _permanent(code: str, http: int) -> bool:
    if code in PERMANENT or code in TEMPORARY:
        return code in PERMANENT
    return 400 <= http < 500 and http not in TEMPORARY_HTTP


def _ours(code: str, http: int) -> bool:
    return code in OURS or (http in OURS_HTTP and code not in PERMANENT and code not in TEMPORARY)


def _never_sent(error: Exception) -> bool:
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.SSLError | requests.exceptions.ProxyError):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)


def _sound(answer: requests.Response, ref: RecordingRef) -> bytes:
    status, kind = answer.status_code, answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if status == 404:
        raise NotReady(f"Recording {ref.id} is not there yet")
    if status != 200:
        raise CarrierError(
            f"Could not fetch recording {ref.id}: HTTP {status}",
            permanent=_permanent("", status),
            code=str(status),
            ours=_ours("", status),
        )
    sound, broken = _body(answer, ref)
    if broken:
        raise Doubtful(f"Recording {ref.id} broke off: {broken}", sound)
    if not sound:
        raise NotReady(f"Recording {ref.id} is still empty")
    if kind and not kind.startswith(SOUND_TYPES):
        raise Doubtful(f"Recording {ref.id} came as {kind[:64]}", sound)
    return sound


def _body(answer: requests.Response, ref: RecordingRef) -> tuple[bytes, str]:
    """What came of the body, and what broke it off (empty: it came to its end)."""
    sound, declared = bytearray(), answer.headers.get("Content-Length", "")
    try:
        if declared.isdecimal() and int(declared) > LARGEST_RECORDING:
            raise _too_large(ref)
        for chunk in answer.iter_content(65536):
            sound += chunk
            if len(sound) > LARGEST_RECORDING:
                raise _too_large(ref)
    except requests.RequestException as error:
        return bytes(sound), type(error).__name__
    return bytes(sound), ""


def _too_large(ref: RecordingRef) -> CarrierError:
    return CarrierError(f"Recording {ref.id} is over {LARGEST_RECORDING} bytes", permanent=True)


def _whole_second(moment: datetime) -> datetime:
    """As the carrier counts: UTC, whole seconds."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return aware.astimezone(UTC).replace(microsecond=0)


def _is_since(thing, since: datetime) -> bool:
    return thing.date_created is not None and thing.date_created >= _whole_second(since)


def _says(sent: str | None, body: str) -> bool:
    return sent == body or (sent or "").endswith(f" trial account - {body}")  # what a trial account puts before it

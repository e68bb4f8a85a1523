"""Twilio, and every server that speaks its 2010-04-01 API: webhooks read, documents written, REST called.

Sources: www.twilio.com/docs/voice/twiml, /docs/voice/media-streams/websocket-messages, /docs/messaging,
/docs/usage/security, /docs/api/errors. Documents stay within `ALLOWED_VERBS`, which home-run servers speak too (and
`LIVE_VERBS` where calls are listened to as they go on); a pause is a Play of silence.
"""

import base64
import json
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from twilio.request_validator import RequestValidator
from twilio.twiml.voice_response import Gather, VoiceResponse

from app.carriers.port import (
    CALL_ENDED,
    CallHeard,
    Document,
    Form,
    Links,
    RecordingRef,
    StreamBegan,
    StreamEnded,
    StreamHeard,
    StreamSound,
    TextHeard,
)
from app.carriers.twilio_rest import PERMANENT, TwilioRest
from app.carriers.twilio_words import CALL_STATUS, MESSAGE_STATUS, read_number, read_seconds
from ivr.turn import (
    Finished,
    Heard,
    HungUp,
    Key,
    PersonAbsent,
    PersonAnswered,
    Recorded,
    Silence,
    Wait,
    WaitForKey,
    WaitForPerson,
    WaitForRecording,
    WaitForTranscript,
)

ALLOWED_VERBS = ("Play", "Gather", "Record", "Redirect", "Dial", "Hangup", "Reject")
LIVE_VERBS = ("Start", "Stream")
LARGEST_DOCUMENT = 64 * 1024  # bytes; error 11750 above it
_KEYS = "0123456789*#"


class Twilio(TwilioRest):
    """A carrier behind the Twilio API: `Answers` and `Reaches` (port.py).

    `number` is ours, E.164. `api_url` replaces https://api.twilio.com for a compatible server; `timeout_s` holds for
    connecting and for each wait for an answer.
    """

    def __init__(self, account_sid: str, auth_token: str, number: str, *, api_url: str | None, timeout_s: float = 10):
        super().__init__(account_sid, auth_token, number, api_url=api_url, timeout_s=timeout_s)
        self._validator = RequestValidator(auth_token)

    # ---------------------------------------------------------------- webhooks

    def trusts(self, url: str, form: Form, headers: Mapping[str, str], body: bytes = b"") -> bool:
        """Whether the X-Twilio-Signature is over this url and these fields, or over a JSON body's bodySHA256."""
        try:
            signature = next((value for name, value in headers.items() if name.lower() == "x-twilio-signature"), "")
            if not signature:
                return False
            if form or not (body or "bodySHA256" in url):
                return self._validator.validate(url, _Fields(form), signature)
            if "bodySHA256=" not in urlsplit(url).query:
                return False
            return self._validator.validate(url, body.decode(), signature)
        except Exception:  # the validator raises many things on malformed input; all of it is untrusted
            return False

    def read_call(self, form: Form) -> CallHeard:
        """Any voice webhook. Never raises: a field that is missing or makes no sense counts as not sent.

        `caller` and `called` are From and To, so on a call that we placed `called` is the villager. A webhook in
        which nothing was done is None while the call still rings, and Silence after (a Redirect): only a turn's
        address gives that a meaning. A recording that came to nothing (absent, failed) is not announced.
        """
        status = CALL_STATUS.get(_first(form, "CallStatus").lower(), "")
        caller = read_number(_first(form, "From"))
        return CallHeard(
            call_id=_first(form, "CallSid"),
            caller=caller,
            called=read_number(_first(form, "To")),
            heard=None if _is_notice(form) else _heard(form, status),
            recording=_recording(form),
            ended=status in CALL_ENDED,
            status=status,
            hidden=bool(_first(form, "From")) and not caller,
        )

    def read_text(self, form: Form) -> TextHeard:
        """Any message webhook: an incoming text, or a receipt (it has a MessageStatus). Never raises."""
        said = _first(form, "MessageStatus") or _first(form, "SmsStatus")
        receipt = said.lower() not in ("", "received", "receiving")
        code = _first(form, "ErrorCode")
        return TextHeard(
            message_id=_first(form, "MessageSid") or _first(form, "SmsSid") or _first(form, "SmsMessageSid"),
            sender=read_number(_first(form, "From")),
            receiver=read_number(_first(form, "To")),
            body=_first(form, "Body", strip=False),
            status=MESSAGE_STATUS.get(said.lower(), "queued") if receipt else "",
            error_code=code,
            permanent=receipt and code in PERMANENT,
        )

    def read_stream(self, message: str | bytes) -> StreamHeard | None:
        """A message of a Media Stream; only what the caller says counts, not what is played to her. Never raises."""
        try:
            said = json.loads(message)
            if said["event"] == "start":
                return StreamBegan(said["start"]["callSid"])
            if said["event"] == "stop":
                return StreamEnded()
            if said["event"] == "media" and said["media"].get("track", "inbound") == "inbound":
                media = said["media"]
                return StreamSound(int(media["timestamp"]), base64.b64decode(media["payload"], validate=True))
        except (ValueError, KeyError, TypeError, AttributeError):
            return None
        return None

    def write(self, plays: Sequence[str], wait: Wait, links: Links) -> Document:
        """A turn as TwiML. Raises ValueError for a wait that has no form on the phone, or a document over 64 kB."""
        response = VoiceResponse()
        if isinstance(wait, WaitForKey):
            _ask_for_key(response, plays, wait, links)
        elif isinstance(wait, WaitForRecording):
            _ask_for_speech(response, plays, wait, links)
        elif isinstance(wait, WaitForTranscript):
            gather = _gather(response, 1, links)  # so that 0 works here too; its second is part of the wait
            _play(gather, [*plays, links.silence(max(1, wait.poll_ms - 1000))])
            response.redirect(links.poll(), method="POST")
        elif isinstance(wait, WaitForPerson):
            _play(response, plays)
            response.dial(
                links.person(), action=links.turn(), method="POST", timeout=wait.seconds, answer_on_bridge=True
            )
        elif isinstance(wait, Finished):
            if plays:
                _play(_gather(response, 1, links), plays)
            response.hangup()
        else:
            raise ValueError(f"{type(wait).__name__} is for the service to answer; it cannot be said on the phone")
        return _document(response)

    def write_nothing(self) -> Document:
        return _document(VoiceResponse())


class _Fields(dict):
    """A form in the shape from which the validator takes every value of a field."""

    def getlist(self, name: str) -> Sequence[str]:
        return [self[name]] if isinstance(self[name], str) else self[name]


# -------------------------------------------------------------------- reading


def _first(form: Form, name: str, *, strip: bool = True) -> str:
    values = form.get(name)
    value = values[0] if isinstance(values, list | tuple) and values else values
    value = (value if isinstance(value, str) else "").replace(
        "\0", ""
    )  # no telephone sends one, and PostgreSQL stores none
    return value.strip() if strip else value


def _is_notice(form: Form) -> bool:
    """Whether this tells of a call or a recording and expects no instructions."""
    return bool(_first(form, "RecordingStatus") or _first(form, "CallbackSource") or _first(form, "CallDuration"))


def _heard(form: Form, status: str) -> Heard | None:
    digits = _first(form, "Digits")
    hung_up = digits == "hangup"
    key = "" if hung_up else next((digit for digit in digits if digit in _KEYS), "")
    dialled = _first(form, "DialCallStatus")
    if dialled:
        return PersonAnswered() if dialled in ("completed", "answered") else PersonAbsent()
    seconds = read_seconds(_first(form, "RecordingDuration")) if _recording(form) else 0
    if seconds:
        return Recorded(float(seconds), key=key, hung_up=hung_up)
    if key and not (key == "#" and _recording(form)):  # # ended a recording in which nothing was said
        return Key(key)
    if hung_up:
        return HungUp()
    return None if status in ("", "queued", "ringing") or status in CALL_ENDED else Silence()


def _recording(form: Form) -> RecordingRef | None:
    if _first(form, "RecordingStatus").lower() not in ("", "completed"):
        return None
    sid = _first(form, "RecordingSid")
    if not sid:
        named = re.search(r"/Recordings/(\w+)", _first(form, "RecordingUrl"))
        sid = named.group(1) if named else ""
    return RecordingRef(sid, _first(form, "CallSid"), read_seconds(_first(form, "RecordingDuration"))) if sid else None


# -------------------------------------------------------------------- writing


def _play(into: VoiceResponse | Gather, plays: Sequence[str]) -> None:
    for address in plays:
        into.play(address)


def _ask_for_key(response: VoiceResponse, plays: Sequence[str], wait: WaitForKey, links: Links) -> None:
    """Fall-through is silence: after the Gather comes a Redirect to the same turn, without Digits."""
    _play(_gather(response, wait.seconds, links), plays)
    response.redirect(links.turn(), method="POST")


def _ask_for_speech(response: VoiceResponse, plays: Sequence[str], wait: WaitForRecording, links: Links) -> None:
    """The prompt is in a Gather so that a key works during it; an empty recording falls through to the Redirect.

    Not every key ends a recording: a cheek presses keys. A stream goes on beside the recording; where it cannot be
    opened, the call goes on without it.
    """
    if plays:
        _play(_gather(response, 1, links), plays)
    if links.stream():
        response.start().stream(url=links.stream(), track="inbound_track")
    response.record(
        action=links.turn(),
        method="POST",
        timeout=wait.silence_seconds,
        max_length=wait.max_seconds,
        finish_on_key=f"{wait.person_key}#",
        play_beep=True,
        trim="do-not-trim",
        recording_status_callback=links.recorded(),
        recording_status_callback_method="POST",
        recording_status_callback_event="completed absent",
    )
    response.redirect(links.turn(), method="POST")


def _gather(response: VoiceResponse, seconds: int, links: Links) -> Gather:
    return response.gather(
        input="dtmf", num_digits=1, finish_on_key="", timeout=seconds, action=links.turn(), method="POST"
    )


def _document(response: VoiceResponse) -> Document:
    body = response.to_xml()
    if len(body.encode()) > LARGEST_DOCUMENT:
        raise ValueError(f"The document has {len(body.encode())} bytes; the carrier takes {LARGEST_DOCUMENT}")
    return Document(body, "text/xml; charset=utf-8")

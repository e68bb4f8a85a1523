"""The network: numbers that a service answers, telephones, and the calls and texts between them."""

import random
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.utils import format_datetime
from urllib.parse import urljoin

import numpy as np
import requests

from app.carriers.port import PRACTICE_CALLS
from app.carriers.simulator import document, sound
from app.carriers.simulator.caller import Caller
from app.carriers.simulator.conversation import Conversation
from app.carriers.simulator.handset import Handset, Holder, Steady
from app.carriers.simulator.plan import Faults, Number, Phone, Plan
from app.carriers.simulator.records import Call, Log, Recording, Text, new_sid, now
from app.carriers.simulator.timeline import Outbox, Redirected, Timeline
from app.carriers.simulator.webhooks import READ_SECONDS, SoundFetcher, Trouble, Webhooks

HIDDEN = "anonymous"  # what a carrier gives where the caller's number is hidden
LATE_SECONDS = 10.0  # how late a reordered notice may be
ENDED = ("completed", "busy", "failed", "no-answer", "canceled")


class Network:
    """`pace`: wall seconds per second of a call, 0 for no waiting at all. `recording_delay_s`: from the end of a
    recording to its callback. `sleep` and `seed` are there to make a run repeatable."""

    def __init__(
        self,
        account_sid: str,
        auth_token: str,
        hotline: Number,
        *,
        pace: float = 1.0,
        faults: Faults | None = None,
        recording_delay_s: float = 1.0,
        read_s: float = READ_SECONDS,
        sleep: Callable[[float], None] = time.sleep,
        seed: int | None = None,
    ):
        self.account_sid, self.auth_token, self.hotline = account_sid, auth_token, hotline
        self.faults = faults or Faults()
        self.calls: dict[str, Call] = {}
        self.texts: dict[str, Text] = {}
        self.recordings: dict[str, Recording] = {}
        self.chance = random.Random(seed)
        self.webhooks = Webhooks(auth_token, lambda: self.faults, self.chance, read_s)
        self.sounds = SoundFetcher(sound.seconds_of)
        self._phones: dict[str, Phone] = {}
        self._handsets: dict[str, Handset] = {}
        self._logs: defaultdict[str, Log] = defaultdict(Log)
        self._lock = threading.Lock()
        self._pace, self._sleep, self._recording_delay_s = pace, sleep, recording_delay_s

    # ---------------------------------------------------------------- telephones

    def phone(self, number: str) -> Phone:
        return self._phones.get(number, Phone())

    def set_phone(self, number: str, phone: Phone) -> None:
        self._phones[number] = phone

    def handset(self, number: str) -> Handset:
        """The telephone with this number, for somebody to hold."""
        with self._lock:
            return self._handsets.setdefault(number, Handset(number))

    def log(self, number: str) -> Log:
        """The texts that went to and from a telephone, as they happened."""
        with self._lock:
            return self._logs[number]

    # ---------------------------------------------------------------- calls

    def place_call(self, from_: str, plan: Plan, base_url: str) -> Call:
        """A villager dials the hotline; the call runs in a thread of its own. Raises ValueError for a broken sound."""
        timeline = Timeline(self._pace, self._sleep)
        call = self._new_call(from_, self.hotline.number, "inbound", timeline)
        return self._ring_hotline(call, Caller(plan, timeline), base_url)

    def dial(self, handset: Handset, base_url: str, *, hidden: bool = False, plan: Plan | None = None) -> Call:
        """The hotline is dialled on a handset, whose number may be hidden; with a `plan` it does the rest by itself.

        Raises ValueError for a broken sound, and while there is another call on the handset.
        """
        timeline = Timeline(self._pace, Steady(self._sleep))
        caller = Holder(timeline, lambda: handset.is_held) if plan is None else Caller(plan, timeline)
        from_ = HIDDEN if hidden else handset.number
        sid = PRACTICE_CALLS + new_sid("")[len(PRACTICE_CALLS) - 2 :]
        call = Call(self.account_sid, from_, self.hotline.number, "inbound", timeline, sid=sid)
        handset.take(call, caller)
        self.calls[call.sid] = call
        return self._ring_hotline(call, caller, base_url)

    def _ring_hotline(self, call: Call, caller: Caller | Holder, base_url: str) -> Call:
        call.status = "ringing"
        call.tell("calling", **{"from": call.from_, "to": call.to})
        threading.Thread(target=self._run_inbound, args=(call, caller, base_url), daemon=True).start()
        return call

    def call_out(self, fields: dict[str, str], events: list[str], base_url: str) -> Call:
        """The service calls a telephone; `fields` and `events` as given to POST Calls."""
        handset = self.handset(fields["To"])
        timeline = Timeline(self._pace, Steady(self._sleep) if handset.is_held else self._sleep)
        call = self._new_call(fields["From"], handset.number, "outbound-api", timeline)
        caller = Caller(self.phone(call.to).plan, timeline)
        if handset.is_held:
            caller = Holder(timeline, lambda: handset.is_held)
        call.tell("calling", **{"from": call.from_, "to": call.to})
        threading.Thread(target=self._run_outbound, args=(call, caller, fields, events, base_url), daemon=True).start()
        return call

    def ring(self, parent: Call, to: str) -> Call:
        """The second leg of a Dial."""
        leg = self._new_call(parent.from_, to, "outbound-dial", parent.timeline, parent.sid)
        leg.status = "ringing"
        leg.log = parent.log
        return leg

    def redirect(self, call: Call, url: str, method: str) -> None:
        """A call in progress goes on with the document at `url`."""
        call.timeline.redirected = Redirected(url, method)

    def answer(self, call: Call, caller: Caller | Holder) -> None:
        call.status, call.started = "in-progress", now()
        call.timeline.restart()
        call.tell("answered")
        caller.answered()

    def _new_call(self, from_, to, direction, timeline=None, parent="") -> Call:
        call = Call(self.account_sid, from_, to, direction, timeline or Timeline(self._pace, self._sleep), parent)
        self.calls[call.sid] = call
        return call

    def _run_inbound(self, call: Call, caller: Caller | Holder, base_url: str) -> None:
        with self._line(call) as notify:
            conversation = Conversation(self, call, caller, notify, base_url)
            self._end(call, conversation.run(self.hotline.voice_url, self.hotline.voice_fallback_url))
            if self.hotline.status_callback:
                notify("status", self.hotline.status_callback, "POST", self._progress(call, 0))

    def _let_ring(self, call: Call, caller: Caller | Holder, timeout_s: float) -> str:
        """What becomes of a call to a telephone, in Twilio's word."""
        if isinstance(caller, Holder):
            return self.handset(call.to).ring(call, caller, timeout_s * self._pace)
        seconds, outcome = self.phone(call.to).ring(timeout_s)
        call.timeline.wait(seconds)
        return outcome

    def _run_outbound(
        self, call: Call, caller: Caller | Holder, fields: dict, events: list[str], base_url: str
    ) -> None:
        steps = ["initiated", "ringing", "answered", "completed"]
        with self._line(call) as notify:

            def progress(event: str, status: str) -> None:
                call.status = status
                call.tell("status", status=status)
                if fields.get("StatusCallback") and event in events:
                    method = fields.get("StatusCallbackMethod", "POST")
                    notify("status", fields["StatusCallback"], method, self._progress(call, steps.index(event)))

            conversation = Conversation(self, call, caller, notify, base_url)
            progress("initiated", "initiated")
            progress("ringing", "ringing")
            outcome = self._let_ring(call, caller, float(fields.get("Timeout") or 60))
            if outcome == "completed":
                self.answer(call, caller)
                progress("answered", "in-progress")
                outcome = conversation.run(fields["Url"], fields.get("FallbackUrl", ""))
            self._end(call, outcome)
            progress("completed", outcome)

    @contextmanager
    def _line(self, call: Call) -> Iterator[Callable[..., None]]:
        """What tells the service of a call; the call's log is closed when all of it has been sent."""
        outbox = Outbox(call.timeline)
        try:
            yield self._notifier(call.tell, outbox)
        finally:
            outbox.close()
            call.tell("end", status=call.status, seconds=call.duration)
            call.log.close()

    def _end(self, call: Call, status: str) -> None:
        call.status, call.ended = status, now()
        call.duration = max(1, round(call.timeline.now)) if call.started else 0

    def _progress(self, call: Call, number: int) -> dict[str, str]:
        more = {
            "CallbackSource": "call-progress-events",
            "SequenceNumber": str(number),
            "Timestamp": format_datetime(now()),
        }
        if call.status in ENDED:
            more |= {"CallDuration": str(call.duration), "Duration": str(-(-(call.duration or 0) // 60))}
        return call.params(**more)

    # ---------------------------------------------------------------- recordings

    def keep_recording(self, call: Call, samples: np.ndarray) -> Recording:
        """Seconds are whole, as Twilio gives them, and at least one."""
        seconds = max(1, round(len(samples) / sound.RATE))
        recording = Recording(call.account_sid, call.sid, sound.to_wav(samples), seconds, self.faults.not_ready)
        self.recordings[recording.sid] = recording
        return recording

    def recording_params(self, recording: Recording, base_url: str) -> dict[str, str]:
        path = f"/2010-04-01/Accounts/{recording.account_sid}/Recordings/{recording.sid}"
        return {
            "RecordingUrl": base_url.rstrip("/") + path,
            "RecordingSid": recording.sid,
            "RecordingDuration": str(recording.seconds),
        }

    def announce_recording(
        self, verb, call: Call, recording: Recording | None, notify, document_url: str, base_url: str
    ):
        """After a while the recording is there, and the recordingStatusCallback says so."""
        status = "completed" if recording else "absent"

        def ready() -> None:
            if recording:
                recording.status = "completed"
            call.tell("recording", status=status, sid=recording.sid if recording else "")

        callback = verb.get("recordingStatusCallback", "")
        if not callback or status not in verb.get("recordingStatusCallbackEvent", "completed").split():
            notify("", "", "", {}, after_s=self._recording_delay_s, first=ready)
            return
        params = {
            "AccountSid": call.account_sid,
            "CallSid": call.sid,
            "RecordingStatus": status,
            "RecordingChannels": "1",
            "RecordingSource": "RecordVerb",
            "RecordingStartTime": format_datetime(recording.created if recording else now()),
            "ErrorCode": "0",
        }
        if recording:
            params |= self.recording_params(recording, base_url)
        method = verb.get("recordingStatusCallbackMethod", "POST")
        url = urljoin(document_url, callback)
        notify("recording", url, method, params, after_s=self._recording_delay_s, first=ready)

    # ---------------------------------------------------------------- texts

    def text_in(self, from_: str, body: str, to: str = "") -> Text:
        """A villager texts the hotline: the webhook is sent, and a Message in its answer comes back as a text."""
        text = Text(self.account_sid, from_, to or self.hotline.number, body, "inbound", "received", sent=now())
        self.texts[text.sid] = text
        self._tell_text(from_, "sent", text)
        if self.hotline.sms_url:
            threading.Thread(target=self._deliver_text, args=(text,), daemon=True).start()
        return text

    def text_out(self, fields: dict[str, str]) -> Text:
        """The service texts a telephone; receipts follow to `StatusCallback`."""
        text = Text(self.account_sid, fields["From"], fields["To"], fields["Body"], "outbound-api")
        self.texts[text.sid] = text
        threading.Thread(target=self._carry_text, args=(text, fields.get("StatusCallback", "")), daemon=True).start()
        return text

    def _deliver_text(self, text: Text) -> None:
        def tell(event: str, **said) -> None:
            self.log(text.from_).add({"event": event, "time": round(time.time(), 3)} | said)

        params = self._text_params(text) | {"SmsStatus": "received", "Body": text.body, "NumMedia": "0"}
        params |= {"NumSegments": str(text.segments)} | dict.fromkeys(
            (f"{whose}{what}" for whose in ("From", "To") for what in ("City", "State", "Zip", "Country")), ""
        )
        with requests.Session() as session:
            session.trust_env = False
            for url in filter(None, (self.hotline.sms_url, self.hotline.sms_fallback_url)):
                try:
                    answer = self.webhooks.send(session, "sms", url, "POST", params, tell)
                except Trouble as trouble:
                    tell("error", code=trouble.code, message=str(trouble))
                    params |= {"ErrorCode": str(trouble.code), "ErrorUrl": url}
                    continue
                for body in document.messages(answer):
                    self.text_out({"From": text.to, "To": text.from_, "Body": body})
                return

    def _carry_text(self, text: Text, callback: str) -> None:
        outbox = Outbox(Timeline(self._pace, self._sleep))
        failure = self.phone(text.to).text_error

        def step(status: str, error: str = "") -> Callable[[], None]:
            def happen() -> None:
                text.status, text.sent = status, now()
                text.error_code = int(error) if error else None
                if status == "delivered":
                    self._tell_text(text.to, "text", text)

            return happen

        def tell(event: str, **said) -> None:
            self.log(text.to).add({"event": event, "time": round(time.time(), 3), "message": text.sid} | said)

        notify = self._notifier(tell, outbox)
        last = ("undelivered", failure) if failure else ("delivered", "")
        for after_s, (status, error) in enumerate((("sent", ""), last)):
            params = self._text_params(text) | {"MessageStatus": status, "SmsStatus": status}
            params |= {"ErrorCode": error} if error else {}
            notify("receipt" if callback else "", callback, "POST", params, after_s=after_s, first=step(status, error))
        outbox.close()

    def _text_params(self, text: Text) -> dict[str, str]:
        sids = dict.fromkeys(("MessageSid", "SmsSid", "SmsMessageSid"), text.sid)
        return sids | {"AccountSid": text.account_sid, "ApiVersion": "2010-04-01", "From": text.from_, "To": text.to}

    def _tell_text(self, number: str, event: str, text: Text) -> None:
        said = {"event": event, "time": round(time.time(), 3), "message": text.sid}
        self.log(number).add(said | {"from": text.from_, "to": text.to, "body": text.body})

    # ---------------------------------------------------------------- notices

    def _notifier(self, tell: Callable[..., None], outbox: Outbox) -> Callable[..., None]:
        """A function that puts a notice of some kind into `outbox`, late or lost as the faults say.

        What must happen `first` does so in any case; a kind of '' is nothing to send.
        """

        def notify(kind, url, method, params, *, after_s=0.0, first=lambda: None) -> None:
            lost = kind in self.faults.lost or self.chance.random() < self.faults.drop
            late = self.chance.random() * self.faults.delay_s
            if self.chance.random() < self.faults.reorder:
                late += self.chance.random() * LATE_SECONDS

            def send() -> None:
                first()
                if not kind:
                    return
                if lost:
                    tell("lost", what=kind)
                    return
                with requests.Session() as session:
                    session.trust_env = False
                    try:
                        self.webhooks.send(session, kind, url, method, params, tell)
                    except Trouble as trouble:
                        tell("error", code=trouble.code, message=str(trouble))

            outbox.put(after_s + late, send)

        return notify

    def change_faults(self, **changes) -> None:
        self.faults = replace(self.faults, **changes)


def is_number(text: str) -> bool:
    """E.164: a plus and 7 to 15 digits."""
    return re.fullmatch(r"\+[1-9][0-9]{6,14}", text) is not None

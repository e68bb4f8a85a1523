"""One call carried through: documents fetched, verbs done one after the other, until someone hangs up.

Rules of the verbs: www.twilio.com/docs/voice/twiml.
"""

import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urljoin

import requests

from app.carriers.simulator import document, sound
from app.carriers.simulator.caller import BARGE_IN_SECONDS, REACTION_SECONDS, Caller
from app.carriers.simulator.handset import Holder
from app.carriers.simulator.records import Call, Recording
from app.carriers.simulator.streams import NoStream, Stream
from app.carriers.simulator.timeline import CallerHungUp, Redirected
from app.carriers.simulator.webhooks import Trouble

BEEP_SECONDS = 0.5
SECONDS_PER_LETTER = 0.25  # of Say
_INSTANT = 1e-6  # seconds; times nearer than that are the same
MOST_DOCUMENTS = 500  # a service that redirects in a circle is cut off


@dataclass(frozen=True)
class Step:
    """Where the next document comes from; `what` names the webhook in the log."""

    url: str
    method: str = "POST"
    params: dict[str, str] = field(default_factory=dict)
    what: str = "voice"


class Hangup(Exception):
    """The service ends the call; `status` is the call's last."""

    def __init__(self, status: str = "completed"):
        super().__init__(status)
        self.status = status


class Conversation:
    """`network` is the Network (network.py) that this call runs in; `call_url` its address in the REST interface."""

    def __init__(self, network, call: Call, caller: Caller | Holder, notify: Callable, base_url: str):
        self._network = network
        self._call = call
        self._caller = caller
        self._time = call.timeline
        self._notify = notify
        self._base_url = base_url
        self._session = requests.Session()
        self._session.trust_env = False
        self._base = ""  # the document that is being carried out
        self._streams: list[Stream] = []
        self._verbs: dict[str, Callable[[ET.Element, ET.Element | None], Step | None]] = {
            "Start": self._start,
            "Play": self._speak,
            "Say": self._speak,
            "Pause": self._speak,
            "Gather": self._gather,
            "Record": self._record,
            "Redirect": lambda verb, _: self._onward(verb, (verb.text or "").strip(), {}, "redirect"),
            "Dial": self._dial,
            "Hangup": self._hang_up,
            "Reject": self._reject,
        }

    def run(self, url: str, fallback_url: str) -> str:
        """The call's last status. Everything that happens is told to the call's log."""
        try:
            self._follow(Step(url), fallback_url)
        except CallerHungUp:
            self._call.tell("hang_up", by="caller")
        except Hangup as end:
            self._call.tell("hang_up", by="service")
            return end.status
        except Trouble as trouble:
            self._call.tell("error", code=trouble.code, message=str(trouble))
            self._call.tell("hang_up", by="network")
            return "completed" if self._call.started else "failed"
        finally:
            self._time.listeners.clear()
            for stream in self._streams:
                stream.stop()
            self._session.close()
        return "completed"

    def _follow(self, step: Step, fallback_url: str) -> None:
        """A document that cannot be fetched or carried out, a sound that cannot be had included, leads to the fallback
        (www.twilio.com/docs/usage/security/availability-reliability); one of the fallback's own ends the call."""
        for _ in range(MOST_DOCUMENTS):
            try:
                step = self._carry_out(self._fetch(step))
            except Trouble as trouble:
                if not fallback_url or step.what == "fallback":
                    raise
                self._call.tell("error", code=trouble.code, message=str(trouble))
                said = {"ErrorCode": str(trouble.code), "ErrorUrl": step.url}
                step = Step(fallback_url, "POST", step.params | said, "fallback")
            except Redirected as there:
                self._call.tell("redirected", url=there.url)
                step = Step(there.url, there.method, what="redirect")
        raise Trouble(12000, f"The call went through {MOST_DOCUMENTS} documents without an end")

    def _fetch(self, step: Step) -> ET.Element:
        if step.what in self._network.faults.lost:
            self._call.tell("lost", what=step.what)
            raise Trouble(11205, f"{step.url} cannot be reached")
        began = time.perf_counter()
        params = self._call.params(**step.params)
        try:
            answer = self._network.webhooks.send(
                self._session, step.what, step.url, step.method, params, self._call.tell
            )
        finally:
            self._time.took(time.perf_counter() - began)
        self._base = answer.url
        return document.read(answer)

    def _carry_out(self, root: ET.Element) -> Step:
        verbs = list(root)
        for verb, following in zip(verbs, [*verbs[1:], None], strict=True):
            if not self._call.started and verb.tag != "Reject":
                self._network.answer(self._call, self._caller)
            step = self._verbs[verb.tag](verb, following)
            if step is not None:
                return step
        raise Hangup

    def _onward(self, verb: ET.Element, url: str, params: dict[str, str], what: str) -> Step:
        return Step(urljoin(self._base, url), verb.get("method", "POST"), params, what)

    # ---------------------------------------------------------------- live streams

    def _start(self, verb: ET.Element, _following: ET.Element | None) -> None:
        """Open the streams. One that cannot be opened is told, and the call goes on."""
        for noun in verb:
            url = noun.get("url", "")
            try:
                stream = Stream(self._call, url, self._network.webhooks.sign(url), self._caller.voice)
            except NoStream as error:
                self._call.tell("stream", url=url, code=error.code, message=str(error))
                continue
            self._call.tell("stream", url=url)
            self._streams.append(stream)
            self._time.listeners.append(stream.pass_time)

    # ---------------------------------------------------------------- speaking

    def _speak(self, verb: ET.Element, _following: ET.Element | None) -> None:
        for seconds in self._utter(verb):
            self._listen_to_the_end(seconds)

    def _listen_to_the_end(self, seconds: float) -> None:
        until = self._time.now + seconds
        while key := self._caller.let_pass(until, None):
            self._call.tell("key", key=key, heard=False)

    def _utter(self, verb: ET.Element):
        """Begin Play, Say or Pause; its length in seconds, once for every repetition."""
        text = (verb.text or "").strip()
        if verb.tag == "Pause":
            yield float(document.whole(verb, "length", 1))
            return
        for _ in range(document.whole(verb, "loop", 1) or 1000):
            if verb.tag == "Say":
                seconds = len(text) * SECONDS_PER_LETTER
                self._call.tell("say", text=text, seconds=seconds)
            else:
                url = urljoin(self._base, text)
                seconds = self._network.sounds.seconds(self._session, url)
                self._call.tell("play", url=url, seconds=round(seconds, 2))
            yield seconds

    # ---------------------------------------------------------------- keys

    def _gather(self, verb: ET.Element, following: ET.Element | None) -> Step | None:
        timeout = document.whole(verb, "timeout", 5)
        finish = verb.get("finishOnKey", "#")
        most = document.whole(verb, "numDigits", 0)
        digits, finished = self._prompt(verb, finish)
        while not finished and not (most and len(digits) >= most):
            key = self._caller.let_pass(self._time.now + timeout, self._answer_to(following, timeout))
            if not key:
                break
            digits, finished = self._press(key, digits, finish)
        if digits or document.yes(verb, "actionOnEmptyResult", False):
            return self._onward(verb, verb.get("action", ""), {"Digits": digits}, "gather")
        return None

    def _prompt(self, verb: ET.Element, finish: str) -> tuple[str, bool]:
        """What is nested, until it is over or a key cuts it short: the digits so far, and whether they are finished."""
        soon = self._caller.decide(("soon",))
        planned = (self._time.now + BARGE_IN_SECONDS, soon.key) if soon else None
        for inner in verb:
            for seconds in self._utter(inner):
                key = self._caller.let_pass(self._time.now + seconds, planned)
                if key:
                    return self._press(key, "", finish)
        if planned:  # a prompt too short to be cut, or none
            return self._press(self._caller.let_pass(planned[0] + 0.01, planned), "", finish)
        return "", False

    def _answer_to(self, following: ET.Element | None, timeout: float) -> tuple[float, str] | None:
        """A caller presses no key where none is asked for: before a beep, or where the next thing follows at once."""
        if timeout <= 1 or (following is not None and following.tag == "Record"):
            return None
        press = self._caller.decide(("asked",))
        if press is None or not press.key:
            return None
        return self._time.now + min(REACTION_SECONDS, timeout / 2), press.key

    def _press(self, key: str, digits: str, finish: str) -> tuple[str, bool]:
        self._call.tell("key", key=key, heard=True)
        if key in finish:
            return digits, bool(digits)  # ignored before any digit
        return digits + key, False

    # ---------------------------------------------------------------- recording

    def _record(self, verb: ET.Element, _following: ET.Element | None) -> Step | None:
        if document.yes(verb, "playBeep", True):
            self._call.tell("beep")
            self._listen_to_the_end(BEEP_SECONDS)
        self._caller.speak()
        began = self._time.now
        timeout = document.whole(verb, "timeout", 5)
        most = began + document.whole(verb, "maxLength", 3600, least=1)
        try:
            key = self._until_recorded(verb.get("finishOnKey", "1234567890*#"), timeout, most)
        except CallerHungUp:
            recording = self._keep(verb, began, "hangup")
            if recording is not None and verb.get("action"):
                self._tell_of_hang_up(verb, self._recorded(recording) | {"Digits": "hangup"})
            raise
        except Redirected:
            self._keep(verb, began, "redirected")
            raise
        recording = self._keep(verb, began, key or ("limit" if self._time.now > most - _INSTANT else "silence"))
        if recording is None and not key:
            return None  # an empty recording never calls the action
        params = self._recorded(recording) if recording else {}
        return self._onward(verb, verb.get("action", ""), params | ({"Digits": key} if key else {}), "record")

    def _until_recorded(self, finish: str, timeout: float, most: float) -> str:
        """The key that ended it; '' for silence, or the longest there may be. More may be said while time passes."""
        press = self._caller.decide(("recording",))
        planned = (self._time.now + press.seconds, press.key) if press else None
        while (until := min(self._caller.silent_at(timeout), most)) > self._time.now + _INSTANT:
            key = self._caller.let_pass(until, planned)
            if not key:
                continue
            planned = None
            self._call.tell("key", key=key, heard=key in finish)
            if key in finish:
                return key
        return ""

    def _keep(self, verb: ET.Element, began: float, ended: str) -> Recording | None:
        samples = self._caller.voice(began, self._time.now)
        heard = sound.has_sound(samples)
        if verb.get("trim", "trim-silence") == "trim-silence":
            samples = sound.trim(samples)
        self._call.tell("record", seconds=round(len(samples) / sound.RATE, 2), ended=ended, empty=not heard)
        recording = self._network.keep_recording(self._call, samples) if heard else None
        self._network.announce_recording(verb, self._call, recording, self._notify, self._base, self._base_url)
        return recording

    def _recorded(self, recording: Recording) -> dict[str, str]:
        return self._network.recording_params(recording, self._base_url)

    def _tell_of_hang_up(self, verb: ET.Element, params: dict[str, str]) -> None:
        step = self._onward(verb, verb.get("action", ""), params, "hangup_action")
        self._notify(step.what, step.url, step.method, self._call.params(**params, CallStatus="completed"))

    # ---------------------------------------------------------------- putting through and ending

    def _dial(self, verb: ET.Element, _following: ET.Element | None) -> Step | None:
        numbers = [inner.text or "" for inner in verb] or [verb.text or ""]
        timeout = document.whole(verb, "timeout", 30)
        leg = self._network.ring(self._call, numbers[0].strip())
        phone = self._network.phone(leg.to)
        self._call.tell("dial", to=leg.to)
        try:
            seconds, outcome = phone.ring(timeout)
            self._listen_to_the_end(seconds)
            if outcome == "completed":
                leg.started, talked = leg.created, self._time.now
                self._listen_to_the_end(phone.talk_s)
                leg.duration = round(self._time.now - talked)
        except CallerHungUp:
            leg.status = "completed" if leg.started else "canceled"
            if verb.get("action"):
                self._tell_of_hang_up(verb, {"DialCallSid": leg.sid, "DialCallStatus": leg.status})
            raise
        leg.status = outcome
        self._call.tell("dialled", to=leg.to, status=outcome)
        if verb.get("action") is None:
            return None
        params = {"DialCallSid": leg.sid, "DialCallStatus": outcome}
        if leg.duration is not None:
            params["DialCallDuration"] = str(leg.duration)
        return self._onward(verb, verb.get("action", ""), params, "dial")

    def _hang_up(self, _verb: ET.Element, _following: ET.Element | None) -> None:
        raise Hangup

    def _reject(self, verb: ET.Element, _following: ET.Element | None) -> None:
        if self._call.started:
            raise Hangup
        raise Hangup("busy" if verb.get("reason") == "busy" else "no-answer")

"""Webhooks as Twilio sends them: signed, 15 s at most, once more where nobody could be reached."""

import random
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urldefrag, urlencode

import requests
from twilio.request_validator import RequestValidator

from app.carriers.simulator.plan import Faults

CONNECT_SECONDS = 5
READ_SECONDS = 15  # www.twilio.com/docs/usage/webhooks/webhooks-connection-overrides
Tell = Callable[..., None]


class Trouble(Exception):
    """The service could not be asked, or what it said could not be carried out; `code` is Twilio's."""

    def __init__(self, code: int, message: str):
        super().__init__(message)
        self.code = code


@dataclass(frozen=True)
class Answer:
    url: str
    status: int
    content_type: str
    body: bytes


class Webhooks:
    """Sends webhooks signed with `auth_token`; `faults` may have one come twice. `read_s`: the longest answer."""

    def __init__(self, auth_token: str, faults: Callable[[], Faults], chance: random.Random, read_s: float):
        self._validator = RequestValidator(auth_token)
        self._faults = faults
        self._chance = chance
        self._read_s = read_s

    def sign(self, url: str) -> str:
        """The signature of a request that has nothing but its address, such as the opening of a stream."""
        return self._validator.compute_signature(url, {})

    def send(
        self, session: requests.Session, what: str, url: str, method: str, params: Mapping[str, str], tell: Tell
    ) -> Answer:
        """The service's answer, told as `webhook`. A repeated one keeps its token; the last answer counts.

        Raises Trouble where there is no answer, or a status of 400 and above.
        """
        url = urldefrag(url).url
        token = str(uuid.uuid4())
        times = 2 if self._chance.random() < self._faults().duplicate else 1
        for _ in range(times):
            answer = self._send_once(session, what, url, method, params, token, tell)
        if answer.status >= 400:
            raise Trouble(11200, f"{url} answered {answer.status}")
        return answer

    def _send_once(self, session, what, url, method, params, token, tell) -> Answer:
        began = time.perf_counter()
        try:
            response = self._reach(session, url, method, params, token)
        except requests.Timeout as error:
            raise Trouble(11200, f"{url} did not answer in time") from error
        except requests.RequestException as error:
            raise Trouble(11205, f"{url} cannot be reached") from error
        took = time.perf_counter() - began
        tell("webhook", what=what, url=url, status=response.status_code, ms=round(took * 1000, 1))
        return Answer(url, response.status_code, response.headers.get("Content-Type", ""), response.content)

    def _reach(self, session, url, method, params, token) -> requests.Response:
        if method.upper() == "GET":
            url, params = url + ("&" if "?" in url else "?") + urlencode(params), {}
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(url, dict(params)),
            "I-Twilio-Idempotency-Token": token,
            "User-Agent": "TwilioProxy/1.1",
            "Accept": "*/*",
        }
        ask = {"headers": headers, "data": params or None, "timeout": (CONNECT_SECONDS, self._read_s)}
        try:
            return session.request(method, url, **ask)
        except requests.ConnectionError:
            return session.request(method, url, **ask)


class SoundFetcher:
    """Fetches what is played, again each time unless its ETag still holds, and knows how long it lasts."""

    def __init__(self, seconds_of: Callable[[bytes, str], float]):
        self._seconds_of = seconds_of
        self._kept: dict[str, tuple[str, float]] = {}  # url -> (ETag, seconds)
        self._lock = threading.Lock()

    def seconds(self, session: requests.Session, url: str) -> float:
        """Raises Trouble where there is no sound at this address; that ends a call."""
        etag, seconds = self._kept.get(url, ("", 0.0))
        try:
            response = session.get(
                url, headers={"If-None-Match": etag} if etag else {}, timeout=(CONNECT_SECONDS, READ_SECONDS)
            )
        except requests.RequestException as error:
            raise Trouble(11205, f"{url} cannot be fetched to play it") from error
        if response.status_code == 304:
            return seconds
        if response.status_code != 200:
            raise Trouble(11200, f"{url} is to be played and answered {response.status_code}")
        try:
            seconds = self._seconds_of(response.content, response.headers.get("Content-Type", ""))
        except ValueError as error:
            raise Trouble(12300, f"{url} is to be played: {error}") from error
        with self._lock:
            self._kept[url] = (response.headers.get("ETag", ""), seconds)
        return seconds

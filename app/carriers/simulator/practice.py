"""The practice phone's side of the network: what its page may do with a handset, over the network's control side."""

from collections.abc import Callable, Sequence
from pathlib import Path

import requests

from app.carriers.simulator.client import CONNECT_SECONDS
from app.carriers.simulator.control import control_token
from app.carriers.simulator.handset_control import LONGEST_WAIT_SECONDS
from app.carriers.simulator.ready_made import Phone, ReadyCaller, people, speech_of
from app.errors import Refused
from speech_models.speaker import CannotSpeak, Speaker

_NO_NETWORK = "模拟的电话网络没有回答，过一会儿再试；还不行，请看看 phones 这个进程开着没有。"
_NO_VOICE = "这台机器上还没有装说话的声音，这些人说不了话。您可以自己说，或者用一个声音文件。"
_REFUSED = "电话网络没有办到：这部电话上可能还有一个电话没有挂，或者这不是声音文件。"


class Practice:
    """`address` of the network, its `secret`, the service's voice, and the folder where what was spoken is kept.

    Everything raises Refused with a Chinese sentence.
    """

    def __init__(self, address: Callable[[], str], secret: str, speaker: Callable[[], Speaker], folder: Path):
        self._address, self._token, self._speaker, self._folder = address, control_token(secret), speaker, folder
        self._phones, self._callers = people()

    @property
    def phones(self) -> Sequence[Phone]:
        """Whose telephone may be taken."""
        return self._phones

    @property
    def callers(self) -> Sequence[ReadyCaller]:
        """Who rings by themselves."""
        return tuple(self._callers.values())

    def is_phone(self, number: str) -> bool:
        """Whether this is a telephone of the practice; no other is looked into."""
        return any(one.number == number for one in (*self._phones, *self.callers))

    def look(self, number: str, **known: str) -> dict:
        """What is new on a telephone; `known`: what the page knows (handset_control.py)."""
        return self._ask("GET", number, "", params=known).json()

    def dial(self, number: str) -> str:
        """The hotline is dialled; returns the id of the call."""
        hidden = any(phone.number == number and phone.hidden for phone in self._phones)
        return self._ask("POST", number, "/calls", data={"hidden": "1"} if hidden else {}).json()["call"]

    def ring_as(self, key: str) -> str:
        """A ready-made caller rings; returns the id of the call."""
        caller = self._caller(key)
        speech = self.speech(key)
        files = [("speech", (path.name, path.read_bytes(), "audio/wav")) for path in speech]
        form = {"by_itself": "1", "keys": caller.keys, "hang_up": caller.hang_up}
        return self._ask("POST", caller.number, "/calls", data=form, files=files).json()["call"]

    def speech(self, key: str) -> list[Path]:
        """What a ready-made caller says, a file for each time that the hotline listens; takes seconds at first."""
        try:
            return speech_of(self._caller(key), self._speaker(), self._folder)
        except CannotSpeak as error:
            raise Refused(_NO_VOICE) from error

    def answer(self, number: str) -> None:
        self._ask("POST", number, "/answer")

    def hang_up(self, number: str) -> None:
        self._ask("POST", number, "/hang-up")

    def press(self, number: str, key: str) -> None:
        self._ask("POST", number, "/keys", json={"key": key})

    def say(self, number: str, file: bytes) -> None:
        """A sound file, said into the call from now on."""
        self._ask("POST", number, "/speech", data=file)

    def text(self, number: str, body: str) -> None:
        self._ask("POST", number, "/texts", json={"body": body})

    def _caller(self, key: str) -> ReadyCaller:
        if key not in self._callers:
            raise Refused("没有这个来电人，请从列表里选。")
        return self._callers[key]

    def _ask(self, method: str, number: str, what: str, **how) -> requests.Response:
        url = f"{self._address()}/network/handsets/{number}{what}"
        headers = {"Authorization": f"Bearer {self._token}"}
        try:
            with requests.Session() as session:
                session.trust_env = False
                answer = session.request(
                    method, url, headers=headers, timeout=(CONNECT_SECONDS, LONGEST_WAIT_SECONDS + 10), **how
                )
        except requests.RequestException as error:
            raise Refused(_NO_NETWORK) from error
        if answer.status_code >= 400:
            raise Refused(_REFUSED if answer.status_code == 400 else _NO_NETWORK)
        return answer

"""Plain factories: sounds, and a whole service beside a simulated phone network, over real HTTP."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from huey import MemoryHuey
from sqlalchemy import select
from werkzeug.serving import make_server

from app import schema
from app.carriers.simulator import Network, Plan, create_network, parse_keys
from app.cli.try_it import hotline
from app.jobs.queue import Queue
from app.models import Case, Village
from app.parts import Parts
from app.service import create_app, make_parts, make_practice
from app.settings import Settings
from app.telephone.stream import Listener
from speech_models.audio import Audio, write_wav
from speech_models.language_model import language_model
from speech_models.tones import Tones
from speech_models.transcript import Transcript, Word

GRANDMA = "+8619900000001"
LANDLINE = "+862855512340"


def speech(seconds: float = 2.0, seed: int = 1) -> bytes:
    """A WAV that the network takes for speech: a hum, 8 kHz."""
    time = np.arange(int(seconds * 8000)) / 8000
    hum = 0.3 * np.sin(2 * np.pi * (180 + 10 * seed) * time) * (0.6 + 0.4 * np.sin(2 * np.pi * 3 * time))
    return write_wav(Audio(hum.astype(np.float32), 8000))


def quiet(seconds: float = 2.0) -> bytes:
    return write_wav(Audio(np.zeros(int(seconds * 8000), np.float32), 8000))


class Hears:
    """A recogniser that hears what it is told to, in order; nothing when it was told nothing more."""

    name = "told"

    def __init__(self):
        self.texts: list[str] = []
        self.confidence = 0.9
        self.heard: list[Audio] = []

    def transcribe(self, audio: Audio, hints=()) -> Transcript:
        self.heard.append(audio)
        text = self.texts.pop(0) if self.texts else ""
        words = tuple(Word(sign, i * 0.2, i * 0.2 + 0.2, self.confidence) for i, sign in enumerate(text))
        return Transcript(words, (), self.name, self.confidence if text else 0.0)


def settle() -> None:
    """Until the network has carried every text and call that is on its way."""
    on_the_way = ("(_deliver_text)", "(_carry_text)", "(_run_outbound)", "(_run_inbound)")
    while threads := [t for t in threading.enumerate() if t.name.endswith(on_the_way)]:
        for thread in threads:
            thread.join(timeout=30)


class Town:
    """A running service with its phone network. Time in calls passes at once; jobs run when they are nudged."""

    def __init__(self, parts: Parts, network: Network, recogniser: Hears, network_url: str, queue: Queue, practice):
        self.parts, self.network, self.recogniser, self.network_url = parts, network, recogniser, network_url
        self.queue, self.practice = queue, practice

    def call(self, *says: bytes, keys: str = "", hang_up=None, caller: str = GRANDMA, heard: str | None = None) -> list:
        """Somebody rings; gives what happened, in order."""
        if heard is not None:
            self.recogniser.texts.append(heard)
        plan = Plan(tuple(says), parse_keys(keys), hang_up)
        events = list(self.network.place_call(caller, plan, self.network_url).log.follow())
        settle()
        return events

    def text(self, body: str, caller: str = GRANDMA) -> list[str]:
        """Somebody texts; gives the texts that came back."""
        before = len(self.phone(caller))
        self.network.text_in(caller, body)
        settle()
        return self.phone(caller)[before:]

    def phone(self, number: str) -> list[str]:
        """The texts a telephone got."""
        return [event["body"] for event in self.network.log(number).so_far() if event["event"] == "text"]

    def cases(self) -> list[Case]:
        with self.parts.database.reading() as session:
            cases = list(session.scalars(select(Case).order_by(Case.received_at, Case.number)))
            for case in cases:
                assert case.recordings is not None
                assert case.events is not None
                assert case.messages is not None
                assert case.spoken_replies is not None
                assert case.caller is None or case.caller.number
            return cases

    def rows(self, model) -> list:
        with self.parts.database.reading() as session:
            return list(session.scalars(select(model)))


@contextmanager
def served(app, port: int = 0, ssl_context=None) -> Iterator[str]:
    """A WSGI application on a free port of the loopback address; by https with files of a certificate and its key."""
    server = make_server("127.0.0.1", port, app, threaded=True, ssl_context=ssl_context)
    server.daemon_threads = False  # so that server_close waits for requests that are still being answered
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def memory_queue(parts: Parts) -> Queue:
    """A queue whose jobs run at once, in the thread that nudges; it is told of rows that have work."""
    queue = Queue(*(MemoryHuey(name, immediate=True) for name in ("reaching", "hearing", "telling")), parts)
    parts.nudge = queue.nudge
    return queue


@contextmanager
def town(folder: Path, database_url: str = "", *, live: bool = False, **network) -> Iterator[Town]:
    """A service with a small fictional town on its own database, and its phone network.

    With `live` it tells the network to stream what callers say; `listening` hears it.
    """
    language_model()  # once a process; no call waits for it
    settings = Settings(_env_file=None, data=folder, database_url=database_url, recogniser="scripted", live=live)
    network.setdefault("pace", 0)
    late, late_network = _Late(), _Late()
    with served(late) as base_url, served(late_network) as network_url:
        settings.base_url, settings.simulator_url = base_url, network_url
        parts = make_parts(settings)
        recogniser = Hears()
        parts.recogniser_for, parts.make_speaker = lambda dialect: recogniser, Tones
        queue = memory_queue(parts)
        schema.upgrade(parts.database)
        with parts.database.session() as session:
            session.add(Village(name="清水村", aliases=["清水"], groups=6))
            session.add(Village(name="石桥村", aliases=[], groups=3))
        queue.render()
        late.app = create_app(settings, parts)
        late.app.extensions["xiangyin.practice"] = practice = make_practice(parts)
        late_network.app = create_network(settings.account_sid, settings.carrier_secret, hotline(settings), **network)
        yield Town(parts, late_network.app.extensions["network"], recogniser, network_url, queue, practice)
        settle()
    parts.database.close()


@contextmanager
def listening(parts: Parts) -> Iterator[Listener]:
    """The `stream` process as a thread, on a free port, which is where the service then has calls streamed to."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listener = Listener(parts)
    server = asyncio.run_coroutine_threadsafe(listener.listen(0), loop).result()
    parts.settings.stream_url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    async def stop():
        server.close()
        await server.wait_closed()
        await listener.close()

    try:
        yield listener
    finally:
        asyncio.run_coroutine_threadsafe(stop(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


class _Late:
    """An application that is decided on after its port is known."""

    app = None

    def __call__(self, environ, start_response):
        return self.app(environ, start_response)

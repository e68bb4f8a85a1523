"""Live listening, measured: many callers speak at once, over a bad line, to the real `stream` process.

    python -m tests.bench.streams --calls N [--manifest MANIFEST.tsv] [--streams K] [--loss P] [--jitter-ms J]

Starts web, worker and stream on a temporary database. The bench is the carrier: it rings with signed webhooks, opens
the streams that the documents ask for, sends each clip in real time in the frames of streamdouble, which loses and
delays some, records beside it, and does what the service then asks. K: how many streams the service takes (its
default); the others are shed to their recordings.

Prints one JSON line. Times are in seconds of wall clock:

heard_live, shed (refused at the door), left (lost too much or broke off; transcribed from the recording); lag (from
the moment a word was said until the desk has it, at every change of the words); after_end (from the end of speech as
it is decided, `end_pause_s` of silence after the last voiced frame, to the document with the answer), after_last_voice
(the same from that frame itself); recorded_after_last_voice (the same for calls that only their recording ended, its
own silence of 4 s included); frames_sent, frames_lost, frames_seen (by the service); transcripts (with words, of
`calls`), webhook_errors, late_ms (mean lateness of the bench's own frames: above a few, the machine was too small).
"""

import argparse
import asyncio
import csv
import json
import logging
import random
import re
import tempfile
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import requests
import soundfile
from flask import Flask, Response, jsonify, request
from sqlalchemy import select
from streamdouble.audio import frame_ulaw
from streamdouble.chaos import Impairments, Network
from streamdouble.pacer import Pacer
from streamdouble.protocol import MediaStreamEncoder, StreamIdentity
from twilio.request_validator import RequestValidator
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from werkzeug.serving import make_server

from app import schema
from app.cli.start import SAMPLE
from app.cli.trial import Trial, free_port
from app.db import Database
from app.models import Conversation, LiveWords, Recording
from app.services.directory import villages
from app.services.wording.prompts import SHIPPED
from app.settings import Settings
from speech_models.audio import joined, read_sound, silence, to_mulaw, write_wav
from speech_models.speech_detection import Ear
from tests.bench.calls import _at as at

RECORD_SILENCE_SECONDS = 4.0  # of the flow's Record
FRAME_SECONDS = 0.02
LOOK_SECONDS = 0.1
PATIENCE_SECONDS = 120


@dataclass
class Call:
    """One caller. Times are `time.time()`."""

    number: int
    clip: bytes  # WAV
    sid: str = ""
    began: float = 0.0
    last_voice: float = 0.0
    answered: float = 0.0
    how: str = ""  # live or recorded: what brought the answer
    shed: bool = False
    sent: int = 0
    lost: int = 0
    late_ms: float = 0.0
    spoke: asyncio.Event = field(default_factory=asyncio.Event)
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    told_to_go_on: str = ""
    seen: list[tuple[float, str]] = field(default_factory=list)

    def note_last_voice(self) -> None:
        self.last_voice = time.time()
        self.spoke.set()


class Carrier:
    """The telephone company: webhooks out, its REST interface in."""

    def __init__(self, settings: Settings, calls: list[Call]):
        self.settings, self.calls = settings, {f"CA{call.number:032}": call for call in calls}
        for sid, call in self.calls.items():
            call.sid = sid
        self.loop = asyncio.get_running_loop()
        self.errors = 0
        self._validator = RequestValidator(settings.carrier_secret)
        port = int(settings.carrier_url.rpartition(":")[2])
        self._server = make_server("127.0.0.1", port, self._app(), threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def sign(self, url: str) -> dict[str, str]:
        return {"X-Twilio-Signature": self._validator.compute_signature(url, {})}

    def post(self, url: str, call: Call, **more: str) -> str:
        """A webhook of a call; the document that answers it."""
        fields = {"CallSid": call.sid, "From": f"+8619900{call.number:06}", "To": self.settings.hotline}
        fields |= {"CallStatus": "in-progress"} | more
        signature = self._validator.compute_signature(url, fields)
        try:
            answer = requests.post(url, data=fields, headers={"X-Twilio-Signature": signature}, timeout=15)
            answer.raise_for_status()
        except requests.RequestException:
            self.errors += 1
            return ""
        return answer.text

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _app(self) -> Flask:
        app = Flask("carrier")
        account = f"/2010-04-01/Accounts/{self.settings.account_sid}"

        @app.post(f"{account}/Calls/<sid>.json")
        def go_on(sid: str):
            call = self.calls[sid]
            call.told_to_go_on = request.form["Url"]
            self.loop.call_soon_threadsafe(call.goes_on.set)
            return jsonify(sid=sid, status="in-progress")

        @app.get(f"{account}/Recordings/<sid>.wav")
        def recording(sid: str):
            return Response(self.calls[sid.replace("RE", "CA")].clip, mimetype="audio/x-wav")

        @app.get(f"{account}/Recordings.json")
        def recordings():
            return jsonify(recordings=[], page=0, next_page_uri=None)

        @app.post(f"{account}/Messages.json")
        def text():
            return jsonify(sid=f"SM{random.getrandbits(64):032x}", status="queued"), 201

        @app.delete(f"{account}/Recordings/<sid>.json")
        def delete(sid: str):
            return "", 204

        return app


async def place(carrier: Carrier, call: Call, options: argparse.Namespace) -> None:
    """One call: she hears the greeting, speaks, and waits for the answer."""
    base = carrier.settings.base_url
    document = await asyncio.to_thread(carrier.post, f"{base}/calls", call)
    speaking = asyncio.create_task(_speak(carrier, call, re.search(r'<Stream [^>]*url="([^"]+)"', document), options))
    sound = read_sound(call.clip)
    await call.spoke.wait()
    with suppress(TimeoutError):
        await asyncio.wait_for(call.goes_on.wait(), RECORD_SILENCE_SECONDS)
    recorded = {"RecordingSid": call.sid.replace("CA", "RE"), "RecordingDuration": str(round(sound.seconds + 1))}
    if call.goes_on.is_set():
        call.how = "live"
        document = await asyncio.to_thread(carrier.post, call.told_to_go_on, call)
    else:
        call.how = "recorded"
        document = await asyncio.to_thread(carrier.post, f"{base}/calls/turn/1", call, **recorded)
        while onward := re.search(r"<Redirect[^>]*>([^<]+/wait/\d+)<", document):
            await asyncio.sleep(1.5)
            document = await asyncio.to_thread(carrier.post, onward[1], call)
    call.answered = time.time()
    complete = recorded | {"RecordingStatus": "completed"}
    await asyncio.to_thread(carrier.post, f"{base}/calls/turn/1/recorded", call, **complete)
    await speaking
    await asyncio.to_thread(carrier.post, f"{base}/calls/ended", call, CallStatus="completed", CallDuration="30")


async def _speak(carrier: Carrier, call: Call, stream, options: argparse.Namespace) -> None:
    """Say the clip, then nothing, until the service closes the stream. The time of the last voiced frame is noted."""
    sound = joined([read_sound(call.clip), silence(RECORD_SILENCE_SECONDS, 8000)])
    ear = Ear()
    ear.hear(sound)
    last = round((ear.spoke_until or 0.0) / FRAME_SECONDS)
    network = Network(Impairments(loss=options.loss, jitter_ms=options.jitter_ms), seed=call.number)
    encoder, pacer = MediaStreamEncoder(StreamIdentity(call_sid=call.sid)), Pacer(FRAME_SECONDS)
    try:
        async with connect(stream[1], additional_headers=carrier.sign(stream[1]), compression=None, proxy=None) as line:
            for message in (encoder.connected(), encoder.start()):
                await line.send(json.dumps(message))
            call.began = time.time()
            pacer.start()
            for number, frame in enumerate(frame_ulaw(to_mulaw(sound))):
                await pacer.wait()
                if number == last:
                    call.note_last_voice()
                if network.should_drop():
                    encoder.skip_frame()
                    continue
                await asyncio.sleep(network.delay_s())
                await line.send(json.dumps(encoder.media(frame)))
                call.sent += 1
    except InvalidStatus:
        call.shed = True
        await asyncio.sleep(last * FRAME_SECONDS)
        call.note_last_voice()
    except ConnectionClosed:
        pass
    call.lost, call.late_ms = network.frames_dropped, pacer.stats.mean_lateness_ms if call.sent else 0.0


async def _watch(database: Database, calls: dict[str, Call]) -> None:
    """What the desk could see of each call, and when."""

    def look() -> list:
        with database.reading() as session:
            rows = select(Conversation.carrier_id, LiveWords.text).join(LiveWords.conversation)
            return list(session.execute(rows))

    while True:
        await asyncio.sleep(LOOK_SECONDS)
        for sid, text in await asyncio.to_thread(look):
            call = calls[sid]
            if text and (not call.seen or call.seen[-1][1] != text):
                call.seen.append((time.time(), text))


async def _run(options: argparse.Namespace, folder: Path) -> dict:
    settings = Settings(
        _env_file=None,
        data=folder,
        base_url=f"http://127.0.0.1:{free_port()}",
        carrier_url=f"http://127.0.0.1:{free_port()}",
        stream_port=(port := free_port()),
        stream_url=f"ws://127.0.0.1:{port}",
        live=True,
        speaker="tones",
        **({"streams": options.streams} if options.streams else {}),
    )
    database = Database(settings.database)
    schema.upgrade(database)
    with database.session() as session:
        villages.load_villages(session, villages.EXAMPLE)
    calls = [Call(number, clip) for number, clip in enumerate(_clips(options.manifest, options.calls + 1))]
    carrier = Carrier(settings, calls)
    service = Trial(settings, folder / "service.log")
    watching = asyncio.create_task(_watch(database, carrier.calls))
    try:
        for name in ("web", "worker", "stream"):
            service.start(name)
        await asyncio.to_thread(service.wait_until_up)
        await place(carrier, calls[0], options)  # the models are loaded when the measuring begins
        chance = random.Random(5)
        await asyncio.gather(*(_after(chance.random() * 2, place(carrier, call, options)) for call in calls[1:]))
        await _settle(database, len(calls))
    finally:
        watching.cancel()
        await asyncio.to_thread(service.stop)
        carrier.close()
    log = (folder / "service.log").read_text(errors="replace")
    return _figures(options, settings, calls[1:], database, carrier, log)


async def _after(seconds: float, call) -> None:
    await asyncio.sleep(seconds)
    await call


async def _settle(database: Database, count: int) -> None:
    """Until every recording is transcribed."""

    def done() -> bool:
        with database.reading() as session:
            states = session.scalars(select(Recording.state)).all()
        return len(states) >= count and set(states) == {"transcribed"}

    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await asyncio.to_thread(done):
                await asyncio.sleep(0.5)


def _clips(manifest: Path | None, count: int) -> list[bytes]:
    """Speech of at least three seconds, used again when there is not enough: recordings, or the sample and prompts."""
    if manifest is None:
        found = [SAMPLE, *sorted((SHIPPED / "mandarin").glob("*.wav"))]
    else:
        with manifest.open(encoding="utf-8") as file:
            rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
            found = [manifest.parent / row["audio"] for row in rows]
    long = [path for path in found if soundfile.info(path).duration >= 3]
    if manifest is not None:
        random.Random(3).shuffle(long)
    return [write_wav(read_sound(long[n % len(long)].read_bytes()), mulaw=True) for n in range(count)]


def _figures(options, settings: Settings, calls: list[Call], database: Database, carrier: Carrier, log: str) -> dict:
    words = _words(database)
    live = [call for call in calls if call.how == "live"]
    recorded = [call for call in calls if call.how == "recorded" and call.last_voice]
    lags = [lag for call in live for lag in _lags(call, words.get(call.sid, []))]
    after_voice = [call.answered - call.last_voice for call in live]
    after_end = [seconds - settings.end_pause for seconds in after_voice]
    of_recordings = [call.answered - call.last_voice for call in recorded]
    sids = {call.sid for call in calls}
    heard = [line for line in log.splitlines() if "heard live" in line or "left to the recording" in line]
    seen = [int(re.search(r"frames=(\d+)", line)[1]) for line in heard if re.search(r"call=(\w+)", line)[1] in sids]
    sending = [call for call in calls if call.sent]
    return {
        "calls": len(calls),
        "streams": settings.streams,
        "heard_live": len(live),
        "shed": sum(call.shed for call in calls),
        "left": sum("left to the recording" in line for line in heard),
        "lag_p50_s": at(lags, 50),
        "lag_p95_s": at(lags, 95),
        "end_pause_s": settings.end_pause,
        "after_end_p50_s": at(after_end, 50),
        "after_end_p95_s": at(after_end, 95),
        "after_last_voice_p50_s": at(after_voice, 50),
        "after_last_voice_p95_s": at(after_voice, 95),
        "recorded_after_last_voice_p50_s": at(of_recordings, 50),
        "recorded_after_last_voice_p95_s": at(of_recordings, 95),
        "loss": options.loss,
        "jitter_ms": options.jitter_ms,
        "frames_sent": sum(call.sent for call in calls),
        "frames_lost": sum(call.lost for call in sending),
        "frames_seen": sum(seen),
        "transcripts": sum(bool(words.get(call.sid)) for call in calls),
        "webhook_errors": carrier.errors,
        "late_ms": round(sum(call.late_ms for call in sending) / max(1, len(sending)), 1),
    }


def _words(database: Database) -> dict[str, list[dict]]:
    """The words that were heard in each call, with their times."""
    with database.reading() as session:
        rows = session.execute(
            select(Conversation.carrier_id, Recording).join(Conversation, Recording.conversation_id == Conversation.id)
        )
        return {sid: row.transcript.words for sid, row in rows if row.transcript}


def _lags(call: Call, words: list[dict]) -> list[float]:
    """From the end of the last word that the desk sees to the moment it does, at every change; words as in the end."""
    ends = [word["end"] for word in words for _ in re.sub(r"\W", "", word["text"])]
    lengths = [(seen, len(re.sub(r"\W", "", text))) for seen, text in call.seen]
    return [seen - call.began - ends[min(length, len(ends)) - 1] for seen, length in lengths if length and ends]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--calls", type=int, default=10)
    parser.add_argument("--manifest", type=Path)
    parser.add_argument("--streams", type=int, default=0, help="streams the service takes; its default if left out")
    parser.add_argument("--loss", type=float, default=0.05, help="chance that a frame is lost")
    parser.add_argument("--jitter-ms", type=float, default=30.0)
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(asyncio.run(_run(options, Path(folder)))))


if __name__ == "__main__":
    main()

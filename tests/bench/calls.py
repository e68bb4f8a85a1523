"""Calls at once, in real time, with real speech: how many cases, how fast, and what is lost when things go wrong.

    python -m tests.bench.calls --manifest MANIFEST.tsv --calls N [--at-once K] [--duplicate P] [--drop P]
                                [--hang-up P] [--kill-worker-every S]

Starts the service (web, worker, simulated phone network) on a temporary database and places the calls over signed
webhooks; every call has its own number. Prints one JSON line:

calls; cases (distinct ones opened); lost (calls that spoke, without a case with their audio); doubled (calls with
more than one case); transcribed (recordings); webhook_p50_ms, webhook_p99_ms (as the network sees them, every one of
a call); transcript_after_hangup_p50_s, _p95_s (0 when it was there before); turn_gap_p95_s (from the end of what the
caller did to the first sound of the answer).
"""

import argparse
import csv
import json
import random
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from sqlalchemy import select

from app import schema
from app.carriers.simulator import control_token, set_faults, try_call
from app.cli.trial import Trial, free_port, trial
from app.db import Database
from app.models import Conversation, Recording
from app.services.directory import villages
from app.settings import Settings

_SETTLE_SECONDS = 240  # after the last call: lost callbacks are recovered once a minute


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--manifest", type=Path, required=True)
    parser.add_argument("--calls", type=int, required=True)
    parser.add_argument("--at-once", type=int, default=20)
    parser.add_argument("--duplicate", type=float, default=0.0, help="chance that a webhook comes twice")
    parser.add_argument("--drop", type=float, default=0.0, help="chance that a notice never comes")
    parser.add_argument("--hang-up", type=float, default=0.5, help="chance that a caller hangs up after speaking")
    parser.add_argument("--kill-worker-every", type=float, default=0.0, help="seconds")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps(_run(options, Path(folder))))


def _run(options: argparse.Namespace, folder: Path) -> dict:
    settings = Settings(
        _env_file=None,
        data=folder,
        base_url=f"http://127.0.0.1:{free_port()}",
        simulator_url=f"http://127.0.0.1:{free_port()}",
        speaker="tones",
    )
    database = Database(settings.database)
    schema.upgrade(database)
    with database.session() as session:
        villages.load_villages(session, villages.EXAMPLE)
    token = control_token(settings.carrier_secret)
    with trial(settings, folder / "service.log") as service:
        _warm_up(settings, token)
        set_faults(settings.simulator_url, token, duplicate=options.duplicate, drop=options.drop)
        over = threading.Event()
        killer = threading.Thread(target=_kill_now_and_then, args=(service, options.kill_worker_every, over))
        killer.start()
        try:
            calls = _place(options, settings, token)
            _settle(database, {call[0]["call"] for call in calls})
        finally:
            over.set()
            killer.join()
    return _figures(database, calls)


def _clips(manifest: Path, count: int) -> list[bytes]:
    """Recordings of sentences, each at least a second long; used again when there are fewer than calls."""
    with manifest.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    long = [row for row in rows if float(row.get("seconds") or 2) >= 1] or rows
    random.Random(1).shuffle(long)
    return [(manifest.parent / long[n % len(long)]["audio"]).read_bytes() for n in range(count)]


def _warm_up(settings: Settings, token: str) -> None:
    """One call first, so that the worker's model is loaded when the measuring begins."""
    from app.cli.try_it import SAMPLE

    list(try_call(settings.simulator_url, token, [SAMPLE.read_bytes()], caller="+8619900999999", keys="1"))


def _place(options: argparse.Namespace, settings: Settings, token: str) -> list[list[dict]]:
    chance = random.Random(7)
    clips = _clips(options.manifest, options.calls)
    hang_ups = ["after_speaking" if chance.random() < options.hang_up else None for _ in clips]

    def place(number: int) -> list[dict]:
        caller = f"+8619900{number:06d}"
        events = list(
            try_call(settings.simulator_url, token, [clips[number]], caller=caller, keys="1", hang_up=hang_ups[number])
        )
        print(f"call {number + 1} of {options.calls} over", file=sys.stderr)
        return events

    with ThreadPoolExecutor(options.at_once) as pool:
        return list(pool.map(place, range(options.calls)))


def _kill_now_and_then(service: Trial, every: float, over: threading.Event) -> None:
    while every and not over.wait(every):
        service.kill("worker")
        service.start("worker")


def _settle(database: Database, calls: set[str]) -> None:
    """Until every recording of these calls is transcribed, and every one that spoke has a recording."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while time.monotonic() < deadline:
        with database.reading() as session:
            found = session.execute(
                select(Conversation.carrier_id, Recording.state)
                .join(Recording, Recording.conversation_id == Conversation.id)
                .where(Conversation.carrier_id.in_(calls))
            ).all()
        if {call for call, _ in found} == calls and all(state == "transcribed" for _, state in found):
            return
        time.sleep(1)


def _figures(database: Database, calls: list[list[dict]]) -> dict:
    spoke = {c[0]["call"]: c for c in calls if any(e["event"] == "record" and not e["empty"] for e in c)}
    with database.reading() as session:
        conversations = session.scalars(select(Conversation).where(Conversation.carrier_id.in_(spoke))).all()
        cases = {c.carrier_id: {r.case_id for r in c.case.recordings} | {c.case_id} for c in conversations if c.case_id}
        kept = {c.carrier_id for c in conversations if c.case_id and any(r.key for r in c.case.recordings)}
        heard = {
            c.carrier_id: [t.at.timestamp() for r in c.case.recordings for t in r.transcripts]
            for c in conversations
            if c.case_id
        }
    webhooks = [e["ms"] for c in calls for e in c if e["event"] == "webhook"]
    after = [max(0.0, min(times) - _hang_up(spoke[call])) for call, times in heard.items() if times]
    return {
        "calls": len(calls),
        "cases": len(set().union(*cases.values())) if cases else 0,
        "lost": len(set(spoke) - kept),
        "doubled": sum(len(ids) > 1 for ids in cases.values()),
        "transcribed": sum(bool(times) for times in heard.values()),
        "webhook_p50_ms": _at(webhooks, 50),
        "webhook_p99_ms": _at(webhooks, 99),
        "transcript_after_hangup_p50_s": _at(after, 50),
        "transcript_after_hangup_p95_s": _at(after, 95),
        "turn_gap_p95_s": _at([gap for c in calls for gap in _gaps(c)], 95),
    }


def _hang_up(events: list[dict]) -> float:
    return next(e["time"] for e in events if e["event"] in ("hang_up", "end"))


def _gaps(events: list[dict]) -> list[float]:
    """Seconds from each thing the caller did to the next sound."""
    gaps, since = [], None
    for event in events:
        if event["event"] in ("record", "key"):
            since = event["time"]
        elif event["event"] == "play" and since is not None:
            gaps.append(event["time"] - since)
            since = None
    return gaps


def _at(values: list[float], percent: int) -> float:
    if len(values) < 2:
        return round(values[0], 3) if values else 0.0
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 3)


if __name__ == "__main__":
    main()

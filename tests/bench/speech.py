"""Bench of recognition: `python -m tests.bench.speech MANIFEST.tsv --out HYPS.tsv [--raw] [--engine NAME] [--limit N]`.

MANIFEST.tsv has a column `audio`, paths relative to its folder. Each file goes through the worker's own code path, one
after the other, on this one process. HYPS.tsv gets a line `audio<TAB>text` each, without a header; a file that cannot
be read gets an empty text. Progress goes to stderr, one line of JSON to stdout: seconds of audio (of readable files),
CPU seconds of this process and its children without loading the model, latency per file, peak memory. With --raw the
texts are as the engine heard them, before correction.
"""

import argparse
import csv
import json
import os
import resource
import statistics
import sys
import time
from contextlib import suppress
from pathlib import Path

import structlog

from app.services.conversation.transcription import EVERYBODYS, recognise
from speech_models.audio import BadSound, read_sound, silence, write_wav
from speech_models.catalogue import ModelMissing
from speech_models.choose import choose_recogniser
from speech_models.language_model import language_model
from speech_models.recogniser import Recogniser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="where the texts go")
    parser.add_argument("--raw", action="store_true", help="before correction")
    parser.add_argument("--engine", default="auto", help="auto (what the service would use), whisper or vosk")
    parser.add_argument("--limit", type=int, help="only the first N files of the manifest")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with options.manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    names = [row["audio"] for row in rows[: options.limit]]
    recogniser = choose_recogniser(options.engine, calls=1)
    recognise(recogniser, write_wav(silence(1, 8000)))
    with suppress(ModelMissing):
        language_model()
    print(json.dumps(measure(recogniser, options.manifest.parent, names, options.out, raw=options.raw)))


def measure(recogniser: Recogniser, folder: Path, names: list[str], out: Path, *, raw: bool = False) -> dict:
    """Transcribe the files, write their texts, and say what it cost."""
    latencies, audio_seconds, unreadable, engine = [], 0.0, 0, recogniser.name
    cpu_before = cpu_seconds()
    with out.open("w", encoding="utf-8") as texts:
        for done, name in enumerate(names, start=1):
            sound = read_file(folder / name)
            began = time.perf_counter()
            transcript = recognise(recogniser, sound, knowledge=None if raw else EVERYBODYS)
            latencies.append(time.perf_counter() - began)
            seconds = seconds_of(sound)
            audio_seconds += seconds
            unreadable += not seconds
            engine = transcript.engine or engine
            print(name, " ".join(transcript.text.split()), sep="\t", file=texts)
            if not seconds:
                print(f"{name}: cannot be read as sound, counted as empty", file=sys.stderr)
            if done % 50 == 0 or done == len(names):
                print(f"{done} of {len(names)} files", file=sys.stderr, flush=True)
    cpu = cpu_seconds() - cpu_before
    return {
        "engine": engine,
        "corrected": not raw,
        "utterances": len(names),
        "unreadable": unreadable,
        "audio_s": round(audio_seconds, 2),
        "cpu_s": round(cpu, 2),
        "cpu_per_audio_s": round(cpu / audio_seconds, 4) if audio_seconds else None,
        "latency_p50_s": percentile(latencies, 50),
        "latency_p95_s": percentile(latencies, 95),
        "rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def read_file(path: Path) -> bytes:
    """What is in a file; nothing where it cannot be opened."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def seconds_of(sound: bytes) -> float:
    try:
        return read_sound(sound).seconds
    except BadSound:
        return 0.0


def cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def percentile(values: list[float], percent: int) -> float | None:
    if len(values) < 2:
        return round(values[0], 3) if values else None
    return round(statistics.quantiles(values, n=100, method="inclusive")[percent - 1], 3)


if __name__ == "__main__":
    main()

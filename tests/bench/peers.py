"""Bench beside the peers: `python -m tests.bench.peers MANIFEST.tsv [--peer PATH] [--limit N] [--engine NAME]`.

MANIFEST.tsv has the columns audio, language and transcript. Ours (the worker's own code path), stock faster-whisper
(the same Whisper base, int8, beam 5, told the language, all else as it comes) and plain Vosk (where a Mandarin model is
installed) hear the same files by turns, each in a process of its own with one thread for arithmetic. Then the same
calls are streamed through Vosk in our way and in the peer's; with --peer also through the asr_server.py of a checkout
of vosk-server. Progress goes to stderr, one line of JSON to stdout: for each of them, errors by column, CPU seconds for
a second of sound, time to the first result, memory; whether ours is better than stock in every column; the streaming.
"""

import argparse
import csv
import json
import multiprocessing
import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import structlog

from tests.bench.scoring import error_rates
from tests.bench.speech import cpu_seconds, percentile, read_file, seconds_of

_hear: Callable[[bytes], str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--peer", type=Path, help="a checkout of vosk-server")
    parser.add_argument("--limit", type=int, help="about N files: small columns whole, large ones evenly")
    parser.add_argument("--engine", default="auto", help="ours: auto (what the service would use), whisper or vosk")
    options = parser.parse_args()
    with options.manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    chosen = sample(rows, options.limit or len(rows))
    report = recognition(options.manifest.parent, chosen, options.engine)
    from tests.bench.vosk_calls import compare

    sentences = [options.manifest.parent / row["audio"] for row in chosen if row["language"] == "cmn"]
    report["streaming"] = compare(sentences, options.peer) if sentences else "The manifest has no Mandarin sentences."
    print(json.dumps(report, ensure_ascii=False))


def sample(rows: list[dict[str, str]], limit: int) -> list[dict[str, str]]:
    """About `limit` rows: each language has the same number, evenly from all of its rows, a smaller one all it has."""
    languages = defaultdict(list)
    for row in rows:
        languages[row["language"]].append(row)
    chosen = []
    for place, own in enumerate(sorted(languages.values(), key=len)):
        share = max(1, (limit - len(chosen)) // (len(languages) - place))
        count = min(share, len(own))
        chosen += [own[round(number * len(own) / count)] for number in range(count)]
    return chosen


def recognition(folder: Path, rows: list[dict[str, str]], engine: str) -> dict:
    """What each of the ways hears in the same files, and what it costs."""
    opened = {"ours": (open_ours, engine), "stock_faster_whisper": (open_stock,)}
    if models := mandarin_vosk():
        opened["plain_vosk"] = (open_plain_vosk, models[0])
    texts, costs = defaultdict(dict), defaultdict(list)
    os.environ["OMP_NUM_THREADS"] = "1"
    pools = {
        name: ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), start, how) for name, how in opened.items()
    }
    for done, row in enumerate(rows, start=1):
        sound = read_file(folder / row["audio"])
        for name, pool in pools.items():
            texts[name][row["audio"]], *cost = pool.submit(hear, sound).result()
            costs[name].append((seconds_of(sound), *cost))
        if done % 20 == 0 or done == len(rows):
            print(f"{done} of {len(rows)} files", file=sys.stderr, flush=True)
    for pool in pools.values():
        pool.shutdown()
    report = {name: summary(rows, texts[name], costs[name]) for name in pools}
    report.setdefault("plain_vosk", "No Mandarin Vosk model is installed.")
    ours, stock = report["ours"]["columns"], report["stock_faster_whisper"]["columns"]
    worse = [column for column in ours if ours[column]["cer"] > stock[column]["cer"]]
    return report | {"columns_worse_than_stock": worse}


def summary(rows: list[dict[str, str]], texts: dict[str, str], costs: list[tuple[float, float, float, int]]) -> dict:
    columns = defaultdict(list)
    for row in rows:
        columns[row["language"]].append((row["transcript"], texts[row["audio"]]))
    seconds, waits, cpu, memory = zip(*costs, strict=True)
    return {
        "columns": {column: error_rates(pairs) for column, pairs in sorted(columns.items())},
        "cpu_per_audio_s": round(sum(cpu) / sum(seconds), 4),
        "first_result_p50_s": percentile(waits, 50),
        "first_result_p95_s": percentile(waits, 95),
        "rss_mb": max(memory),
    }


def start(open_way: Callable[..., Callable[[bytes], str]], *how: str) -> None:
    """In a process of its own: load one way, and let it hear a second of silence."""
    global _hear
    from speech_models.audio import silence, write_wav

    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    _hear = open_way(*how)
    _hear(write_wav(silence(1, 8000)))


def hear(sound: bytes) -> tuple[str, float, float, int]:
    """What the way of this process hears in a sound file; the wall and CPU seconds it took, and the peak MB so far."""
    began, cpu = time.perf_counter(), cpu_seconds()
    text = _hear(sound)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return text, time.perf_counter() - began, cpu_seconds() - cpu, peak


def open_ours(engine: str) -> Callable[[bytes], str]:
    from app.services.conversation.transcription import EVERYBODYS, recognise
    from speech_models.catalogue import ModelMissing
    from speech_models.choose import choose_recogniser
    from speech_models.language_model import language_model

    recogniser = choose_recogniser(engine, calls=1)
    with suppress(ModelMissing):
        language_model()
    return lambda sound: recognise(recogniser, sound, knowledge=EVERYBODYS).text


def open_stock() -> Callable[[bytes], str]:
    import io

    from faster_whisper import WhisperModel

    from speech_models.catalogue import installed

    model = WhisperModel(str(installed("whisper-base")), device="cpu", compute_type="int8", cpu_threads=1)

    def hear_sound(sound: bytes) -> str:
        if not seconds_of(sound):
            return ""
        segments, _ = model.transcribe(io.BytesIO(sound), language="zh", beam_size=5)
        return "".join(segment.text for segment in segments)

    return hear_sound


def mandarin_vosk() -> list[str]:
    """The installed Mandarin Vosk models, the most accurate (not `small`) first."""
    from speech_models.catalogue import weights_folder

    return sorted((str(path) for path in weights_folder().glob("vosk-model-*cn*/")), key=lambda path: "small" in path)


def open_plain_vosk(model_folder: str) -> Callable[[bytes], str]:
    import vosk

    from speech_models.audio import read_sound, to_pcm16

    model = vosk.Model(model_folder)

    def hear_sound(sound: bytes) -> str:
        if not seconds_of(sound):
            return ""
        audio = read_sound(sound)
        recognizer = vosk.KaldiRecognizer(model, audio.rate)
        parts = [recognizer.Result()] if recognizer.AcceptWaveform(to_pcm16(audio)) else []
        return "".join(json.loads(part)["text"] for part in [*parts, recognizer.FinalResult()])

    return hear_sound


if __name__ == "__main__":
    main()

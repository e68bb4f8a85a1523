"""Bench of correction by sound: `python -m tests.bench.correction [MANIFEST.tsv] [--limit N] [--engine NAME]`.

Village talk: tests/bench/village_sentences.txt, spoken by the shipped voice through a noisy telephone line. General
text: the recordings of MANIFEST.tsv (columns audio and transcript). Each goes through the worker's own code path once
without and once with correction. One line of JSON to stdout: for both kinds the errors in characters (cer) and toneless
syllables (per), as heard and corrected, and how many texts became better and how many worse.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import structlog
from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from app.services.conversation.transcription import EVERYBODYS, recognise
from speech_models.audio import Audio, resample, write_wav
from speech_models.choose import choose_recogniser
from speech_models.correction import corrected
from speech_models.kokoro import Kokoro
from speech_models.recogniser import Recogniser
from tests.bench.scoring import normalised
from tests.bench.speech import read_file

SENTENCES = Path(__file__).with_name("village_sentences.txt")
TELEPHONE_RATE = 8000
NOISE_DB, LEVELS_DBFS = (5, 20), (-38, -18)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path, nargs="?")
    parser.add_argument("--limit", type=int, help="at most N of each kind, evenly from all")
    parser.add_argument("--engine", default="auto", help="auto (what the service would use), whisper or vosk")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    recogniser = choose_recogniser(options.engine, calls=1)
    result = {"engine": recogniser.name, "village": judge(recogniser, spoken(options.limit))}
    if options.manifest:
        result["general"] = judge(recogniser, recorded(options.manifest, options.limit))
    print(json.dumps(result))


def spoken(limit: int | None) -> Iterable[tuple[str, bytes]]:
    """The village sentences as they arrive over a line with noise, each with its text; the same in every run."""
    chance, voice = np.random.default_rng(1), Kokoro()
    for text in _some(SENTENCES.read_text(encoding="utf-8").splitlines(), limit):
        samples = resample(voice.say(text), TELEPHONE_RATE).samples
        noise = chance.normal(size=len(samples))
        noise *= _loudness(samples) / _loudness(noise) / 10 ** (chance.uniform(*NOISE_DB) / 20)
        line = samples + noise
        line *= 10 ** (chance.uniform(*LEVELS_DBFS) / 20) / _loudness(line)
        yield text, write_wav(Audio(np.clip(line, -1, 1).astype(np.float32), TELEPHONE_RATE), mulaw=True)


def recorded(manifest: Path, limit: int | None) -> Iterable[tuple[str, bytes]]:
    """The recordings of a manifest, each with what is said."""
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    for row in _some(rows, limit):
        yield row["transcript"], read_file(manifest.parent / row["audio"])


def judge(recogniser: Recogniser, sounds: Iterable[tuple[str, bytes]]) -> dict:
    """What is wrong in the texts as they were heard and after correction."""
    counts = np.zeros(6)
    better = worse = texts = 0
    for said, sound in sounds:
        heard = recognise(recogniser, sound, knowledge=None)
        want = normalised(said)
        errors = [_errors(want, normalised(text)) for text in (heard.text, corrected(heard, EVERYBODYS).text)]
        counts += (*errors[0], *errors[1], len(want), len(lazy_pinyin(want)))
        better += errors[1][0] < errors[0][0]
        worse += errors[1][0] > errors[0][0]
        texts += 1
        if texts % 20 == 0:
            print(f"{texts} texts", file=sys.stderr, flush=True)
    characters, syllables = np.maximum(counts[4:], 1)
    heard_cer, heard_per, cer, per = np.round(counts[:4] / (characters, syllables, characters, syllables), 4).tolist()
    return {
        "texts": texts,
        "as_heard": {"cer": heard_cer, "per": heard_per},
        "corrected": {"cer": cer, "per": per},
        "better": better,
        "worse": worse,
    }


def _errors(want: str, got: str) -> tuple[int, int]:
    return Levenshtein.distance(want, got), Levenshtein.distance(lazy_pinyin(want), lazy_pinyin(got))


def _some(items: list, limit: int | None) -> list:
    return items[:: -(-len(items) // limit)] if limit else items


def _loudness(samples: np.ndarray) -> float:
    return float(np.sqrt(np.mean(samples**2)))


if __name__ == "__main__":
    main()

"""Bench of confidence: `python -m tests.bench.confidence MANIFEST.tsv [--engine NAME] [--limit N] [--fit]`.

MANIFEST.tsv has the columns audio, speaker and transcript. Every file goes through the worker's own code path; what was
heard is aligned with what was said, and a word is right when each of its characters is. One line of JSON to stdout: how
many words the desk shows as sure and how many of those are right, and the curve: of the words heard with such a
confidence, how many are right. The same again for each half of the speakers: what is fitted to speakers is fitted to
the first half of a manifest, so the second half is the honest one. With --fit: fits Whisper's, and prints the lines for
speech_models/confidence.toml.
"""

import argparse
import csv
import json
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog
from rapidfuzz.distance import Levenshtein

from app.services.conversation.transcription import recognise
from speech_models.choose import choose_recogniser
from speech_models.confidence import EVIDENCE, FEATURES, Calibration, features
from speech_models.correction import Corrector, evidence
from speech_models.transcript import SURE, Transcript, Word
from speech_models.whisper import Whisper
from tests.bench.fitting import as_toml, in_first_half, logistic
from tests.bench.scoring import normalised
from tests.bench.speech import read_file

STEPS = 10
OF_A_SPEAKER = 60


@dataclass(frozen=True)
class Judged:
    """A word that was heard: how sure the engine was, and whether it was said."""

    speaker: str
    confidence: float
    right: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--engine", default="auto", help="auto (what the service would use), whisper or vosk")
    parser.add_argument("--limit", type=int, help="at most N files, evenly from the whole manifest")
    parser.add_argument("--fit", action="store_true", help="fit Whisper's confidence to the first half of the speakers")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with options.manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    rows = rows[:: -(-len(rows) // options.limit)] if options.limit else rows
    if options.fit:
        print(fit(options.manifest.parent, some_of_each([row for row in rows if in_first_half(row["speaker"])])))
        return
    recogniser = choose_recogniser(options.engine, calls=1)
    words, engine = [], recogniser.name
    for done, row in enumerate(rows, start=1):
        transcript = recognise(recogniser, read_file(options.manifest.parent / row["audio"]))
        engine = transcript.engine or engine
        words += judged(transcript.words, row["transcript"], row["speaker"])
        if done % 50 == 0 or done == len(rows):
            print(f"{done} of {len(rows)} files", file=sys.stderr, flush=True)
    halves = {
        name: summary([word for word in words if in_first_half(word.speaker) == first])
        for name, first in (("first_half_of_speakers", True), ("second_half_of_speakers", False))
    }
    print(json.dumps({"engine": engine, "sure_from": SURE, **summary(words), "curve": curve(words), **halves}))


def fit(folder: Path, rows: list[dict[str, str]]) -> str:
    """Fit what Whisper's own scores, and then what correction, say of a word being right, to these recordings; TOML."""
    recogniser = Whisper(calibrated=False)
    heard = []
    for done, row in enumerate(rows, start=1):
        transcript = recognise(recogniser, read_file(folder / row["audio"]), knowledge=None)
        heard += [(transcript, row)] if transcript.words else []
        if done % 50 == 0 or done == len(rows):
            print(f"{done} of {len(rows)} files", file=sys.stderr, flush=True)
    weights, constant = logistic(np.concatenate([features(one) for one, _ in heard]), right(heard))
    engine = f"[{recogniser.name}]\n{as_toml(FEATURES, weights, {'constant': constant})}"
    calibration, corrector, chosen, found = Calibration(tuple(weights), constant), Corrector(), [], []
    for transcript, row in heard:
        sure = calibration.apply(transcript)
        best, likely = corrector.choose(sure)
        chosen.append((best, row))
        found.append(evidence(sure, best, likely))
    weights, constant = logistic(np.concatenate(found), right(chosen))
    together = f"[{recogniser.name}.corrected]\n{as_toml(EVIDENCE, weights, {'constant': constant})}"
    return f"{engine}\n\n{together}"


def some_of_each(rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """At most OF_A_SPEAKER recordings of a speaker, evenly from all, so that none speaks for everybody."""
    by_speaker: dict[str, list] = {}
    for row in rows:
        by_speaker.setdefault(row["speaker"], []).append(row)
    return [row for each in by_speaker.values() for row in each[:: -(-len(each) // OF_A_SPEAKER)]]


def right(transcripts: list[tuple[Transcript, dict[str, str]]]) -> np.ndarray:
    """1 for each word of the transcripts that was said, 0 for each that was not."""
    words = (judged(one.words, row["transcript"], row["speaker"]) for one, row in transcripts)
    return np.array([word.right for each in words for word in each], float)


def judged(words: tuple[Word, ...], said: str, speaker: str) -> list[Judged]:
    """The words heard, each right or wrong. A word that holds no letter or character is wrong."""
    spelt = [normalised(word.text) for word in words]
    owner = [place for place, text in enumerate(spelt) for _ in text]
    wrong = {place for place, text in enumerate(spelt) if not text}
    for part in Levenshtein.opcodes("".join(spelt), normalised(said)):
        if part.tag != "equal":
            wrong.update(owner[part.src_start : part.src_end])
    return [Judged(speaker, word.confidence, place not in wrong) for place, word in enumerate(words)]


def summary(words: list[Judged]) -> dict:
    """How many words there are, how many are right, what part is marked sure, and how many of those are right."""
    sure = [word for word in words if word.confidence >= SURE]
    return {
        "words": len(words),
        "right": _share(words),
        "sure": round(len(sure) / len(words), 4) if words else None,
        "sure_right": _share(sure),
    }


def curve(words: list[Judged]) -> list[dict]:
    """For each tenth of confidence: how many words, their mean confidence, and how many of them are right."""
    points = []
    for step in range(STEPS):
        within = [word for word in words if min(STEPS - 1, int(word.confidence * STEPS)) == step]
        mean = round(sum(word.confidence for word in within) / len(within), 4) if within else None
        points.append({"from": step / STEPS, "words": len(within), "confidence": mean, "right": _share(within)})
    return points


def _share(words: list[Judged]) -> float | None:
    return round(sum(word.right for word in words) / len(words), 4) if words else None


if __name__ == "__main__":
    main()

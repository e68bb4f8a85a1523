"""Bench of closed questions: `python -m tests.bench.choices MANIFEST.tsv [--engine NAME] [--limit N] [--fit]`.

MANIFEST.tsv has the columns audio, language, speaker and transcript; the isolated words are the rows of language
`cmn-word`. Each is chosen among 5, 20, 50 and 300 words of the manifest, itself among them, and once more among as many
others. Where the isolated words are too few, words of two characters cut from the manifest's sentences fill the list.

One line of JSON to stdout, for each number of choices: `accuracy`, the part of the words that were chosen rightly when
they were in the list ("none of them" counts as wrong), and `false_accept`, the part of the words for which something
was chosen when they were not; and the CPU milliseconds of one choice among fifty. What is fitted is fitted to one half
of the speakers, and the other half is judged (everybody, where the other half has no words). With --fit: fits, and
prints the lines for speech_models/choices.toml.
"""

import argparse
import csv
import json
import random
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import structlog

from speech_models.audio import BadSound, read_sound
from speech_models.choices import (
    FEATURES,
    RANKED,
    Answer,
    HearsAnswers,
    Weighed,
    calibration,
    choose,
    choose_each,
    features,
    weigh,
)
from speech_models.choose import choose_recogniser
from speech_models.recogniser import Recogniser
from tests.bench.fitting import as_toml, in_first_half, logistic, preference
from tests.bench.speech import cpu_seconds, read_file

SIZES = (5, 20, 50, 300)
FROM_ISOLATED = 78
WORD = "cmn-word"
TIMED, TIMED_SIZE = 20, 50
FALSE_ACCEPTS, LIMITED_SIZE = 0.05, 50

Row = dict[str, str]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--engine", default="auto", help="auto (what the service would use), whisper or vosk")
    parser.add_argument("--limit", type=int, help="at most N words, evenly from all")
    parser.add_argument("--fit", action="store_true", help="fit the weights to the first half of the speakers")
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with options.manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    words = [row for row in rows if row["language"] == WORD]
    half = [row for row in words if in_first_half(row["speaker"]) == options.fit] or words
    half = half[:: -(-len(half) // options.limit)] if options.limit else half
    others = [row["transcript"] for row in rows if row["language"] != WORD]
    vocabulary = words_of([row["transcript"] for row in words], others)
    recogniser = choose_recogniser(options.engine, calls=1)
    run = fit if options.fit else judge
    print(run(recogniser, options.manifest.parent, half, vocabulary))


def words_of(isolated: list[str], sentences: list[str]) -> list[str]:
    """The words to choose among: the isolated ones, then pieces of two characters of the sentences, in their order."""
    pieces = (piece for text in sentences for piece in re.findall(r"[\u4e00-\u9fff]{2}", text))
    return list(dict.fromkeys([*isolated, *pieces]))[: max(SIZES) + 1]


def lists_for(word: str, vocabulary: list[str]) -> list[tuple[int, bool, list[str]]]:
    """For each size a list with the word and one without it: size, whether it is in, the phrases. By chance, but the
    same in every run."""
    chance = random.Random(word)
    others = [other for other in vocabulary if other != word]
    made = []
    for size in SIZES:
        for within in (True, False):
            # The isolated words stand first: up to fifty are drawn from them, more take whatever there is.
            pool = others if size > FROM_ISOLATED else others[:FROM_ISOLATED]
            phrases = chance.sample(pool, min(len(pool), size - within)) + [word] * within
            chance.shuffle(phrases)
            made.append((size, within, phrases))
    return made


def judge(recogniser: Recogniser, folder: Path, rows: list[Row], vocabulary: list[str]) -> str:
    """Choose every word among every list, and say how often that was right."""
    right, accepted = ({size: [] for size in SIZES} for _ in range(2))
    for row, audio in sounds(folder, rows):
        lists = lists_for(row["transcript"], vocabulary)
        choices = choose_each(recogniser, audio, [phrases for _, _, phrases in lists])
        for (size, within, phrases), choice in zip(lists, choices, strict=True):
            if within:
                right[size].append(choice.index is not None and phrases[choice.index] == row["transcript"])
            else:
                accepted[size].append(choice.index is not None)
    result = {str(size): {"accuracy": _mean(right[size]), "false_accept": _mean(accepted[size])} for size in SIZES}
    cost = cpu_of_one(recogniser, folder, rows[:TIMED], vocabulary)
    speakers = len({row["speaker"] for row in rows})
    return json.dumps({"engine": recogniser.name, "words": len(rows), "speakers": speakers, **result, "cpu_ms": cost})


def cpu_of_one(recogniser: Recogniser, folder: Path, rows: list[Row], vocabulary: list[str]) -> float:
    """CPU milliseconds of one choice among TIMED_SIZE phrases, hearing the sound included."""
    audios = [audio for _, audio in sounds(folder, rows)]
    before = cpu_seconds()
    for audio in audios:
        choose(recogniser, audio, vocabulary[:TIMED_SIZE])
    return round(1000 * (cpu_seconds() - before) / max(1, len(audios)), 1)


def fit(recogniser: Recogniser, folder: Path, rows: list[Row], vocabulary: list[str]) -> str:
    """Fit the weights to these words, and the acceptance to so many false accepts among 50; as TOML."""
    if not isinstance(recogniser, HearsAnswers):
        sys.exit(f"{recogniser.name} does not weigh phrases by itself; there is nothing to fit.")
    asked = []
    for row, audio in sounds(folder, rows):
        if answer := recogniser.hear_answer(audio):
            for size, within, phrases in lists_for(row["transcript"], vocabulary):
                found = weigh(answer, phrases, calibration().ranking)
                asked.append(Asked(answer, row["transcript"], phrases, found, size == LIMITED_SIZE and not within))
    ranking = preference([(one.found.weighed, one.place) for one in asked if one.place is not None])
    heard = [features(one.answer, one.phrases, one.found, ranking) for one in asked]
    right = [one.phrases[best] == one.said for one, (best, _) in zip(asked, heard, strict=True)]
    rows_of = np.array([found for _, found in heard])
    weights, constant = logistic(rows_of, np.array(right, float))
    sure = 1 / (1 + np.exp(-rows_of @ weights - constant))
    accepted_from = np.quantile(sure[np.array([one.is_outside for one in asked])], 1 - FALSE_ACCEPTS)
    more = {"constant": constant, "accepted_from": accepted_from}
    return f"[ranking]\n{as_toml(RANKED, ranking, {})}\n\n[sure]\n{as_toml(FEATURES, weights, more)}"


@dataclass(frozen=True)
class Asked:
    """One list put to one answer; `is_outside` where what was said is not in it and false accepts are limited."""

    answer: Answer
    said: str
    phrases: list[str]
    found: Weighed
    is_outside: bool

    @property
    def place(self) -> int | None:
        """Where among the weighed phrases the one is that was said."""
        return next((row for row, place in enumerate(self.found.places) if self.phrases[place] == self.said), None)


def sounds(folder: Path, rows: list[Row]):
    """Each row with its sound; a file that cannot be read is left out and named on stderr."""
    for done, row in enumerate(rows, start=1):
        try:
            yield row, read_sound(read_file(folder / row["audio"]))
        except BadSound as error:
            print(f"{row['audio']}: {error}", file=sys.stderr)
        if done % 25 == 0 or done == len(rows):
            print(f"{done} of {len(rows)} words", file=sys.stderr, flush=True)


def _mean(outcomes: list[bool]) -> float | None:
    return round(sum(outcomes) / len(outcomes), 4) if outcomes else None


if __name__ == "__main__":
    main()

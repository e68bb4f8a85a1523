"""Confidence (把握): an engine's own score of a word, made the probability that the word is right.

What an engine calls 0.9 is right as often as chance has it. How sure the words around are, and whether the other
readings have the word too, tell more. The weights of these are data, fitted to people whose words are known:
`python -m tests.bench.confidence MANIFEST --fit`.
"""

import math
import tomllib
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from speech_models.transcript import Transcript

DATA = Path(__file__).with_name("confidence.toml")
FEATURES = ("own", "mean", "lowest_beside", "mean_beside", "words", "agreement")
EVIDENCE = ("engine", "together", "changed", "engine_mean", "together_mean", "words")
LEAST = 0.001


@dataclass(frozen=True)
class Calibration:
    """How much each of FEATURES weighs in the log-odds of a word being right, and what is added."""

    weights: tuple[float, ...]
    constant: float

    def apply(self, transcript: Transcript) -> Transcript:
        """The transcript with the probability of being right as the confidence of each word and, on average, of all."""
        if not transcript.words:
            return transcript
        sure = self.probabilities(features(transcript))
        words = tuple(replace(word, confidence=round(p, 3)) for word, p in zip(transcript.words, sure, strict=True))
        return replace(transcript, words=words, confidence=round(sum(sure) / len(sure), 3))

    def probabilities(self, evidence: np.ndarray) -> list[float]:
        """How likely each row of what was fitted is right, 0 to 1."""
        return (1 / (1 + np.exp(-evidence @ np.array(self.weights) - self.constant))).tolist()


@cache
def calibration_of(engine: str) -> Calibration:
    """What was fitted to an engine. Raises KeyError for an engine that nothing was fitted to."""
    fitted = tomllib.loads(DATA.read_text(encoding="utf-8"))[engine]
    return Calibration(tuple(fitted[name] for name in FEATURES), fitted["constant"])


@cache
def correction_calibration(engine: str) -> Calibration | None:
    """What was fitted to corrected transcripts of an engine (correction.py), None where nothing was."""
    fitted = tomllib.loads(DATA.read_text(encoding="utf-8")).get(engine, {}).get("corrected")
    return Calibration(tuple(fitted[name] for name in EVIDENCE), fitted["constant"]) if fitted else None


def features(transcript: Transcript) -> np.ndarray:
    """What speaks for each word, shape (words, FEATURES).

    The log-odds of the engine's score; the logarithms of the scores of all words on average, and of the words next to
    it at the lowest and on average; the logarithm of the number of words; the part of the other readings that have it.
    """
    scores = np.clip([word.confidence for word in transcript.words], LEAST, 1 - LEAST)
    logs = np.log(scores)
    rows = []
    for place, word in enumerate(transcript.words):
        beside = [logs[at] for at in (place - 1, place + 1) if 0 <= at < len(logs)] or [0.0]
        others = transcript.alternatives
        agreement = sum(word.text[0] in other for other in others) / len(others) if others else 1.0
        own = math.log(scores[place] / (1 - scores[place]))
        rows.append((own, logs.mean(), min(beside), sum(beside) / len(beside), math.log(len(logs)), agreement))
    return np.array(rows)

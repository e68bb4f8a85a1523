"""Closed questions (选择): which of the expected phrases was said, or none of them.

A phrase is weighed in three ways. By its sounds: how likely the sound head (sound_head.py) finds them in the recording.
By the readings: how near it is, syllable for syllable, to what the engine writes by itself, each counted by its own
score. By the engine: how likely its decoder finds the phrase. Only the phrases that are likeliest by sounds and
readings are put to the decoder, so three hundred cost little more than ten. How much each way counts, and how sure a
choice is, is fitted to people whose words are known: `python -m tests.bench.choices MANIFEST --fit`.
"""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np

from speech_models.audio import Audio
from speech_models.recogniser import Recogniser
from speech_models.sound_head import units_of
from speech_models.syllables import missed, syllables
from speech_models.transcript import Transcript

DATA = Path(__file__).with_name("choices.toml")
RANKED = ("readings", "sounds", "units", "engine")
FEATURES = ("readings", "sounds", "engine", "lead", "phrases", "nearest", "against_free", "length")
# How fast a reading stops counting for a phrase that sounds otherwise: e to the minus this for each syllable missed.
STRICTNESS = 6.0
PUT_TO_ENGINE = 6
FARTHEST_READING = -12.0
LARGEST_LEAD = 8.0
# The weights are fitted to words of one and two syllables; longer phrases are brought to that measure.
FITTED_LENGTH = 2
# An engine without answers of its own heard a phrase when at most this part of its syllables was missed.
MISSED_AT_MOST = 0.3


@dataclass(frozen=True)
class Choice:
    """What was chosen: the place of a phrase in the list, or None for none of them; `confidence` 0 to 1 that the best
    phrase was said (whether or not it was chosen); the places of the best phrases, best first."""

    index: int | None
    confidence: float
    alternatives: tuple[int, ...] = ()


@dataclass(frozen=True)
class Reading:
    """One way an engine reads a sound, and the natural logarithm of how likely it finds it."""

    text: str
    score: float


class Answer(Protocol):
    """A short answer as an engine heard it. `hearings`: the readings of each time it listened, best first."""

    hearings: Sequence[Sequence[Reading]]

    def fit(self, phrases: Sequence[str]) -> list[float]:
        """How likely the sounds of each phrase are, against the likeliest sounds of all: the logarithm, 0 at most."""

    def weigh(self, phrases: Sequence[str]) -> list[float]:
        """How likely each phrase is to the decoder: the logarithm, on average for a token."""


@runtime_checkable
class HearsAnswers(Protocol):
    """An engine that weighs phrases by itself."""

    def hear_answer(self, audio: Audio) -> Answer | None:
        """What was heard of a short answer, or None when nobody speaks. Raises RecogniserUnavailable."""


def choose(recogniser: Recogniser, audio: Audio, phrases: Sequence[str]) -> Choice:
    """Which of the phrases is said in mono audio of a few seconds. Raises RecogniserUnavailable."""
    [choice] = choose_each(recogniser, audio, [phrases])
    return choice


def choose_each(recogniser: Recogniser, audio: Audio, lists: Sequence[Sequence[str]]) -> list[Choice]:
    """One choice for each list of phrases, listening only once where the engine can. Raises RecogniserUnavailable."""
    if not isinstance(recogniser, HearsAnswers):
        return [_nearest(recogniser.transcribe(audio, hints=phrases), phrases) for phrases in lists]
    answer = recogniser.hear_answer(audio)
    if answer is None:
        return [Choice(None, 0.0) for _ in lists]
    return [_among(answer, phrases) for phrases in lists]


@dataclass(frozen=True)
class Calibration:
    """What was fitted: the weight of each of RANKED when phrases are compared; the weight of each of FEATURES in the
    log-odds that the best phrase was said, what is added, and how sure one must be to accept it."""

    ranking: np.ndarray
    weights: np.ndarray
    constant: float
    accepted_from: float


@cache
def calibration() -> Calibration:
    fitted = tomllib.loads(DATA.read_text(encoding="utf-8"))
    ranking, sure = fitted["ranking"], fitted["sure"]
    return Calibration(
        np.array([ranking[name] for name in RANKED]),
        np.array([sure[name] for name in FEATURES]),
        sure["constant"],
        sure["accepted_from"],
    )


@dataclass(frozen=True)
class Weighed:
    """Phrases as they were weighed: the places of the likeliest in the list, and RANKED of each, shape (places, 4)."""

    places: list[int]
    weighed: np.ndarray

    def ranked(self, ranking: np.ndarray) -> tuple[list[int], float]:
        """Their order, best first, by these weights, and how far the best leads."""
        total = self.weighed @ ranking
        order = np.argsort(-total, kind="stable").tolist()
        lead = float(total[order[0]] - total[order[1]]) if len(order) > 1 else LARGEST_LEAD
        return order, min(LARGEST_LEAD, lead)


def weigh(answer: Answer, phrases: Sequence[str], ranking: np.ndarray) -> Weighed:
    """Weigh phrases: all of them by sounds and readings, the likeliest by the engine as well.

    RANKED are the nearness to the readings, the logarithm of how likely the sounds are, how many sounds the phrase has
    (the longer it is, the less likely anything fits it), and the engine's logarithm.
    """
    units = [len(units_of(phrase)) for phrase in phrases]
    heard = np.array([[_reading(answer, phrase) for phrase in phrases], answer.fit(phrases), units]).T
    nearest = np.argsort(-(heard @ ranking[:3]), kind="stable")[:PUT_TO_ENGINE].tolist()
    engine = answer.weigh([phrases[place] for place in nearest])
    return Weighed(nearest, np.column_stack([heard[nearest], engine]))


def features(
    answer: Answer, phrases: Sequence[str], found: Weighed, ranking: np.ndarray
) -> tuple[int, tuple[float, ...]]:
    """The place of the likeliest phrase, and its FEATURES.

    Nearness to the readings, likelihood of its sounds for a syllable, likelihood by the engine, its lead over the next,
    the logarithm of how many phrases there are, how many syllables of two the nearest reading missed, how much likelier
    the engine finds what it heard freely, and whether the phrase has one syllable or more (1 or 2).
    """
    [first, *_], lead = found.ranked(ranking)
    best = phrases[found.places[first]]
    readings, sounds, _, engine = found.weighed[first]
    [freely] = answer.weigh([answer.hearings[0][0].text])
    length = len(syllables(best))
    gap = min(missed(reading.text, best) for hearing in answer.hearings for reading in hearing)
    gap *= FITTED_LENGTH / max(FITTED_LENGTH, length)
    sounds /= max(1, length)
    length = min(FITTED_LENGTH, length)
    return found.places[first], (readings, sounds, engine, lead, math.log(len(phrases)), gap, freely - engine, length)


def _among(answer: Answer, phrases: Sequence[str]) -> Choice:
    if not phrases:
        return Choice(None, 0.0)
    fitted = calibration()
    found = weigh(answer, phrases, fitted.ranking)
    best, heard = features(answer, phrases, found, fitted.ranking)
    sure = 1 / (1 + math.exp(-float(np.dot(heard, fitted.weights)) - fitted.constant))
    order, _ = found.ranked(fitted.ranking)
    alternatives = tuple(found.places[place] for place in order)
    return Choice(best if sure >= fitted.accepted_from else None, round(sure, 3), alternatives)


def _reading(answer: Answer, phrase: str) -> float:
    """How near a phrase sounds to what was heard, the mean over the hearings: 0 for the same, less for less."""
    return sum(_reading_in(hearing, phrase) for hearing in answer.hearings) / len(answer.hearings)


def _reading_in(readings: Sequence[Reading], phrase: str) -> float:
    scores = np.array([reading.score for reading in readings])
    apart = np.array([missed(reading.text, phrase) for reading in readings])
    return max(FARTHEST_READING, float(_log_sum(scores - STRICTNESS * apart) - _log_sum(scores)))


def _log_sum(values: np.ndarray) -> float:
    return float(np.logaddexp.reduce(values))


def _nearest(heard: Transcript, phrases: Sequence[str]) -> Choice:
    """The phrase that a transcript is nearest to, for engines that cannot weigh phrases but may take them as hints."""
    if not heard.text or not phrases:
        return Choice(None, 0.0)
    readings = (heard.text, *heard.alternatives)
    parts = [_missed_part(readings[0], phrase) for phrase in phrases]
    ranked = sorted(range(len(phrases)), key=lambda p: (parts[p], min(_missed_part(r, phrases[p]) for r in readings)))
    best = ranked[0]
    sure = round(heard.confidence * max(0.0, 1 - parts[best]), 3)
    return Choice(best if parts[best] <= MISSED_AT_MOST else None, sure, tuple(ranked[:PUT_TO_ENGINE]))


def _missed_part(heard: str, phrase: str) -> float:
    return missed(heard, phrase) / max(1, len(syllables(phrase)))

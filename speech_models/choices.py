"""Closed questions (选择): which of the expected phrases was said, or none of them.

A phrase is weighed in two ways. By sound: how near it is, syllable for syllable, to the readings that the engine gives
of itself, each counted by its own score. By the engine: how likely its decoder finds the phrase in this sound. Only the
phrases nearest by sound are put to the decoder, so three hundred cost little more than ten. How sure a choice is comes
from weights that are fitted to people whose words are known: `python -m tests.bench.choices MANIFEST --fit`.
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
from speech_models.syllables import missed, syllables
from speech_models.transcript import Transcript

DATA = Path(__file__).with_name("choices.toml")
FEATURES = ("sound", "engine", "lead", "phrases", "nearest", "against_free", "length")
# How fast a reading stops counting for a phrase that sounds otherwise: e to the minus this for each syllable missed.
STRICTNESS = 6.0
PUT_TO_ENGINE = 12
FARTHEST_SOUND = -12.0
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

    def weigh(self, phrases: Sequence[str]) -> list[float]:
        """How likely each phrase is in this sound: the logarithm, on average for a token."""


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


@cache
def calibration() -> tuple[np.ndarray, float, float]:
    """What was fitted: the weight of each of FEATURES in the log-odds, what is added, and from where on to accept."""
    fitted = tomllib.loads(DATA.read_text(encoding="utf-8"))
    return np.array([fitted[name] for name in FEATURES]), fitted["constant"], fitted["accepted_from"]


def rank(answer: Answer, phrases: Sequence[str]) -> tuple[list[int], tuple[float, ...]]:
    """The places of the likeliest phrases, best first, and FEATURES of the best of them.

    Sound of the best, its likelihood by the engine, its lead over the next (both together), the logarithm of how many
    phrases there are, how many syllables of two the nearest reading missed, how much likelier the engine finds what it
    heard freely, and whether the phrase has one syllable or more (1 or 2).
    """
    sound = [_sound(answer, phrase) for phrase in phrases]
    nearest = sorted(range(len(phrases)), key=lambda place: -sound[place])[:PUT_TO_ENGINE]
    free = answer.hearings[0][0].text
    *weights, freely = answer.weigh([*(phrases[place] for place in nearest), free])
    total = {place: sound[place] + weight for place, weight in zip(nearest, weights, strict=True)}
    ranked = sorted(total, key=lambda place: -total[place])
    best = ranked[0]
    lead = min(LARGEST_LEAD, total[best] - total[ranked[1]]) if len(ranked) > 1 else LARGEST_LEAD
    engine = total[best] - sound[best]
    gap = min(missed(reading.text, phrases[best]) for hearing in answer.hearings for reading in hearing)
    length = len(syllables(phrases[best]))
    gap *= FITTED_LENGTH / max(FITTED_LENGTH, length)
    length = min(FITTED_LENGTH, length)
    return ranked, (sound[best], engine, lead, math.log(len(phrases)), gap, freely - engine, float(length))


def _among(answer: Answer, phrases: Sequence[str]) -> Choice:
    if not phrases:
        return Choice(None, 0.0)
    ranked, features = rank(answer, phrases)
    weights, constant, accepted_from = calibration()
    sure = 1 / (1 + math.exp(-float(np.dot(features, weights)) - constant))
    return Choice(ranked[0] if sure >= accepted_from else None, round(sure, 3), tuple(ranked))


def _sound(answer: Answer, phrase: str) -> float:
    """How near a phrase sounds to what was heard, the mean over the hearings: 0 for the same, less for less."""
    return sum(_sound_in(hearing, phrase) for hearing in answer.hearings) / len(answer.hearings)


def _sound_in(readings: Sequence[Reading], phrase: str) -> float:
    scores = np.array([reading.score for reading in readings])
    apart = np.array([missed(reading.text, phrase) for reading in readings])
    return max(FARTHEST_SOUND, float(_log_sum(scores - STRICTNESS * apart) - _log_sum(scores)))


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

"""Tests of confidence: an engine's score made the probability that a word is right."""

from pathlib import Path

import numpy as np
import pytest

from speech_models.audio import Audio, read_sound
from speech_models.confidence import calibration_of
from speech_models.transcript import Transcript, Word
from speech_models.whisper import Whisper
from tests.bench.confidence import judged

pytestmark = pytest.mark.engine

MANDARIN = Path(__file__).parent / "mandarin"


def heard(*scores: float, others: tuple[str, ...] = ()) -> Transcript:
    words = tuple(Word(sign, 0.0, 0.1, score) for sign, score in zip("家里停水了", scores, strict=False))
    return Transcript(words, others, "whisper", 0.5)


def sure(transcript: Transcript) -> list[float]:
    return [word.confidence for word in calibration_of("whisper").apply(transcript).words]


def test_a_higher_score_makes_a_word_surer():
    low, high = sure(heard(0.9, 0.3, 0.9)), sure(heard(0.9, 0.95, 0.9))
    assert low[1] < high[1] < 1


def test_a_word_is_less_sure_beside_doubtful_ones():
    assert sure(heard(0.2, 0.9, 0.2))[1] < sure(heard(0.9, 0.9, 0.9))[1]


def test_a_word_that_the_other_readings_lack_is_less_sure():
    agreed, alone = sure(heard(0.9, 0.9, others=("家里", "家离"))), sure(heard(0.9, 0.9, others=("加里", "加离")))
    assert alone[0] < agreed[0]


def test_the_whole_is_as_sure_as_its_words_on_average():
    calibrated = calibration_of("whisper").apply(heard(0.9, 0.5, 0.7))
    assert calibrated.confidence == pytest.approx(np.mean([word.confidence for word in calibrated.words]), abs=0.001)
    assert calibration_of("whisper").apply(Transcript(engine="whisper")) == Transcript(engine="whisper")


def test_noise_makes_the_real_recogniser_less_sure():
    whisper = Whisper()
    clear = read_sound((MANDARIN / "lamp.wav").read_bytes())
    hiss = np.random.default_rng(0).standard_normal(len(clear.samples)).astype(np.float32) * 0.08
    noisy = Audio((clear.samples + hiss).clip(-1, 1), clear.rate)
    assert whisper.transcribe(noisy).confidence < whisper.transcribe(clear).confidence - 0.2


def test_a_word_heard_is_right_when_it_was_said_there():
    words = (
        Word("家", 0, 1, 0.9),
        Word("裡，", 1, 2, 0.9),
        Word("停", 2, 3, 0.8),
        Word("谁", 3, 4, 0.2),
        Word("3", 4, 5, 1),
    )
    assert [word.right for word in judged(words, "家里停水三天", "-")] == [True, True, True, False, True]

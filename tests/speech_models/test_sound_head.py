"""Tests of the sound head: its units, the sums over all ways to place them, and that it hears real rendered speech."""

import itertools
from pathlib import Path

import numpy as np
import pytest

from speech_models.audio import read_sound, resample
from speech_models.sound_head import (
    BLANK,
    FINALS,
    INITIALS,
    TONES,
    UNITS,
    freely,
    likelihoods,
    sound_head,
    units_of,
    units_of_syllable,
)
from speech_models.whisper import RATE, Whisper

pytestmark = pytest.mark.engine

MANDARIN = Path(__file__).parent / "mandarin"


def named(unit: int) -> str:
    if unit <= len(INITIALS):
        return INITIALS[unit - 1]
    final, tone = divmod(unit - 1 - len(INITIALS), TONES)
    return f"{FINALS[final]}{tone + 1}"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("语音", "v3 in1"),
        ("语言", "v3 ian2"),
        ("是", "sh ih4"),
        ("四组", "s iz4 z u3"),
        ("修路，", "x iou1 l u4"),
        ("我 3 a", "uo3"),
        ("", ""),
    ],
)
def test_a_text_is_spelt_in_initials_and_toned_finals(text, units):
    assert " ".join(map(named, units_of(text))) == units


def test_what_is_no_pinyin_has_no_units():
    assert units_of_syllable("x") == units_of_syllable("zhong") == units_of_syllable("qqq1") == ()


def test_a_phrase_is_as_likely_as_all_ways_to_say_it_together():
    chance = np.random.default_rng(1)
    sounds = np.log(chance.dirichlet(np.ones(4), size=5))
    phrases = [(1,), (1, 2), (2, 2), (3, 1, 3), (1, 2, 3, 1, 2)]
    by_hand = dict.fromkeys(phrases, 0.0)
    for way in itertools.product(range(4), repeat=5):
        said = tuple(unit for unit, _ in itertools.groupby(way) if unit != BLANK)
        if said in by_hand:
            by_hand[said] += np.exp(sum(sounds[step, unit] for step, unit in enumerate(way)))
    assert np.exp(likelihoods(sounds, phrases)) == pytest.approx(list(by_hand.values()), rel=1e-4)


def test_a_phrase_longer_than_the_sound_and_one_without_sounds_are_impossible():
    sounds = np.log(np.full((2, 4), 0.25))
    assert (likelihoods(sounds, [(1, 2, 3), ()]) < -1e8).all()


def test_nothing_is_likelier_than_the_likeliest_way():
    sounds = np.log(np.array([[0.1, 0.9], [0.6, 0.4]]))
    assert freely(sounds) == pytest.approx(np.log(0.9 * 0.6))


@pytest.mark.parametrize(
    ("file", "said", "others"),
    [
        ("village", "清水村", ["石桥村", "清河村", "轻水寸", "秦岭村"]),
        ("lower", "下河村", ["上河村", "夏河镇", "下湖村"]),
        ("no", "不是", ["是", "不对", "不行"]),
    ],
)
def test_what_was_said_fits_better_than_what_sounds_like_it(file, said, others):
    sound = resample(read_sound((MANDARIN / f"{file}.wav").read_bytes()), RATE)
    sounds = sound_head().sounds(Whisper().encode_shortly(sound))
    assert sounds.shape[1] == UNITS
    assert np.exp(sounds).sum(axis=1) == pytest.approx(1, abs=1e-3)
    fits = likelihoods(sounds, [units_of(phrase) for phrase in (said, *others)]) - freely(sounds)
    assert np.argmax(fits) == 0
    assert fits[0] > fits[1:].max() + 1

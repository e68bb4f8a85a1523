"""The voice without a model, and the beep."""

import numpy as np
import pytest

from speech_models.audio import level_dbfs
from speech_models.speaker import CannotSpeak
from speech_models.tones import Tones, beep


def test_the_same_text_gives_the_same_sound_and_another_text_another():
    first, again, other = (Tones().say(text) for text in ("路灯坏了", "路灯坏了", "水管坏了"))
    assert np.array_equal(first.samples, again.samples)
    assert not np.array_equal(first.samples, other.samples)


def test_a_longer_text_takes_longer_and_numbers_count_as_they_are_read():
    assert Tones().say("三组").seconds == pytest.approx(0.4)
    assert Tones().say("104国道").seconds == Tones().say("幺零四国道").seconds


def test_half_the_speed_takes_twice_as_long():
    assert Tones().say("您好", speed=0.5).seconds == pytest.approx(2 * Tones().say("您好").seconds)


@pytest.mark.parametrize("text", ["", "  ", "。！", "😀"])
def test_a_text_without_words_cannot_be_spoken(text):
    with pytest.raises(CannotSpeak):
        Tones().say(text)


def test_the_beep_has_its_pitch_its_level_and_no_click():
    sound = beep(seconds=0.4, hz=1000)
    assert sound.seconds == pytest.approx(0.4)
    assert np.argmax(np.abs(np.fft.rfft(sound.samples))) / sound.seconds == pytest.approx(1000)
    assert level_dbfs(sound) == pytest.approx(-20, abs=0.5)
    assert sound.samples[0] == 0
    assert sound.samples[-1] == 0

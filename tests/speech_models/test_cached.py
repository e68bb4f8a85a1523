"""What was spoken once is kept, and what is kept is whole."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from speech_models.audio import read_sound
from speech_models.cached import Cached
from speech_models.speaker import CannotSpeak
from speech_models.tones import Tones


class Counting(Tones):
    """A voice that remembers what it was asked to say."""

    def __init__(self):
        self.asked = []

    def say(self, text, speed=1.0):
        self.asked.append((text, speed))
        return super().say(text, speed)


@pytest.fixture
def voice():
    return Counting()


@pytest.fixture
def cached(voice, tmp_path):
    return Cached(voice, tmp_path / "said")


def test_a_sentence_is_made_once_and_sounds_the_same_again(cached, voice):
    first, again = cached.say("路灯坏了"), cached.say("路灯坏了")
    assert voice.asked == [("路灯坏了", 1.0)]
    assert first.rate == 8000
    assert np.array_equal(first.samples, again.samples)


def test_texts_that_are_read_alike_are_one_file(cached, voice):
    assert cached.file("8:30停水") == cached.file("八点半停水")
    assert len(voice.asked) == 1


def test_another_speed_or_voice_is_another_file(cached, tmp_path):
    other = Counting()
    other.name = "other"
    files = {cached.file("您好"), cached.file("您好", 0.8), Cached(other, tmp_path / "said").file("您好")}
    assert len(files) == 3


def test_nothing_is_kept_before_it_was_made(cached):
    assert cached.kept("您好") is None
    made = cached.file("您好")
    assert cached.kept("您好") == made
    assert read_sound(made.read_bytes()).seconds == pytest.approx(0.4)


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: b"no sound", lambda data: data[: len(data) // 2]])
def test_a_damaged_file_is_not_played_but_made_again(cached, voice, damage):
    whole = cached.say("您好")
    file = cached.file("您好")
    file.write_bytes(damage(file.read_bytes()))
    assert cached.kept("您好") is None
    assert np.array_equal(cached.say("您好").samples, whole.samples)
    assert len(voice.asked) == 2


def test_what_cannot_be_spoken_leaves_nothing_behind(cached, tmp_path):
    with pytest.raises(CannotSpeak):
        cached.say("😀")
    assert not list(tmp_path.rglob("*.*"))


def test_many_at_once_leave_one_whole_file(cached, tmp_path):
    with ThreadPoolExecutor(8) as threads:
        sounds = list(threads.map(lambda _: cached.say("您好"), range(24)))
    assert all(np.array_equal(sound.samples, sounds[0].samples) for sound in sounds)
    assert [path.suffix for path in (tmp_path / "said").iterdir()] == [".wav"]

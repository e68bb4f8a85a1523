"""The embedded voice, with its real model."""

import subprocess
import sys

import numpy as np
import pytest

from speech_models.audio import level_dbfs
from speech_models.kokoro import Kokoro, phonemes, pieces
from speech_models.slower import slowed
from speech_models.speaker import CannotSpeak
from speech_models.tones import beep

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def voice():
    return Kokoro()


@pytest.fixture(scope="module")
def greeting(voice):
    return voice.say("您好，这里是乡音热线。")


def test_a_sentence_is_spoken_at_a_human_pace_and_a_telephone_level(greeting):
    assert greeting.rate == 24000
    assert 1.4 < greeting.seconds < 4
    assert level_dbfs(greeting) == pytest.approx(-20, abs=2)
    assert np.max(np.abs(greeting.samples)) <= 0.9 + 1e-3


def test_it_begins_and_ends_with_a_short_silence_and_no_click(greeting):
    edge = round(0.1 * greeting.rate)
    assert not greeting.samples[:edge].any()
    assert not greeting.samples[-edge:].any()
    assert np.max(np.abs(np.diff(greeting.samples[edge : edge + round(0.03 * greeting.rate)]))) < 0.05


def test_the_same_text_sounds_the_same(voice, greeting):
    assert np.array_equal(voice.say("您好，这里是乡音热线。").samples, greeting.samples)


def test_slower_takes_longer_and_faster_shorter(voice, greeting):
    speech = greeting.seconds - 0.24
    assert voice.say("您好，这里是乡音热线。", speed=0.8).seconds - 0.24 == pytest.approx(speech / 0.8, rel=0.02)
    assert voice.say("您好，这里是乡音热线。", speed=1.3).seconds < greeting.seconds


def test_digits_and_their_words_are_one_sound(voice):
    assert np.array_equal(voice.say("清水村3组").samples, voice.say("清水村三组").samples)


@pytest.mark.parametrize("text", ["my OK", "ＡＢ１２", "好兡😀好", "<b>&好\x00\u200b", "嗯……"])
def test_letters_and_rubbish_do_not_stop_it(voice, text):
    assert voice.say(text).seconds > 0.3


@pytest.mark.parametrize("text", ["", "  \n", "，。！", "😀", "兡"])
def test_a_text_without_sound_cannot_be_spoken(voice, text):
    with pytest.raises(CannotSpeak, match="nothing"):
        voice.say(text)


def test_a_text_of_an_hour_is_refused(voice):
    with pytest.raises(CannotSpeak, match="at most 3000"):
        voice.say("好" * 3001)


def test_without_its_model_it_says_what_to_run(monkeypatch, tmp_path):
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path))
    with pytest.raises(CannotSpeak, match=r"python -m speech_models\.install kokoro-v1\.0-int8"):
        Kokoro().say("您好")


def test_a_damaged_model_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"not a model")
    with pytest.raises(CannotSpeak, match=r"model\.onnx cannot be loaded"):
        Kokoro(tmp_path / "model.onnx").say("您好")


def test_text_is_cut_at_its_punctuation_with_a_longer_pause_after_a_sentence():
    long = "我家后面的水渠被石头堵住了，" * 4
    assert [piece for piece, _ in pieces("水停了。路坏了！\n好")] == ["水停了。", "路坏了！\n", "好"]
    cut = pieces(long + "请来看看。")
    assert "".join(piece for piece, _ in cut) == long + "请来看看。"
    assert len(cut) == 2
    assert cut[0][1] < cut[1][1]


@pytest.mark.parametrize("text", ["好" * 2000, "W" * 2000, "，" * 500 + "好", "a，" * 1000])
def test_no_piece_is_longer_than_the_model_takes(text):
    assert all(len(phonemes(piece)) <= 510 for piece, _ in pieces(text))


def test_letters_are_spelled_and_chinese_keeps_its_tones():
    assert phonemes("妈麻马骂") == "ma→ma↗ma↓ ma↘"
    assert phonemes("OK卡") == "ˈO kˈA kʰa↓"


def test_stretching_keeps_pitch_and_level():
    tone = beep(seconds=2, hz=200, rate=24000)
    slow = slowed(tone, 0.8)
    assert slow.seconds == pytest.approx(2.5)
    assert np.argmax(np.abs(np.fft.rfft(slow.samples))) / slow.seconds == pytest.approx(200, abs=1)
    assert level_dbfs(slow) == pytest.approx(level_dbfs(tone), abs=0.3)


def test_a_process_that_speaks_prints_nothing_and_ends_cleanly():
    speak = "from speech_models.kokoro import Kokoro; Kokoro().say('您好')"
    run = subprocess.run([sys.executable, "-W", "error", "-c", speak], capture_output=True, text=True, timeout=120)
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")

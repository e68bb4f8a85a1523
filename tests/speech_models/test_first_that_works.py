"""Tests of falling back from an engine that fails, and of choosing one."""

import logging

import pytest

from speech_models.audio import silence
from speech_models.choose import choose_recogniser
from speech_models.first_that_works import FirstSpeaker, first_that_works
from speech_models.recogniser import RecogniserUnavailable
from speech_models.scripted import Scripted
from speech_models.speaker import CannotSpeak

SOUND = silence(1, 8000)


class Broken:
    name = "broken"

    def __init__(self, error: Exception):
        self.error = error

    def transcribe(self, audio, hints=()):
        raise self.error

    def listen(self, hints=()):
        raise self.error

    def say(self, text, speed=1.0):
        raise self.error


class Voice:
    name = "voice"

    def say(self, text, speed=1.0):
        return SOUND


@pytest.mark.parametrize("error", [RecogniserUnavailable("No model."), RuntimeError("out of memory")])
def test_the_next_engine_answers_where_the_first_cannot(error, caplog):
    with caplog.at_level(logging.WARNING):
        transcript = first_that_works([Broken(error), Scripted(["停水"])]).transcribe(SOUND)
    assert transcript.text == "停水"
    assert "broken" in caplog.text
    assert str(error) in caplog.text


def test_the_first_engine_answers_alone_where_it_can():
    second = Scripted(["二"])
    assert first_that_works([Scripted(["一"]), second]).transcribe(SOUND).text == "一"
    assert second.heard == []


def test_an_empty_transcript_is_an_answer():
    assert first_that_works([Scripted([""]), Scripted(["二"])]).transcribe(SOUND).text == ""


def test_with_no_engine_left_every_reason_is_given():
    engines = [Broken(RecogniserUnavailable("No Vosk.")), Broken(RecogniserUnavailable("No Whisper."))]
    with pytest.raises(RecogniserUnavailable, match=r"No Vosk\. No Whisper\."):
        first_that_works(engines).transcribe(SOUND)


def test_a_stream_falls_back_too():
    listening = first_that_works([Broken(RecogniserUnavailable("No model.")), Scripted(["停水"])]).listen()
    listening.feed(SOUND)
    assert listening.finish().transcript.text == "停水"


def test_the_next_voice_speaks_where_the_first_cannot():
    assert FirstSpeaker([Broken(CannotSpeak("Not reachable.")), Voice()]).say("你好") is SOUND
    with pytest.raises(CannotSpeak, match=r"Not reachable\."):
        FirstSpeaker([Broken(CannotSpeak("Not reachable."))]).say("你好")


def test_auto_is_whisper_until_a_vosk_model_is_installed(tmp_path, monkeypatch):
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path))
    assert choose_recogniser("auto", calls=1).name == "whisper"
    (tmp_path / "vosk-model-small-cn-0.22" / "am").mkdir(parents=True)
    assert choose_recogniser("auto", calls=1).name == "vosk"
    (tmp_path / "vosk-model-cn-0.22" / "am").mkdir(parents=True)
    assert choose_recogniser("vosk", calls=1).folder.name == "vosk-model-cn-0.22"


def test_vosk_without_a_model_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path))
    with pytest.raises(RecogniserUnavailable, match=r"speech_models\.install vosk-model-small-cn-0\.22"):
        choose_recogniser("vosk", calls=1)


def test_an_unknown_engine_is_refused_with_the_names():
    with pytest.raises(ValueError, match="auto, whisper, vosk and scripted"):
        choose_recogniser("kaldi", calls=1)

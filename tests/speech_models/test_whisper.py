"""Tests of the embedded recogniser, on the real model."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from speech_models.audio import Audio, joined, read_sound, resample, silence
from speech_models.recogniser import Final, RecogniserUnavailable
from speech_models.whisper import Whisper
from tests.speech_models.noises import NOISES, noise

pytestmark = pytest.mark.engine

MANDARIN = Path(__file__).parent / "mandarin"


def recording(name: str) -> Audio:
    return read_sound((MANDARIN / f"{name}.wav").read_bytes())


def plain(text: str) -> str:
    return "".join(character for character in text if character not in "，。？！")


@pytest.fixture(scope="module")
def whisper() -> Whisper:
    return Whisper(calls=2)


def test_a_villagers_sentence_is_written_in_simplified_characters(whisper):
    transcript = whisper.transcribe(recording("lamp"))
    assert plain(transcript.text) == "清水村三组的路灯坏了三天晚上看不见路"
    assert transcript.engine == "whisper"
    assert transcript.confidence > 0.6


def test_every_word_has_its_time_and_its_confidence(whisper):
    sound = recording("lamp")
    words = whisper.transcribe(sound).words
    assert len(words) == 18
    assert all(0 <= word.start <= word.end <= sound.seconds for word in words)
    assert all(before.start <= after.start for before, after in zip(words, words[1:], strict=False))
    assert all(0 <= word.confidence <= 1 for word in words)
    assert words[-1].end - words[0].start > 0.6 * sound.seconds


def test_times_count_from_the_start_of_the_recording(whisper):
    early = whisper.transcribe(recording("water")).words
    late = whisper.transcribe(joined([silence(6, 8000), recording("water")])).words
    assert [word.text for word in late] == [word.text for word in early]
    assert late[3].start - early[3].start == pytest.approx(6, abs=0.3)


def test_other_readings_differ_in_more_than_their_signs(whisper):
    transcript = whisper.transcribe(recording("elder"))
    readings = [plain(text) for text in (transcript.text, *transcript.alternatives)]
    assert len(readings) >= 2
    assert len(set(readings)) == len(readings)


@pytest.mark.parametrize("name", NOISES)
def test_what_is_no_speech_gives_an_empty_transcript(whisper, name):
    transcript = whisper.transcribe(noise(name))
    assert (transcript.text, transcript.words, transcript.confidence) == ("", (), 0.0)


@pytest.mark.parametrize("gain", [0.03, 0.003, 4])
def test_a_faint_and_a_loud_caller_are_understood(whisper, gain):
    sound = recording("water")
    assert "停水" in whisper.transcribe(Audio((sound.samples * gain).clip(-1, 1), sound.rate)).text


def test_any_sample_rate_is_taken(whisper):
    assert "停水" in whisper.transcribe(resample(recording("water"), 44100)).text


def test_a_long_recording_is_cut_at_its_pauses_and_nothing_is_lost(whisper):
    said = [recording(name) for name in ("lamp", "water", "elder") * 4]
    transcript = whisper.transcribe(joined([part for sound in said for part in (sound, silence(0.6, 8000))]))
    assert transcript.text.count("停水") == 4
    assert plain(transcript.text).count("路灯坏了三天") == 4
    assert transcript.text.count("今年七十四岁") == 4


def test_two_callers_are_heard_at_once(whisper):
    sounds = [recording(name) for name in ("lamp", "water", "lamp", "water")]
    alone = [whisper.transcribe(sound).text for sound in sounds[:2]]
    with ThreadPoolExecutor(4) as threads:
        together = [transcript.text for transcript in threads.map(whisper.transcribe, sounds)]
    assert together == alone * 2


def test_a_stream_is_as_well_heard_as_the_whole_of_it(whisper):
    listening = whisper.listen()
    sound = recording("water")
    for start in range(0, len(sound.samples), 800):
        listening.feed(Audio(sound.samples[start : start + 800], 8000), guess=False)
    final = listening.finish()
    assert isinstance(final, Final)
    assert final.transcript == whisper.transcribe(sound)
    assert listening.finish().transcript.text == ""


def test_a_missing_model_says_what_to_run(tmp_path, monkeypatch):
    monkeypatch.setenv("XIANGYIN_WEIGHTS", str(tmp_path))
    with pytest.raises(RecogniserUnavailable, match=r"run: python -m speech_models\.install whisper-base"):
        Whisper().transcribe(silence(1, 8000))

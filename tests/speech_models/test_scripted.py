"""Tests of the scripted recogniser."""

import numpy as np

from speech_models.audio import Audio, read_sound, silence, write_wav
from speech_models.scripted import Scripted, fingerprint
from speech_models.transcript import Transcript, Word


def beep(hertz: float) -> Audio:
    return Audio(np.sin(np.arange(8000) * hertz / 1000).astype(np.float32) * 0.5, 8000)


def test_a_known_sound_gets_its_text_and_another_none():
    recogniser = Scripted({fingerprint(beep(440)): "清水村停水了"})
    assert recogniser.transcribe(beep(440)).text == "清水村停水了"
    assert recogniser.transcribe(beep(441)) == Transcript(engine="scripted")


def test_a_sound_is_known_again_after_it_went_through_a_file():
    recogniser = Scripted({fingerprint(read_sound(write_wav(beep(440)))): "对"})
    assert recogniser.transcribe(read_sound(write_wav(beep(440)))).text == "对"


def test_a_sequence_is_said_in_order_and_then_nothing():
    recogniser = Scripted(["路灯坏了", "对"])
    assert [recogniser.transcribe(beep(1)).text for _ in range(3)] == ["路灯坏了", "对", ""]


def test_a_function_decides_by_the_sound():
    recogniser = Scripted(lambda audio: "长" if audio.seconds > 2 else "短")
    assert recogniser.transcribe(silence(3, 8000)).text == "长"
    assert recogniser.transcribe(silence(1, 8000)).text == "短"


def test_a_whole_transcript_is_given_as_it_is():
    transcript = Transcript((Word("水", 0, 1, 0.2),), ("谁",), "scripted", 0.2)
    assert Scripted([transcript]).transcribe(beep(1)) is transcript


def test_words_are_spread_over_the_sound_and_hints_remembered():
    recogniser = Scripted(["停水"])
    words = recogniser.transcribe(silence(2, 8000), hints=["清水村"]).words
    assert [(word.text, word.start, word.end) for word in words] == [("停", 0, 1), ("水", 1, 2)]
    assert recogniser.heard[0][1] == ("清水村",)


def test_a_stream_is_one_sound():
    listening = Scripted(["对"]).listen()
    listening.feed(silence(0.5, 8000))
    listening.feed(silence(0.5, 8000))
    assert listening.finish().transcript.text == "对"

"""A stream followed by ear, and transcribed as it grows by an engine that wants whole sounds."""

import numpy as np
import pytest

from speech_models.audio import Audio, from_mulaw, joined, silence, to_mulaw
from speech_models.growing import Growing
from speech_models.recogniser import Partial
from speech_models.scripted import as_transcript
from speech_models.speech_detection import FRAME_SECONDS, SPEAKING, Ear, speech_probabilities
from tests.speech_models.test_whisper import recording

WATER, LAMP = recording("water"), recording("lamp")


class Lengths:
    """A recogniser that says as many signs as the sound has whole seconds, and remembers what it was given."""

    name = "lengths"

    def __init__(self):
        self.given: list[float] = []

    def transcribe(self, audio, hints=()):
        self.given.append(round(audio.seconds, 1))
        return as_transcript("水" * int(audio.seconds), audio.seconds)


def pieces(sound: Audio, seconds: float = 0.1):
    step = round(seconds * sound.rate)
    return [Audio(sound.samples[start : start + step], sound.rate) for start in range(0, len(sound.samples), step)]


@pytest.fixture
def engine():
    return Lengths()


def listened(engine, sound: Audio, guess: bool = True) -> tuple[Growing, list[Partial]]:
    listening = Growing(engine, ())
    return listening, [news for piece in pieces(sound) if (news := listening.feed(piece, guess))]


# ------------------------------------------------------------------ the ear


@pytest.mark.parametrize("seconds", [0.02, 0.1, 0.7])
def test_a_stream_in_pieces_of_any_length_is_judged_as_the_whole_is(seconds):
    sound = joined([silence(0.5, 8000), WATER, silence(1.5, 8000)])
    ear = Ear()
    for piece in pieces(sound, seconds):
        ear.hear(piece)
    last = np.flatnonzero(speech_probabilities(sound) >= SPEAKING)[-1] * FRAME_SECONDS
    assert ear.spoke_until == pytest.approx(last, abs=0.1)
    assert ear.quiet == pytest.approx(sound.seconds - last, abs=0.1)


def test_silence_and_a_click_are_nobody_speaking():
    click = Audio(np.concatenate((np.zeros(8000), [1.0, -1.0], np.zeros(8000))).astype(np.float32), 8000)
    ear = Ear()
    ear.hear(click)
    assert ear.spoke_until is None
    assert ear.quiet == ear.seconds == click.seconds


# ------------------------------------------------------------------ as it grows


def test_at_a_pause_everything_so_far_is_transcribed_and_the_end_needs_no_more(engine):
    sound = joined([WATER, silence(1.0, 8000)])
    listening, news = listened(engine, sound, guess=False)
    assert len(news) == len(engine.given)
    before = len(engine.given)
    final = listening.finish().transcript
    assert final.text == news[-1].text
    assert len(engine.given) == before


def test_guesses_are_made_in_the_middle_of_speech_only_when_there_is_time(engine):
    speech = WATER.cut(0.5, 4.0)
    _, hurried = listened(engine, speech, guess=False)
    assert not hurried
    listening, news = listened(engine, speech)
    assert news
    assert listening.finish().transcript.text == "水" * int(speech.seconds)


def test_a_guess_is_never_the_end(engine):
    listening = Growing(engine, ())
    assert listening.feed(WATER.cut(0, 4))
    given = len(engine.given)
    listening.finish()
    assert len(engine.given) == given + 1


def test_after_a_while_what_was_said_is_settled_and_its_times_go_on(engine):
    said = joined([LAMP, WATER, LAMP, WATER, silence(0.8, 8000)])
    listening, _ = listened(engine, joined([said, LAMP, silence(0.8, 8000)]), guess=False)
    final = listening.finish().transcript
    assert engine.given[-1] < said.seconds
    assert final.words[-1].end == pytest.approx(said.seconds + LAMP.seconds + 0.8, abs=0.7)
    assert [word.start for word in final.words] == sorted(word.start for word in final.words)


def test_a_stream_without_speech_is_given_to_the_engine_once_at_its_end(engine):
    listening, news = listened(engine, silence(5, 8000))
    assert not news
    assert not engine.given
    listening.finish()
    assert engine.given == [5.0]


def test_mu_law_comes_back_as_it_went():
    assert to_mulaw(from_mulaw(bytes(range(256)))) == bytes(range(256)).replace(b"\x7f", b"\xff")
    assert from_mulaw(b"").seconds == 0
    assert np.array_equal(from_mulaw(to_mulaw(WATER)).samples, WATER.samples)

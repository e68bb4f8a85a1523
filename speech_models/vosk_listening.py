"""Vosk's listening: one stream, of which only the stretches with speech are decoded, and what was heard in it."""

import json
import math

import numpy as np

from speech_models.audio import Audio, joined, resample, silence
from speech_models.recogniser import Final, Partial
from speech_models.speech_detection import FRAME_SECONDS, SPEAKING, SURELY, SURELY_SPEECH_SECONDS, SpeechWatch
from speech_models.stitching import stitched
from speech_models.transcript import Transcript, Word
from speech_models.vosk_decoder import Decoder, Decoders

ENGINE = "vosk"
NONE_OF_THEM = "[unk]"
NOT_SPEECH = frozenset({NONE_OF_THEM, "<unk>", "<UNK>", "[noise]", "[laughter]"})
RATES = (8000, 16000)
# The end of an utterance. Vosk's own ends are not relied on: with noise on the line they never come.
PAUSE_SECONDS = 1.0
# What is decoded from before the moment at which speech was detected.
LEAD_SECONDS = 0.5
PARTIAL_EVERY_SECONDS = 0.3


class VoskListening:
    """One stream. Its decoder is taken at the first sound and given back at the end. Not shared between threads."""

    def __init__(self, decoders: Decoders, grammar: str | None):
        self._decoders, self._grammar = decoders, grammar
        self._decoder: Decoder | None = None
        self._watch: SpeechWatch | None = None
        self._ahead: Audio | None = None  # what has come and is not decoded yet
        self._passed = 0.0  # seconds of the stream that are decoded or left out
        self._offset = 0.0  # from the decoder's times to the stream's
        self._in_utterance = False
        self._silent = self._voiced = self._since_partial = 0.0
        self._partial = ""

    def feed(self, chunk: Audio, guess: bool = True) -> Partial | Final | None:
        """Take the next piece; a Final at the end of an utterance, a Partial (with `guess`) when more was heard."""
        if self._decoder is None:
            self._open(chunk.rate)
        chunk = resample(chunk, self._decoder.rate)
        self._ahead = joined([self._ahead, chunk])
        self._look(chunk)
        if not self._in_utterance:
            self._pass_over(self._ahead.seconds - LEAD_SECONDS)
            return None
        if self._decode() or self._silent >= PAUSE_SECONDS:
            final = self._final(self._decoder.result())
            return final if final.transcript.words else None
        return self._news_of_partial(chunk.seconds) if guess else None

    def finish(self) -> Final:
        """What was said since the last Final."""
        if self._decoder is None:
            return Final(Transcript(engine=ENGINE))
        if self._in_utterance:
            self._decode()
            final = self._final(self._decoder.last_result())
        else:
            self._pass_over(self._ahead.seconds)
            final = Final(Transcript(engine=ENGINE))
        self._decoders.give_back(self._decoder)
        self._decoder, self._in_utterance = None, False
        return final

    def _open(self, rate: int) -> None:
        self._decoder = self._decoders.take(rate if rate in RATES else RATES[-1], self._grammar)
        self._watch = self._watch or SpeechWatch(self._decoder.rate)
        self._ahead = silence(0, self._decoder.rate)
        self._offset = self._passed - self._decoder.heard

    def _look(self, chunk: Audio) -> None:
        """Note whether somebody speaks in a piece, and for how long nobody has."""
        probabilities = self._watch.feed(chunk)
        speaking = np.flatnonzero(probabilities >= SPEAKING)
        if len(speaking):
            self._in_utterance = True
            self._silent = 0.0
        self._silent += (len(probabilities) - 1 - (speaking[-1] if len(speaking) else -1)) * FRAME_SECONDS
        self._voiced += float(np.sum(probabilities >= SURELY)) * FRAME_SECONDS

    def _pass_over(self, seconds: float) -> None:
        """Leave out the first so many seconds of what is not decoded yet."""
        if seconds <= 0:
            return
        before = self._ahead.seconds
        self._ahead = self._ahead.cut(seconds, before)
        self._passed += before - self._ahead.seconds
        self._offset += before - self._ahead.seconds

    def _decode(self) -> bool:
        """Decode what has come; True where Vosk finds that the utterance has ended."""
        ahead, self._ahead = self._ahead, silence(0, self._decoder.rate)
        self._passed += ahead.seconds
        return self._decoder.hear(ahead)

    def _news_of_partial(self, seconds: float) -> Partial | None:
        self._since_partial += seconds
        if self._since_partial < PARTIAL_EVERY_SECONDS:
            return None
        self._since_partial = 0.0
        heard = _plain(json.loads(self._decoder.partial())["partial"])
        if heard == self._partial:
            return None
        self._partial = heard
        return Partial(heard)

    def _final(self, result: str) -> Final:
        # Vosk hears words in noise and tones; speech must be there too.
        spoken = self._voiced >= SURELY_SPEECH_SECONDS
        transcript = _transcript(json.loads(result).get("alternatives", []), self._offset) if spoken else None
        self._partial, self._voiced = "", 0.0
        self._in_utterance = self._silent < LEAD_SECONDS
        return Final(transcript or Transcript(engine=ENGINE))


def _plain(text: str) -> str:
    """Vosk's words as a Transcript writes them."""
    return Transcript(tuple(Word(word, 0, 0, 0) for word in text.split() if word not in NOT_SPEECH)).text


def _transcript(readings: list[dict], offset: float) -> Transcript:
    """The best reading with a confidence a word: how much of the weight of all readings agrees on it.

    Vosk gives either alternatives or confidences. The alternatives' scores are log-likelihoods, so the readings that
    have the same word at the same time say how sure it is. `offset` is added to all times, in seconds.
    """
    readings = [reading for reading in readings if "result" in reading]
    if not readings:
        return Transcript(engine=ENGINE)
    highest = max(reading["confidence"] for reading in readings)
    weights = [math.exp(reading["confidence"] - highest) for reading in readings]
    words = []
    for word in readings[0]["result"]:
        if word["word"] in NOT_SPEECH:
            continue
        agreed = sum(weight for weight, reading in zip(weights, readings, strict=True) if _says(reading, word))
        start, end = (round(max(0.0, word[at] + offset), 2) for at in ("start", "end"))
        words.append(Word(word["word"], start, end, round(agreed / sum(weights), 3)))
    best = Transcript(tuple(words)).text
    others = dict.fromkeys(_plain(reading["text"]) for reading in readings[1:])
    alternatives = tuple(other for other in others if other not in ("", best))
    return stitched([Transcript(tuple(words), alternatives)], ENGINE)


def _says(reading: dict, word: dict) -> bool:
    return any(
        other["word"] == word["word"] and other["start"] < word["end"] and word["start"] < other["end"]
        for other in reading["result"]
    )

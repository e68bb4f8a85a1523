"""Vosk (识别): streaming recognition with any Vosk model that the operator has installed."""

import json
import logging
import math
import threading
from collections.abc import Sequence
from pathlib import Path

import vosk

from speech_models.audio import Audio, joined, resample, to_pcm16
from speech_models.recogniser import Final, Partial, RecogniserUnavailable
from speech_models.speech_detection import SPEAKING, is_speech, speech_probabilities
from speech_models.stitching import stitched
from speech_models.transcript import Transcript, Word

log = logging.getLogger(__name__)

NONE_OF_THEM = "[unk]"
NOT_SPEECH = frozenset({NONE_OF_THEM, "<unk>", "<UNK>", "[noise]", "[laughter]"})
RATES = (8000, 16000)
READINGS = 50
CHUNK_SECONDS = 0.5
# The end of an utterance. Vosk's own ends are not relied on: with noise on the line they never come.
PAUSE_SECONDS = 1.0
LOOK_EVERY_SECONDS = 0.25

vosk.SetLogLevel(-1)


class Vosk:
    """A Vosk model (a folder). Loads on first use; one model is shared by all threads, with a recogniser for each call.

    Hints become a grammar: only those phrases can be heard, or none of them. `dropped_hints` holds the words that a
    hint wanted and the model does not know; such hints are left out. A model with a fixed graph knows no grammars: it
    listens freely.
    """

    name = "vosk"

    def __init__(self, model_folder: Path | str):
        self.folder = Path(model_folder)
        self.dropped_hints: set[str] = set()
        self._loading = threading.Lock()
        self._loaded: vosk.Model | None = None

    def load(self) -> vosk.Model:
        """Load the model, once. Raises RecogniserUnavailable when the folder holds none."""
        with self._loading:
            if self._loaded is None:
                if not (self.folder / "am").is_dir() and not (self.folder / "final.mdl").is_file():
                    raise RecogniserUnavailable(f"There is no Vosk model in {self.folder}.")
                try:
                    self._loaded = vosk.Model(str(self.folder))
                except Exception as error:  # the binding raises no narrower class
                    raise RecogniserUnavailable(f"The Vosk model in {self.folder} cannot be loaded.") from error
            return self._loaded

    @property
    def takes_hints(self) -> bool:
        """Whether the model's graph is put together at run time, which grammars need."""
        return any((self.folder / place).is_file() for place in ("graph/HCLr.fst", "HCLr.fst"))

    def knows(self, word: str) -> bool:
        """Whether a word is in the model's vocabulary."""
        return self.load().vosk_model_find_word(word) >= 0

    def transcribe(self, audio: Audio, hints: Sequence[str] = ()) -> Transcript:
        """Transcribe mono audio at any rate. Raises RecogniserUnavailable when there is no model."""
        listening = self.listen(hints)
        step = max(1, round(CHUNK_SECONDS * audio.rate))
        parts = []
        for start in range(0, len(audio.samples), step):
            news = listening.feed(Audio(audio.samples[start : start + step], audio.rate))
            if isinstance(news, Final):
                parts.append(news.transcript)
        return stitched([*parts, listening.finish().transcript], self.name)

    def listen(self, hints: Sequence[str] = ()) -> "VoskListening":
        """Start listening to a stream; a Final comes at each pause that ends an utterance."""
        return VoskListening(self.load(), self._grammar(hints))

    def _grammar(self, hints: Sequence[str]) -> str | None:
        """The hints as Vosk's grammar, or None to listen freely."""
        if not hints:
            return None
        if not self.takes_hints:
            log.warning("the Vosk model %s has a fixed graph and takes no hints; listening freely", self.folder.name)
            return None
        phrases = [" ".join(words) for hint in hints if (words := self._split(hint))]
        if not phrases:
            return None
        none_of_them = [NONE_OF_THEM] if self.knows(NONE_OF_THEM) else []
        return json.dumps([*dict.fromkeys(phrases), *none_of_them], ensure_ascii=False)

    def _split(self, hint: str) -> list[str]:
        """A hint as words of the model, the longest first (Chinese has no spaces); empty when one is missing."""
        words = []
        for piece in hint.split():
            while piece:
                known = next((piece[:end] for end in range(len(piece), 0, -1) if self.knows(piece[:end])), None)
                if known is None:
                    self.dropped_hints.add(hint)
                    log.warning("hint %r left out: the Vosk model %s does not know %r", hint, self.folder.name, piece)
                    return []
                words.append(known)
                piece = piece[len(known) :]
        return words


class VoskListening:
    """One stream. Not shared between threads."""

    def __init__(self, model: vosk.Model, grammar: str | None):
        self._model, self._grammar = model, grammar
        self._recognizer: vosk.KaldiRecognizer | None = None
        self._rate = 0
        self._partial = ""
        self._since_final: list[Audio] = []
        self._latest: Audio | None = None
        self._not_looked_at = 0.0
        self._spoke = False

    def feed(self, chunk: Audio, guess: bool = True) -> Partial | Final | None:
        """Take the next piece; a Final at the end of an utterance, a Partial (with `guess`) when more was heard."""
        if self._recognizer is None:
            self._open(chunk.rate)
        chunk = resample(chunk, self._rate)
        self._since_final.append(chunk)
        if self._recognizer.AcceptWaveform(to_pcm16(chunk)):
            final = self._final(self._recognizer.Result())
        elif self._paused(chunk):
            final = self._final(self._recognizer.FinalResult())
        else:
            return self._news_of_partial() if guess else None
        return final if final.transcript.words else None

    def _news_of_partial(self) -> Partial | None:
        heard = _plain(json.loads(self._recognizer.PartialResult())["partial"])
        if heard == self._partial:
            return None
        self._partial = heard
        return Partial(heard)

    def _paused(self, chunk: Audio) -> bool:
        """Whether somebody spoke since the last Final and has now been silent for PAUSE_SECONDS."""
        latest = joined([self._latest, chunk]) if self._latest else chunk
        self._latest = latest.cut(latest.seconds - PAUSE_SECONDS, latest.seconds)
        self._not_looked_at += chunk.seconds
        if self._not_looked_at < LOOK_EVERY_SECONDS:
            return False
        self._not_looked_at = 0.0
        if bool((speech_probabilities(self._latest) >= SPEAKING).any()):
            self._spoke = True
            return False
        return self._spoke

    def finish(self) -> Final:
        """What was said since the last Final."""
        if self._recognizer is None:
            return Final(Transcript(engine=Vosk.name))
        return self._final(self._recognizer.FinalResult())

    def _open(self, rate: int) -> None:
        self._rate = rate if rate in RATES else RATES[-1]
        grammar = [self._grammar] if self._grammar else []
        self._recognizer = vosk.KaldiRecognizer(self._model, self._rate, *grammar)
        self._recognizer.SetWords(True)
        self._recognizer.SetMaxAlternatives(READINGS)

    def _final(self, result: str) -> Final:
        sound, self._since_final, self._partial, self._spoke = self._since_final, [], "", False
        transcript = _transcript(json.loads(result).get("alternatives", []))
        # Vosk hears words in noise and tones; speech must be there too.
        if transcript.words and not is_speech(joined(sound)):
            transcript = Transcript(engine=Vosk.name)
        return Final(transcript)


def _plain(text: str) -> str:
    """Vosk's words as a Transcript writes them."""
    return Transcript(tuple(Word(word, 0, 0, 0) for word in text.split() if word not in NOT_SPEECH)).text


def _transcript(readings: list[dict]) -> Transcript:
    """The best reading with a confidence a word: how much of the weight of all readings agrees on it.

    Vosk gives either alternatives or confidences. The alternatives' scores are log-likelihoods, so the readings that
    have the same word at the same time say how sure it is.
    """
    readings = [reading for reading in readings if "result" in reading]
    if not readings:
        return Transcript(engine=Vosk.name)
    highest = max(reading["confidence"] for reading in readings)
    weights = [math.exp(reading["confidence"] - highest) for reading in readings]
    words = []
    for word in readings[0]["result"]:
        if word["word"] in NOT_SPEECH:
            continue
        agreed = sum(weight for weight, reading in zip(weights, readings, strict=True) if _says(reading, word))
        words.append(Word(word["word"], word["start"], word["end"], round(agreed / sum(weights), 3)))
    best = Transcript(tuple(words)).text
    others = dict.fromkeys(_plain(reading["text"]) for reading in readings[1:])
    alternatives = tuple(other for other in others if other not in ("", best))
    return stitched([Transcript(tuple(words), alternatives)], Vosk.name)


def _says(reading: dict, word: dict) -> bool:
    return any(
        other["word"] == word["word"] and other["start"] < word["end"] and word["start"] < other["end"]
        for other in reading["result"]
    )

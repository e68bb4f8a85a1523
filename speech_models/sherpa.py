"""Sherpa (识别): recognisers for Mandarin and dialects on sherpa-onnx, of the kinds in sherpa_model.py."""

import math
import re
import threading
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path

import sherpa_onnx
from opencc import OpenCC

from speech_models.audio import Audio, resample
from speech_models.growing import Growing
from speech_models.recogniser import RecogniserUnavailable
from speech_models.sherpa_model import RATE, NoSuchModel, hear, open_model, try_elsewhere
from speech_models.speech_detection import SURELY_SPEECH_SECONDS, Stretch, find_speech
from speech_models.stitching import stitched
from speech_models.transcript import Transcript, Word

# Only transducers say how sure they are. Of the others nothing is known, which is below what counts as sure.
NOT_KNOWN = 0.5
LONGEST_SYLLABLE_SECONDS = 0.5
MARK = re.compile(r"<[^<>]*>")  # <unk>, <|yue|>: not speech
TEXT_PIECE = re.compile(r"[A-Za-z0-9]+|\S")
WORD_START = " "  # where SentencePiece has ▁
GOES_ON = "@@"  # Paraformer's sign for a Latin word that goes on


class Sherpa:
    """A sherpa-onnx model (a folder), named after it. Loads on first use, then shared by threads.

    `language` is SenseVoice's hint: zh, yue or auto. Makes simplified characters, one Word a character; a run of
    Latin letters is one word. Punctuation is no word: it is written behind the word before it and changes neither its
    times nor its confidence. Where an engine gives no times (some Paraformer models), the words are spread evenly over
    the stretch of speech; where it gives no confidence, every word has NOT_KNOWN. Hints are not used.
    """

    def __init__(self, model_folder: Path | str, language: str = "auto"):
        self.folder, self.language = Path(model_folder), language
        self.name = self.folder.name
        self._loading = threading.Lock()
        self._loaded: sherpa_onnx.OfflineRecognizer | None = None
        self._simplified = OpenCC("t2s")

    def load(self) -> sherpa_onnx.OfflineRecognizer:
        """Load the model, once. Raises RecogniserUnavailable when the folder holds none that can be used."""
        with self._loading:
            if self._loaded is None:
                try:
                    try_elsewhere(self.folder)
                    self._loaded = open_model(self.folder, self.language)
                except NoSuchModel as problem:
                    raise RecogniserUnavailable(str(problem)) from problem
                except Exception as error:  # what the files raise has no common class
                    raise RecogniserUnavailable(f"The model in {self.folder} is damaged: {error}") from error
            return self._loaded

    def transcribe(self, audio: Audio, hints: Sequence[str] = ()) -> Transcript:
        """Transcribe mono audio at any rate. Raises RecogniserUnavailable when there is no model."""
        model = self.load()
        audio = resample(audio, RATE)
        stretches = find_speech(audio)
        if sum(stretch.voiced for stretch in stretches) < SURELY_SPEECH_SECONDS:
            return Transcript(engine=self.name)
        return stitched([self._read(model, audio, stretch) for stretch in stretches], self.name)

    def listen(self, hints: Sequence[str] = ()) -> Growing:
        """Listen to a stream that is transcribed as it grows."""
        self.load()
        return Growing(self, hints)

    def _read(self, model: sherpa_onnx.OfflineRecognizer, audio: Audio, stretch: Stretch) -> Transcript:
        result = hear(model, audio.cut(stretch.start, stretch.end).samples)
        pieces = _pieces(result.tokens, result.timestamps, result.ys_log_probs, stretch)
        if _letters(piece.text for piece in pieces) != _letters([MARK.sub("", result.text)]):
            # Tokens that are parts of characters: only the whole text can be read.
            pieces = _pieces(TEXT_PIECE.findall(MARK.sub("", result.text)), [], [], stretch)
        return Transcript(tuple(replace(word, text=self._simplify(word.text)) for word in _words(pieces)))

    def _simplify(self, text: str) -> str:
        return "".join(self._simplified.convert(character) for character in text)


def _letters(texts) -> str:
    return "".join(character for text in texts for character in text if character.isalnum()).lower()


def _pieces(tokens: Sequence[str], times: Sequence[float], scores: Sequence[float], stretch: Stretch) -> list[Word]:
    """Tokens with their times in the whole sound. `times` are seconds from the stretch's start, `scores` natural
    logarithms of probabilities; either may be missing. A token lasts until the next that is spoken (punctuation is
    not), but no longer than a syllable for each of its characters."""
    texts = [MARK.sub("", token).replace("▁", WORD_START) for token in tokens]
    spoken = [any(character.isalnum() for character in text) for text in texts]
    if len(times) != len(tokens):
        times = [before * stretch.seconds / max(1, sum(spoken)) for before in accumulate(spoken, initial=0)][:-1]
    sure = [round(math.exp(score), 3) for score in scores] if len(scores) == len(tokens) else [NOT_KNOWN] * len(tokens)
    pieces: list[Word] = []
    following = stretch.seconds
    for text, is_spoken, time, confidence in reversed(list(zip(texts, spoken, times, sure, strict=True))):
        length = LONGEST_SYLLABLE_SECONDS * max(1, len(text))
        start = min(max(0.0, time), stretch.seconds)
        end = max(start, min(following, start + length, stretch.seconds))
        if text:
            pieces.append(Word(text, stretch.start + start, stretch.start + end, min(1.0, confidence)))
        if is_spoken:
            following = time
    return pieces[::-1]


def _words(pieces: Sequence[Word]) -> list[Word]:
    """One Word a character or run of Latin letters; a sign belongs to the word before it, and one before all is left
    out."""
    has_starts = any(piece.text.startswith(WORD_START) for piece in pieces)
    words: list[Word] = []
    goes_on = False
    for piece in pieces:
        goes_on = goes_on and not piece.text.startswith(WORD_START)
        for character in _characters(replace(piece, text=piece.text.removesuffix(GOES_ON))):
            if not character.text.isalnum():
                words[-1:] = [replace(word, text=word.text + character.text) for word in words[-1:]]
            elif words and goes_on and character.text.isascii() and words[-1].text.isascii():
                words[-1] = _joined(words[-1], character)
            else:
                words.append(character)
            goes_on = True
        goes_on = goes_on and (has_starts or piece.text.endswith(GOES_ON))
    return words


def _joined(word: Word, more: Word) -> Word:
    return Word(word.text + more.text, word.start, more.end, min(word.confidence, more.confidence))


def _characters(piece: Word) -> list[Word]:
    """The characters of a piece without its spaces; those that are spoken share its time evenly."""
    text = "".join(piece.text.split())
    before = [*accumulate((character.isalnum() for character in text), initial=0)]
    each = (piece.end - piece.start) / max(1, before[-1])
    times = [round(piece.start + spoken * each, 2) for spoken in before]
    return [
        Word(character, start, end, piece.confidence)
        for character, start, end in zip(text, times, times[1:], strict=False)
    ]

"""Whisper (识别): the embedded recogniser, Whisper base on the processor, with our own decoding for telephone calls."""

import math
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import ctranslate2
import numpy as np
from faster_whisper.feature_extractor import FeatureExtractor
from opencc import OpenCC

from speech_models.audio import Audio, resample
from speech_models.catalogue import ModelMissing, installed
from speech_models.choices import Reading
from speech_models.confidence import calibration_of
from speech_models.growing import Growing
from speech_models.lined_up import others_at
from speech_models.recogniser import RecogniserUnavailable
from speech_models.sound_head import sound_head
from speech_models.speech_detection import SURELY_SPEECH_SECONDS, Stretch, find_speech
from speech_models.stitching import ALTERNATIVES, stitched
from speech_models.transcript import Transcript, Word
from speech_models.whisper_answer import LONGEST_SECONDS, READINGS, WhisperAnswer, memory_of, slower
from speech_models.whisper_model import ChineseWhisper

RATE = 16000
# A window much shorter than the 30 s that the model was trained on costs less; one as short as a word derails it. Words
# do best in the shortest; the longer a sound, dialect above all, the more silence it wants around it.
SHORTEST_WINDOW_SECONDS, LONGEST_WINDOW_SECONDS, WINDOW_BY_SOUND = 12.0, 30.0, 2.5
# The sound head looks at the encoder alone, which a short window does not harm.
SHORT_WINDOW_SECONDS = 3.0
# What the ear is unsure of is chosen again by correction.py, from all the readings: more of them leave it more choice.
BEAM = 12
# Nobody speaks faster; a decoder in a loop does.
TOKENS_PER_SECOND, TOKENS_AT_LEAST = 12, 8
REPEATED_TOKENS = 6
# A text that repeats itself more than people do is decoded once more, with shorter repetitions forbidden. Not at once:
# telephone numbers repeat themselves.
REPEATING_PART, REPEATED_TOKENS_IN_LOOPS = 0.18, 3
SHORTEST_LOOP = 8
# Below these, what the model writes is its imagination. Measured on tones, noise, music and real single words.
DOUBTFUL_SCORE, HOPELESS_SCORE = -0.9, -1.6
FRAME_SECONDS = 0.02
SILENCE_AFTER_SECONDS = 0.3
LONGEST_SYLLABLE_SECONDS = 0.5
SIGNS = frozenset("，。？！、；： ")
SPOKEN_DIGITS = frozenset("零一二三四五六七八九十百千万两幺点")
FULL_WIDTH = str.maketrans(",.?!", "，。？！")


class Whisper:
    """Whisper base in Mandarin, int8. Loads on first use, then shared by threads; `calls` of them decode at once.

    Makes simplified characters, one Word a character (a sign belongs to the word before it) and numbers as spoken.
    Dialects come out as the nearest Mandarin. Hints are not used. A word's confidence is the probability that it is
    right; with `calibrated=False` it is the model's own score.
    """

    name = "whisper"

    def __init__(self, calls: int = 1, folder: Path | None = None, *, calibrated: bool = True):
        self._calls, self._folder = calls, folder
        self._calibration = calibration_of(self.name) if calibrated else None
        self._loading = threading.Lock()
        self._loaded: ChineseWhisper | None = None
        self._features = FeatureExtractor()
        self._simplified = OpenCC("t2s")

    def load(self) -> ChineseWhisper:
        """Load the model, once. Raises RecogniserUnavailable when it is not installed, or damaged."""
        with self._loading:
            if self._loaded is None:
                try:
                    self._loaded = ChineseWhisper(self._folder or installed("whisper-base"), self._calls)
                except ModelMissing as missing:
                    raise RecogniserUnavailable(str(missing)) from missing
                except Exception as error:  # what the files raise has no common class
                    raise RecogniserUnavailable(
                        f"The model is damaged ({error}); run: python -m speech_models.install whisper-base"
                    ) from error
            return self._loaded

    def transcribe(self, audio: Audio, hints: Sequence[str] = ()) -> Transcript:
        """Transcribe mono audio at any rate. Raises RecogniserUnavailable when the model is not installed.

        The level is left as it is: the model hears a caller of -70 dBFS as well, and levelling cost accuracy.
        """
        whisper = self.load()
        audio = resample(audio, RATE)
        return stitched([self._read(whisper, audio, stretch) for stretch in find_speech(audio)], self.name)

    def listen(self, hints: Sequence[str] = ()) -> Growing:
        """Listen to a stream that is transcribed as it grows."""
        self.load()
        return Growing(self, hints)

    def hear_answer(self, audio: Audio) -> WhisperAnswer | None:
        """Hear a short answer to a closed question; None when nobody speaks. What follows the first 15 s is left out.

        Raises RecogniserUnavailable when the model is not installed.
        """
        whisper = self.load()
        audio = resample(audio, RATE)
        stretches = find_speech(audio)
        if not stretches:
            return None
        start = stretches[0].start
        sound = audio.cut(start, min(stretches[-1].end, start + LONGEST_SECONDS))
        encoded = whisper.model.encode(self._spectrum(sound))
        slow = slower(sound)
        heard = [(encoded, sound), (whisper.model.encode(self._spectrum(slow)), slow)]
        hearings = [self._readings(whisper, one, each.seconds) for one, each in heard]
        sounds = sound_head().sounds(self.encode_shortly(sound))
        return WhisperAnswer(whisper, memory_of(encoded, sound), hearings, sounds)

    def encode_shortly(self, sound: Audio) -> np.ndarray:
        """What the encoder makes of a sound of 16 kHz in a window as short as the sound head may have it, without the
        rest of the window: shape (steps of 20 ms, width). Raises RecogniserUnavailable."""
        encoded = self.load().model.encode(self._spectrum(sound, SHORT_WINDOW_SECONDS))
        return memory_of(encoded, sound)[0]

    def _readings(self, whisper: ChineseWhisper, encoded: ctranslate2.StorageView, seconds: float) -> list[Reading]:
        readings = self._all_readings(whisper, _generate(whisper, encoded, seconds, READINGS))
        return [Reading(_without_signs(reading.text), reading.score) for reading in readings]

    def _all_readings(
        self, whisper: ChineseWhisper, found: ctranslate2.models.WhisperGenerationResult
    ) -> list[Reading]:
        """Every reading that was generated, signs included, with the logarithm of how likely the model finds it."""
        texts = ("".join(character for character, _, _ in whisper.spell(tokens)) for tokens in found.sequences_ids)
        lengths = (len(tokens) + 1 for tokens in found.sequences_ids)
        scored = zip(map(self._simplify, texts), found.scores, lengths, strict=True)
        return [Reading(text, score * length) for text, score, length in scored]

    def _read(self, whisper: ChineseWhisper, audio: Audio, stretch: Stretch) -> Transcript:
        sound = audio.cut(stretch.start, stretch.end)
        encoded = whisper.model.encode(self._spectrum(sound))
        found = _generate(whisper, encoded, sound.seconds, BEAM)
        if _repeats(self._all_readings(whisper, found)[0].text) >= REPEATING_PART:
            found = _generate(whisper, encoded, sound.seconds, BEAM, REPEATED_TOKENS_IN_LOOPS)
        lowest = DOUBTFUL_SCORE if stretch.voiced < SURELY_SPEECH_SECONDS else HOPELESS_SCORE
        tokens = found.sequences_ids[0]
        if not tokens or found.scores[0] < lowest:
            return Transcript()
        [aligned] = whisper.model.align(encoded, whisper.prompt[:3], [tokens], round(sound.seconds * 100))
        spelt = whisper.spell(tokens)
        best = self._simplify("".join(character for character, _, _ in spelt))
        words = _words(
            [(sign, first, last) for sign, (_, first, last) in zip(best, spelt, strict=True)], aligned, stretch
        )
        readings = self._all_readings(whisper, found)
        by_text = {_without_signs(reading.text): reading.text for reading in readings[1:]}
        alternatives = (other for bare, other in by_text.items() if bare not in ("", _without_signs(best)))
        transcript = Transcript(tuple(_with_others(words, readings)), tuple(alternatives)[:ALTERNATIVES])
        return self._calibration.apply(transcript) if self._calibration else transcript

    def _spectrum(self, sound: Audio, window: float | None = None) -> ctranslate2.StorageView:
        """The log-mel spectrum of a sound in a window of so many seconds (by its length, if not said), or longer where
        it does not fit; shape (1, 80, hundredths)."""
        by_length = min(LONGEST_WINDOW_SECONDS, max(SHORTEST_WINDOW_SECONDS, WINDOW_BY_SOUND * sound.seconds))
        seconds = max(window or by_length, sound.seconds + SILENCE_AFTER_SECONDS)
        samples = np.zeros(math.ceil(seconds / FRAME_SECONDS) * round(FRAME_SECONDS * RATE), np.float32)
        samples[: len(sound.samples)] = sound.samples
        spectrum = self.spectrum_of(samples)[None]
        return ctranslate2.StorageView.from_array(np.ascontiguousarray(spectrum, dtype=np.float32))

    def spectrum_of(self, samples: np.ndarray) -> np.ndarray:
        """The log-mel spectrum, shape (80, hundredths), of samples at 16 kHz."""
        return self._features(samples, padding=0)

    def _simplify(self, text: str) -> str:
        """Simplified characters and full-width signs, as many as there were."""
        simple = self._simplified.convert(text)
        if len(simple) != len(text):
            simple = "".join(self._simplified.convert(character)[:1] or character for character in text)
        return simple.translate(FULL_WIDTH)


def _generate(
    whisper: ChineseWhisper,
    encoded: ctranslate2.StorageView,
    seconds: float,
    beam: int,
    repeated_tokens: int = REPEATED_TOKENS,
):
    """The `beam` best readings of an encoded sound, with their mean scores; no so many tokens come twice."""
    return whisper.model.generate(
        encoded,
        [whisper.prompt],
        beam_size=beam,
        num_hypotheses=beam,
        no_repeat_ngram_size=repeated_tokens,
        max_length=len(whisper.prompt) + TOKENS_AT_LEAST + math.ceil(TOKENS_PER_SECOND * seconds),
        return_scores=True,
    )[0]


def _repeats(text: str) -> float:
    """Which part of the pairs of characters, numbers aside, stood in the text before."""
    signs = [sign for sign in text if sign not in SIGNS and sign not in SPOKEN_DIGITS]
    pairs = list(pairwise(signs))
    return 1 - len(set(pairs)) / len(pairs) if len(signs) >= SHORTEST_LOOP else 0.0


def _without_signs(text: str) -> str:
    return "".join(character for character in text if character not in SIGNS)


def _with_others(words: list[Word], readings: list[Reading]) -> list[Word]:
    """The words with what else the readings have in the place of each."""
    heard = "".join(word.text[0] for word in words)  # a run of letters counts as one
    others = others_at(heard, [(heard, readings[0].score), *((_without_signs(r.text), r.score) for r in readings[1:])])
    return [replace(word, others=other) for word, other in zip(words, others, strict=True)]


def _words(spelt: list[tuple[str, int, int]], aligned, stretch: Stretch) -> list[Word]:
    """One Word a character or run of Latin letters, from the alignment of tokens with the sound in steps of 20 ms.

    A sign is added to the word before it. A character spelt by several tokens is as sure as all of them together.
    """
    times = _times(spelt, aligned.alignments, stretch)
    words: list[Word] = []
    spaced = True
    for (character, first, last), (start, end) in zip(spelt, times, strict=True):
        sure = float(np.prod(aligned.text_token_probs[first:last]))
        is_sign = character in SIGNS
        if character == " " or (is_sign and not words):
            spaced = True
            continue
        if is_sign:
            words[-1] = replace(words[-1], text=words[-1].text + character)
        elif words and not spaced and character.isascii() and words[-1].text.isascii():
            before = words[-1]
            words[-1] = Word(before.text + character, before.start, end, min(before.confidence, round(sure, 3)))
        else:
            words.append(Word(character, start, end, round(sure, 3)))
        spaced = False
    return words


def _times(spelt: list[tuple[str, int, int]], alignments, stretch: Stretch) -> list[tuple[float, float]]:
    """When each character begins and ends; characters of one token share its time evenly.

    The alignment counts a pause to the character after it, so a character is cut to what a syllable can last.
    """
    begins: dict[int, float] = {}
    for token, step in alignments:
        begins.setdefault(token, float(step) * FRAME_SECONDS)
    together = Counter(first for _, first, _ in spelt)
    passed: Counter[int] = Counter()
    times = []
    for _, first, last in spelt:
        start, end = begins.get(first, stretch.seconds), begins.get(last, stretch.seconds)
        each = max(0.0, end - start) / together[first]
        start += each * passed[first]
        passed[first] += 1
        end = min(start + each, stretch.seconds)
        start = min(max(start, end - LONGEST_SYLLABLE_SECONDS), end)
        times.append((round(stretch.start + start, 2), round(stretch.start + end, 2)))
    return times

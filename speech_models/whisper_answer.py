"""A short answer as Whisper hears it: all its readings, and what it thinks of phrases put to it."""

import math
from collections.abc import Sequence

import ctranslate2
import numpy as np
from opencc import OpenCC

from speech_models.audio import Audio, resample
from speech_models.choices import Reading
from speech_models.sound_head import freely, likelihoods, units_of
from speech_models.whisper_model import ChineseWhisper

RATE = 16000
READINGS = 10
# Heard twice, as it is and slower: what both hear is seldom imagined. Measured on single words: a tenth fewer errors.
SLOWER = 1.15
LONGEST_SECONDS = 15.0
FRAME_SECONDS = 0.02
SILENCE_AFTER_SECONDS = 0.3
LEAST = 1e-9
WORST_FIT = -60.0

_TRADITIONAL = OpenCC("s2t")


class WhisperAnswer:
    """A short answer that was encoded and read. `hearings` holds the readings of each time it was heard."""

    def __init__(self, whisper: ChineseWhisper, memory: np.ndarray, hearings: list[list[Reading]], sounds: np.ndarray):
        """`sounds`: what the sound head makes of it, shape (steps, units)."""
        self._whisper, self._memory, self.hearings, self._sounds = whisper, memory, hearings, sounds
        self._weighed: dict[str, float] = {}

    def weigh(self, phrases: Sequence[str]) -> list[float]:
        """The mean logarithm of the probability of each phrase's tokens, in simplified or traditional characters,
        whichever is likelier: the model writes both. A phrase is weighed once."""
        spellings = {one: dict.fromkeys((one, _TRADITIONAL.convert(one))) for one in phrases}
        missing = [one for both in spellings.values() for one in both if one not in self._weighed]
        numbers = {one: self._whisper.numbers(one) for one in missing}
        spelt = [one for one in numbers if numbers[one]]
        self._weighed |= dict.fromkeys(missing, math.log(LEAST))
        if spelt:
            self._weighed |= dict(zip(spelt, self._weights([numbers[one] for one in spelt]), strict=True))
        return [max(self._weighed[one] for one in spellings[phrase]) for phrase in phrases]

    def fit(self, phrases: Sequence[str]) -> list[float]:
        """The logarithm of how likely the sounds of each phrase are, less that of the likeliest way through the sounds.
        A phrase without Chinese characters does not fit at all."""
        fits = likelihoods(self._sounds, [units_of(phrase) for phrase in phrases]) - freely(self._sounds)
        return np.maximum(fits, WORST_FIT).tolist()

    def _weights(self, every: list[list[int]]) -> list[float]:
        memory = np.ascontiguousarray(np.repeat(self._memory, len(every), axis=0), dtype=np.float32)
        hundredths = self._memory.shape[1] * 2
        aligned = self._whisper.model.align(
            ctranslate2.StorageView.from_array(memory), self._whisper.prompt[:3], every, hundredths
        )
        return [
            float(np.mean(np.log(np.maximum(one.text_token_probs[: len(tokens)], LEAST))))
            for one, tokens in zip(aligned, every, strict=True)
        ]


def memory_of(encoded: ctranslate2.StorageView, sound: Audio) -> np.ndarray:
    """What the encoder made of the sound itself, without the rest of the window: shape (1, steps of 20 ms, width)."""
    steps = math.ceil((sound.seconds + SILENCE_AFTER_SECONDS) / FRAME_SECONDS)
    return np.array(encoded)[:, :steps]


def slower(sound: Audio) -> Audio:
    """The sound slower and lower, by playing it as if it had been recorded at a lower rate."""
    return Audio(resample(Audio(sound.samples, RATE), round(RATE * SLOWER)).samples, RATE)

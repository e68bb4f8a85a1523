"""Tones: sounds made without a model: a voice for tests and machines without one, and the beep."""

import zlib

import numpy as np

from speech_models.audio import TELEPHONE_RATE, Audio, joined, silence
from speech_models.reading import read_aloud
from speech_models.speaker import CannotSpeak

_SYLLABLE, _GAP = 0.16, 0.04  # seconds; together a natural pace of speech
_AMPLITUDE = 0.1414  # a sine of -20 dBFS RMS


class Tones:
    """A voice that says one tone per character, at once: the same text always gives the same sound."""

    name = "tones"

    def say(self, text: str, speed: float = 1.0) -> Audio:
        """Mono at 8 kHz, -20 dBFS RMS: 0.2 s / `speed` for each character that would be spoken.

        Raises CannotSpeak when nothing would be.
        """
        spoken = [character for character in read_aloud(text) if character.isalnum()]
        if not spoken:
            raise CannotSpeak("There is nothing in this text that can be spoken.")
        sounds = []
        for character in spoken:
            hz = 200 + zlib.crc32(character.encode("utf-8", "replace")) % 800
            sounds += [beep(_SYLLABLE / speed, hz), silence(_GAP / speed, TELEPHONE_RATE)]
        return joined(sounds)


def beep(seconds: float = 0.4, hz: float = 1000.0, rate: int = TELEPHONE_RATE) -> Audio:
    """A tone of -20 dBFS RMS, faded over 5 ms at both ends so that it does not click."""
    samples = _AMPLITUDE * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)
    ramp = np.linspace(0, 1, max(1, min(round(0.005 * rate), len(samples) // 2)))
    samples[: len(ramp)] *= ramp
    samples[-len(ramp) :] *= ramp[::-1]
    return Audio(samples.astype(np.float32), rate)

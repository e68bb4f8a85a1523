"""Surroundings: speech as it reaches a telephone from other throats and rooms: higher, whispered, loud, near a TV.

Made of the speech itself, for trying and practice; no sound of anybody else's is in it.
"""

from collections.abc import Sequence

import numpy as np
import soxr

from speech_models.audio import Audio, level_dbfs, normalise_level

_WINDOW = 512  # samples of a frame; 64 ms at 8 kHz
_SMOOTH = 9  # bins over which a spectrum is smoothed: what the mouth does stays, what the throat does goes
_OTHER_VOICES = (0.82, 1.0, 1.16, 1.31)  # pitches of the people on television


def pitched(audio: Audio, factor: float) -> Audio:
    """Another throat: every frequency times `factor`, and as much shorter."""
    return Audio(soxr.resample(audio.samples, audio.rate * factor, audio.rate).astype(np.float32), audio.rate)


def whispered(audio: Audio, seed: int = 0) -> Audio:
    """The same mouth without a voice: noise in the shape of each moment's spectrum."""
    hop, window = _WINDOW // 2, np.hanning(_WINDOW).astype(np.float32)
    samples = np.pad(audio.samples, (hop, _WINDOW + hop))
    noise = np.random.default_rng(seed).standard_normal(len(samples)).astype(np.float32)
    made = np.zeros(len(samples), np.float32)
    for start in range(0, len(samples) - _WINDOW, hop):
        shape = np.abs(np.fft.rfft(samples[start : start + _WINDOW] * window))
        shape = np.convolve(shape, np.ones(_SMOOTH) / _SMOOTH, mode="same")
        breath = np.fft.rfft(noise[start : start + _WINDOW] * window)
        made[start : start + _WINDOW] += np.fft.irfft(breath * shape).astype(np.float32)
    peak = float(np.max(np.abs(made), initial=0.0))
    return Audio(made[hop : hop + len(audio.samples)] / max(peak, 1e-9), audio.rate)


def shouted(audio: Audio, dbfs: float) -> Audio:
    """As loud as `dbfs` (RMS, up to about -6): what is too loud is rounded off, as amplifiers do."""
    low, high = 1.0, 1000.0
    for _ in range(20):
        gain = (low * high) ** 0.5
        loud = Audio(np.tanh(audio.samples * gain).astype(np.float32), audio.rate)
        low, high = (gain, high) if level_dbfs(loud) < dbfs else (low, gain)
    return loud


def television(speech: Sequence[Audio], seconds: float) -> Audio:
    """People who talk on television for so long: the speech again in several voices, all at once, one line behind."""
    rate = speech[0].rate
    length = round(seconds * rate)
    mixed = np.zeros(length, np.float32)
    for number, factor in enumerate(_OTHER_VOICES):
        voice = pitched(speech[number % len(speech)], factor).samples
        mixed += np.roll(np.resize(voice, length), number * length // len(_OTHER_VOICES))
    return Audio(mixed, rate)


def over(speech: Audio, noise: Audio, decibels: float) -> Audio:
    """Speech with noise behind it, `decibels` below it; as long as the speech. The level of the speech stays."""
    level = level_dbfs(speech)
    if not np.isfinite(level):
        return speech
    behind = normalise_level(noise, level - decibels).samples
    samples = speech.samples + np.resize(behind, len(speech.samples))
    return Audio(samples.clip(-1.0, 1.0).astype(np.float32), speech.rate)

"""Sounds of a telephone line that are nobody speaking, 8 kHz."""

import numpy as np

from speech_models.audio import Audio, read_sound, write_wav

RATE = 8000


def _tones(seconds: float, *hertz: float, on: float = 1, off: float = 0) -> np.ndarray:
    times = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * h * times) for h in hertz) / len(hertz) * 0.3
    return sound * ((times % (on + off)) < on)


def _noise(seconds: float, colour: float, loudness: float) -> np.ndarray:
    count = round(seconds * RATE)
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count))
    spectrum /= np.maximum(1, np.arange(len(spectrum))) ** (colour / 2)
    sound = np.fft.irfft(spectrum, count)
    return sound / np.abs(sound).max() * loudness


def _hang_up() -> np.ndarray:
    sound = _noise(3, 0, 0.002)
    for moment in (0.5, 0.52, 0.7):
        first = round(moment * RATE)
        sound[first : first + 80] += np.exp(-np.arange(80) / 10) * 0.8
    return np.concatenate([sound, _tones(2, 450, on=0.35, off=0.35)])


def _tune(seed: int, wobble: float) -> np.ndarray:
    random = np.random.default_rng(seed)
    notes = []
    for _ in range(12):
        times = np.arange(RATE // 2) / RATE
        hertz = random.choice([220, 262, 294, 330, 392, 440]) * (1 + wobble * np.sin(2 * np.pi * 5 * times))
        turn = 2 * np.pi * np.cumsum(hertz) / RATE
        notes.append(sum(np.sin(h * turn) / h for h in range(1, 7)) * np.minimum(1, times / 0.05) * 0.15)
    return np.concatenate(notes)


def _fax() -> np.ndarray:
    bits = np.random.default_rng(2).integers(0, 2, 1200)
    return np.sin(2 * np.pi * np.cumsum(np.where(bits, 1850, 1650).repeat(27)) / RATE) * 0.3


NOISES = {
    "silence": np.zeros(4 * RATE),
    "hardly anything": np.zeros(40) + 0.1,
    "hiss": _noise(4, 0, 0.01),
    "loud white noise": _noise(4, 0, 0.6),
    "pink noise": _noise(4, 1, 0.4),
    "wind": _noise(5, 2.5, 0.6),
    "dial tone": _tones(4, 450),
    "busy tone": _tones(4, 450, on=0.35, off=0.35),
    "ring-back tone": _tones(6, 450, on=1, off=4),
    "keys": _tones(3, 770, 1336, on=0.1, off=0.1),
    "mains hum": _tones(4, 50, 100, 150),
    "fax calling": _tones(5, 1100, on=0.5, off=3),
    "fax": _fax(),
    "hanging up": _hang_up(),
    "a tune": _tune(0, 0.02),
    "another tune": _tune(3, 0.0),
}


def noise(name: str) -> Audio:
    """One of NOISES as it comes out of the telephone."""
    return read_sound(write_wav(Audio(NOISES[name].clip(-1, 1).astype(np.float32), RATE), mulaw=True))

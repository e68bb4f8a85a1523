"""Speech as a telephone delivers it: other speeds, rooms, noises, codecs, levels and cut edges, by chance."""

import io

import numpy as np
import soundfile
import soxr
from scipy.signal import butter, fftconvolve, sosfilt

RATE, LINE = 16000, 8000
CODECS = ("WAV ULAW", "WAV ALAW", "WAV GSM610", "WAV IMA_ADPCM", "AU G721_32", "AU G723_24")
CODEC_CHANCES = (0.45, 0.2, 0.15, 0.05, 0.1, 0.05)


def over_the_telephone(speech: np.ndarray, others: list[np.ndarray], chance: np.random.Generator) -> np.ndarray:
    """A telephone recording of float32 speech of 16 kHz, at 16 kHz again. `others`: other speech, for a babble."""
    speech = soxr.resample(speech, RATE, RATE / chance.uniform(0.85, 1.2))
    if chance.random() < 0.35:
        speech = _in_a_room(speech, chance)
    before, after = (int(RATE * chance.uniform(0.0, 0.9)) for _ in range(2))
    speech = np.pad(speech, (before, after))
    loudness = float(np.sqrt(np.mean(np.square(speech)) + 1e-12))
    speech = _coloured(speech, chance)
    speech = speech / (np.sqrt(np.mean(np.square(speech))) + 1e-9) * loudness
    noise = _noise(len(speech), others, chance)
    noise *= loudness / (np.sqrt(np.mean(np.square(noise))) + 1e-9) * 10 ** (-chance.uniform(5, 35) / 20)
    mixed = speech + (noise if chance.random() < 0.8 else 0)
    mixed *= 10 ** (chance.uniform(-40, -10) / 20) / (np.sqrt(np.mean(np.square(mixed))) + 1e-9)
    if chance.random() < 0.05:
        return np.clip(mixed, -1, 1).astype(np.float32)
    line = soxr.resample(mixed.astype(np.float32), RATE, LINE)
    if chance.random() < 0.7:
        edges = [chance.uniform(80, 320), chance.uniform(3100, 3700)]
        line = sosfilt(butter(4, edges, "bandpass", fs=LINE, output="sos"), line)
    return soxr.resample(_coded(np.clip(line, -1, 1).astype(np.float32), chance), LINE, RATE)


def _coded(line: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """8 kHz sound after a codec of the telephone network."""
    container, codec = chance.choice(CODECS, p=CODEC_CHANCES).split()
    file = io.BytesIO()
    soundfile.write(file, line, LINE, format=container, subtype=codec)
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


def _in_a_room(speech: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    seconds = chance.uniform(0.08, 0.4)
    tail = chance.standard_normal(int(RATE * seconds)) * np.exp(-6.9 * np.arange(int(RATE * seconds)) / RATE / seconds)
    tail *= chance.uniform(0.05, 0.5) / (np.sqrt(np.sum(np.square(tail))) + 1e-9)
    tail[0] = 1.0
    return fftconvolve(speech, tail)[: len(speech)].astype(np.float32)


def _coloured(speech: np.ndarray, chance: np.random.Generator) -> np.ndarray:
    """A microphone with a tilt: more of the high or of the low."""
    tilt = chance.uniform(-0.6, 0.6)
    return (speech - tilt * np.concatenate(([0.0], speech[:-1]))).astype(np.float32)


def _noise(length: int, others: list[np.ndarray], chance: np.random.Generator) -> np.ndarray:
    kind = chance.choice(["hiss", "rumble", "hum", "babble"], p=[0.35, 0.3, 0.1, 0.25])
    if kind == "babble":
        return sum(np.resize(np.roll(other, chance.integers(len(other))), length) for other in others)
    hiss = chance.standard_normal(length).astype(np.float32)
    if kind == "rumble":
        return sosfilt(butter(1, chance.uniform(100, 1000), fs=RATE, output="sos"), hiss)
    if kind == "hum":
        times = np.arange(length) / RATE
        tones = (np.sin(2 * np.pi * 50 * k * times + chance.uniform(0, 6)) / k for k in range(1, 8))
        return sum(tones) + 0.1 * hiss
    return hiss

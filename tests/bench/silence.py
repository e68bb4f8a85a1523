"""Bench of clips without speech: `python -m tests.bench.silence [--engine NAME] [--clips N] [--seed N]`.

Makes N clips (200) of what a telephone carries when nobody speaks, of random length, pitch and loudness, as 8 kHz
mu-law, and sends them through the worker's own code path. One line of JSON to stdout: how many clips of each kind there
were, how many gave text, and which texts.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable

import numpy as np
import structlog

from app.services.conversation.transcription import recognise
from speech_models.audio import Audio, write_wav
from speech_models.choose import choose_recogniser

RATE = 8000
DTMF_ROWS, DTMF_COLUMNS = (697, 770, 852, 941), (1209, 1336, 1477, 1633)
SCALE = (220, 247, 262, 294, 330, 392, 440, 523, 587)

Make = Callable[[np.random.Generator, int], np.ndarray]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", default="auto", help="auto (what the service would use), whisper or vosk")
    parser.add_argument("--clips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    recogniser = choose_recogniser(options.engine, calls=1)
    made, invented, engine = Counter(), [], recogniser.name
    for kind, audio in clips(options.clips, options.seed):
        transcript = recognise(recogniser, write_wav(audio, mulaw=True))
        made[kind] += 1
        engine = transcript.engine or engine
        if transcript.text:
            invented.append({"kind": kind, "text": transcript.text, "confidence": transcript.confidence})
    result = {"engine": engine, "clips": made.total(), "with_text": len(invented), "kinds": made, "texts": invented}
    print(json.dumps(result, ensure_ascii=False))


def clips(count: int, seed: int) -> list[tuple[str, Audio]]:
    """So many clips without speech, mono at 8 kHz and 1 to 8 s long, each with its kind; the same for the same seed."""
    random = np.random.default_rng(seed)
    kinds = [list(KINDS)[number % len(KINDS)] for number in range(count)]
    return [(kind, _clip(KINDS[kind], random)) for kind in kinds]


def _clip(make: Make, random: np.random.Generator) -> Audio:
    """One clip as loud as chance has it, from -60 dBFS to full scale, over a faint line noise."""
    length = round(random.uniform(1, 8) * RATE)
    sound = make(random, length)
    peak = np.abs(sound).max()
    loudness = 10 ** (random.uniform(-60, 0) / 20)
    line = random.standard_normal(length) * 10 ** (random.uniform(-80, -50) / 20)
    sound = (sound / peak * loudness if peak else sound) + line
    return Audio(sound.clip(-1, 1).astype(np.float32), RATE)


def silence(random: np.random.Generator, length: int) -> np.ndarray:
    return np.zeros(length)


def hiss(random: np.random.Generator, length: int) -> np.ndarray:
    return random.standard_normal(length)


def room(random: np.random.Generator, length: int) -> np.ndarray:
    """Noise that falls towards high frequencies, like a room or wind, and swells slowly."""
    spectrum = np.fft.rfft(random.standard_normal(length))
    sound = np.fft.irfft(spectrum / np.maximum(1, np.arange(len(spectrum))) ** random.uniform(0.4, 1.2), length)
    return sound * (1 + 0.7 * np.sin(2 * np.pi * random.uniform(0.1, 1) * _times(length)))


def hum(random: np.random.Generator, length: int) -> np.ndarray:
    return sum(np.sin(2 * np.pi * 50 * h * _times(length)) * random.uniform(0, 1) for h in range(1, 9))


def tone(random: np.random.Generator, length: int) -> np.ndarray:
    return np.sin(2 * np.pi * random.uniform(100, 3000) * _times(length))


def dial_tone(random: np.random.Generator, length: int) -> np.ndarray:
    return np.sin(2 * np.pi * 450 * _times(length))


def busy(random: np.random.Generator, length: int) -> np.ndarray:
    return _switched(dial_tone(random, length), 0.35, 0.35)


def ring_back(random: np.random.Generator, length: int) -> np.ndarray:
    return _switched(dial_tone(random, length), 1, 4)


def keys(random: np.random.Generator, length: int) -> np.ndarray:
    sound, step, each = np.zeros(length), round(random.uniform(0.15, 0.5) * RATE), round(0.1 * RATE)
    for start in range(0, length - each, step):
        times = _times(each)
        pair = random.choice(DTMF_ROWS), random.choice(DTMF_COLUMNS)
        sound[start : start + each] = sum(np.sin(2 * np.pi * hertz * times) for hertz in pair)
    return sound


def clicks(random: np.random.Generator, length: int) -> np.ndarray:
    """A receiver put down, knocks: decaying bursts at chance moments."""
    sound = np.zeros(length)
    for start in random.integers(0, length - 800, random.integers(1, 12)):
        burst = random.standard_normal(800) * np.exp(-np.arange(800) / random.uniform(5, 200))
        sound[start : start + 800] += burst * random.uniform(0.2, 1)
    return sound


def clicks_in_hiss(random: np.random.Generator, length: int) -> np.ndarray:
    return clicks(random, length) + hiss(random, length) * random.uniform(0.005, 0.1)


def music(random: np.random.Generator, length: int) -> np.ndarray:
    """A tune with overtones and some vibrato, alone or over a chord and a beat."""
    note = round(random.uniform(0.2, 0.6) * RATE)
    wobble, overtones = random.uniform(0, 0.02), random.integers(2, 8)
    notes = [_note(random.choice(SCALE), note, wobble, overtones) for _ in range(-(-length // note))]
    sound = np.concatenate(notes)[:length]
    if random.random() < 0.5:
        chord = random.choice(SCALE) / 2 * np.array([1, 1.25, 1.5])
        sound = sound + sum(_note(hertz, length, 0, 3) for hertz in chord) * 0.5
        sound = sound + _switched(random.standard_normal(length) * 0.3, 0.05, 0.45)
    return sound


def siren(random: np.random.Generator, length: int) -> np.ndarray:
    hertz = 600 + 300 * np.sin(2 * np.pi * random.uniform(0.2, 2) * _times(length))
    return np.sin(2 * np.pi * np.cumsum(hertz) / RATE)


def fax_sweep(random: np.random.Generator, length: int) -> np.ndarray:
    hertz = np.linspace(random.uniform(300, 1100), random.uniform(1600, 3300), length)
    return np.sin(2 * np.pi * np.cumsum(hertz) / RATE)


def fax_data(random: np.random.Generator, length: int) -> np.ndarray:
    bits = random.integers(0, 2, length // 27 + 1).repeat(27)[:length]
    return np.sin(2 * np.pi * np.cumsum(np.where(bits, 1850, 1650)) / RATE)


KINDS: dict[str, Make] = {
    make.__name__: make
    for make in (silence, hiss, room, hum, tone, dial_tone, busy, ring_back, keys, clicks, clicks_in_hiss, music, siren)
    + (fax_sweep, fax_data)
}


def _times(length: int) -> np.ndarray:
    return np.arange(length) / RATE


def _switched(sound: np.ndarray, on: float, off: float) -> np.ndarray:
    return sound * (_times(len(sound)) % (on + off) < on)


def _note(hertz: float, length: int, wobble: float, overtones: int) -> np.ndarray:
    times = _times(length)
    turn = 2 * np.pi * np.cumsum(hertz * (1 + wobble * np.sin(2 * np.pi * 5 * times))) / RATE
    return sum(np.sin(number * turn) / number for number in range(1, overtones + 1)) * np.minimum(1, times / 0.03)


if __name__ == "__main__":
    main()

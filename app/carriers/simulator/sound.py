"""What callers say, as the network carries it: 8 kHz, mono, 16 bit."""

import io
import math

import numpy as np
import soundfile
import soxr

RATE = 8000  # Hz; the WAV that Twilio gives
FRAME = 160  # samples, 20 ms
QUIET = 100  # RMS of 16-bit samples (-50 dBFS); a frame below it is silence


def hear(file: bytes) -> np.ndarray:
    """A sound file of any rate and channels as int16 samples at 8 kHz; one that is so already is unchanged.

    Raises ValueError for what is not a sound file.
    """
    try:
        samples, rate = soundfile.read(io.BytesIO(file), dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise ValueError(f"Not a sound file: {error}") from error
    if samples.shape[1] == 1 and rate == RATE:
        return samples[:, 0]
    mono = samples.mean(axis=1, dtype=np.float32) / 32768
    return np.clip(soxr.resample(mono, rate, RATE) * 32768, -32768, 32767).astype(np.int16)


def seconds_of(file: bytes, content_type: str) -> float:
    """How long a file plays. Raises ValueError where it cannot be played."""
    if content_type.startswith("audio/basic") and not file.startswith(b".snd"):
        return len(file) / RATE  # bare mu-law
    try:
        information = soundfile.info(io.BytesIO(file))
    except soundfile.LibsndfileError as error:
        raise ValueError(f"Not a sound file: {error}") from error
    return information.frames / information.samplerate


def silent_from(samples: np.ndarray, timeout_s: float) -> float:
    """When (seconds) the first `timeout_s` of unbroken silence is over; after the samples all is silence."""
    if timeout_s <= 0:
        return math.inf
    heard = np.flatnonzero(_loud(samples)) * FRAME / RATE
    ends = np.concatenate(([0.0], heard + FRAME / RATE))  # silence begins at the start and after every loud frame
    starts = np.concatenate((heard, [math.inf]))
    return float(ends[np.flatnonzero(starts - ends >= timeout_s - 1e-9)[0]] + timeout_s)


def has_sound(samples: np.ndarray) -> bool:
    return bool(_loud(samples).any())


def trim(samples: np.ndarray) -> np.ndarray:
    """Without the silence before and after."""
    loud = np.flatnonzero(_loud(samples))
    return samples[loud[0] * FRAME : (loud[-1] + 1) * FRAME] if len(loud) else samples[:0]


def cut(samples: np.ndarray, seconds: float) -> np.ndarray:
    """The first `seconds`, silence added where the samples end before."""
    length = round(seconds * RATE)
    return np.concatenate((samples[:length], np.zeros(max(0, length - len(samples)), np.int16)))


def to_mulaw(samples: np.ndarray) -> bytes:
    """Headerless mu-law, a byte a sample."""
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="RAW", subtype="ULAW")
    return file.getvalue()


def to_wav(samples: np.ndarray) -> bytes:
    file = io.BytesIO()
    soundfile.write(file, samples, RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()


def _loud(samples: np.ndarray) -> np.ndarray:
    frames = np.pad(samples, (0, -len(samples) % FRAME)).reshape(-1, FRAME).astype(np.float32)
    return np.sqrt((frames**2).mean(axis=1)) >= QUIET

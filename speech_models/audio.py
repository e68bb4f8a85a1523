"""Audio: mono sound in memory, read from and written to the sound files that carriers and staff use."""

import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr

TELEPHONE_RATE = 8000
_TO_THE_END = 0xFFFF_FF00  # a length in a WAV header
_MULAW = {"samplerate": TELEPHONE_RATE, "channels": 1, "subtype": "ULAW"}


class BadSound(ValueError):
    """These bytes are not a sound that can be heard; the message is one sentence that says why."""


@dataclass(frozen=True, eq=False)
class Audio:
    """Mono sound: `samples` is a one-dimensional float32 array within [-1, 1], `rate` its samples per second."""

    samples: np.ndarray
    rate: int

    @property
    def seconds(self) -> float:
        return len(self.samples) / self.rate

    def cut(self, start: float, end: float) -> "Audio":
        """The part between two times in seconds, clipped to what there is."""
        return Audio(self.samples[max(0, round(start * self.rate)) : max(0, round(end * self.rate))], self.rate)


def read_sound(data: bytes) -> Audio:
    """Read a sound file: WAV (8, 16 or 24 bit, float, mu-law, A-law), MP3, FLAC or Ogg, at its own sample rate.

    Channels are mixed down to one. Raises BadSound when it is empty or no sound file.
    """
    if not data:
        raise BadSound("The sound file is empty.")
    try:
        samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
        raise BadSound("This is not a sound file that can be read (WAV, MP3, FLAC and Ogg can).") from error
    if not len(samples):
        raise BadSound("The sound file holds no sound.")
    mono = np.nan_to_num(samples.mean(axis=1, dtype=np.float32), posinf=1.0, neginf=-1.0)
    return Audio(np.clip(mono, -1.0, 1.0), rate)


def write_wav(audio: Audio, *, mulaw: bool = False) -> bytes:
    """Write a WAV file: 16-bit PCM at the audio's own rate, or 8 kHz mu-law (what a telephone line carries)."""
    if mulaw:
        audio = resample(audio, TELEPHONE_RATE)
    file = io.BytesIO()
    soundfile.write(file, audio.samples, audio.rate, format="WAV", subtype="ULAW" if mulaw else "PCM_16")
    return file.getvalue()


def is_whole_wav(data: bytes) -> bool:
    """Whether this is a RIFF WAV that holds all the sound its header says, and some. Reads the header only.

    A length of nearly 4 GB is how a writer that could not know it says "to the end".
    """
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return False
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if data[at : at + 4] == b"data":
            return 0 < size <= len(data) - at - 8 or (size >= _TO_THE_END and len(data) > at + 8)
        at += 8 + size + size % 2
    return False


def from_pcm16(data: bytes, rate: int) -> Audio:
    """Read headerless 16-bit little-endian mono samples; an odd last byte is dropped."""
    samples = np.frombuffer(data[: len(data) // 2 * 2], dtype="<i2")
    return Audio(samples.astype(np.float32) / 32768.0, rate)


def from_mulaw(data: bytes) -> Audio:
    """Read headerless 8 kHz mono mu-law (ITU-T G.711), as telephone lines and media streams carry it."""
    samples, rate = soundfile.read(io.BytesIO(data), dtype="float32", format="RAW", **_MULAW)
    return Audio(samples, rate)


def to_mulaw(audio: Audio) -> bytes:
    """Headerless 8 kHz mono mu-law."""
    file = io.BytesIO()
    samples = resample(audio, TELEPHONE_RATE).samples
    soundfile.write(file, samples, TELEPHONE_RATE, format="RAW", subtype=_MULAW["subtype"])
    return file.getvalue()


def to_pcm16(audio: Audio) -> bytes:
    """Headerless 16-bit little-endian mono samples at the audio's own rate."""
    return (np.clip(audio.samples, -1.0, 1.0) * 32767.0).round().astype("<i2").tobytes()


def resample(audio: Audio, rate: int) -> Audio:
    """The same sound at another sample rate."""
    if audio.rate == rate:
        return audio
    samples = soxr.resample(audio.samples, audio.rate, rate).astype(np.float32, copy=False)
    return Audio(np.clip(samples, -1.0, 1.0), rate)


def level_dbfs(audio: Audio) -> float:
    """Mean (RMS) level in decibels below full scale; minus infinity for digital silence or no samples."""
    if not len(audio.samples):
        return -np.inf
    power = float(np.mean(np.square(audio.samples, dtype=np.float64)))
    return 10.0 * np.log10(power) if power > 0 else -np.inf


def normalise_level(audio: Audio, dbfs: float) -> Audio:
    """Bring the RMS level to `dbfs`, or as near as the highest peak allows without clipping."""
    level = level_dbfs(audio)
    if not np.isfinite(level):
        return audio
    gain = min(10.0 ** ((dbfs - level) / 20.0), 1.0 / float(np.max(np.abs(audio.samples))))
    return Audio((audio.samples * np.float32(gain)).clip(-1.0, 1.0), audio.rate)


def silence(seconds: float, rate: int) -> Audio:
    """Digital silence."""
    return Audio(np.zeros(round(seconds * rate), dtype=np.float32), rate)


def joined(audios: Sequence[Audio]) -> Audio:
    """One after the other, at the rate of the first; raises ValueError when there is none."""
    if not audios:
        raise ValueError("There is no audio to join.")
    rate = audios[0].rate
    return Audio(np.concatenate([resample(audio, rate).samples for audio in audios]), rate)

"""Audio: mono sound in memory, read from and written to the sound files that carriers and staff use."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr

TELEPHONE_RATE = 8000
_TO_THE_END = 0xFFFF_FF00  # a length in a WAV header
_MULAW = {"samplerate": TELEPHONE_RATE, "channels": 1, "subtype": "ULAW"}
LOWEST_RATE, HIGHEST_RATE = 4000, 192_000  # samples a second
LONGEST_SECONDS = 3600
_MOST_VALUES = LONGEST_SECONDS * 16_000  # samples of all channels together: 230 MB while they are read
_BEGINNINGS = (b"RIFF", b"RIFX", b"RF64", b"ID3", b"fLaC", b"OggS")  # and an MP3's frame, which has no name
_NOT_COUNTED = 0x7FFF_0000  # a size from here on was never filled in: the file was written as it went on
_SILENT_DBFS = -45.0
_OPPOSITE = 0.4  # of the louder channel's level: below it channels take each other away


class BadSound(ValueError):
    """These bytes are not a sound that can be heard; the message is one sentence that says why.

    `permanent`: the same bytes can never be one here, since they hold too much.
    """

    permanent = False


class Empty(BadSound):
    """A whole sound file in which there is not a single sample."""


class TooLong(BadSound):
    """A sound that would need more memory than there is to spare."""

    permanent = True


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

    Channels are mixed down to one; where they take each other away, the louder is taken. A WAV whose size was never
    filled in is read to its end. Raises BadSound when it is empty, no sound file, or of a rate outside 4 to 192 kHz,
    and TooLong when it is longer than an hour (20 minutes in stereo at 24 kHz): before any of it is read.
    """
    if not data:
        raise BadSound("The sound file is empty.")
    if not data.startswith(_BEGINNINGS) and not (data[0] == 0xFF and data[1:2] >= b"\xe0"):
        raise BadSound("This is not a sound file that can be read (WAV, MP3, FLAC and Ogg can).")
    try:
        with soundfile.SoundFile(io.BytesIO(_with_its_size(data))) as file:
            _check_size(file)
            samples, rate = file.read(dtype="float32", always_2d=True), file.samplerate
    except (soundfile.SoundFileError, OSError, ValueError, TypeError) as error:
        if isinstance(error, BadSound):
            raise
        raise BadSound("This is not a sound file that can be read (WAV, MP3, FLAC and Ogg can).") from error
    if not len(samples):
        raise Empty("The sound file holds no sound.")
    samples = np.nan_to_num(samples, copy=False, posinf=1.0, neginf=-1.0)
    return Audio(np.clip(_mixed(samples), -1.0, 1.0), rate)


def is_cut_short(data: bytes) -> bool:
    """Whether a WAV says that it holds more than came. Other formats do not say."""
    size, behind = next(((size, len(data) - at) for name, at, size in _chunks(data) if name == b"data"), (0, 0))
    return behind < size < _NOT_COUNTED


def _check_size(file: soundfile.SoundFile) -> None:
    if not LOWEST_RATE <= file.samplerate <= HIGHEST_RATE:
        raise BadSound(f"The sound file has {file.samplerate} samples a second; {LOWEST_RATE} to {HIGHEST_RATE} go.")
    if file.frames > LONGEST_SECONDS * file.samplerate or file.frames * file.channels > _MOST_VALUES:
        raise TooLong(f"The sound file is too long: over {LONGEST_SECONDS // 60} minutes, or of too many samples.")


def _mixed(samples: np.ndarray) -> np.ndarray:
    mono = samples.mean(axis=1, dtype=np.float32)
    if samples.shape[1] == 1:
        return mono
    levels = np.sqrt(np.mean(np.square(samples, dtype=np.float32), axis=0, dtype=np.float64))
    if np.sqrt(np.mean(np.square(mono), dtype=np.float64)) < _OPPOSITE * levels.max():
        return np.ascontiguousarray(samples[:, levels.argmax()])
    return mono


def _with_its_size(data: bytes) -> bytes:
    """A WAV whose header says that no sound follows, though some does, with the size of all that follows."""
    empty = next((at for name, at, size in _chunks(data) if name == b"data" and not size), None)
    if empty is None or empty == len(data) or _is_all_chunks(data, empty):
        return data
    return data[: empty - 4] + (len(data) - empty).to_bytes(4, "little") + data[empty:]


def _is_all_chunks(data: bytes, at: int) -> bool:
    """Whether what follows is further chunks, which end where the file does."""
    while at + 8 <= len(data) and data[at : at + 4].isalnum():
        at += 8 + (size := int.from_bytes(data[at + 4 : at + 8], "little")) + size % 2
    return at == len(data)


def _chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    """(name, where its content begins, the size it says) of each chunk of a WAV, up to and with the sound."""
    at, name = 12, b""
    while data[:4] == b"RIFF" and data[8:12] == b"WAVE" and at + 8 <= len(data) and name != b"data":
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        yield name, at + 8, size
        at += 8 + size + size % 2


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


def is_silent(audio: Audio) -> bool:
    """Whether nothing is heard but a line's own noise: no tenth of a second is louder than -45 dBFS (RMS)."""
    size = max(1, audio.rate // 10)
    padded = np.pad(audio.samples, (0, -len(audio.samples) % size)).reshape(-1, size)
    loudest = np.mean(np.square(padded, dtype=np.float64), axis=1).max(initial=0.0)
    return bool(loudest < 10 ** (_SILENT_DBFS / 10))


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

"""Waveform (波形): how loud a recording is from moment to moment, drawn once and kept beside the sound."""

import json
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import structlog

from app.storage import Storage
from speech_models.audio import Audio, BadSound, read_sound

log = structlog.get_logger()

_EVERY = 0.05  # seconds that one level stands for
_LOUDEST = 100
_LONG_PAUSE, _KEPT = 0.9, 0.2  # seconds: from when a pause is skipped, and what of it is kept at either end
# Below this part of the way (in decibels) from the quietest to the loudest tenth nobody speaks; where the two are
# nearer than this, nothing can be told apart.
_QUIET, _TOLD_APART = 0.3, 8.0


@dataclass(frozen=True)
class Waveform:
    """`levels`: the peak in each twentieth of a second, 0 to 100 of full scale. `pauses`: (start, end) in seconds where
    nobody speaks for long."""

    levels: tuple[int, ...]
    pauses: tuple[tuple[float, float], ...]

    @property
    def seconds(self) -> float:
        return len(self.levels) * _EVERY

    def bars(self, count: int) -> list[float]:
        """The peaks of `count` equal parts, 0 to 1 of the loudest; fewer where there are not so many levels."""
        parts = np.array_split(np.array(self.levels), min(count, len(self.levels)))
        loudest = max(1, *self.levels)
        return [round(float(part.max()) / loudest, 2) for part in parts]


def waveform(storage: Storage, key: str) -> Waveform:
    """The waveform of the sound under `key`: from the store, else made from the sound and kept under `key`.wave.

    A file that holds no sound has no levels. What is kept and damaged is made again, and what cannot be kept is still
    shown. Raises KeyError.
    """
    kept = f"{key}.wave"
    with suppress(KeyError):
        if (read := _read(storage.get(kept))) is not None:
            return read
    try:
        made = draw(read_sound(storage.get(key)))
    except BadSound:
        made = Waveform((), ())
    try:
        storage.put(kept, json.dumps({"levels": made.levels, "pauses": made.pauses}).encode())
    except Exception as error:  # each store has its own
        log.warning("waveform not kept", key=kept, error=str(error))
    return made


def _read(content: bytes) -> Waveform | None:
    """A waveform as it is kept; None where that is damaged."""
    try:
        found = json.loads(content)
        levels = tuple(int(level) for level in found["levels"])
        return Waveform(levels, tuple((float(start), float(end)) for start, end in found["pauses"]))
    except (ValueError, KeyError, TypeError):
        return None


def draw(audio: Audio) -> Waveform:
    """The waveform of a sound."""
    size = max(1, round(_EVERY * audio.rate))
    count = -(-len(audio.samples) // size)
    padded = np.zeros(count * size, np.float32)
    padded[: len(audio.samples)] = audio.samples
    pieces = padded.reshape(count, size)
    peaks = np.abs(pieces).max(axis=1)
    return Waveform(tuple(int(peak) for peak in np.ceil(peaks * _LOUDEST)), _pauses(pieces))


def _pauses(pieces: np.ndarray) -> tuple[tuple[float, float], ...]:
    if not len(pieces):
        return ()
    loudness = 10 * np.log10(np.mean(np.square(pieces, dtype=np.float64), axis=1) + 1e-9)
    quietest, loudest = np.percentile(loudness, [10, 90])
    if loudest - quietest < _TOLD_APART:
        return ()
    quiet = loudness < quietest + _QUIET * (loudest - quietest)
    edges = np.flatnonzero(np.diff(np.concatenate(([0], quiet.astype(np.int8), [0])))).reshape(-1, 2) * _EVERY
    return tuple(
        (round(float(start) + _KEPT, 2), round(float(end) - _KEPT, 2))
        for start, end in edges
        if end - start >= _LONG_PAUSE
    )

"""What sorting has learnt: linear weights on the grams of a text, kept as plain arrays. Fitted by sort_fitting.py."""

import io
import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from app.services.sorting.ngrams import is_sound
from ivr.sound import syllables


class ModelUnusable(Exception):
    """A file of weights cannot be used; the message says why."""


@dataclass(frozen=True)
class Weights:
    """`weights` has a row for each gram and a column for each label; `texts` is how many it was fitted to."""

    grams: tuple[str, ...]
    rarity: np.ndarray
    labels: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    texts: int

    def score(self, count: Counter[str]) -> dict[str, float]:
        """How much the grams of a document (`grams.counted`) speak for each label; below zero: against it."""
        at, values = vector(count, self.places, self.rarity)
        scores = values @ self.weights[at].astype(np.float32) + self.bias
        return dict(zip(self.labels, map(float, scores), strict=True))

    def speaks(self, count: Counter[str], label: str) -> dict[str, float]:
        """What each gram of a document adds to the score of a label."""
        at, values = vector(count, self.places, self.rarity)
        column = self.weights[at, self.labels.index(label)].astype(np.float32)
        return {self.grams[place]: float(added) for place, added in zip(at, values * column, strict=True)}

    @cached_property
    def places(self) -> dict[str, int]:
        return {gram: place for place, gram in enumerate(self.grams)}


def to_bytes(kept: Sequence[Weights]) -> bytes:
    """Weights as a file: plain arrays (NumPy's .npz), no objects in it."""
    arrays = {"sounds": _packed(syllables()), "kept": np.array(len(kept))}
    for number, weights in enumerate(kept):
        arrays |= {
            f"{number}.grams": _packed(weights.grams),
            f"{number}.rarity": weights.rarity,
            f"{number}.labels": _packed(weights.labels),
            f"{number}.weights": weights.weights,
            f"{number}.bias": weights.bias,
            f"{number}.texts": np.array(weights.texts),
        }
    out = io.BytesIO()
    np.savez_compressed(out, **arrays)
    return out.getvalue()


def from_bytes(content: bytes) -> list[Weights]:
    """The weights of a file. Nothing in it is executed. Raises ModelUnusable."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            data = {name: file[name] for name in file.files}
        if _unpacked(data["sounds"]) != syllables():
            raise ModelUnusable("What sorting learnt was made with another list of sounds: learn anew.")
        return [_read(data, number) for number in range(int(data["kept"]))]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ModelUnusable(f"What sorting learnt cannot be read: {error!r}.") from error


def _read(data: dict[str, np.ndarray], number: int) -> Weights:
    grams, labels = (_unpacked(data[f"{number}.{name}"]) for name in ("grams", "labels"))
    rarity, weights, bias = (data[f"{number}.{name}"] for name in ("rarity", "weights", "bias"))
    if weights.shape != (len(grams), len(labels)) or rarity.shape != (len(grams),) or bias.shape != (len(labels),):
        raise ModelUnusable("What sorting learnt does not fit together: learn anew.")
    return Weights(grams, rarity, labels, weights, bias, int(data[f"{number}.texts"]))


def vector(count: Counter[str], places: dict[str, int], rarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places and values of a text's known grams: log TF times IDF, characters and sounds each of length one."""
    known = [(places[gram], times, is_sound(gram)) for gram, times in count.items() if gram in places]
    at = np.array([place for place, _, _ in known], dtype=np.int64)
    heard = np.array([sound for _, _, sound in known], dtype=bool)
    values = np.log1p(np.array([times for _, times, _ in known], dtype=np.float32)) * rarity[at]
    for part in (heard, ~heard):
        length = np.linalg.norm(values[part])
        if length:
            values[part] /= length
    return at, values


def _packed(texts: Sequence[str]) -> np.ndarray:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _unpacked(data: np.ndarray) -> tuple[str, ...]:
    return tuple(data.tobytes().decode().split("\n"))

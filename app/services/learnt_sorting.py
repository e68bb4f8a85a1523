"""What sorting has learnt: linear weights on the grams of a text, fitted to decided cases.

For each category two support vector machines, one on TF-IDF and one on TF-IDF scaled by how unlike it the rest is
(S. Wang and C. Manning, Baselines and Bigrams, ACL 2012); both are linear, so their sum is one set of weights.
Fitted also on subjects with mis-heard characters.
"""

import io
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse
from sklearn.svm import LinearSVC

from app.services.grams import Document, counted, is_sound, misheard, syllables

_MOST_GRAMS = 150_000
_RARE = 2000  # texts from which a gram must be in three of them, else in two
_C, _C_SCALED = 0.25, 0.05  # regularisation of the two machines
_MISHEARD = 0.2  # share of characters, in copies that are fitted too
_FEW = 2  # texts of a category below which it is not learnt


class CannotLearn(Exception):
    """There are too few examples; the message says of what."""


class ModelUnusable(Exception):
    """A file of weights cannot be used; the message says why."""


@dataclass(frozen=True)
class Weights:
    """`weights` has a row for each gram and a column for each label; a score below zero speaks against a label."""

    grams: tuple[str, ...]
    rarity: np.ndarray
    labels: tuple[str, ...]
    weights: np.ndarray
    bias: np.ndarray
    texts: int

    def score(self, document: Document) -> dict[str, float]:
        """How much speaks for each label, about -1.5 to 1.5."""
        at, values = _vector(counted(document), self.places, self.rarity)
        scores = values @ self.weights[at].astype(np.float32) + self.bias
        return dict(zip(self.labels, map(float, scores), strict=True))

    def speaks(self, document: Document, label: str) -> dict[str, float]:
        """What each gram of a document adds to the score of a label."""
        at, values = _vector(counted(document), self.places, self.rarity)
        column = self.weights[at, self.labels.index(label)].astype(np.float32)
        return {self.grams[place]: float(added) for place, added in zip(at, values * column, strict=True)}

    @cached_property
    def places(self) -> dict[str, int]:
        return {gram: place for place, gram in enumerate(self.grams)}

    def to_bytes(self) -> bytes:
        """As a file: plain arrays (NumPy's .npz), no objects in it."""
        out = io.BytesIO()
        np.savez_compressed(
            out,
            grams=_packed(self.grams), rarity=self.rarity, labels=_packed(self.labels), weights=self.weights,
            bias=self.bias, texts=np.array(self.texts), sounds=_packed(syllables()),
        )  # fmt: skip
        return out.getvalue()


def from_bytes(content: bytes) -> Weights:
    """The weights of a file. Nothing in it is executed. Raises ModelUnusable."""
    try:
        with np.load(io.BytesIO(content), allow_pickle=False) as file:
            data = {name: file[name] for name in file.files}
        grams, labels, sounds = (_unpacked(data[name]) for name in ("grams", "labels", "sounds"))
        weights, rarity, bias, texts = data["weights"], data["rarity"], data["bias"], int(data["texts"])
    except (OSError, ValueError, KeyError, EOFError, UnicodeDecodeError) as error:
        raise ModelUnusable(f"The file of what sorting learnt cannot be read: {error}.") from error
    if sounds != syllables():
        raise ModelUnusable("The file of what sorting learnt was made with another list of sounds: learn anew.")
    if weights.shape != (len(grams), len(labels)) or rarity.shape != (len(grams),) or bias.shape != (len(labels),):
        raise ModelUnusable("The file of what sorting learnt does not fit together: learn anew.")
    return Weights(grams, rarity, labels, weights, bias, texts)


def fit(documents: Sequence[Document], labels: Sequence[str], *, seed: int = 1) -> Weights:
    """Weights fitted to documents and their labels. Raises CannotLearn."""
    often = Counter(labels)
    kept = [(document, label) for document, label in zip(documents, labels, strict=True) if often[label] >= _FEW]
    names = tuple(sorted({label for _, label in kept}))
    if len(names) < 2:
        raise CannotLearn("At least two categories with two decided cases each are needed.")
    rng = random.Random(seed)
    counts, targets = [], []
    for document, label in kept:
        for copy in _copies(document, rng):
            counts.append(counted(copy))
            targets.append(label)
    first = [counted(document) for document, _ in kept]
    grams, rarity = _known(first)
    places = {gram: place for place, gram in enumerate(grams)}
    matrix = _matrix(counts, places, rarity)
    target = np.array(targets)
    fitted = [_fit_one(matrix, target == name) for name in names]
    return Weights(
        grams,
        rarity,
        names,
        np.stack([weights for weights, _ in fitted], axis=1).astype(np.float16),
        np.array([bias for _, bias in fitted], dtype=np.float32),
        len(kept),
    )


def _copies(document: Document, rng: random.Random) -> list[Document]:
    """A document as it is, its subject alone, and its subject with mis-heard characters."""
    alone = [replace(document, detail="")] if document.detail else []
    return [document, *alone, Document(misheard(document.subject, _MISHEARD, rng))]


def _known(counts: list[Counter[str]]) -> tuple[tuple[str, ...], np.ndarray]:
    """The grams that are in several texts, the most frequent first, and how rare each is (IDF)."""
    texts_with: Counter[str] = Counter()
    for count in counts:
        texts_with.update(count.keys())
    least = 2 if len(counts) < _RARE else 3
    often = sorted((gram for gram, n in texts_with.items() if n >= least), key=lambda gram: (-texts_with[gram], gram))
    grams = tuple(often[:_MOST_GRAMS])
    return grams, np.array([1 + np.log((1 + len(counts)) / (1 + texts_with[gram])) for gram in grams], dtype=np.float32)


def _vector(count: Counter[str], places: dict[str, int], rarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
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


def _matrix(counts: list[Counter[str]], places: dict[str, int], rarity: np.ndarray) -> sparse.csr_matrix:
    rows = [_vector(count, places, rarity) for count in counts]
    ends = np.cumsum([0, *(len(at) for at, _ in rows)])
    at, values = (np.concatenate([row[part] for row in rows]) for part in (0, 1))
    return sparse.csr_matrix((values.astype(np.float64), at, ends), shape=(len(rows), len(places)))


def _fit_one(matrix: sparse.csr_matrix, mine: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights and bias that part one category from the rest."""
    plain = LinearSVC(C=_C, class_weight="balanced", random_state=0).fit(matrix, mine)
    here, rest = (np.asarray(matrix[part].sum(axis=0)).ravel() + 0.5 for part in (mine, ~mine))
    scale = np.log((here / here.sum()) / (rest / rest.sum()))
    scaled = LinearSVC(C=_C_SCALED, class_weight="balanced", random_state=0).fit(matrix @ sparse.diags(scale), mine)
    return plain.coef_[0] + scaled.coef_[0] * scale, float(plain.intercept_[0] + scaled.intercept_[0])


def _packed(texts: Sequence[str]) -> np.ndarray:
    return np.frombuffer("\n".join(texts).encode(), dtype=np.uint8)


def _unpacked(data: np.ndarray) -> tuple[str, ...]:
    return tuple(data.tobytes().decode().split("\n"))

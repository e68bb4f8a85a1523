"""Fitting (拟合): the weights of what sorting learns, from decided cases.

For each category two support vector machines, one on TF-IDF and one on TF-IDF scaled by how unlike it the rest is
(S. Wang and C. Manning, Baselines and Bigrams, ACL 2012); both are linear, so their sum is one set of weights.
Fitted also on subjects with mis-heard characters.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse
from sklearn.svm import LinearSVC

from app.services.sorting.learnt_weights import Weights, vector
from app.services.sorting.ngrams import Document, counted, misheard

MOST_GRAMS = 150_000
_RARE = 2000  # texts from which a gram must be in three of them, else in two
_C, _C_SCALED = 0.25, 0.05  # regularisation of the two machines
_MISHEARD = 0.2  # share of characters, in copies that are fitted too
_FEW = 2  # texts of a category below which it is not learnt


class CannotLearn(Exception):
    """There are too few examples; the message says of what."""


def fit(documents: Sequence[Document], labels: Sequence[str], *, most_grams: int = MOST_GRAMS) -> Weights:
    """Weights fitted to documents and their labels, on the `most_grams` most frequent grams. Raises CannotLearn."""
    often = Counter(labels)
    kept = [(document, label) for document, label in zip(documents, labels, strict=True) if often[label] >= _FEW]
    names = tuple(sorted({label for _, label in kept}))
    if len(names) < 2:
        raise CannotLearn("At least two categories with two decided cases each are needed.")
    rng = random.Random(1)
    counts, targets = [], []
    for document, label in kept:
        for copy in _copies(document, rng):
            counts.append(counted(copy))
            targets.append(label)
    first = [counted(document) for document, _ in kept]
    grams, rarity = _known(first, most_grams)
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


def _known(counts: list[Counter[str]], most: int) -> tuple[tuple[str, ...], np.ndarray]:
    """The grams that are in several texts, the most frequent first, and how rare each is (IDF)."""
    texts_with: Counter[str] = Counter()
    for count in counts:
        texts_with.update(count.keys())
    least = 2 if len(counts) < _RARE else 3
    often = sorted((gram for gram, n in texts_with.items() if n >= least), key=lambda gram: (-texts_with[gram], gram))
    grams = tuple(often[:most])
    return grams, np.array([1 + np.log((1 + len(counts)) / (1 + texts_with[gram])) for gram in grams], dtype=np.float32)


def _matrix(counts: list[Counter[str]], places: dict[str, int], rarity: np.ndarray) -> sparse.csr_matrix:
    rows = [vector(count, places, rarity) for count in counts]
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

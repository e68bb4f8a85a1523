"""Sorting (分类): the category a text speaks for, with the words that do. From day one, and learnt from decisions.

What day one says (day_one.py) and what was learnt (learnt_sorting.py) are added up; the more was learnt, the less day
one counts. It is a proposal: a person decides.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from app.services.sorting import cold_start
from app.services.sorting.learnt_weights import Weights
from app.services.sorting.ngrams import Document, counted, grams, signs
from app.services.sorting.taxonomy import REST, topics, tops

_MOST_WORDS = 4
_SHOWN = 600  # characters of a text in which words that speak for a category are sought
_LONGEST_RUN = 8  # signs of a word
_KNOWN = 0.5  # how much stronger a word of day one is, of the strongest sign
_SHARE = 0.4  # of the strongest sign's weight, from which a sign belongs to a word that speaks for the category
_NEVER_LEARNT = -1.0  # the learnt score of a category of which there were no examples
_DAY_ONE = 0.3  # how much day one counts beside much that was learnt,
_FEW_LEARNT = 220  # and this, divided by the texts learnt from, more where that was little


@dataclass(frozen=True)
class Sorted:
    """The category a text speaks for as a path of three levels, the words that do (as they stand there), and its first
    level. Where nothing speaks for any, `topic` is empty and `top` the first of the taxonomy."""

    topic: str
    because: tuple[str, ...]
    top: str


@dataclass(frozen=True)
class Sorter:
    """Sorts by day one alone, or by what was learnt too: first levels, and whole paths where enough were decided."""

    learnt: Weights | None = None
    learnt_topics: Weights | None = None

    def sort(self, document: Document) -> Sorted:
        """The category of a document."""
        reading, count = cold_start.read(document), self._counted(document)
        scores = self._scores(count, reading)
        top = max(scores, key=scores.__getitem__)
        words = self._words(document, count, reading, top)
        return Sorted(self._topic(count, reading, top) if words else "", words, top)

    def nearest(self, document: Document, among: Sequence[str]) -> str:
        """Of some paths the one that a document speaks for most; the first where it speaks for none; empty of none."""
        reading = cold_start.read(document)
        scores = self._scores(self._counted(document), reading)
        return max(among, key=lambda topic: (scores.get(topic.split("/")[0], 0.0), _said(reading, topic)), default="")

    def _counted(self, document: Document) -> Counter[str]:
        return counted(document) if self.learnt else Counter()

    def _scores(self, count: Counter[str], reading: cold_start.Reading) -> dict[str, float]:
        """How much speaks for each first level."""
        most = max(reading.weights[top] for top in tops()) or 1.0
        said = {top: reading.weights[top] / most for top in tops()}
        if self.learnt is None:
            return said
        learnt = self.learnt.score(count)
        share = _share(self.learnt)
        return {top: learnt.get(top, _NEVER_LEARNT) + share * said.get(top, 0.0) for top in said | learnt}

    def _topic(self, count: Counter[str], reading: cold_start.Reading, top: str) -> str:
        """The path below a first level, by what was learnt of paths and what day one says of their lower levels."""
        said = {topic: _said(reading, topic) for topic in _below(top)}
        most = max(said.values(), default=0.0) or 1.0
        learnt = self.learnt_topics.score(count) if self.learnt_topics else {}
        share = _share(self.learnt_topics) if self.learnt_topics else 1.0

        def weight(topic: str) -> tuple[float, int]:
            return learnt.get(topic, _NEVER_LEARNT) + share * said[topic] / most, topic.count(REST)

        return max(said, key=weight, default="")

    def _words(self, document: Document, count: Counter[str], reading: cold_start.Reading, top: str) -> tuple[str, ...]:
        """The words that speak for a first level, as they stand there: the strongest, in their order."""
        known = reading.words[top]
        if self.learnt is None or top not in self.learnt.labels:
            return tuple(known)[:_MOST_WORDS]
        text = signs(f"{document.subject}。{document.detail}"[:_SHOWN])
        added = self.learnt.speaks(count, top)
        strength = np.zeros(len(text))
        for gram, at, end in grams(text):
            strength[at:end] += added.get(gram, 0.0) / (end - at)
        strongest = float(strength.max(initial=0.0))
        for word in known:
            for found in re.finditer(re.escape(word), text):
                strength[found.start() : found.end()] += strongest * _KNOWN
        return _runs(text, strength)


def _runs(text: str, strength: np.ndarray) -> tuple[str, ...]:
    """Runs of strong signs, the strongest of them, in the order in which they stand there."""
    least = _SHARE * float(strength.max(initial=0.0))
    if least <= 0:
        return ()
    line = "".join("x" if value >= least else " " for value in strength)
    runs = [(found.start(), min(found.end(), found.start() + _LONGEST_RUN)) for found in re.finditer("xx+", line)]
    runs.sort(key=lambda run: -float(strength[run[0] : run[1]].sum()))
    return tuple(dict.fromkeys(text[at:end] for at, end in sorted(runs[:_MOST_WORDS])))


def _share(learnt: Weights) -> float:
    """How much day one counts beside what was learnt from so many texts."""
    return _DAY_ONE + _FEW_LEARNT / learnt.texts


def _said(reading: cold_start.Reading, topic: str) -> float:
    """What day one says of the lower two levels of a path."""
    return reading.weights[topic.rsplit("/", 1)[0]] + reading.weights[topic]


@cache
def _below(top: str) -> tuple[str, ...]:
    return tuple(topic for topic in topics() if topic.startswith(f"{top}/"))

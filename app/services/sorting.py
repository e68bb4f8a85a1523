"""Sorting (分类): the category a text speaks for, with the words that do. From day one, and learnt from decisions.

What day one says (day_one.py) and what was learnt (learnt_sorting.py) are added up; the more was learnt, the less day
one counts. It is a proposal: a person decides.
"""

from dataclasses import dataclass

import numpy as np

from app.services import day_one
from app.services.grams import Document
from app.services.learnt_sorting import Weights
from app.services.taxonomy import REST, topics, tops

_MOST_WORDS = 4
_SHARE = 0.4  # of the strongest sign's weight, from which a sign belongs to a word that speaks for the category
_NEVER_LEARNT = -2.0  # the learnt score of a category of which there were no examples
_DAY_ONE = 0.3  # how much day one counts beside much that was learnt,
_FEW_LEARNT = 30  # and how fast it counts less: the more texts, the less


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
        reading = day_one.read(document)
        scores = self._scores(document, reading)
        top = max(scores, key=scores.__getitem__)
        words = self._words(document, reading, top)
        return Sorted(self._topic(document, reading, top) if words else "", words, top)

    def _scores(self, document: Document, reading: day_one.Reading) -> dict[str, float]:
        most = max((reading.weights[top] for top in tops()), default=0.0) or 1.0
        said = {top: reading.weights[top] / most for top in tops()}
        if self.learnt is None:
            return said
        share = _DAY_ONE * (1 + _FEW_LEARNT / np.sqrt(self.learnt.texts) - 0)
        learnt = self.learnt.score(document)
        return {top: learnt.get(top, _NEVER_LEARNT) + share * said.get(top, 0.0) for top in {**said, **learnt}}

    def _topic(self, document: Document, reading: day_one.Reading, top: str) -> str:
        """The path below a first level: what was learnt of paths first, then what day one says of each level."""
        below = [topic for topic in topics() if topic.startswith(f"{top}/")]
        learnt = self.learnt_topics.score(document) if self.learnt_topics else {}

        def weight(topic: str) -> tuple[float, float, float]:
            second = topic.rsplit("/", 1)[0]
            return learnt.get(topic, 0.0), reading.weights[second] + reading.weights[topic], topic.count(REST)

        return max(below, key=weight, default="")

    def _words(self, document: Document, reading: day_one.Reading, top: str) -> tuple[str, ...]:
        return tuple(reading.words[top])[:_MOST_WORDS]

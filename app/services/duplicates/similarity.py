"""Likeness (相像): how alike two matters are, from characters, sounds and names. Online: only what came before counts.

A matter is a vector of runs of two and three characters, and of three syllables without tone (so that a character heard
wrong still counts by its sound), each weighed by how rare it has been so far (TF-IDF). What stands in a name (小区, 村,
公司 ...) weighs more, what is said first is compared once more by itself, and other districts speak against it.
"""

import math
import re
from array import array
from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np

from ivr.sound import folded, plain, spoken

SAME = 0.1  # likeness from which two matters may be one (docs/operations.md says how it was fitted)
_FIRST, _READ = 40, 400  # characters: what is said first, and how far is read at all
_FIRST_WEIGHS = 0.4
_NAME_WEIGHS = 1.5
_SOUND_WEIGHS = 0.5
_ELSEWHERE = 0.75  # what is left of a likeness where the districts differ
_RARE = (30, 0.15)  # what more matters than this (count, share) speak of tells nothing
_NEAREST = 40
_CLOSEST, _NEAREST_WEIGHS = 4, 0.3  # of a group: how many are averaged, and the share of the nearest beside that

_RUN = re.compile(r"[0-9a-z㐀-鿿]+")
_NAME = re.compile(
    r"[㐀-鿿0-9a-z]{2,6}?(?:小区|社区|花园|公寓|新城|之城|国际城|广场|公园|学校|学院|中学|小学|幼儿园|医院|公司|集团"
    r"|银行|市场|工地|地铁站|水库|村|路|街|巷|苑|湾|桥|镇|乡|厂|站|府|培训|英语|网|楼盘)"
)
_NO_NAME = frozenset("的了在是和与及把被对到从向于这那有我们你他请求市区县")  # a name begins after these
_SHORTEST_NAME = 3
_DISTRICT = re.compile(r"[a-z]\d+[区县市]|[㐀-鿿]{2}[县区](?!域)")


@dataclass(frozen=True)
class Near:
    """An earlier matter (`key`) and how alike it is, from 0 to 1."""

    key: Hashable
    likeness: float


@dataclass
class _Space:
    """Vectors of all texts so far, by the numbers of their marks: where each mark occurs, and how much."""

    numbers: dict[str, int] = field(default_factory=dict)
    where: list[tuple[array, array]] = field(default_factory=list)
    lengths: array = field(default_factory=lambda: array("f"))

    def vector(self, marks: Counter) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """(numbers of the marks, how often, how rare so far) of a text."""
        for mark in marks:
            if mark not in self.numbers:
                self.numbers[mark] = len(self.where)
                self.where.append((array("i"), array("f")))
        ids = np.array([self.numbers[mark] for mark in marks], dtype=np.int64)
        often = np.array([(1 + math.log(n)) * (_SOUND_WEIGHS if m[0] == "~" else 1) for m, n in marks.items()])
        seen = np.array([len(self.where[id][0]) for id in ids])
        return ids, often, np.log((len(self.lengths) + 1.5) / (seen + 0.5)) + 0.3

    def compare(self, vector) -> np.ndarray:
        """The cosine with every text so far."""
        ids, often, rare = vector
        sums = np.zeros(len(self.lengths))
        most = max(_RARE[0], len(sums) * _RARE[1])
        for id, weight in zip(ids, often * rare * rare, strict=True):
            places, amounts = self.where[id]
            if 0 < len(places) < most:
                sums[np.frombuffer(places, np.int32)] += weight * np.frombuffer(amounts, np.float32)
        lengths = np.frombuffer(self.lengths, np.float32) if len(sums) else sums
        return sums / (_length(vector) * np.maximum(lengths, 1e-9))

    def add(self, vector) -> None:
        for id, amount in zip(vector[0], vector[1], strict=True):
            self.where[id][0].append(len(self.lengths))
            self.where[id][1].append(amount)
        self.lengths.append(_length(vector))


class Likeness:
    """All matters so far, in the order in which they came; each has a key of the caller's choosing."""

    def __init__(self):
        self.keys: list[Hashable] = []
        self._first, self._whole = _Space(), _Space()
        self._districts: list[frozenset[str]] = []

    def add(self, key: Hashable, text: str) -> list[Near]:
        """Take in a matter; returns the earlier ones that are like it, the likest first."""
        text = plain(text)[:_READ]
        first, whole = self._first.vector(_marks(text[:_FIRST])), self._whole.vector(_marks(text))
        like = _FIRST_WEIGHS * self._first.compare(first) + (1 - _FIRST_WEIGHS) * self._whole.compare(whole)
        here = districts(text)
        best = np.argsort(-like)[:_NEAREST]
        near = [Near(self.keys[i], float(like[i]) * self._apart(here, i)) for i in best if like[i] > SAME / 4]
        self.keys.append(key)
        self._districts.append(here)
        self._first.add(first)
        self._whole.add(whole)
        return sorted(near, key=lambda other: -other.likeness)

    def _apart(self, here: frozenset[str], other: int) -> float:
        there = self._districts[other]
        return _ELSEWHERE if here and there and not here & there else 1.0


def group_likeness(likeness: Iterable[float], size: int) -> float:
    """How well a matter fits a group of `size`, from its likeness to those of the group that are near at all.

    Between the nearest neighbour and the average of the closest few, so that a chain of strangers makes no group.
    """
    closest = sorted(likeness, reverse=True)[:_CLOSEST]
    return _NEAREST_WEIGHS * closest[0] + (1 - _NEAREST_WEIGHS) * sum(closest) / min(_CLOSEST, size)


def districts(text: str) -> frozenset[str]:
    """The districts that a plain text names near its beginning."""
    return frozenset(_DISTRICT.findall(text[:60]))


def names(text: str) -> Iterator[tuple[int, int]]:
    """Where the names of places and bodies stand in a plain text."""
    for found in _NAME.finditer(text):
        start, end = found.span()
        for at in range(end - 2, start - 1, -1):
            if text[at] in _NO_NAME:
                start = at + 1
                break
        if end - start >= _SHORTEST_NAME:
            yield start, end


def name_of(text: str) -> str:
    """The first name in a text as it may stand for its place; empty where there is none."""
    text = plain(text)
    return next((text[start:end] for start, end in names(text)), "")


def _marks(text: str) -> Counter:
    """The runs of characters and of sounds in a plain text, those inside a name counted more than once."""
    named = [False] * len(text)
    for start, end in names(text):
        named[start:end] = [True] * (end - start)
    marks: Counter = Counter()
    for run in _RUN.finditer(text):
        said, heard, at = run[0], [_sound(sign) for sign in run[0]], run.start()
        for size in (2, 3):
            for i in range(len(said) - size + 1):
                weight = _NAME_WEIGHS if named[at + i] and named[at + i + size - 1] else 1
                marks[said[i : i + size]] += weight
                if size == 3:
                    marks["~" + " ".join(heard[i : i + size])] += weight
    return marks


@lru_cache(maxsize=16384)
def _sound(sign: str) -> str:
    return folded(spoken(sign)[0])


def _length(vector) -> float:
    return math.sqrt(float(((vector[1] * vector[2]) ** 2).sum())) or 1.0

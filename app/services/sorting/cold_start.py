"""Day one (第一天): categories proposed before anybody has taught the desk anything.

The names of the taxonomy, the words of data/seeds.yaml and those of data/categories.yaml speak for a category.
A word weighs more the longer it is and the fewer categories of the first level share it.
"""

import math
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from app.files import file, kept
from app.services.sorting.categories import Category, categories
from app.services.sorting.ngrams import Document, signs, sounds, sounds_as_read
from app.services.sorting.taxonomy import REST, nodes, topics, tops

_WHOLE = "总"  # the entry for words of a whole first level
_NAME = 0.7  # the weight of the taxonomy's own names, which people seldom use
_BY_SOUND = 0.6  # the weight of a word that only sounds right
_SUBJECT = 3  # how much more a word of the subject counts
_AGAIN = 0.5  # what a word adds each time that it is said again, times the logarithm
_READ = 400  # characters of the detail: what it is about comes first
_COMMON_END = re.compile("(污染|管理|监管|服务|供应|问题|建设|工作|待遇|政策|标准|质量|事务|事业|保障|登记)$")
_JOINED = re.compile("[和、与及]")


class SeedsUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass
class Reading:
    """What the words of a text speak for: by path of one, two or three levels, how much; and the words."""

    weights: Counter[str] = field(default_factory=Counter)
    words: dict[str, dict[str, None]] = field(default_factory=lambda: defaultdict(dict))  # first level -> as written


@dataclass(frozen=True)
class _Word:
    text: str
    tops: dict[str, float]
    nodes: dict[str, float]


def read(document: Document) -> Reading:
    """What a document speaks for. Nothing known in it: an empty reading."""
    found = Reading()
    subject, detail = signs(document.subject), signs(document.detail)[:_READ]
    for written, times in ((subject, _SUBJECT), (detail, 1)):
        said: dict[str, list[tuple[int, int, _Word, float]]] = defaultdict(list)
        for at, end, word, weight in _words_in(written):
            said[word.text].append((at, end, word, weight))
        for places in said.values():
            at, end, word, weight = places[0]
            weight *= times * (1 + _AGAIN * math.log(len(places)))
            for node, share in (word.tops | word.nodes).items():
                found.weights[node] += weight * share
            for top in word.tops:
                found.words[top][written[at:end]] = None
    return found


def read_seeds(path: Path) -> dict[str, list[str]]:
    """Path of one or two levels -> words. Raises SeedsUnusable."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(entries, dict):
        raise SeedsUnusable(f"{path.name}: names of the first level are expected, each with its second level.")
    found: dict[str, list[str]] = {}
    for top, below in entries.items():
        if top not in tops() or not isinstance(below, dict):
            raise SeedsUnusable(f"{path.name}: {top} is no category of the first level with a second level below it.")
        for second, words in below.items():
            node = top if second == _WHOLE else f"{top}/{second}"
            if node not in nodes():
                raise SeedsUnusable(f"{path.name}: there is no category {node} in taxonomy.tsv.")
            if not isinstance(words, list) or not all(isinstance(word, str) and signs(word) == word for word in words):
                raise SeedsUnusable(f"{path.name}, {node}: a list of words in Chinese characters is expected.")
            found[node] = words
    return found


@kept
def _vocabulary() -> tuple[dict[str, _Word], dict[str, _Word]]:
    """Every word by its characters, and by its sounds."""
    weights: dict[str, Counter[str]] = defaultdict(Counter)
    for node, words in read_seeds(file("seeds.yaml")).items():
        for word in words:
            weights[word][node] += 1
    seeds = set(weights)
    for category in categories():
        for word in category.words:
            if category.topics and len(word) > 1 and word not in seeds:  # a seed is more exact
                weights[word][_node_of(category)] += 1
        for word in category.never:
            weights.setdefault(word, Counter())
    for topic in topics():
        parts = topic.split("/")
        for level, name in enumerate(parts, 1):
            for word in {part for whole in _JOINED.split(name) for part in (whole, _COMMON_END.sub("", whole))}:
                if len(word) > 1 and word != REST:
                    weights[word].setdefault("/".join(parts[:level]), _NAME)
    written = {text: _word(text, of) for text, of in weights.items()}
    heard: dict[str, _Word] = {}
    for word in written.values():
        for sound in {sounds(word.text), sounds_as_read(word.text)}:
            if len(word.text) > 1 and (sound not in heard or len(word.tops) < len(heard[sound].tops)):
                heard[sound] = word
    return written, heard


def _node_of(category: Category) -> str:
    """Where the words of an everyday category point: its topic, or what is above that where it has several."""
    topic = category.topics[0]
    return topic if len(category.topics) == 1 else topic.rsplit("/", 1)[0]


def _word(text: str, of: Counter[str]) -> _Word:
    """A word with what it speaks for; one that is never meant speaks for nothing, and keeps its signs from others."""
    if not of:
        return _Word(text, {}, {})
    by_top: Counter[str] = Counter()
    for node, weight in of.items():
        by_top[node.split("/")[0]] += weight
    strength = math.log((len(tops()) + 1) / len(by_top)) * math.sqrt(len(text))
    most = max(by_top.values())
    deeper = {node: strength * weight / sum(of.values()) for node, weight in of.items() if "/" in node}
    return _Word(text, {top: strength * weight / most for top, weight in by_top.items()}, deeper)


def _words_in(written: str) -> list[tuple[int, int, _Word, float]]:
    """Words, the longest first, none overlapping another; those that stand there before those that sound so."""
    by_sign, by_sound = _vocabulary()
    free = [True] * len(written)
    found = []
    for line, known, weight in ((written, by_sign, 1.0), (sounds(written), by_sound, _BY_SOUND)):
        for size in range(_longest(), 0, -1):
            for at in range(len(line) - size + 1):
                word = known.get(line[at : at + size])
                if word and all(free[at : at + size]):
                    free[at : at + size] = [False] * size
                    found.append((at, at + size, word, weight))
    return found


@kept
def _longest() -> int:
    return max(map(len, _vocabulary()[0]))

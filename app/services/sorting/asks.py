"""What a caller wants (诉求) and how urgent it is (缓急), by the sayings of data/asks.yaml and data/urgency.yaml.

The six asks are those of the national standard for government hotlines.
"""

from dataclasses import dataclass
from pathlib import Path

import yaml

from app.files import file, kept
from app.services.sorting.taxonomy import nodes
from ivr.patterns import Patterns, PatternUnusable
from ivr.patterns import read as read_patterns
from ivr.sound import plain
from ivr.understand import emergency

ASKS = ("咨询", "求助", "投诉", "举报", "建议", "表扬")
HELP = "求助"  # what is meant where no saying tells
UTILITY = "utility"
URGENCIES = {"emergency": "急事", "utility": "断水断电断气", "ordinary": "一般", "inquiry": "咨询"}


class AsksUnusable(Exception):
    """A file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Read:
    """What was read from a text, and the words that speak for it (may be empty)."""

    name: str
    because: str = ""


def ask(text: str) -> Read:
    """What a caller wants: the first of the file whose saying is there; 求助 where none is."""
    said = plain(text)
    for name, sayings, struck in _asks():
        found = sayings.search(struck.struck_out(said, "，") if struck else said)
        if found:
            return Read(name, found)
    return Read(HELP)


def urgency(text: str, topic: str, wanted: str) -> Read:
    """How urgent a matter is: one of URGENCIES. Danger comes first; then what everybody in the place goes without."""
    danger = emergency(text)
    if danger:
        return Read("emergency", danger.heard)
    found = _utility()[1].search(plain(text))
    if found and is_utility(topic):
        return Read(UTILITY, found)
    return Read("inquiry" if wanted == "咨询" else "ordinary")


def is_utility(topic: str) -> bool:
    """Whether a path of the taxonomy is about what everybody in a place goes without: water, power, gas, heat."""
    return any(topic == node or topic.startswith(f"{node}/") for node in _utility()[0])


def read_asks(path: Path, aside: list[PatternUnusable] | None = None) -> list[tuple[str, Patterns, Patterns | None]]:
    """Asks in the order in which they are tried; `aside` as for ivr/patterns.py:read.

    Raises AsksUnusable.
    """
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    names = [entry.get("name") if isinstance(entry, dict) else entry for entry in entries or []]
    if sorted(map(str, names)) != sorted(ASKS):
        raise AsksUnusable(f"{path.name}: each of {' '.join(ASKS)} is needed once, and nothing else.")
    return [
        (entry["name"], _one_of(path, entry["name"], entry.get("patterns"), aside), _maybe(path, entry, aside))
        for entry in entries
    ]


def read_urgency(path: Path, aside: list[PatternUnusable] | None = None) -> tuple[tuple[str, ...], Patterns]:
    """The categories of what everybody goes without, and the sayings; `aside` as for ivr/patterns.py:read.

    Raises AsksUnusable.
    """
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    utility = found.get("utility") if isinstance(found, dict) else None
    if not isinstance(utility, dict) or not isinstance(utility.get("topics"), list):
        raise AsksUnusable(f"{path.name}: utility with its topics and patterns is expected.")
    for topic in utility["topics"]:
        if topic not in nodes():
            raise AsksUnusable(f"{path.name}: there is no category {topic} in taxonomy.tsv.")
    return tuple(utility["topics"]), _one_of(path, "utility", utility.get("patterns"), aside)


def _maybe(path: Path, entry: dict, aside: list[PatternUnusable] | None) -> Patterns | None:
    return _one_of(path, entry["name"], entry["not"], aside) if entry.get("not") else None


def _one_of(path: Path, name: str, patterns: object, aside: list[PatternUnusable] | None) -> Patterns:
    if not isinstance(patterns, list) or not patterns:
        raise AsksUnusable(f"{path.name}, {name}: a list of patterns is expected.")
    try:
        return read_patterns([(f"{path.name}, {name}", pattern) for pattern in patterns], aside)
    except PatternUnusable as error:
        raise AsksUnusable(str(error)) from error


@kept
def _asks() -> list[tuple[str, Patterns, Patterns | None]]:
    return read_asks(file("asks.yaml"), aside=[])


@kept
def _utility() -> tuple[tuple[str, ...], Patterns]:
    return read_urgency(file("urgency.yaml"), aside=[])

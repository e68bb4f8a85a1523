"""A guess at the dialect (方言) somebody speaks, from the dialect words in what they said. A person decides."""

from collections import Counter
from dataclasses import dataclass

from speech_models.dialects import Dialect, follows, load_dialects
from speech_models.phrases import rarity, word_edges

# Enough: two words that only one dialect has, or one that is hardly ever printed (咗, 侬, 屋企; but not 忽悠).
_ENOUGH = 1.0
_PRINTED_COUNTS = 0.5
_HARDLY_PRINTED = 2e-7  # of all words
_AHEAD = 1.5  # how many times as much as the next dialect


@dataclass(frozen=True)
class Guess:
    """The dialect somebody likely speaks, and the words that speak for it, in the order in which they were said."""

    dialect: Dialect
    words: tuple[str, ...]


def guess(text: str) -> Guess | None:
    """The dialect whose words stand in a text as they are written, or None: most texts say nothing of a dialect.

    Words that are also ordinary Mandarin do not count. A word that several dialects have counts for each in part.
    """
    found = list(dict.fromkeys(_words(text)))
    points: Counter[str] = Counter()
    for word in found:
        weight = 1 if rarity(word) < _HARDLY_PRINTED else _PRINTED_COUNTS
        points.update({key: weight / len(_listed()[word]) for key in _listed()[word]})
    ranked = points.most_common(2)
    if not ranked or ranked[0][1] < _ENOUGH or (len(ranked) > 1 and ranked[0][1] < _AHEAD * ranked[1][1]):
        return None
    best = ranked[0][0]
    return Guess(load_dialects()[best], tuple(word for word in found if best in _listed()[word]))


def _words(text: str) -> list[str]:
    """The dialect words of a text, the longest at each place; parts of other words are none (土道 in 混凝土道路)."""
    listed, found, at = _listed(), [], 0
    longest = max(map(len, listed))
    while at < len(text):
        size = next((size for size in range(longest, 0, -1) if text[at : at + size] in listed), 1)
        if listed.get(text[at : at + size]):
            found.append((at, text[at : at + size]))
        at += size
    edges = word_edges(text) if found else set()
    return [word for start, word in found if {start, start + len(word)} <= edges]


@follows
def _listed() -> dict[str, frozenset[str]]:
    """Each word with the dialects that have it; none for words and phrases that speak for no dialect."""
    listed: dict[str, frozenset[str]] = {}
    for dialect in load_dialects().values():
        for entry in dialect.entries:
            listed[entry.word] = listed.get(entry.word, frozenset()) | {dialect.key}
    for dialect in load_dialects().values():
        for entry in dialect.entries:
            listed |= dict.fromkeys(entry.not_in, frozenset())
            if entry.ambiguous:
                listed[entry.word] = frozenset()
    return listed

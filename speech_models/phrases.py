"""Phrases (词语): the words and names within a text, and how rare they are in print."""

import logging
import re
from dataclasses import dataclass
from functools import cache
from itertools import accumulate

import jieba

from speech_models.alignment import bare

SHORTEST, LONGEST = 2, 8  # characters
_MOST_WORDS = 4
_NUMERALS = frozenset("零一二三四五六七八九十百千万亿两幺点")
# Words that begin or end no name.
_EMPTY = frozenset(
    "的了着过地得是在有我你他她它们这那哪就都也很还不没和与跟把被让给对从到向要会能可一个些吗呢吧啊呀嘛之其所以而又再去来说上下里"
)

jieba.setLogLevel(logging.WARNING)


@dataclass(frozen=True)
class Phrase:
    """Where a phrase stands in alignment.bare(text); `words` is how many words of the language it is made of."""

    start: int
    end: int
    words: int


def phrases_of(text: str) -> list[Phrase]:
    """The words of a text, and the runs of up to four words that could be a name; two to eight characters each.

    None begins or ends with an empty word, and none is only a number.
    """
    found: list[Phrase] = []
    start = 0
    for clause in map(bare, re.split(r"\W+", text)):
        edges = list(accumulate(map(len, jieba.lcut(clause)), initial=0))
        for words in range(1, _MOST_WORDS + 1):
            runs = zip(edges, edges[words:], strict=False)
            found += [Phrase(start + a, start + b, words) for a, b in runs if _is_phrase(clause[a:b])]
        start += len(clause)
    return found


def _is_phrase(piece: str) -> bool:
    if not SHORTEST <= len(piece) <= LONGEST or re.search("[a-z]", piece) or not set(piece) - _NUMERALS:
        return False
    return piece[0] not in _EMPTY and piece[-1] not in _EMPTY


def word_edges(text: str) -> set[int]:
    """Where the dictionary's words begin and end in a text."""
    return set(accumulate(map(len, jieba.lcut(text, HMM=False)), initial=0))


@cache
def rarity(phrase: str) -> float:
    """How often a phrase is met among the words of printed Chinese, 0 to 1; never quite 0."""
    jieba.initialize()
    return max(jieba.dt.FREQ.get(phrase, 0), 1) / jieba.dt.total

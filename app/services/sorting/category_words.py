"""Matters (事由): which category a text speaks of, by the words of data/categories.yaml, written or sounding like them.

Of words that overlap only the longest counts, and a written one before one that only sounds so. A word of two
characters must sound the same with its tones; a longer one may differ in tone.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from app.files import kept
from app.services.sorting.categories import OTHER, Category, categories
from ivr.sound import folded, plain, spoken

_ALIKE = 0.8  # the weight of a word that only sounds right, beside one that is written right
_WEAK = 1 / 3  # the weight of a word that only hints
_BY_SOUND = 3  # characters from which a word counts by sound without its tones, and is then enough to be certain


@dataclass(frozen=True)
class Matter:
    """The category, the words that speak for it and how much.

    `written`: one of them stands there character by character. `certain`: they are enough to be said back, and no
    other category fits as well. Never so for 其他.
    """

    category: Category
    words: tuple[str, ...] = ()
    weight: float = 0.0
    written: bool = False
    certain: bool = False


@dataclass(frozen=True)
class _Word:
    text: str
    category: Category
    weight: float
    written: bool = True

    @property
    def firm(self) -> bool:
        """Enough by itself: no hint, and not two characters that only sound so."""
        return self.weight > len(self.text) / 2 and (self.written or len(self.text) >= _BY_SOUND)


def matter(text: str) -> Matter:
    """What a text is about. A text that says nothing known is of the category 其他."""
    text = plain(text)
    by_category: dict[str, list[_Word]] = defaultdict(list)
    for word in _words_in(text):
        if word.weight:
            by_category[word.category.name].append(word)
    found = sorted((_weighed(words) for words in by_category.values()), key=_rank)
    if not found:
        return Matter(_by_name()[OTHER])
    best = found[0]
    alone = len(found) == 1 or found[1].weight < best.weight
    return best if alone else Matter(best.category, best.words, best.weight, best.written)


def sounds(text: str) -> tuple[str, ...]:
    """How each sign of a text sounds, without tone."""
    return tuple(folded(syllable) for syllable in spoken(text))


def toned(text: str) -> tuple[str, ...]:
    """How each sign of a text sounds, with its tone."""
    return tuple(folded(s) + s[-1] if len(s) > 1 else s for s in spoken(text))


def _rank(found: Matter) -> tuple[float, int]:
    return -found.weight, list(_by_name()).index(found.category.name)


def _weighed(words: list[_Word]) -> Matter:
    """The words of one category together; one said twice counts once."""
    each = {word.text: word for word in reversed(words)}
    return Matter(
        words[0].category,
        tuple(dict.fromkeys(word.text for word in words)),
        sum(word.weight for word in each.values()),
        any(word.written for word in words),
        words[0].category.name != OTHER and any(word.firm for word in words),
    )


def _words_in(text: str) -> list[_Word]:
    """The words of a plain text in the order in which they are said, none overlapping another."""
    written, alike = _written(), _alike()
    toneless, with_tone = sounds(text), toned(text)
    free = [True] * len(text)
    found = _longest_first(free, lambda at, end: written.get(text[at:end]))
    found += _longest_first(free, lambda at, end: alike.get((toneless if end - at >= _BY_SOUND else with_tone)[at:end]))
    return [word for _, word in sorted(found, key=lambda pair: pair[0])]


def _longest_first(free: list[bool], word_at: Callable[[int, int], _Word | None]) -> list[tuple[int, _Word]]:
    """Words on signs that are still free, which they then take."""
    found = []
    for length in range(_longest(), 0, -1):
        for at in range(len(free) - length + 1):
            word = word_at(at, at + length)
            if word and all(free[at : at + length]):
                free[at : at + length] = [False] * length
                found.append((at, word))
    return found


@kept
def _by_name() -> dict[str, Category]:
    return {category.name: category for category in categories()}


@kept
def _written() -> dict[str, _Word]:
    """Every word by its characters. What is never meant weighs nothing, and keeps its signs from other words."""
    found = {}
    for category in categories():
        found |= {word: _Word(word, category, len(word)) for word in category.words}
        found |= {word: _Word(word, category, len(word) * _WEAK) for word in category.weak}
        found |= {word: _Word(word, category, 0) for word in category.never}
    return found


@kept
def _alike() -> dict[tuple[str, ...], _Word]:
    """Every word of two characters or more by its sound: computed once, as it costs more than all the rest."""
    found: dict[tuple[str, ...], _Word] = {}
    for word in _written().values():
        if word.weight and len(word.text) > 1:
            key = sounds(word.text) if len(word.text) >= _BY_SOUND else toned(word.text)
            found.setdefault(key, _Word(word.text, word.category, word.weight * _ALIKE, written=False))
    return found


@kept
def _longest() -> int:
    return max(map(len, _written()))

"""Terms (检索词): what a case is found by: its words and how they sound in pairs, its number, its caller's number.

A word is found as it is written, anywhere in a text, and as it sounds: without tones, with the sounds that dialect
speakers and recognisers confuse made equal (ivr/sound.py:folded). So 路灯 finds 露灯. Every pair of neighbouring signs
is a term, and every pair of neighbouring sounds; a longer word is all its pairs.
"""

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache

from app import phone_numbers
from ivr.sound import plain, sign_of, spoken

_FEWEST_DIGITS = 4  # of a telephone number's end
_MOST_SIGNS = 4000  # of one text that are read
_GAP = " "


@dataclass(frozen=True)
class Wanted:
    """What is sought: every word, each by any of its ways, each way by all of its terms."""

    words: tuple[tuple[frozenset[str], ...], ...]

    def also(self, term: str) -> "Wanted":
        """The same, and only where this term is."""
        return Wanted((*self.words, (frozenset({term}),)))


def terms_of(texts: Iterable[str]) -> set[str]:
    """Every term of some texts."""
    found: set[str] = set()
    for text in texts:
        for line in _lines(_signs(text[:_MOST_SIGNS])):
            found.update(_pairs(line))
    return found


def of_number(number: str) -> str:
    """The term of a case's number."""
    return f"no{number}"


def of_phone(number: str) -> set[str]:
    """The terms of a telephone number (E.164): each end of it, and all of it."""
    digits = _digits(number)
    return {f"tel{digits[-length:]}" for length in range(_FEWEST_DIGITS, len(digits) + 1)}


def of_department(id: str) -> str:
    """The term of a department that has the case in its hands."""
    return f"dep{id.replace('-', '')}"


def wanted(typed: str, region: str, *, as_written: bool = False) -> Wanted | None:
    """What somebody typed, as it is sought; None where there are no two signs together in it.

    `as_written`: words as they are written only, not as they sound.
    """
    if not any(sign.isalpha() for sign in typed):
        way = _of_digits(typed, region)
        return Wanted((way,)) if way else None
    words = [_of_word(word, region, as_written) for word in _signs(typed).split()]
    words = [word for word in words if word]
    return Wanted(tuple(words)) if words else None


def contains(text: str, typed: str) -> bool:
    """Whether every word that was typed stands in the text as it is written."""
    signs = _signs(text)
    return all(word in signs for word in _signs(typed).split())


def _of_word(word: str, region: str, as_written: bool) -> tuple[frozenset[str], ...]:
    if word.isdecimal():
        return _of_digits(word, region)
    lines = [word] if as_written else _lines(word)[1:]
    ways = (frozenset(_pairs(line)) for line in lines)
    return tuple(dict.fromkeys(way for way in ways if way))


def _of_digits(typed: str, region: str) -> tuple[frozenset[str], ...]:
    """A case's number, a telephone number or its end, or figures within a text."""
    digits = _digits(typed)
    numbers = {digits, digits.lstrip("0")}
    with suppress(phone_numbers.NotANumber):
        numbers.add(_digits(phone_numbers.as_stored(typed, region)))
    ways = [frozenset(_pairs(digits)), frozenset({of_number(digits)}) if digits else frozenset()]
    ways += [frozenset({f"tel{number}"}) for number in sorted(numbers) if len(number) >= _FEWEST_DIGITS]
    return tuple(dict.fromkeys(way for way in ways if way))


def _digits(text: str) -> str:
    return "".join(sign for sign in text if sign.isdecimal() and sign.isascii())


def _signs(text: str) -> str:
    """Letters, characters and figures of a text, all else a gap."""
    return re.sub(r"[\W_]+", _GAP, plain(text))


def _lines(signs: str) -> list[str]:
    """The signs; how each sounds by itself; and how they sound as read (银行: yin hang) where that differs."""
    alone = "".join(map(_sound, signs))
    read = _GAP.join(map(_read, signs.split(_GAP)))
    return [signs, alone, read] if read != alone else [signs, alone]


@lru_cache(maxsize=16384)
def _read(word: str) -> str:
    return "".join(map(_written, spoken(word)))


def _pairs(line: str) -> Iterable[str]:
    return (a + b for a, b in zip(line, line[1:], strict=False) if a != _GAP and b != _GAP)


@lru_cache(maxsize=32768)
def _sound(sign: str) -> str:
    return sign if sign.isascii() else _written(spoken(sign)[0])


@lru_cache(maxsize=4096)
def _written(sound: str) -> str:
    """A sound as one sign; what has no sound stays itself."""
    return sound if len(sound) == 1 else sign_of(sound, fold=True) or _GAP

"""Alignment (对照): what was heard laid beside what was meant, syllable by syllable, and how far apart they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import cn2an
from opencc import OpenCC
from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

from speech_models.syllables import Syllable, apart, syllables

# The cost of a step, in syllables: another character of the same sound, and a syllable that one side has not.
SAME_SOUND, ONE_SIDED = 0.05, 0.8

Kind = Literal["same", "same_sound", "other_sound", "added", "missed"]

_SIMPLIFIED = OpenCC("t2s")
_FULL_WIDTH = str.maketrans("０１２３４５６７８９", "0123456789")
_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")


@dataclass(frozen=True)
class Pair:
    """One syllable of each side, a character and its toneless pinyin.

    `kind`: same (the character), same_sound (the toneless sound), other_sound, added (heard, not meant: `meant` is
    empty), missed (meant, not heard: `heard` is empty).
    """

    kind: Kind
    heard: str = ""
    meant: str = ""
    heard_sound: str = ""
    meant_sound: str = ""


@dataclass(frozen=True)
class Errors:
    """Wrong characters and wrong toneless syllables, and how many of each were meant. Errors of two texts add up."""

    characters: int = 0
    of_characters: int = 0
    sounds: int = 0
    of_sounds: int = 0

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))

    @property
    def cer(self) -> float:
        """Wrong characters per character meant."""
        return self.characters / max(1, self.of_characters)

    @property
    def per(self) -> float:
        """Wrong sounds per syllable meant."""
        return self.sounds / max(1, self.of_sounds)


@lru_cache(maxsize=8192)
def bare(text: str) -> str:
    """Only simplified characters and small Latin letters, figures as they are spoken: what is compared."""
    text = re.sub(r"[0-9]+", _spoken, _SIMPLIFIED.convert(text).translate(_FULL_WIDTH))
    return re.sub(r"[^\u3400-\u9fffa-z]", "", text.lower())


def errors(heard: str, meant: str) -> Errors:
    """How far what was heard is from what was meant: the fewest characters, and the fewest sounds, to be put right."""
    got, want = bare(heard), bare(meant)
    got_sounds, want_sounds = _pinyin(got), _pinyin(want)
    return Errors(
        Levenshtein.distance(got, want),
        len(want),
        Levenshtein.distance(got_sounds, want_sounds),
        len(want_sounds),
    )


@lru_cache(maxsize=4096)
def align(heard: str, meant: str) -> tuple[Pair, ...]:
    """Every syllable of both texts, laid beside each other so that they sound as alike as they can."""
    got, want = _spelt(bare(heard)), _spelt(bare(meant))
    pairs = []
    at, place = len(got), len(want)
    costs = _costs(got, want)
    while at or place:
        cost = costs[at][place]
        if at and place and cost == costs[at - 1][place - 1] + _step(got[at - 1], want[place - 1]):
            at, place = at - 1, place - 1
            pairs.append(_pair(got[at], want[place]))
        elif at and cost == costs[at - 1][place] + ONE_SIDED:
            at -= 1
            pairs.append(Pair("added", heard=got[at][0], heard_sound=_toneless(got[at])))
        else:
            place -= 1
            pairs.append(Pair("missed", meant=want[place][0], meant_sound=_toneless(want[place])))
    return tuple(reversed(pairs))


_Spelt = tuple[str, Syllable]


def _spelt(text: str) -> list[_Spelt]:
    sounds = syllables(text)
    if len(sounds) != len(text):  # a character without a known sound stands for itself
        sounds = tuple(sound for sign in text for sound in syllables(sign)[:1] or ((sign, "", ""),))
    return list(zip(text, sounds, strict=True))


def _costs(got: Sequence[_Spelt], want: Sequence[_Spelt]) -> list[list[float]]:
    """costs[i][j]: the least cost of laying the first i syllables heard beside the first j meant."""
    rows = [[place * ONE_SIDED for place in range(len(want) + 1)]]
    for one in got:
        before = rows[-1]
        row = [before[0] + ONE_SIDED]
        for place, other in enumerate(want):
            row.append(min(before[place] + _step(one, other), before[place + 1] + ONE_SIDED, row[-1] + ONE_SIDED))
        rows.append(row)
    return rows


def _step(one: _Spelt, other: _Spelt) -> float:
    return 0.0 if one[0] == other[0] else SAME_SOUND + apart(one[1], other[1])


def _pair(one: _Spelt, other: _Spelt) -> Pair:
    heard, meant = _toneless(one), _toneless(other)
    kind: Kind = "same" if one[0] == other[0] else "same_sound" if heard == meant else "other_sound"
    return Pair(kind, one[0], other[0], heard, meant)


def _toneless(spelt: _Spelt) -> str:
    return "".join(spelt[1][:2])


@lru_cache(maxsize=8192)
def _pinyin(text: str) -> tuple[str, ...]:
    return tuple(lazy_pinyin(text))


def _spoken(number: re.Match) -> str:
    digits = number[0]
    as_quantity = len(digits) <= 4 and not digits.startswith("0")
    return cn2an.an2cn(digits) if as_quantity else digits.translate(_DIGITS)

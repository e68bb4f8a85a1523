"""What may have been said instead: words of the same or a near sound, for whoever corrects a transcript by hand.

What the engine itself was in doubt about comes first, then what this desk knows (places, village words, what was
learnt), then everyday words. With a language model installed, what fits its neighbours comes earlier.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jieba
import kenlm

from speech_models.catalogue import ModelMissing, installed
from speech_models.language_model import NATS, SoundIndex, Spoken, fold, sounds_of
from speech_models.syllables import missed, syllables

MOST = 6
_LONGEST = 4  # characters of an everyday word
_LONGEST_NAME = 6
_NEAR = 0.3  # how much of a syllable a known phrase may be missed by, for each of its characters
_EVERYDAY, _EVERYDAY_SIGN = 200, 2000  # how often jieba's texts have an everyday word, and a single character, at least
_CONTEXT = 6  # characters on either side that speak for or against a word
# What a candidate's rank is made of, lower is better: each missed syllable, each known character, the language model.
_MISSED, _KNOWN, _UNKNOWN, _LANGUAGE = 4.0, 1.0, 2.0, 0.25


class Nearest(NamedTuple):
    """A word that may stand in the text from `start` to `end` instead."""

    text: str
    start: int
    end: int


class Doubt(NamedTuple):
    """What the engine was in doubt about: from `start` to `end` it may be each of `others` (text, how likely)."""

    start: int
    end: int
    others: Sequence[tuple[str, float]]


def nearest(
    text: str, start: int, end: int, phrases: Mapping[str, float], doubts: Iterable[Doubt] = (), most: int = MOST
) -> list[Nearest]:
    """What may stand in a text instead of `text[start:end]`, the likeliest first; where the two are equal, of the words
    around the character before that place.

    `phrases`: what the desk knows (correction.py). Characters other than Chinese ones have no sound and get none.
    """
    ranked: dict[Nearest, float] = {}
    for at, to in _spans(text, start, end):
        for other, rank in _candidates(text[at:to], phrases):
            found = Nearest(other, at, to)
            ranked[found] = min(rank, ranked.get(found, rank)) - _LANGUAGE * _gain(text, found)
    for doubt in doubts:
        if doubt.start < max(end, start + 1) and doubt.end > min(start, end - 1 if end > start else start - 1):
            for other, likely in doubt.others:
                if other and other != text[doubt.start : doubt.end]:
                    ranked[Nearest(other, doubt.start, doubt.end)] = -2.0 - likely
    outcome: dict[str, Nearest] = {}  # of those that make the same text, the best
    for found in sorted(ranked, key=lambda one: (ranked[one], one)):
        outcome.setdefault(text[: found.start] + found.text + text[found.end :], found)
    return list(outcome.values())[:most]


def _spans(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The parts of a text that are looked at: the chosen one, else each that holds the character before `start`."""
    if end > start:
        return [(start, end)] if end - start <= _LONGEST_NAME and _is_chinese(text[start:end]) else []
    place = max(start - 1, 0)
    spans = [
        (at, at + length)
        for length in range(_LONGEST, 0, -1)
        for at in range(max(0, place - length + 1), place + 1)
        if at + length <= len(text)
    ]
    return [(at, to) for at, to in spans if _is_chinese(text[at:to])]


def _candidates(heard: str, phrases: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    """Words as long as what was heard that sound like it, each with its rank."""
    for phrase in phrases:
        if len(phrase) == len(heard) and phrase != heard:
            away = missed(heard, phrase)
            if away <= _NEAR * len(heard):
                yield phrase, _MISSED * away - _KNOWN * len(heard)
    if len(heard) > _LONGEST:
        return
    for word in _everyday().words(tuple(map(fold, syllables(heard)))):
        if word.word != heard:
            yield word.word, _UNKNOWN + _MISSED * missed(heard, word.word) - 0.5 * len(heard)


def _gain(text: str, found: Nearest) -> float:
    """How much likelier the text around a place is with a word than without it, in nats; 0 without a model."""
    model = _model()
    if model is None:
        return 0.0
    before, after = text[max(0, found.start - _CONTEXT) : found.start], text[found.end : found.end + _CONTEXT]
    with_it, without = (before + word + after for word in (found.text, text[found.start : found.end]))
    return (_likely(model, with_it) - _likely(model, without)) * NATS


def _likely(model: kenlm.Model, text: str) -> float:
    tokens = []
    while text:
        known = (text[:size] for size in range(min(len(text), _LONGEST), 0, -1) if text[:size] in model)
        tokens.append(next(known, text[0]))
        text = text[len(tokens[-1]) :]
    return model.score(" ".join(tokens), bos=False, eos=False)


def _is_chinese(text: str) -> bool:
    return bool(text) and all("\u3400" <= sign <= "\u9fff" for sign in text)


@cache
def _model() -> kenlm.Model | None:
    """The language model alone, without its index of sounds: mapped into memory at once. None: not installed."""
    try:
        return kenlm.Model(str(installed("libime-zh") / "zh_CN.lm"))
    except ModelMissing:
        return None


@cache
def _everyday() -> SoundIndex:
    """Everyday words of jieba's dictionary by their sound; made once, in about a second."""
    words = []
    with Path(jieba.__file__).with_name("dict.txt").open(encoding="utf-8") as file:
        for line in file:
            word, count, _ = line.split(" ")
            often = int(count) >= (_EVERYDAY if len(word) > 1 else _EVERYDAY_SIGN)
            if often and len(word) <= _LONGEST and _is_chinese(word):
                words.append(word)
    return SoundIndex(Spoken(word, said, (word,)) for word, said in zip(words, sounds_of(words), strict=True))

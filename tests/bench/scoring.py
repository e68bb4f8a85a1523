"""Scoring: how far what was heard is from what was said, in characters and in toneless pinyin syllables."""

import re
from collections.abc import Iterable

import cn2an
from opencc import OpenCC
from pypinyin import lazy_pinyin
from rapidfuzz.distance import Levenshtein

SIMPLIFIED = OpenCC("t2s")


def normalised(text: str) -> str:
    """Simplified characters and small letters only, numbers written as they are spoken."""
    return re.sub(r"[^\u3400-\u9fffa-z]", "", re.sub(r"\d+", _spoken, SIMPLIFIED.convert(text)).lower())


def _spoken(number: re.Match) -> str:
    as_figures = len(number[0]) > 4 or number[0].startswith("0")
    return cn2an.an2cn(number[0], "direct" if as_figures else "low")


def error_rates(pairs: Iterable[tuple[str, str]]) -> dict:
    """The errors of (said, heard) pairs, pooled: edits for each character (`cer`) and syllable (`per`) said."""
    utterances = wrong = characters = wrong_sounds = sounds = 0
    for said, heard in ((normalised(said), normalised(heard)) for said, heard in pairs):
        utterances += 1
        wrong += Levenshtein.distance(said, heard)
        characters += len(said)
        said_sounds = lazy_pinyin(said)
        wrong_sounds += Levenshtein.distance(said_sounds, lazy_pinyin(heard))
        sounds += len(said_sounds)
    return {
        "utterances": utterances,
        "cer": round(wrong / max(1, characters), 4),
        "per": round(wrong_sounds / max(1, sounds), 4),
    }

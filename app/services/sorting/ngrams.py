"""Grams: a text as runs of one to three characters, and of one to three sounds, with how often each is there.

Sounds are toneless pinyin, one reading for each character, so that a mis-heard text has the same ones. Each syllable is
written as one sign, so that a text and its sounds are strings of equal length.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

from ivr.sound import FIRST_SOUND, plain, sign_of, spoken, toneless

LONGEST = 3  # characters, or sounds, of a gram
LONGEST_DETAIL = 1500  # characters of the detail that are read
SUBJECT = 2  # how much more a word of the subject counts than one of the detail
_GAP = "|"
_NO_HAN = re.compile(r"[^㐀-鿿]+")


@dataclass(frozen=True)
class Document:
    """What is sorted: a text or transcript as `subject`; where a longer one belongs to it, that as `detail`."""

    subject: str
    detail: str = ""


def signs(text: str) -> str:
    """The Chinese characters of a text; everything else is a gap. Place codes and figures say nothing of the matter."""
    return _NO_HAN.sub(_GAP, plain(text))


def sounds(written: str) -> str:
    """How each of `signs` sounds, a sign each; a gap stays one."""
    return "".join(map(_sound, written))


def grams(written: str) -> Iterator[tuple[str, int, int]]:
    """Every gram of `signs`, by character and by sound, with where it begins and ends."""
    heard = sounds(written)
    for line in (written, heard):
        for size in range(1, LONGEST + 1):
            for at in range(len(line) - size + 1):
                gram = line[at : at + size]
                if _GAP not in gram:
                    yield gram, at, at + size


def counted(document: Document) -> Counter[str]:
    """How often each gram is there; a word of the subject counts SUBJECT times."""
    found = Counter(gram for gram, _, _ in grams(signs(document.detail)[:LONGEST_DETAIL]))
    for gram, _, _ in grams(signs(document.subject)):
        found[gram] += SUBJECT
    return found


def is_sound(gram: str) -> bool:
    return ord(gram[0]) >= FIRST_SOUND


def misheard(text: str, share: float, rng: random.Random) -> str:
    """A text with this share of its common characters replaced by others of the same toneless sound."""
    alike = _alike()
    said = [toneless(sound) for sound in spoken(text)]
    at = [place for place, sign in enumerate(text) if sign in alike[said[place]] and len(alike[said[place]]) > 1]
    out = list(text)
    for place in rng.sample(at, round(len(at) * share)):
        out[place] = rng.choice([sign for sign in alike[said[place]] if sign != text[place]])
    return "".join(out)


@lru_cache(maxsize=16384)
def _sound(sign: str) -> str:
    return sign_of(spoken(sign)[0]) or _GAP


def sounds_as_read(text: str) -> str:
    """How a word sounds, its characters read as in this word (银行: yin hang), a sign each."""
    return "".join(sign_of(sound) or _GAP for sound in spoken(text))


@cache
def _alike() -> dict[str, list[str]]:
    """Sound -> the common characters (GB 2312, first level) with it."""
    found: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xD8):
        for low in range(0xA1, 0xFF):
            sign = bytes((high, low)).decode("gb2312", errors="ignore")
            if sign:
                found[toneless(spoken(sign)[0])].append(sign)
    return found

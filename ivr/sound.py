"""How Chinese text sounds: toneless pinyin, folded so that what dialect speakers and recognisers confuse is equal."""

import re
import unicodedata
from functools import lru_cache

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin

_SIMPLIFIED = OpenCC("t2s")
_HAN = re.compile(r"[㐀-鿿]")
FIRST_SOUND = 0xE000  # private use: no text has these signs


def plain(text: str) -> str:
    """Full-width signs made half-width, traditional characters simplified, Latin letters small."""
    return _SIMPLIFIED.convert(unicodedata.normalize("NFKC", text)).lower().strip()


def bare(text: str) -> str:
    """Only letters, characters and figures of a plain text."""
    return "".join(sign for sign in text if sign.isalnum())


@lru_cache(maxsize=8192)
def spoken(text: str) -> tuple[str, ...]:
    """Each sign of a text as pinyin with its tone (`huo3`; 5 is the neutral tone); other signs stay themselves."""
    syllables: list[str] = []
    for run in re.split(r"([㐀-鿿]+)", text):
        if not run or not _HAN.match(run):
            syllables.extend(run)
            continue
        said = lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True, errors=list, v_to_u=False)
        syllables.extend(said if len(said) == len(run) else run)
    return tuple(syllables)


def is_pinyin(letters: str) -> bool:
    """Whether small Latin letters can be read as pinyin syllables, none of them a single letter."""
    reached = {0}
    for end in range(2, len(letters) + 1):
        if any(end - size in reached and letters[end - size : end] in _syllables() for size in range(2, 7)):
            reached.add(end)
    return bool(letters) and len(letters) in reached


@lru_cache(maxsize=1)
def _syllables() -> frozenset[str]:
    said = lazy_pinyin([chr(code) for code in range(0x4E00, 0x9FA6)], v_to_u=False)
    return frozenset(syllable for syllable in said if len(syllable) > 1 and set(syllable) & set("aeiouv"))


def toneless(syllable: str) -> str:
    return syllable.rstrip("12345") if len(syllable) > 1 else syllable


@lru_cache(maxsize=4096)
def folded(syllable: str) -> str:
    """A syllable without tone, n/l, f/h, z/zh, c/ch, s/sh and -n/-ng made equal."""
    sound = toneless(syllable)
    if len(sound) < 2 or not sound.isascii():
        return sound
    sound = re.sub(r"^([zcs])h", r"\1", sound)
    sound = re.sub(r"^n(?=[aeiouv])", "l", sound)
    sound = re.sub(r"^f", "h", sound)
    sound = re.sub(r"^hu(?=[aeio])", "h", sound)
    return re.sub(r"^hi$", "hei", re.sub(r"(?<=[aeiou])ng$", "n", sound))


@lru_cache(maxsize=1)
def syllables() -> tuple[str, ...]:
    """Every toneless sound a character may have, sorted."""
    readings = {toneless(spoken(chr(code))[0]) for code in range(0x4E00, 0x9FA6)}
    return tuple(sorted(sound for sound in readings if sound.isascii()))


def sign_of(sound: str, *, fold: bool = False) -> str:
    """One sign (private use, from FIRST_SOUND) for a toneless sound, so that a text and its sounds are strings of one
    length; with `fold` one sign for all sounds that are folded alike. Empty for what is no sound of a character.

    The numbers are the places in the sorted sounds: learnt weights and the search index are written with them.
    """
    return _numbered(fold).get(folded(sound) if fold else toneless(sound), "")


@lru_cache(maxsize=2)
def _numbered(fold: bool) -> dict[str, str]:
    every = sorted({folded(sound) for sound in syllables()}) if fold else syllables()
    return {sound: chr(FIRST_SOUND + number) for number, sound in enumerate(every)}


def folded_letters(letters: str) -> str:
    """Pinyin typed without spaces, folded as far as can be done without knowing its syllables."""
    return re.sub(r"(?<=[aeiou])ng", "n", re.sub(r"([zcs])h", r"\1", letters))

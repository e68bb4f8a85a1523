"""Syllables (音节): how far one Chinese phrase sounds from another, tone included."""

from functools import lru_cache

from opencc import OpenCC
from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_finals, to_initials

# How much of a syllable is missed when its initial, its final or its tone is another.
OTHER_PART, NEAR_PART, OTHER_TONE = 0.5, 0.25, 0.12
NEAR_INITIALS = "z-zh c-ch s-sh n-l f-h r-l b-p d-t g-k j-q z-c zh-ch j-zh q-ch x-sh x-s"
NEAR_FINALS = (
    "an-ang en-eng in-ing ian-iang uan-uang en-in eng-ing ai-ei ao-ou i-v u-ou u-v ing-ian in-ian ong-eng uo-ou"
)

_SIMPLIFIED = OpenCC("t2s")
_NEAR = {frozenset(pair.split("-")) for pair in (*NEAR_INITIALS.split(), *NEAR_FINALS.split())}

Syllable = tuple[str, str, str]


@lru_cache(maxsize=8192)
def syllables(text: str) -> tuple[Syllable, ...]:
    """Initial, final and tone of each character; other letters stand for themselves, signs and spaces are left out."""
    spoken = []
    for sign in _runs(_SIMPLIFIED.convert(text).lower()):
        if sign.isascii() or not "\u3400" <= sign[0] <= "\u9fff":
            spoken += [(letter, "", "") for letter in sign]
            continue
        parts = (Style.INITIALS, Style.FINALS, Style.FINALS_TONE3)
        initials, finals, toned = (lazy_pinyin(sign, style=style, strict=False) for style in parts)
        spoken += [(i, f, t[len(f) :]) for i, f, t in zip(initials, finals, toned, strict=True)]
    return tuple(spoken)


@lru_cache(maxsize=4096)
def split(said: str) -> Syllable:
    """A syllable in letters with its tone (`zhong1`; none for the neutral tone) as initial, final and tone."""
    tone = said[-1:] if said[-1:].isdigit() else ""
    letters = said.removesuffix(tone)
    return to_initials(letters, strict=False), to_finals(letters, strict=False), tone


@lru_cache(maxsize=65536)
def missed(heard: str, phrase: str) -> float:
    """How many syllables of the phrase were missed in what was heard: 0 when it sounds the same.

    A syllable with another initial or final is missed by half, with a near one by a quarter, with another tone by an
    eighth; one too many or too few counts whole.
    """
    wanted = syllables(phrase)
    row = [float(place) for place in range(len(wanted) + 1)]
    for count, said in enumerate(syllables(heard), start=1):
        before, row = row, [float(count)]
        for place, want in enumerate(wanted):
            row.append(min(before[place] + apart(said, want), before[place + 1] + 1, row[place] + 1))
    return row[-1]


def apart(said: Syllable, want: Syllable) -> float:
    """How much of a syllable is missed in what was said instead: 0 (the same) to 1."""
    if said == want:
        return 0.0
    parts = sum(_part(one, other) for one, other in zip(said[:2], want[:2], strict=True))
    return min(1.0, parts + (OTHER_TONE if said[2] != want[2] else 0.0))


def _runs(text: str) -> list[str]:
    """The text cut into runs of Chinese characters (pinyin depends on neighbours) and other letters."""
    runs: list[str] = []
    for sign in text:
        if not sign.isalnum():
            continue
        chinese = "\u3400" <= sign <= "\u9fff"
        if runs and chinese == ("\u3400" <= runs[-1][0] <= "\u9fff"):
            runs[-1] += sign
        else:
            runs.append(sign)
    return runs


def _part(one: str, other: str) -> float:
    if one == other:
        return 0.0
    return NEAR_PART if frozenset((one, other)) in _NEAR else OTHER_PART

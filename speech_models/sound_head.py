"""The sound head: which Mandarin sounds are in what Whisper's encoder made of a recording, whatever the words.

A small network over the frozen encoder gives, every 40 ms, the probability of each initial, each final with its tone,
and of nothing new (CTC, Graves et al. 2006). How likely a phrase is, is the sum over all ways to place its sounds. The
weights are trained on synthetic speech alone: `python -m training.sound_head` (see training/README.md).
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_finals, to_initials

DATA = Path(__file__).with_name("sound_head.npz")
_SPELT_INITIALS = "b p m f d t n l g k h j q x zh ch sh r z c s"
_SPELT_FINALS = (
    "a o e ai ei ao ou an en ang eng er i ia ie iao iou ian in iang ing iong "
    "u ua uo uai uei uan uen uang ueng ong v ve van vn ih iz"
)
INITIALS, FINALS = _SPELT_INITIALS.split(), _SPELT_FINALS.split()
TONES = 5
BLANK = 0
UNITS = 1 + len(INITIALS) + len(FINALS) * TONES
# The i after zh, ch, sh, r and after z, c, s are sounds of their own; rare finals count as the next common one.
_RETROFLEX, _SIBILANT = {"zh", "ch", "sh", "r"}, {"z", "c", "s"}
_RARE = {"ê": "e", "io": "o", "m": "en", "n": "en", "ng": "eng", "ue": "ve"}
_CHINESE = re.compile(r"[\u3400-\u9fff]+")
_IMPOSSIBLE = -1e9


class SoundHead:
    """The network, from weights kept as float16. Shared by threads."""

    def __init__(self, weights: Path = DATA):
        with np.load(weights) as kept:
            self._weights = {name: kept[name].astype(np.float32) for name in kept.files}
        self._blocks = sum(name.startswith("kernel") for name in self._weights)

    def sounds(self, encoded: np.ndarray) -> np.ndarray:
        """The logarithm of the probability of each unit, shape (steps of 40 ms, UNITS), from what the encoder made of
        the sound, shape (steps of 20 ms, 512)."""
        w = self._weights
        pairs = encoded[: len(encoded) // 2 * 2].reshape(len(encoded) // 2, -1)
        x = pairs.astype(np.float32) @ w["in"] + w["in_bias"]
        for block in range(self._blocks):
            x = x + np.maximum(self._convolve(_standardised(x, w[f"scale{block}"], w[f"shift{block}"]), block), 0)
        x = _standardised(x, w["scale"], w["shift"]) @ w["out"] + w["out_bias"]
        common, finals, tones = np.split(x, [1 + len(INITIALS), 1 + len(INITIALS) + len(FINALS)], axis=1)
        toned = (finals[:, :, None] + tones[:, None, :]).reshape(len(x), -1)
        units = np.concatenate([common, toned], axis=1)
        return units - np.logaddexp.reduce(units, axis=1, keepdims=True)

    def _convolve(self, x: np.ndarray, block: int) -> np.ndarray:
        """A convolution over time, each block with steps twice as wide as the one before."""
        kernel, step = self._weights[f"kernel{block}"], 2**block
        reach = len(kernel) // 2 * step
        wide = np.pad(x, ((reach, reach), (0, 0)))
        return (
            sum(wide[tap * step : tap * step + len(x)] @ kernel[tap] for tap in range(len(kernel)))
            + self._weights[f"bias{block}"]
        )


@cache
def sound_head() -> SoundHead:
    """The head that comes with the program."""
    return SoundHead()


@lru_cache(maxsize=8192)
def units_of(text: str) -> tuple[int, ...]:
    """The units of a Chinese text, as it is read; everything else in it is passed over."""
    return tuple(
        unit
        for run in _CHINESE.findall(text)
        for syllable in lazy_pinyin(run, style=Style.TONE3, neutral_tone_with_five=True)
        for unit in units_of_syllable(syllable)
    )


@lru_cache(maxsize=4096)
def units_of_syllable(syllable: str) -> tuple[int, ...]:
    """The units of pinyin with its tone as a digit (zhong1): an initial where there is one, and a final. Nothing of
    what is no pinyin."""
    parts = re.fullmatch(r"([a-zêü]+)([1-5])", syllable)
    if not parts:
        return ()
    initial, final = to_initials(parts[1], strict=True), to_finals(parts[1], strict=True, v_to_u=False)
    if final == "i" and initial in _RETROFLEX | _SIBILANT:
        final = "ih" if initial in _RETROFLEX else "iz"
    final = _RARE.get(final, final)
    if final not in FINALS:
        return ()
    toned = 1 + len(INITIALS) + FINALS.index(final) * TONES + int(parts[2]) - 1
    return (1 + INITIALS.index(initial), toned) if initial in INITIALS else (toned,)


def likelihoods(sounds: np.ndarray, phrases: Sequence[Sequence[int]]) -> np.ndarray:
    """The logarithm of the probability of each phrase's units in `sounds`, shape (phrases,): the CTC forward algorithm
    for all of them at once."""
    length = np.array([len(units) for units in phrases])
    states = np.full((len(phrases), 2 * length.max(initial=0) + 1), BLANK)
    for place, units in enumerate(phrases):
        states[place, 1 : 2 * len(units) : 2] = units
    leaps = np.full(states.shape, _IMPOSSIBLE, np.float32)
    leaps[:, 3::2] = np.where(states[:, 3::2] != states[:, 1:-2:2], 0, _IMPOSSIBLE)
    reached = np.full(states.shape, _IMPOSSIBLE, np.float32)
    reached[:, 0] = 0
    for step in sounds:
        further = np.logaddexp(reached[:, 1:], reached[:, :-1])
        further[:, 1:] = np.logaddexp(further[:, 1:], reached[:, :-2] + leaps[:, 2:])
        reached = np.concatenate([reached[:, :1], further], axis=1) + step[states]
    every = np.arange(len(phrases))
    return np.where(length, np.logaddexp(reached[every, 2 * length], reached[every, 2 * length - 1]), _IMPOSSIBLE)


def freely(sounds: np.ndarray) -> float:
    """The logarithm of the probability of the likeliest way through the sounds, whatever it says."""
    return float(sounds.max(axis=1).sum())


def _standardised(x: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    x = x - x.mean(axis=1, keepdims=True)
    return x / np.sqrt(np.square(x).mean(axis=1, keepdims=True) + 1e-5) * scale + shift

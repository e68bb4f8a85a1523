"""Language model (语言模型): which words of Chinese are likely after each other, and which words sound alike.

The model is the word trigrams of an input method (libime-zh in models.toml, scored by KenLM); its words are those of
jieba's dictionary that it knows. Words are found by their folded sound: no tones, what dialects confuse made equal.
"""

import math
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import jieba
import kenlm
from pypinyin import Style, lazy_pinyin

from speech_models.catalogue import ModelMissing, installed
from speech_models.syllables import Syllable, split

LONGEST_WORD = 5
NATS = math.log(10)  # KenLM's logarithms are to the base of ten

# What is equal in a folded sound: z/zh, c/ch, s/sh, n/l, f/h, -n/-ng.
_INITIALS = {"zh": "z", "ch": "c", "sh": "s", "n": "l", "f": "h"}
_FINALS = {"ang": "an", "eng": "en", "ing": "in", "iang": "ian", "uang": "uan"}

State = kenlm.State
Folded = tuple[str, ...]


class Spoken(NamedTuple):
    """A word as it may have been said: how each character sounds, the words of the model that make it up, and what is
    added to its log-probability (nats) because this desk knows it."""

    word: str
    sounds: tuple[Syllable, ...]
    tokens: tuple[str, ...]
    bonus: float = 0.0


class SoundIndex:
    """Words by their folded sounds. Shared by threads once it is filled."""

    def __init__(self, words: Iterable[Spoken]):
        self._words: dict[Folded, list[Spoken]] = {}
        self._beginnings: set[Folded] = set()
        for word in words:
            key = tuple(map(fold, word.sounds))
            self._words.setdefault(key, []).append(word)
            self._beginnings.update(key[:end] for end in range(1, len(key)))

    def words(self, sounds: Folded) -> list[Spoken]:
        """The words that sound so."""
        return self._words.get(sounds, [])

    def begins(self, sounds: Folded) -> bool:
        """Whether a longer word begins so."""
        return sounds in self._beginnings


class LanguageModel:
    """Word trigrams of everyday Chinese. Shared by threads. Raises ModelMissing when the model is not installed, or
    damaged."""

    def __init__(self, folder: Path | None = None):
        self._model = _opened((folder or installed("libime-zh")) / "zh_CN.lm")
        words = [word for word in _dictionary() if len(word) <= LONGEST_WORD and word in self._model]
        self.index = SoundIndex(Spoken(word, said, (word,)) for word, said in zip(words, sounds_of(words), strict=True))

    def start(self) -> State:
        """What is known at the beginning of a sentence."""
        state = State()
        self._model.BeginSentenceWrite(state)
        return state

    def follow(self, state: State, tokens: Iterable[str]) -> tuple[float, State]:
        """How likely these words are next (the natural logarithm), and what is known after them."""
        likely = 0.0
        for token in tokens:
            after = State()
            likely += self._model.BaseScore(state, token, after)
            state = after
        return likely * NATS, state

    def alone(self, word: Spoken) -> float:
        """How likely a word is whatever stands before it, as a natural logarithm."""
        return sum(self._model.score(token, bos=False, eos=False) for token in word.tokens) * NATS + word.bonus

    def spoken(self, phrase: str, bonus: float) -> Spoken | None:
        """A phrase of this desk: as one word where the model knows it, else put together from the model's words, the
        longest first. None where a character has no sound."""
        [said] = sounds_of([phrase])
        tokens, rest = [], phrase
        while rest:
            known = (rest[:end] for end in range(len(rest), 0, -1) if rest[:end] in self._model)
            tokens.append(next(known, rest[0]))
            rest = rest[len(tokens[-1]) :]
        return Spoken(phrase, said, tuple(tokens), bonus) if len(said) == len(phrase) else None


def _opened(file: Path) -> "kenlm.Model":
    try:
        return kenlm.Model(str(file))
    except (OSError, RuntimeError, ValueError) as error:
        raise ModelMissing(
            f"The language model {file} is damaged ({error}); run: python -m speech_models.install libime-zh"
        ) from error


_loading = threading.Lock()


@cache
def _load() -> LanguageModel:
    return LanguageModel()


def language_model() -> LanguageModel:
    """The installed model, loaded once for the whole process in about four seconds. Raises ModelMissing."""
    with _loading:
        return _load()


def fold(sound: Syllable) -> str:
    """A syllable without its tone, and with what dialects confuse made equal."""
    initial, final, _ = sound
    return f"{_INITIALS.get(initial, initial)}-{_FINALS.get(final, final)}"


def sounds_of(words: list[str]) -> list[tuple[Syllable, ...]]:
    """How each character of some words is said; a word with signs or letters gets fewer sounds than characters."""
    said = iter(lazy_pinyin(words, style=Style.TONE3, errors=lambda _: [""], neutral_tone_with_five=False))
    return [tuple(sound for sound in (split(next(said)) for _ in word) if sound[1]) for word in words]


def _dictionary() -> Iterable[str]:
    with Path(jieba.__file__).with_name("dict.txt").open(encoding="utf-8") as file:
        for line in file:
            word = line.partition(" ")[0]
            if all("\u3400" <= sign <= "\u9fff" for sign in word):
                yield word

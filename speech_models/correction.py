"""Correction by sound (校正): the right sound with the wrong character, chosen again.

A noisy channel. What the engine wrote, how sure it is of each character, what its other readings have there and which
characters sound alike say what may have been said; a language model of Chinese, and what this desk knows, say which of
it makes sense. Only unsure characters change, one for one, and each keeps what was heard.
"""

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from speech_models.catalogue import ModelMissing
from speech_models.confidence import correction_calibration
from speech_models.language_model import LanguageModel, SoundIndex, Spoken, State, fold, language_model
from speech_models.syllables import Syllable, split, syllables
from speech_models.transcript import Transcript, Word

log = logging.getLogger(__name__)

# Surer characters are left alone.
LEFT_ALONE = 0.95
# The part of what is not the engine's character that is any character of a like sound, beside its other readings.
LIKE_SOUND = 0.3
# What a near initial or final and another tone cost, in nats.
NEAR, OTHER_TONE = 1.0, 0.4
# How much the language model counts against the ear: less where the characters are so unsure on average, since what
# stands around then tells little. By how much a change must be better than none, in nats.
LANGUAGE, LANGUAGE_IN_DOUBT, DOUBTFUL = 0.6, 0.25, 0.72
MARGIN = 1.0
BEAM, WORDS_AT_A_PLACE = 12, 25
LONGEST_PHRASE = 8
LEAST = 1e-3
ENDS = frozenset("。？！")
END = "</s>"


@dataclass(frozen=True)
class Knowledge:
    """What a desk knows beyond the language model.

    `phrases`: words and names of 2 to 8 characters, with what is added to their log-probability in nats.
    `confusions`: (heard, meant) toneless syllables, with what taking one for the other costs in nats.
    """

    phrases: Mapping[str, float] = field(default_factory=dict)
    confusions: Mapping[tuple[str, str], float] = field(default_factory=dict)


def corrected(transcript: Transcript, knowledge: Knowledge) -> Transcript:
    """The transcript corrected with what a desk knows; as it is where no language model is installed."""
    if all(word.confidence >= LEFT_ALONE for word in transcript.words):
        return transcript
    try:
        return Corrector(knowledge).correct(transcript)
    except ModelMissing as missing:
        log.warning("transcripts are not corrected: %s", missing)
        return transcript


class _Place(NamedTuple):
    """One character as heard: its sound, how sure it is, what else it may be, and the folded sounds it may have."""

    sign: str
    sound: Syllable
    sure: float
    others: Mapping[str, float]
    folded: tuple[str, ...]


class _Path(NamedTuple):
    """A way to read the characters so far: its cost in nats, and what the language model knows after it."""

    cost: float
    state: State
    text: str


class Corrector:
    """Corrects transcripts with one desk's knowledge. Shared by threads. Raises ModelMissing: no language model."""

    def __init__(self, knowledge: Knowledge | None = None, language: LanguageModel | None = None):
        self._language = language or language_model()
        knowledge = knowledge or Knowledge()
        known = (self._language.spoken(phrase, bonus) for phrase, bonus in knowledge.phrases.items())
        self._indexes = (self._language.index, SoundIndex(phrase for phrase in known if phrase))
        self._confusions = _folded(knowledge.confusions)

    def correct(self, transcript: Transcript) -> Transcript:
        """The transcript with the characters that fit best; words, their times and their number stay.

        A word's confidence becomes the probability that it is right now, for engines that this was fitted to; for
        others a changed word has how likely its characters are among all ways to read them.
        """
        chosen, likely = self.choose(transcript)
        return judged(transcript, chosen, likely)

    def choose(self, transcript: Transcript) -> tuple[Transcript, list[float]]:
        """The transcript with other characters, confidences as they were; and how likely each word is among all ways
        to read it, 0 to 1."""
        words, likely = list(transcript.words), [word.confidence for word in transcript.words]
        for run in _runs(words):
            signs = [words[word].text[place] for word, place in run]
            places = self._places(signs, [words[word] for word, _ in run], [place for _, place in run])
            if any(place.sure < LEFT_ALONE for place in places):
                reading, sure = self._read(places)
                _write(words, likely, run, reading, sure)
        return replace(transcript, words=tuple(words)), likely

    def _places(self, signs: list[str], words: list[Word], within: list[int]) -> list[_Place]:
        sounds = syllables("".join(signs))
        if len(sounds) != len(signs):
            return []
        places = []
        for sign, sound, word, place in zip(signs, sounds, words, within, strict=True):
            others = dict(word.others) if place == 0 else {}
            folded = [fold(sound)]
            if word.confidence < LEFT_ALONE:
                folded += [fold(said) for other in others for said in syllables(other)]
                folded += [meant for heard, meant in self._confusions if heard == folded[0]]
            places.append(_Place(sign, sound, word.confidence, others, tuple(dict.fromkeys(folded))))
        return places

    def _read(self, places: list[_Place]) -> tuple[str, list[float]]:
        """The best reading of the characters (what was heard, where none is clearly better), and how likely each is."""
        doubtful = sum(place.sure for place in places) < DOUBTFUL * len(places)
        language = LANGUAGE_IN_DOUBT if doubtful else LANGUAGE
        arcs = [self._words_at(places, start, language) for start in range(len(places))]
        heard = "".join(place.sign for place in places)
        kept = [[(w, c) for w, c in at if heard.startswith(w.word, start)] for start, at in enumerate(arcs)]
        paths, as_heard = self._paths(arcs, language), self._paths(kept, language)[0]
        best = paths[0] if as_heard.cost - paths[0].cost > MARGIN else as_heard
        by_text = {path.text: path.cost for path in reversed([*paths, as_heard])}
        weights = {text: math.exp(min(best.cost - cost, MARGIN)) for text, cost in by_text.items()}
        same = [
            sum(weight for text, weight in weights.items() if text[place] == sign)
            for place, sign in enumerate(best.text)
        ]
        return best.text, [agreed / sum(weights.values()) for agreed in same]

    def _words_at(self, places: list[_Place], start: int, language: float) -> list[tuple[Spoken, float]]:
        """The likeliest words that may begin at a place, with what the ear says against each; the character itself is
        always among them."""
        place = places[start]
        found = [(Spoken(place.sign, (place.sound,), (place.sign,)), self._against(place, place.sign, place.sound))]
        for index in self._indexes:
            folded: list[tuple[str, ...]] = [()]
            for length, at in enumerate(places[start : start + LONGEST_PHRASE], start=1):
                folded = [(*before, sound) for before in folded for sound in at.folded]
                spoken = (word for sounds in folded for word in index.words(sounds))
                fitting = self._fitting(spoken, places[start : start + length])
                fitting.sort(key=lambda one: one[1] - language * self._language.alone(one[0]))
                found += fitting[:WORDS_AT_A_PLACE]
                folded = [sounds for sounds in folded if index.begins(sounds)]
                if not folded:
                    break
        return found

    def _fitting(self, words: Iterable[Spoken], places: Sequence[_Place]) -> list[tuple[Spoken, float]]:
        found = []
        for word in words:
            costs = [self._against(*one) for one in zip(places, word.word, word.sounds, strict=True)]
            if None not in costs:
                found.append((word, sum(costs)))
        return found

    def _against(self, place: _Place, sign: str, sound: Syllable) -> float | None:
        """What the ear says against a character at a place, in nats; None when it cannot be."""
        if sign == place.sign:
            return -math.log(max(place.sure, LEAST))
        if place.sure >= LEFT_ALONE:
            return None
        likely = (1 - LIKE_SOUND) * place.others.get(sign, 0.0) + LIKE_SOUND * math.exp(-self._apart(place, sound))
        return -math.log(max((1 - place.sure) * likely, LEAST**2))

    def _apart(self, place: _Place, sound: Syllable) -> float:
        """How far a sound is from what was heard, in nats."""
        tone = OTHER_TONE * (place.sound[2] != sound[2])
        parts = sum(one != other for one, other in zip(place.sound[:2], sound[:2], strict=True))
        return min(NEAR * parts, self._confusions.get((fold(place.sound), fold(sound)), math.inf)) + tone

    def _paths(self, arcs: list[list[tuple[Spoken, float]]], language: float) -> list[_Path]:
        """The cheapest paths through words that follow each other, the cheapest first. `language`: how much the model
        counts."""
        reached: list[dict[State, _Path]] = [{} for _ in range(len(arcs) + 1)]
        start = self._language.start()
        reached[0][start] = _Path(0.0, start, "")
        for place, words in enumerate(arcs):
            for path in sorted(reached[place].values(), key=lambda one: one.cost)[:BEAM]:
                for word, against in words:
                    likely, state = self._language.follow(path.state, word.tokens)
                    cost = path.cost + against - language * (likely + word.bonus)
                    ahead = reached[place + len(word.word)]
                    if state not in ahead or cost < ahead[state].cost:
                        ahead[state] = _Path(cost, state, path.text + word.word)
        ended = (
            path._replace(cost=path.cost - language * self._language.follow(path.state, (END,))[0])
            for path in reached[-1].values()
        )
        return sorted(ended, key=lambda one: one.cost)


def judged(transcript: Transcript, chosen: Transcript, likely: Sequence[float]) -> Transcript:
    """The chosen words, each as sure as what the ear and the language say together."""
    calibration = correction_calibration(transcript.engine)
    if calibration is None:
        words = tuple(
            _as_sure_as(word, sure) if word.heard else word for word, sure in zip(chosen.words, likely, strict=True)
        )
    elif chosen.words:
        sure = calibration.probabilities(evidence(transcript, chosen, likely))
        words = tuple(map(_as_sure_as, chosen.words, sure))
    else:
        return chosen
    mean = sum(word.confidence for word in words) / len(words) if words else 0.0
    return replace(chosen, words=words, confidence=round(mean, 3))


def _as_sure_as(word: Word, sure: float) -> Word:
    """The word with another confidence; how sure the engine was is kept beside it."""
    return replace(word, confidence=round(float(sure), 3), heard_confidence=word.confidence)


def evidence(transcript: Transcript, chosen: Transcript, likely: Sequence[float]) -> np.ndarray:
    """What speaks for each chosen word, shape (words, EVIDENCE).

    The log-odds by the engine of what it heard, the log-odds among all ways to read it, whether it was changed; the
    mean of the first two over all words, and the logarithm of the number of words.
    """
    engine = _log_odds([word.confidence for word in transcript.words])
    together = _log_odds(likely)
    changed = np.array([bool(word.heard) for word in chosen.words], float)
    count = len(engine)
    means = (np.full(count, engine.mean()), np.full(count, together.mean()), np.full(count, math.log(count)))
    return np.stack((engine, together, changed, *means), axis=1)


def _log_odds(sure: Sequence[float]) -> np.ndarray:
    clipped = np.clip(sure, 0.01, 0.99)
    return np.log(clipped / (1 - clipped))


def _folded(confusions: Mapping[tuple[str, str], float]) -> dict[tuple[str, str], float]:
    return {(fold(split(heard)), fold(split(meant))): cost for (heard, meant), cost in confusions.items()}


def _runs(words: list[Word]) -> list[list[tuple[int, int]]]:
    """The characters that are read together, as (word, place in its text): Chinese ones up to the end of a sentence."""
    runs: list[list[tuple[int, int]]] = [[]]
    for number, word in enumerate(words):
        for place, sign in enumerate(word.text):
            if "\u3400" <= sign <= "\u9fff":
                runs[-1].append((number, place))
            elif sign in ENDS or sign.isalnum():
                runs.append([])
    return [run for run in runs if run]


def _write(
    words: list[Word], likely: list[float], run: list[tuple[int, int]], chosen: str, sure: Sequence[float]
) -> None:
    """Put the chosen characters in their places; a word that changes keeps what was heard. It is as likely as the
    least likely of its characters."""
    first = {number: 1.0 for number, _ in run}
    for (number, place), sign, agreed in zip(run, chosen, sure, strict=True):
        first[number] = likely[number] = min(first[number], agreed)
        word = words[number]
        if word.text[place] != sign:
            text = word.text[:place] + sign + word.text[place + 1 :]
            words[number] = replace(word, text=text, heard=word.heard or word.text)

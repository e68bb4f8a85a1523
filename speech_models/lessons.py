"""Lessons (学会的): what operators' corrections say about the words and the sounds of a village."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from speech_models.alignment import Pair, align
from speech_models.correction import Knowledge
from speech_models.phrases import phrases_of, rarity
from speech_models.transcript import Transcript, Word

UNKNOWN = "mandarin"  # a dialect that is not known
HEAVIEST = 6.0  # the strongest that a phrase may pull, in nats
CALLS_FOR_A_NAME = 2  # from which several words together are taken for one
# A confusion: seen in so many calls, so large a part of the times that its syllable was heard.
CONFUSED_CALLS, CONFUSED_SHARE = 3, 0.3
# A correction that shares less of its sounds with what was heard teaches no confusion: somebody wrote something else.
ALIKE = 0.4
EXAMPLES = 3


@dataclass(frozen=True)
class Correction:
    """What an operator made of a recording. `heard`: as the engine wrote it, before correction; `meant`: as typed.

    `call` keeps corrections apart: those of one call are never on both sides. `village` may be empty.
    """

    call: str
    heard: Transcript
    meant: str
    village: str = ""
    dialect: str = UNKNOWN


@dataclass(frozen=True)
class Scope:
    """Where a lesson holds: for a village, for a dialect, or (both empty) for the whole desk."""

    village: str = ""
    dialect: str = ""

    def covers(self, village: str, dialect: str) -> bool:
        return (not self.village or self.village == village) and (not self.dialect or self.dialect == dialect)


DESK = Scope()


@dataclass(frozen=True)
class Lesson:
    """One thing learnt. kind "phrase": `meant` is a word or name people say, `heard` how it is mostly misheard.

    kind "confusion": the syllable `heard` stands for the syllable `meant`, in toneless pinyin. `calls`: how many calls
    taught it. `weight`: a phrase's bonus or a confusion's cost, in nats. `examples`: (heard, meant), three at most.
    """

    kind: str
    heard: str
    meant: str
    scope: Scope
    calls: int
    weight: float
    examples: tuple[tuple[str, str], ...] = ()

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """What makes it the same lesson: of a phrase only the phrase, however it was misheard."""
        heard = self.heard if self.kind == "confusion" else ""
        return self.kind, heard, self.meant, self.scope.village, self.scope.dialect


def knowledge(lessons: Iterable[Lesson], village: str, dialect: str) -> Knowledge:
    """What these lessons tell the corrector about a caller of a village and dialect. The narrower scope wins."""
    phrases: dict[str, float] = {}
    confusions: dict[tuple[str, str], float] = {}
    fitting = [lesson for lesson in lessons if lesson.scope.covers(village, dialect)]
    for lesson in sorted(fitting, key=lambda one: (bool(one.scope.village), bool(one.scope.dialect))):
        if lesson.kind == "phrase":
            phrases[lesson.meant] = lesson.weight
        else:
            confusions[lesson.heard, lesson.meant] = lesson.weight
    return Knowledge(phrases, confusions)


def as_heard(transcript: Transcript) -> Transcript:
    """A transcript as it was before any correction."""
    return replace(transcript, words=tuple(map(_as_heard, transcript.words)))


def _as_heard(word: Word) -> Word:
    sure = word.confidence if word.heard_confidence is None else word.heard_confidence
    return replace(word, text=word.heard or word.text, heard="", confidence=sure, heard_confidence=None)


@dataclass
class Evidence:
    """What one correction teaches: of each phrase meant, how many words it has and how it was misheard ("" where it was
    heard rightly or cannot be mended); syllables heard; and syllables heard for others, with what stood around each."""

    correction: Correction
    phrases: dict[str, tuple[int, str]]
    heard: Counter
    confused: dict[tuple[str, str], list[tuple[str, str]]]


def evidence_of(correction: Correction) -> Evidence:
    """What a correction teaches."""
    pairs = align(correction.heard.text, correction.meant)
    phrases: dict[str, tuple[int, str]] = {}
    spoken = [pair for pair in pairs if pair.meant]
    places = [place for place, pair in enumerate(pairs) if pair.meant]
    for found in phrases_of(correction.meant):
        if found.end > len(spoken):  # a text that is spelt otherwise than it is compared
            continue
        phrase = "".join(pair.meant for pair in spoken[found.start : found.end])
        heard = _misheard(pairs[places[found.start] : places[found.end - 1] + 1])
        phrases[phrase] = (found.words, phrases.get(phrase, (0, ""))[1] or heard)
    sounds = [pair for pair in pairs if pair.heard and pair.meant]
    alike = sum(pair.heard_sound == pair.meant_sound for pair in sounds)
    confused: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for place, pair in enumerate(pairs if alike >= ALIKE * len(pairs) else ()):
        if pair.kind == "other_sound":
            near = pairs[max(0, place - 1) : place + 2]
            example = "".join(one.heard for one in near), "".join(one.meant for one in near)
            confused[pair.heard_sound, pair.meant_sound].append(example)
    return Evidence(correction, phrases, Counter(pair.heard_sound for pair in sounds), confused)


def _misheard(pairs: Sequence[Pair]) -> str:
    """What was heard in the place of a phrase, where it is wrong and as long; else empty."""
    if any(pair.kind in ("added", "missed") for pair in pairs) or all(pair.kind == "same" for pair in pairs):
        return ""
    return "".join(pair.heard for pair in pairs)


def propose(taught: Sequence[Evidence]) -> list[Lesson]:
    """Lessons for the desk, then for each dialect, then for each village; one that holds more widely is not repeated.

    What only one village teaches holds for that village, what several of one dialect teach for that dialect.
    """
    villages = {one.correction.village for one in taught}
    dialects = {one.correction.dialect for one in taught}
    scopes = [DESK, *(Scope(dialect=d) for d in sorted(dialects - {UNKNOWN})), *(Scope(v) for v in sorted(villages))]
    lessons: list[Lesson] = []
    known: dict[tuple, list[Scope]] = defaultdict(list)
    for scope in dict.fromkeys(scopes):
        within = [one for one in taught if scope.covers(one.correction.village, one.correction.dialect)]
        spoken = {one.correction.dialect for one in within}
        for lesson in (*_phrases(within, scope), *_confusions(within, scope)):
            wider = known[lesson.key[:3]]
            if DESK in wider or spoken <= {one.dialect for one in wider}:
                continue
            known[lesson.key[:3]].append(scope)
            lessons.append(lesson)
    return lessons


def _phrases(within: Sequence[Evidence], scope: Scope) -> Iterable[Lesson]:
    """Words that were misheard at least once; several words together when several calls have them."""
    calls: dict[str, set[str]] = defaultdict(set)
    places: dict[str, set[Scope]] = defaultdict(set)
    missed: dict[str, Counter] = defaultdict(Counter)
    sizes: dict[str, int] = {}
    for one in within:
        for phrase, (words, heard) in one.phrases.items():
            sizes[phrase] = words
            calls[phrase].add(one.correction.call)
            places[phrase].add(Scope(one.correction.village, one.correction.dialect))
            if heard:
                missed[phrase][heard] += 1
    spoken = sum(len(one.phrases) for one in within)
    for phrase in sorted(missed):
        times = len(calls[phrase])
        if not _belongs(places[phrase], scope) or (sizes[phrase] > 1 and times < CALLS_FOR_A_NAME):
            continue
        heard = missed[phrase].most_common(EXAMPLES)
        weight = min(HEAVIEST, math.log(max(1.0, times / spoken / rarity(phrase))))
        examples = tuple((piece, phrase) for piece, _ in heard)
        yield Lesson("phrase", heard[0][0], phrase, scope, times, round(weight, 2), examples)


def _confusions(within: Sequence[Evidence], scope: Scope) -> Iterable[Lesson]:
    """Syllables that are often heard for one other."""
    heard: Counter = Counter()
    confused: Counter = Counter()
    examples: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    calls: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for one in within:
        heard.update(one.heard)
        for pair, met in one.confused.items():
            confused[pair] += len(met)
            examples[pair] += met
            calls[pair].append(one.correction)
    for (got, meant), times in sorted(confused.items()):
        of, share = calls[got, meant], times / heard[got]
        number = len({one.call for one in of})
        if number < CONFUSED_CALLS or share < CONFUSED_SHARE or confused[meant, got] > times:
            continue
        if not _belongs({Scope(one.village, one.dialect) for one in of}, scope):
            continue
        met = tuple(dict.fromkeys(examples[got, meant]))[:EXAMPLES]
        yield Lesson("confusion", got, meant, scope, number, round(-math.log(share), 2), met)


def _belongs(places: set[Scope], scope: Scope) -> bool:
    """Whether what is said in these places (village and dialect of each) is rightly told to everybody in a scope."""
    villages, dialects = {place.village for place in places}, {place.dialect for place in places}
    if scope == DESK:
        return villages == {""} or (len(villages) > 1 and (len(dialects) > 1 or dialects == {UNKNOWN}))
    return len(villages) > 1 if scope.dialect else bool(scope.village)

"""Learning (学习): what operators' corrections teach about the words and sounds of a village, and whether it helps.

Lessons are proposed from the corrections of most calls and tried on those of the others, until every call was kept
apart once. Only what makes calls better that it was not learnt from is worth switching on.
"""

import math
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace

from speech_models.alignment import Errors, Pair, align, errors
from speech_models.correction import Knowledge
from speech_models.phrases import phrases_of, rarity
from speech_models.transcript import Transcript, Word

UNKNOWN = "mandarin"  # a dialect that is not known
FOLDS = 4
ROUNDS = 4
# A phrase: the strongest it may pull, and how much of its rarity in print counts.
HEAVIEST, RARITY_COUNTS = 4.0, 0.5
CALLS_FOR_A_NAME = 2  # from which several words together are taken for one
# A confusion: seen in so many calls, so large a part of the times that its syllable was heard.
CONFUSED_CALLS, CONFUSED_SHARE = 3, 0.3
# A correction that shares less of its sounds with what was heard teaches no confusion: somebody wrote something else.
ALIKE = 0.4
# A group is clearly worse when it has more errors than before by this part, and by this many.
CLEARLY_WORSE, CLEARLY_MORE = 0.02, 2

Correct = Callable[[Transcript], Transcript]


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


@dataclass
class Effect:
    """What came of a lesson, or of all of them together, on calls that it was not learnt from."""

    before: Errors = field(default_factory=Errors)
    after: Errors = field(default_factory=Errors)
    tried: int = 0  # transcripts that it changed

    def add(self, before: Errors, after: Errors) -> None:
        self.before, self.after, self.tried = self.before + before, self.after + after, self.tried + 1

    @property
    def wrong_before(self) -> int:
        """Wrong characters and wrong sounds."""
        return self.before.characters + self.before.sounds

    @property
    def wrong_after(self) -> int:
        return self.after.characters + self.after.sounds

    @property
    def gain(self) -> int:
        """How many fewer are wrong than before."""
        return self.wrong_before - self.wrong_after

    @property
    def clearly_worse(self) -> bool:
        return -self.gain >= CLEARLY_MORE and -self.gain > CLEARLY_WORSE * self.wrong_before


@dataclass(frozen=True)
class Learnt:
    """The outcome: every lesson proposed, what each and all of them did on calls kept apart, and which helped."""

    lessons: tuple[Lesson, ...]
    good: frozenset[tuple]
    effects: dict[tuple, Effect]
    overall: Effect
    villages: dict[str, Effect]


def learn(
    corrections: Sequence[Correction], corrector: Callable[[Knowledge], Correct], refused: Iterable[tuple] = ()
) -> Learnt:
    """Learn from corrections. `refused` are the keys of lessons that a person does not want.

    `corrector` makes, of what is learnt, what corrects with it (and with whatever is known besides).

    The same corrections give the same outcome. A lesson is good when it changed calls kept apart for the better; one
    that changed none is good when lessons of its kind that are as rare changed them for the better together.
    """
    taught = [_evidence(correction) for correction in corrections]
    plain = corrector(Knowledge({}, {}))
    before = [plain(correction.heard).text for correction in corrections]
    dropped = set(refused)
    trial = Trial()
    for _ in range(ROUNDS):
        trial = _try(taught, before, corrector, dropped)
        harmful = {key for key, effect in trial.effects.items() if effect.gain < 0}
        harmful |= _of_worse_villages(trial)
        if not harmful - dropped:
            break
        dropped |= harmful
    else:
        trial = _try(taught, before, corrector, dropped)
    lessons = tuple(lesson for lesson in propose(taught) if lesson.key not in set(refused))
    worse = any(effect.clearly_worse for effect in trial.villages.values())
    good = frozenset() if worse or trial.overall.gain <= 0 else _good(lessons, trial, dropped)
    return Learnt(lessons, good, trial.effects, trial.overall, trial.villages)


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


# ------------------------------------------------------------------------------------------------- what calls teach


@dataclass
class _Evidence:
    """What one correction teaches: of each phrase meant, how many words it has and how it was misheard ("" where it was
    heard rightly or cannot be mended); syllables heard; and syllables heard for others."""

    correction: Correction
    phrases: dict[str, tuple[int, str]]
    heard: Counter
    confused: Counter


def _evidence(correction: Correction) -> _Evidence:
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
    confused: Counter = Counter()
    if alike >= ALIKE * len(pairs):
        confused.update((p.heard_sound, p.meant_sound) for p in sounds if p.kind == "other_sound")
    return _Evidence(correction, phrases, Counter(pair.heard_sound for pair in sounds), confused)


def _misheard(pairs: Sequence[Pair]) -> str:
    """What was heard in the place of a phrase, where it is wrong and as long; else empty."""
    if any(pair.kind in ("added", "missed") for pair in pairs) or all(pair.kind == "same" for pair in pairs):
        return ""
    return "".join(pair.heard for pair in pairs)


def propose(taught: Sequence[_Evidence]) -> list[Lesson]:
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


def _phrases(within: Sequence[_Evidence], scope: Scope) -> Iterable[Lesson]:
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
        if not _belongs(places[phrase], scope) or (sizes[phrase] > 1 and len(calls[phrase]) < CALLS_FOR_A_NAME):
            continue
        heard = missed[phrase].most_common(3)
        weight = RARITY_COUNTS * math.log(max(1.0, len(calls[phrase]) / spoken / rarity(phrase)))
        yield Lesson(
            "phrase", heard[0][0], phrase, scope, len(calls[phrase]), round(min(HEAVIEST, weight), 2),
            tuple((piece, phrase) for piece, _ in heard),
        )  # fmt: skip


def _confusions(within: Sequence[_Evidence], scope: Scope) -> Iterable[Lesson]:
    """Syllables that are often heard for one other."""
    heard: Counter = Counter()
    confused: Counter = Counter()
    calls: dict[tuple[str, str], list[Correction]] = defaultdict(list)
    for one in within:
        heard += one.heard
        confused += one.confused
        for pair in one.confused:
            calls[pair].append(one.correction)
    for (got, meant), times in sorted(confused.items()):
        of = calls[got, meant]
        share = times / heard[got]
        both_ways = confused[meant, got]
        if len({one.call for one in of}) < CONFUSED_CALLS or share < CONFUSED_SHARE or both_ways > times:
            continue
        if not _belongs({Scope(one.village, one.dialect) for one in of}, scope):
            continue
        examples = tuple((one.heard.text, one.meant) for one in of[:3])
        yield Lesson("confusion", got, meant, scope, len(of), round(-math.log(min(1.0, share)), 2), examples)


def _belongs(places: set[Scope], scope: Scope) -> bool:
    """Whether what is said in these places (village and dialect of each) is rightly told to everybody in a scope."""
    villages, dialects = {place.village for place in places}, {place.dialect for place in places}
    if scope == DESK:
        return villages == {""} or (len(villages) > 1 and (len(dialects) > 1 or dialects == {UNKNOWN}))
    return len(villages) > 1 if scope.dialect else bool(scope.village)


# ------------------------------------------------------------------------------------------------- trying


@dataclass
class Trial:
    """Effects on calls kept apart: of each lesson, of all together, in each village, and by how rare a lesson was."""

    effects: dict[tuple, Effect] = field(default_factory=lambda: defaultdict(Effect))
    overall: Effect = field(default_factory=Effect)
    villages: dict[str, Effect] = field(default_factory=lambda: defaultdict(Effect))
    fired: dict[str, set[tuple]] = field(default_factory=lambda: defaultdict(set))
    rare: dict[str, Effect] = field(default_factory=lambda: defaultdict(Effect))


def kept_apart(call: str) -> int:
    """In which round a call is kept apart; the same in every run."""
    return zlib.crc32(call.encode()) % FOLDS


def _try(
    taught: Sequence[_Evidence], before: Sequence[str], corrector: Callable[[Knowledge], Correct], dropped: set[tuple]
) -> Trial:
    """Every correction with what the calls of the other folds teach. `before`: its text with nothing learnt."""
    trial = Trial()
    for fold in range(FOLDS):
        lessons = [
            lesson
            for lesson in propose([one for one in taught if kept_apart(one.correction.call) != fold])
            if lesson.key not in dropped
        ]
        correct: dict[tuple[str, str], Correct] = {}
        for evidence, text in zip(taught, before, strict=True):
            one = evidence.correction
            if kept_apart(one.call) != fold:
                continue
            place = (one.village, one.dialect)
            if place not in correct:
                correct[place] = corrector(knowledge(lessons, *place))
            fitting = [lesson for lesson in lessons if lesson.scope.covers(*place)]
            _compare(trial, one, text, correct[place](one.heard).text, fitting)
    return trial


def _compare(trial: Trial, one: Correction, before: str, after: str, lessons: Sequence[Lesson]) -> None:
    was, now = errors(before, one.meant), errors(after, one.meant)
    trial.overall.add(was, now)
    trial.villages[one.village].add(was, now)
    if before == after:
        return
    changed = {(pair.heard_sound, pair.meant_sound) for pair in align(before, after)}
    for lesson in lessons:
        if lesson.kind == "phrase":
            acted = after.count(lesson.meant) > before.count(lesson.meant)
        else:
            acted = (lesson.heard, lesson.meant) in changed
        if acted:
            trial.effects[lesson.key].add(was, now)
            trial.fired[one.village].add(lesson.key)
            if lesson.calls == 1:
                trial.rare[lesson.kind].add(was, now)


def _of_worse_villages(trial: Trial) -> set[tuple]:
    """Lessons that did not help anywhere and acted in a village that got clearly worse."""
    worse = [village for village, effect in trial.villages.items() if effect.clearly_worse]
    return {key for village in worse for key in trial.fired[village] if trial.effects[key].gain <= 0}


def _good(lessons: Iterable[Lesson], trial: Trial, dropped: set[tuple]) -> frozenset[tuple]:
    good = set()
    for lesson in lessons:
        effect = trial.effects.get(lesson.key)
        untried_but_likely = effect is None and trial.rare[lesson.kind].gain > 0
        if lesson.key not in dropped and (untried_but_likely or (effect is not None and effect.gain > 0)):
            good.add(lesson.key)
    return frozenset(good)

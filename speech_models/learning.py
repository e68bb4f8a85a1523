"""Learning (学习): what operators' corrections teach about the words and sounds of a village, and whether it helps.

Lessons are proposed from the corrections of most calls and tried on those of the others, until every call was kept
apart once. Only what makes calls better that it was not learnt from is worth switching on.
"""

import zlib
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from speech_models.alignment import Errors, align, errors
from speech_models.correction import Knowledge
from speech_models.lessons import Correction, Evidence, Lesson, evidence_of, knowledge, propose
from speech_models.transcript import Transcript

FOLDS = 10
ROUNDS = 4
# A group is clearly worse when it has more errors than before by this part, and by this many.
CLEARLY_WORSE, CLEARLY_MORE = 0.02, 2

Correct = Callable[[Transcript], Transcript]


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

    The same corrections give the same outcome. A lesson is good when it changed calls kept apart for the better. One
    that changed none is good when all of them together made those better and several calls taught it, or when lessons
    of its kind that a single call taught made them better, too.
    """
    taught = [evidence_of(correction) for correction in corrections]
    plain = corrector(Knowledge({}, {}))
    before = [plain(correction.heard).text for correction in corrections]
    dropped = set(refused)
    trial = Trial()
    for _ in range(ROUNDS):
        trial = _try(taught, before, corrector, dropped)
        harmful = _harmful(trial)
        if not harmful - dropped:
            break
        dropped |= harmful
    else:
        trial = _try(taught, before, corrector, dropped)
    lessons = tuple(lesson for lesson in propose(taught) if lesson.key not in set(refused))
    worse = any(effect.clearly_worse for effect in trial.villages.values())
    good = frozenset() if worse or trial.overall.gain <= 0 else _good(lessons, trial, dropped)
    return Learnt(lessons, good, trial.effects, trial.overall, trial.villages)


# ------------------------------------------------------------------------------------------------- trying


@dataclass
class Trial:
    """Effects on calls kept apart: of each lesson, of all together, in each village, of each lesson within a village,
    and of each kind of lesson that a single call taught."""

    effects: dict[tuple, Effect] = field(default_factory=lambda: defaultdict(Effect))
    overall: Effect = field(default_factory=Effect)
    villages: dict[str, Effect] = field(default_factory=lambda: defaultdict(Effect))
    within: dict[str, dict[tuple, Effect]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(Effect)))
    rare: dict[str, Effect] = field(default_factory=lambda: defaultdict(Effect))


def kept_apart(call: str) -> int:
    """In which round a call is kept apart; the same in every run."""
    return zlib.crc32(call.encode()) % FOLDS


def _try(
    taught: Sequence[Evidence], before: Sequence[str], corrector: Callable[[Knowledge], Correct], dropped: set[tuple]
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
            trial.within[one.village][lesson.key].add(was, now)
            if lesson.calls == 1:
                trial.rare[lesson.kind].add(was, now)


def _harmful(trial: Trial) -> set[tuple]:
    """Lessons that did more harm than good, on the whole or within a village that got clearly worse."""
    worse = [trial.within[village] for village, effect in trial.villages.items() if effect.clearly_worse]
    return {key for effects in (trial.effects, *worse) for key, effect in effects.items() if effect.gain < 0}


def _good(lessons: Iterable[Lesson], trial: Trial, dropped: set[tuple]) -> frozenset[tuple]:
    """Which lessons are good, where all of them together are."""
    good = set()
    for lesson in lessons:
        effect = trial.effects.get(lesson.key)
        likely = lesson.calls > 1 or trial.rare[lesson.kind].gain > 0
        if lesson.key not in dropped and (likely if effect is None else effect.gain > 0):
            good.add(lesson.key)
    return frozenset(good)

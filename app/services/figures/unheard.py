"""Unheard (听不到谁): which villages and dialects call least by head, and whose speech is corrected most."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, lgamma, log

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.models import Village
from app.services.figures.day_counts import Amounts
from app.services.figures.week import TREND, Figures
from speech_models.dialects import UNKNOWN, load_dialects

FEWEST_HEARD = 5  # cases with a recording; of fewer no share is told
_FEW = 0.5  # of the town's rate; more than that is not called few
_CHANCE = 0.05  # of calling any village so by mistake


@dataclass(frozen=True)
class Voice:
    """Cases by head of a village or of a dialect's villages: `count` in TREND weeks, `people` (0: not known).

    `few`: it is less than half of what the town's rate makes expect, and not by chance.
    """

    name: str
    people: int
    count: int
    few: bool
    asked: dict[str, str]

    @property
    def rate(self) -> float:
        """Cases for each thousand people."""
        return 1000 * self.count / self.people if self.people else 0.0


@dataclass(frozen=True)
class Speech:
    """Of `heard` cases with a recording, in how many a person corrected what was heard."""

    name: str
    heard: int
    corrected: int
    asked: dict[str, str]

    @property
    def share(self) -> float:
        return self.corrected / self.heard


@dataclass(frozen=True)
class Unheard:
    """The worst first. `rate`: the town's, cases for each thousand people. `speech_*`: those with enough recordings."""

    villages: Sequence[Voice]
    dialects: Sequence[Voice]
    rate: float
    without_people: Sequence[str]
    speech_villages: Sequence[Speech]
    speech_dialects: Sequence[Speech]


def unheard(session: Session, shown: Figures) -> Unheard:
    """Who is heard least in the weeks up to this one."""
    known = list(session.scalars(select(Village).order_by(Village.name)))
    of_villages = shown.counts.total("village", ("received", "heard", "corrected"))
    span = {"week": str(shown.week), "weeks": str(TREND)}
    voices = [
        (v.name, v.population, of_villages[str(v.id)].received, span | {"village": str(v.id)})
        for v in known
        if v.population
    ]
    people, count = sum(voice[1] for voice in voices), sum(voice[2] for voice in voices)
    rate = count / people if people else 0.0
    return Unheard(
        _voices(voices, rate),
        _voices(_of_dialects(known, of_villages, span), rate),
        1000 * rate,
        [v.name for v in known if not v.population],
        _speech((v.name, of_villages[str(v.id)], span | {"village": str(v.id)}) for v in known),
        _speech(
            (dialect_name(key), amounts, span | {"spoken": key})
            for key, amounts in shown.counts.total("dialect", ("heard", "corrected")).items()
        ),
    )


def dialect_name(key: str) -> str:
    """A dialect as people call it."""
    known = load_dialects().get(key)
    return known.name if known else "普通话" if key == UNKNOWN else "说什么话还不知道"


def _of_dialects(known: Sequence[Village], amounts: dict[str, Amounts], span: dict) -> list[tuple]:
    groups: dict[str, list[Village]] = {}
    for village in known:
        if village.population:
            groups.setdefault(village.dialect, []).append(village)
    return [
        (
            dialect_name(key),
            sum(v.population for v in mine),
            sum(amounts[str(v.id)].received for v in mine),
            span | {"dialect": key or "none"},
        )
        for key, mine in groups.items()
    ]


def _voices(rows: list[tuple], rate: float) -> list[Voice]:
    """The least heard first. Of all that are called few, by chance none is in nineteen of twenty times (Bonferroni)."""
    found = []
    for name, people, count, asked in rows:
        expected = rate * people
        few = expected > 0 and count < _FEW * expected and _at_most(count, expected) * len(rows) <= _CHANCE
        found.append(Voice(name, people, count, few, asked))
    return sorted(found, key=lambda voice: (voice.rate, -voice.people, voice.name))


def _at_most(count: int, expected: float) -> float:
    """How likely `count` or fewer are where `expected` are usual (Poisson)."""
    return sum(exp(n * log(expected) - expected - lgamma(n + 1)) for n in range(count + 1))


def _speech(rows) -> list[Speech]:
    """The most corrected first."""
    found = [Speech(name, n.heard, n.corrected, asked) for name, n, asked in rows if n.heard >= FEWEST_HEARD]
    return sorted(found, key=lambda each: (-each.share, -each.heard, each.name))

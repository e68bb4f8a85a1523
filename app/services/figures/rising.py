"""Rising (上升): which matters, villages, and matters of a village are spoken of more than before. Numbers in and out.

Seven whole days are compared with the eight weeks before them, so each weekday stands beside its like. Where nothing
has changed, the count of the week and the counts before share one rate: given their sum, the week's is binomial with a
chance of 1 in 9 (the exact comparison of two Poisson counts: Przyborowski and Wilenski, Biometrika 1940). Demand that
goes in bursts anyway varies more than Poisson; counts are divided by that (quasi-Poisson: McCullagh and Nelder, 1989,
9.2), half by its own and half by what all vary, since eight weeks tell little (as Smyth, SAGMB 2004). Of the findings
one in twenty may be chance (Benjamini and Hochberg, JRSS B 1995).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, lgamma, log

WEEKS_BEFORE = 8
FEWEST_WEEKS = 3  # of history; before that nothing can be said
FEWEST = 5  # cases in the week; less is never shown
_MORE = 1.5  # times what was usual; less is no news, however certain
_FALSE = 0.05  # share of findings that may be chance


@dataclass(frozen=True)
class Rise:
    """`count` in the week, where `usual` a week was the mean of the weeks before. `chance`: of so much by chance."""

    key: str
    count: int
    usual: float
    chance: float


def rising(weeks: Mapping[str, Sequence[int]], compared: int | None = None) -> list[Rise]:
    """What has risen, the least likely first, from the counts a week of each key, oldest first, the week itself last.

    `compared`: how many keys there might have been, where only those worth a look are given.
    """
    rises = []
    spreads = {key: _spread(before) for key, (*before, _) in weeks.items()}
    common = sum(spreads.values()) / max(1, len(spreads))
    for key, (*before, count) in weeks.items():
        if len(before) < FEWEST_WEEKS:
            continue
        usual = sum(before) / len(before)
        if count >= FEWEST and count >= _MORE * usual:
            spread = max(1.0, (spreads[key] + common) / 2)
            rises.append(Rise(key, count, usual, chance(count / spread, sum(before) / spread, len(before))))
    rises.sort(key=lambda rise: (rise.chance, rise.key))
    tested = max(compared or 0, len(weeks))
    kept = max((n for n, rise in enumerate(rises, 1) if rise.chance <= _FALSE * n / tested), default=0)
    return rises[:kept]


def chance(count: float, before: float, weeks: int) -> float:
    """How likely `count` or more of count + before are in one week of weeks + 1, where all weeks are alike.

    Counts that were divided are rounded to the side of saying nothing.
    """
    count = int(count)
    total = count + ceil(before)
    part = 1 / (weeks + 1)
    terms = (
        exp(lgamma(total + 1) - lgamma(n + 1) - lgamma(total - n + 1) + n * log(part) + (total - n) * log(1 - part))
        for n in range(count, total + 1)
    )
    return min(1.0, sum(terms))


def _spread(counts: Sequence[int]) -> float:
    """How many times as much as Poisson counts these vary."""
    mean = sum(counts) / max(1, len(counts))
    return sum((each - mean) ** 2 for each in counts) / (len(counts) - 1) / mean if mean and len(counts) > 1 else 1.0

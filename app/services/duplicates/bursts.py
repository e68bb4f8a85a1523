"""Bursts (集中反映): when as many people speak of one matter as chance does not explain. Numbers in, numbers out.

A sudden one shows against the usual rate (Poisson); a slow one adds up over weeks (CUSUM: Page, Biometrika 1954).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

RAREST = 0.003  # a day: how often one matter of one place is spoken of where nothing is the matter
RAREST_HERE = 0.01  # the same for all matters of one category in one village
_CHANCE = 3e-3  # below this, chance is no explanation
_WINDOWS = tuple(timedelta(days=days) for days in (1, 7, 28, 90, 365))
_HISTORY, _SILENT = timedelta(days=180), timedelta(days=28)
_FEWEST, _FEWEST_CALLERS = 3, 2
_URGED = 4  # from so many on, one caller alone is enough: he has been asking again and again
_SLACK, _LIMIT = 0.5, 4.0  # of the CUSUM, in standard deviations of a week's count
_FEWEST_SLOW = 5


@dataclass(frozen=True)
class Burst:
    """`count` of one matter within `days` days, where `expected` would be usual."""

    count: int
    days: int
    expected: float


def burst(heard: Sequence[tuple[datetime, object]], rung: datetime | None = None) -> Burst | None:
    """Whether the newest of these (moment, caller), in time order, makes a burst.

    `rung`: when it rang last. For some weeks it stays silent then, and afterwards rings only for what is sudden beside
    the rate that this matter has had since.
    """
    newest = heard[-1][0]
    if rung and newest - rung < _SILENT:
        return None
    for window in _WINDOWS[:2] if rung else _WINDOWS:
        inside = [(at, who) for at, who in heard if at > newest - window]
        before = sum(at > newest - _HISTORY for at, _ in heard) - len(inside)
        expected = max(before / _HISTORY.days if rung else 0, RAREST) * window.days
        enough = len({who for _, who in inside}) >= _FEWEST_CALLERS or len(inside) >= _URGED
        if enough and len(inside) >= _FEWEST and chance(len(inside), expected) < _CHANCE:
            return Burst(len(inside), window.days, expected)
    return None


def chance(count: int, expected: float) -> float:
    """How likely `count` or more are where `expected` are usual (Poisson)."""
    below = sum(math.exp(n * math.log(expected) - expected - math.lgamma(n + 1)) for n in range(count))
    return max(0.0, 1.0 - below)


def building_up(weeks: Sequence[int], usual: float) -> int:
    """How many weeks a matter has been building up for, by its counts a week, oldest first; 0 where it is not.

    `usual`: the mean count a week before. Rings when the sum of what is above it reaches _LIMIT deviations.
    """
    usual = max(usual, RAREST * 7)
    spread = math.sqrt(usual)
    total, since, counted = 0.0, 0, 0
    for week in weeks:
        total = max(0.0, total + (week - usual) / spread - _SLACK)
        since, counted = (since + 1, counted + week) if total else (0, 0)
    return since if total >= _LIMIT and since > 1 and counted >= _FEWEST_SLOW else 0


def burst_here(heard: Sequence[tuple[datetime, object]], rung: datetime | None = None) -> Burst | None:
    """The same for all that is heard of one category in one village, which is less rare than one matter.

    Within a day or a week; the usual rate is that of its own history, and _FEWEST of several callers are the least.
    """
    newest = heard[-1][0]
    if rung and newest - rung < _WINDOWS[1]:
        return None
    for window in _WINDOWS[:2]:
        inside = [(at, who) for at, who in heard if at > newest - window]
        before = sum(at > newest - _HISTORY for at, _ in heard) - len(inside)
        expected = max(before / _HISTORY.days, RAREST_HERE) * window.days
        several = len({who for _, who in inside}) >= _FEWEST
        if several and chance(len(inside), expected) < _CHANCE:
            return Burst(len(inside), window.days, expected)
    return None


def by_week(moments: Sequence[datetime], weeks: int) -> tuple[list[int], float]:
    """The counts of the last `weeks` weeks up to the newest moment, oldest first, and the mean count a week before."""
    newest = moments[-1]
    ago = [(newest - at) // timedelta(weeks=1) for at in moments]
    before = [weeks_ago for weeks_ago in ago if weeks_ago >= weeks]
    counts = [ago.count(weeks - 1 - week) for week in range(weeks)]
    return counts, len(before) / max(1, max(before, default=weeks) - weeks + 1)

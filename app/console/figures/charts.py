"""Charts (图): where the bars and lines of an SVG go. Drawn by the server, so that they need no script and print well.

Each has its numbers as text beside it (templates/console/charts.html); the picture alone is never the only way to read
them. Units are those of the picture's viewBox.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Flask

from app.services.figures.day_counts import Amounts
from app.services.figures.week import Week

WIDTH, HEIGHT = 720, 190
_TOP, _BOTTOM, _GAP = 24, 30, 0.3
SMALL_WIDTH, SMALL_HEIGHT = 120, 28


@dataclass(frozen=True)
class Bar:
    """A bar from (x, y) down to `y + height`, of which the lower `part` is of another kind; `middle`: its middle."""

    x: float
    y: float
    width: float
    height: float
    part: float
    middle: float

    @property
    def part_y(self) -> float:
        return round(self.y + self.height - self.part, 1)


@dataclass(frozen=True)
class Bars:
    """The bars of a chart, and its measures."""

    bars: tuple[Bar, ...]
    width: int = WIDTH
    height: int = HEIGHT
    ground: int = HEIGHT - _BOTTOM


def init_app(app: Flask) -> None:
    """Give the templates what they draw with."""
    app.jinja_env.filters.update(week_bars=week_bars, small_line=small_line, per_cent_of=per_cent_of)


def week_bars(weeks: Sequence[tuple[Week, Amounts]]) -> Bars:
    """The cases of each week, of which the lower part are calls."""
    return bars([(n.received, n.received - n.texts) for _, n in weeks])


def bars(values: Sequence[tuple[int, int]]) -> Bars:
    """Bars of (whole, part) each, from the ground up to the greatest whole."""
    room = HEIGHT - _TOP - _BOTTOM
    most = max((whole for whole, _ in values), default=0) or 1
    step = WIDTH / max(1, len(values))
    found = []
    for place, (whole, part) in enumerate(values):
        tall, low = (round(room * each / most, 1) for each in (whole, part))
        x, width = round(step * (place + _GAP / 2), 1), round(step * (1 - _GAP), 1)
        found.append(Bar(x, round(HEIGHT - _BOTTOM - tall, 1), width, tall, low, round(x + width / 2, 1)))
    return Bars(tuple(found))


def small_line(values: Sequence[int], most: int = 0) -> str:
    """The points of a small line; `most` is the height of all that are to be compared, else its own."""
    top = max(most, *values, 1)
    step = (SMALL_WIDTH - 6) / max(1, len(values) - 1)
    places = ((3 + step * n, SMALL_HEIGHT - 3 - (SMALL_HEIGHT - 6) * value / top) for n, value in enumerate(values))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in places)


def per_cent_of(value: float, most: float) -> float:
    """How much of the greatest a value is, in per cent: the length of a lying bar."""
    return round(100 * value / most, 1) if most else 0.0

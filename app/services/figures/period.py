"""A period of days (一段时间): its counts from the kept table, those of days that do not hold counted now."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from threading import Lock

from cachetools import LRUCache
from sqlalchemy import case, func, literal, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Case, Conversation, CountedDay, DayCount
from app.services.figures.day_counts import DAY, NAMES, Amounts, Counts, count, day_of, midnight, monday

_ASKED: LRUCache = LRUCache(100)  # what the table answered, by what it held then
_ASKING = Lock()  # threads share it


@dataclass
class Period:
    """The counts from `first` until before `end` (a moment), read once and asked for by village, matter ...

    Days that are over and unchanged come from the table; the others, and a last day that is not whole, are counted.
    `brief`: as in `count`.
    """

    session: Session
    first: date
    end: datetime
    brief: bool = False
    last: date = field(init=False)
    state: tuple = field(init=False)
    live: dict[date, Counts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.last = day_of(self.end - timedelta(microseconds=1))
        days = select(CountedDay.day, CountedDay.changes, CountedDay.counted).order_by(CountedDay.day)
        known = self.session.execute(days.where(CountedDay.day.between(self.first, self.last))).all()
        good = {day for day, changes, counted in known if counted == changes}
        self.state = (str(self.session.get_bind().url), *(changes for day, changes, _ in known if day in good))
        day = max(self.first, first_day(self.session))
        while day <= self.last:
            until = min(midnight(day + DAY), self.end)
            if day not in good or until < midnight(day + DAY):
                self.live[day] = count(self.session, midnight(day), until, brief=self.brief)
            day += DAY

    def by_week(self, by: str, names: Sequence[str] = NAMES) -> dict[str, dict[date, Amounts]]:
        """The amounts (those named) of each key by `by`, of each week by its Monday."""
        sums = [func.sum(getattr(DayCount, name)) for name in names]
        rows = (
            select(DayCount.key, DayCount.week, *sums)
            .where(DayCount.by == by, DayCount.day.between(self.first, self.last))
            .group_by(DayCount.key, DayCount.week)
        )
        if self.live:
            rows = rows.where(DayCount.day.not_in(self.live))
        found: dict[str, dict[date, Amounts]] = defaultdict(lambda: defaultdict(Amounts))
        for key, week, *amounts in self._read((by, *names), rows):
            found[key][week] = Amounts(**dict(zip(names, map(int, amounts), strict=True)))
        for day, counts in self.live.items():
            for (kind, key), amounts in counts.items():
                if kind == by:
                    found[key][monday(day)].add(amounts)
        return found

    def total(self, by: str, names: Sequence[str] = NAMES) -> dict[str, Amounts]:
        """The amounts (those named) of each key over the whole time."""
        found: dict[str, Amounts] = defaultdict(Amounts)
        for key, weeks in self.by_week(by, names).items():
            for amounts in weeks.values():
                found[key].add(amounts)
        return found

    def received(
        self, by: str, last: date, weeks: int, keys: Collection[str] | None = None, least: int = 0
    ) -> dict[str, list[int]]:
        """Cases of each key (or of those named) in each of so many times seven days, oldest first, up to `last`.

        Keys with fewer than `least` in all may be left out.
        """
        first = last - timedelta(days=7 * weeks - 1)
        ends = [first + timedelta(days=7 * n) for n in range(1, weeks)]
        span = case(*((DayCount.day < end, n) for n, end in enumerate(ends)), else_=weeks - 1) if ends else literal(0)
        cells = select(DayCount.key, span.label("span"), DayCount.received)
        cells = cells.where(DayCount.by == by, DayCount.day.between(first, last))
        if self.live:
            cells = cells.where(DayCount.day.not_in(self.live))
        if keys is not None:
            cells = cells.where(DayCount.key.in_(keys))
        cells = cells.subquery()
        rows = select(cells.c.key, cells.c.span, func.sum(cells.c.received)).group_by(cells.c.key, cells.c.span)
        found: dict[str, list[int]] = defaultdict(lambda: [0] * weeks)
        if least and not any(first <= day <= last for day in self.live):
            rows = rows.having(func.sum(cells.c.received) >= least)
        for key, place, number in self._read((by, last, weeks, frozenset(keys or ()), least), rows):
            found[key][place] = int(number)
        for day, counts in self.live.items():
            for (kind, key), amounts in counts.items():
                if kind == by and first <= day <= last and (keys is None or key in keys):
                    found[key][(day - first).days // 7] += amounts.received
        return found

    def _read(self, what: tuple, query) -> Sequence[tuple]:
        """The rows of a query on the table. It is asked once for each state of the days that it reads."""
        asked = (self.state, self.first, self.last, frozenset(self.live), what)
        with _ASKING:
            if asked in _ASKED:
                return _ASKED[asked]
        rows = self.session.execute(query).all()
        with _ASKING:
            _ASKED[asked] = rows
        return rows

    def whole(self) -> Amounts:
        """Everything."""
        return self.total("all")[""]


def first_day(session: Session) -> date:
    """The day of the first case, call or text; today where there is none. No day before it holds anything."""
    firsts = [session.scalar(select(func.min(column))) for column in (Case.received_at, Conversation.started_at)]
    return min((day_of(at) for at in firsts if at), default=day_of(now()))

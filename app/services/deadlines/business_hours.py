"""Office hours (上班时间) and working days: when somebody can be put through, and when a term of working days ends.

From data/office_hours.yaml and the public holidays and make-up workdays of China: by the notice that the town entered
(holidays.py), else by chinesecalendar. The town's own days (`off`, `worked`) go before both. A day that nobody has said
anything about is as in an ordinary week, and not settled: what rests on it is worked out again once it is.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import chinese_calendar
import yaml

from app.files import file, kept
from app.services.deadlines.holidays import HolidayNotice, notices, old_year_ends

_KEYS = {"timezone", "workdays", "open"}
_DAYS = {"off", "worked"}
_LAST_YEAR = max(chinese_calendar.holidays).year  # of the package when it was loaded; asked for each year all the same
_YEARS_AHEAD = 5  # nobody publishes further
_ASKED_FROM = (11, 1)  # the day of a year from which on the next year's notice may be out
_DAY = timedelta(days=1)


class HoursUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Hours:
    """The whole file. `workdays`: public holidays and weekends are off, but for the days that it names itself."""

    zone: ZoneInfo
    workdays: bool
    spans: tuple[tuple[time, time], ...]
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


@dataclass(frozen=True)
class UnlikeDay:
    """A day that is not worked as its weekday is: `worked`, for which holiday, or because the file itself says so."""

    day: date
    worked: bool
    holiday: str
    own: bool


@dataclass(frozen=True)
class Ahead:
    """The days to come: those unlike their weekday, how many nobody knows yet, the last day that the calendar knows
    (None: it is not asked)."""

    unlike: tuple[UnlikeDay, ...]
    unknown: int
    known_until: date | None


@dataclass(frozen=True)
class Calendar:
    """Which days are worked, by the town's hours and the notices that it entered."""

    hours: Hours
    notices: Mapping[int, HolidayNotice]

    def is_workday(self, day: date) -> bool:
        """Whether this day (local) is worked; where nobody has said so yet, as in an ordinary week."""
        said = self._said(day)
        return said.worked if said else day.weekday() < 5

    def is_settled(self, day: date) -> bool:
        """Whether it is known that this day is worked, or not; of a year's last days only when the next is known."""
        if self._named(day):
            return True
        return self.knows(day.year) and (day < old_year_ends(day.year) or self.knows(day.year + 1))

    def knows(self, year: int) -> bool:
        """Whether the public holidays of a year are known: by a notice that is complete, or by the package."""
        notice = self.notices.get(year)
        return not self.hours.workdays or bool(notice and notice.complete) or _package_knows(year)

    def unsettled(self, first: date, last: date) -> bool:
        """Whether one of these days is not settled."""
        return any(not self.is_settled(first + n * _DAY) for n in range((last - first).days + 1))

    def unlike(self, day: date) -> UnlikeDay | None:
        """A day that is not worked as its weekday is; None for every other."""
        said = self._said(day)
        return said if said and said.worked != (not self.hours.workdays or day.weekday() < 5) else None

    @cached_property
    def _written(self) -> str:
        return repr((
            self.hours.workdays, sorted(self.hours.off), sorted(self.hours.worked),
            [(n.year, sorted(n.off), sorted(n.worked), n.complete) for _, n in sorted(self.notices.items())],
            chinese_calendar.__version__,
        ))  # fmt: skip

    @property
    def mark(self) -> str:
        """16 signs that are others as soon as a day may be decided in another way."""
        known = [year for year in range(_LAST_YEAR, _LAST_YEAR + _YEARS_AHEAD) if _package_knows(year)]
        return hashlib.sha256(f"{self._written} {known}".encode()).hexdigest()[:16]

    def _named(self, day: date) -> UnlikeDay | None:
        """What the town itself says of a day: its hours, or a notice (the next year's goes before its own)."""
        if day in self.hours.off or day in self.hours.worked or not self.hours.workdays:
            return UnlikeDay(day, day not in self.hours.off, "", own=True)
        for year in (day.year + 1, day.year):
            if year in self.notices and (said := self.notices[year].says(day)):
                return UnlikeDay(day, *said, own=False)
        return None

    def _said(self, day: date) -> UnlikeDay | None:
        if named := self._named(day):
            return named
        notice, following = self.notices.get(day.year), self.notices.get(day.year + 1)
        by_package = _by_package(day)
        if not (notice and notice.complete):
            return by_package
        next_by_package = _package_knows(day.year + 1) and not (following and following.complete)
        if day >= old_year_ends(day.year) and next_by_package:
            return by_package
        return UnlikeDay(day, day.weekday() < 5, "", own=False)


@kept
def _hours() -> Hours:
    return read_hours(file("office_hours.yaml"))


@kept
def calendar() -> Calendar:
    """The calendar in force."""
    return Calendar(_hours(), notices())


def read_hours(path: Path) -> Hours:
    """The hours of a file. Raises HoursUnusable."""
    read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(read, dict) or not _KEYS <= set(read) <= _KEYS | _DAYS:
        raise HoursUnusable(f"{path.name}: needs timezone, workdays and open; off and worked may be added.")
    if read["workdays"] not in ("yes", "no"):
        raise HoursUnusable(f"{path.name}: workdays must be yes or no.")
    try:
        zone = ZoneInfo(str(read["timezone"]))
    except (ValueError, ZoneInfoNotFoundError) as error:
        raise HoursUnusable(f"{path.name}: there is no time zone {read['timezone']}.") from error
    days = {key: _days(path, read.get(key) or []) for key in sorted(_DAYS)}
    if both := sorted(days["off"] & days["worked"]):
        raise HoursUnusable(f"{path.name}: {both[0].isoformat()} is off and worked at the same time.")
    return Hours(zone, read["workdays"] == "yes", _spans(path, read["open"]), **days)


def _spans(path: Path, read) -> tuple[tuple[time, time], ...]:
    spans = []
    for span in read if isinstance(read, list) else []:
        try:
            start, end = (time.fromisoformat(part.strip()) for part in str(span).split("-"))
        except ValueError as error:
            raise HoursUnusable(f"{path.name}: “{span}” is no time such as 08:30-12:00.") from error
        if start >= end or any(start < other_end and other < end for other, other_end in spans):
            raise HoursUnusable(f"{path.name}: “{span}” ends before it begins, or overlaps another.")
        spans.append((start, end))
    if not spans:
        raise HoursUnusable(f"{path.name}: open names no hours.")
    return tuple(sorted(spans))


def _days(path: Path, read) -> frozenset[date]:
    days = set()
    for day in read if isinstance(read, list) else [read]:
        try:
            days.add(date.fromisoformat(str(day)))
        except ValueError as error:
            raise HoursUnusable(f"{path.name}: “{day}” is no day such as 2026-10-01.") from error
    return frozenset(days)


def is_open(at: datetime) -> bool:
    """Whether the desk is staffed at this moment (UTC)."""
    local = at.astimezone(_hours().zone)
    return any(start <= local.time() < end for start, end in _hours().spans) and is_workday(local.date())


def is_workday(day: date) -> bool:
    """Whether this day (local) is worked; where nobody has said so yet, as in an ordinary week."""
    return calendar().is_workday(day)


def is_unsettled(start: datetime, end: datetime) -> bool:
    """Whether one of the days from one moment to another is not settled yet."""
    zone = _hours().zone
    return calendar().unsettled(start.astimezone(zone).date(), end.astimezone(zone).date())


def wanted_notice(today: date) -> int | None:
    """The year whose notice the desk is to enter now: this one, or from 1 November the next; None: they are known."""
    known = calendar().knows
    if not known(today.year):
        return today.year
    return today.year + 1 if (today.month, today.day) >= _ASKED_FROM and not known(today.year + 1) else None


def ahead(hours: Hours, first: date, days: int, entered: Mapping[int, HolidayNotice] | None = None) -> Ahead:
    """Which of the days from `first` on are unlike an ordinary week by these hours and notices (None: those in force),
    and how far the calendar goes."""
    by = Calendar(hours, notices() if entered is None else entered)
    coming = [first + n * _DAY for n in range(days)]
    unlike = tuple(found for day in coming if (found := by.unlike(day)))
    unknown = sum(not by.knows(day.year) and by._named(day) is None for day in coming)
    year = next((y for y in range(first.year, first.year + _YEARS_AHEAD) if not by.knows(y)), first.year + _YEARS_AHEAD)
    return Ahead(unlike, unknown, date(year - 1, 12, 31) if hours.workdays else None)


def _by_package(day: date) -> UnlikeDay | None:
    """What the package says of a day; None: it does not know the year."""
    try:
        worked = chinese_calendar.is_workday(day)
    except NotImplementedError:
        return None
    name = chinese_calendar.holidays.get(day) or chinese_calendar.workdays.get(day)
    return UnlikeDay(day, worked, chinese_calendar.Holiday(name).chinese if name else "", own=False)


def _package_knows(year: int) -> bool:
    return _by_package(date(year, 7, 1)) is not None


def workdays_later(at: datetime, days: int) -> datetime:
    """The moment that many working days after `at`, at the same time of day.

    Counted from when the office is open next: from the evening, a weekend or a holiday, the next opening. Never earlier
    for a later `at`.
    """
    begun = _next_open(at.astimezone(_hours().zone))
    day = begun.date()
    for _ in range(days):
        day += _DAY
        while not is_workday(day):
            day += _DAY
    return datetime.combine(day, begun.timetz()).astimezone(at.tzinfo)


def next_opening(at: datetime) -> datetime:
    """The first moment from `at` on at which the office is open."""
    return _next_open(at.astimezone(_hours().zone)).astimezone(at.tzinfo)


def working_time(start: datetime, end: datetime) -> timedelta:
    """How much of the time between two moments the office is open."""
    return sum((max(close - max(opens, start), timedelta()) for opens, close in _open_until(start, end)), timedelta())


def after_working_time(start: datetime, length: timedelta) -> datetime:
    """The moment at which the office has been open for so long since `start`; the office is open at it."""
    left, at = length, next_opening(start)
    while True:
        local = at.astimezone(_hours().zone)
        close = next(end for begin, end in _hours().spans if begin <= local.time() < end)
        there = datetime.combine(local.date(), close, local.tzinfo).astimezone(at.tzinfo)
        if at + left < there:
            return at + left
        left, at = left - (there - at), next_opening(there)


def _open_until(start: datetime, end: datetime):
    """The spans in which the office is open between two moments, the last one cut off, the first one whole."""
    day, last = start.astimezone(_hours().zone).date(), end.astimezone(_hours().zone).date()
    while day <= last:
        for span in _hours().spans if is_workday(day) else ():
            opens, close = (datetime.combine(day, t, _hours().zone).astimezone(start.tzinfo) for t in span)
            yield opens, min(close, end)
        day += _DAY


def _next_open(local: datetime) -> datetime:
    day = local.date()
    if is_workday(day):
        for start, end in _hours().spans:
            if local.time() < end:
                return max(local, datetime.combine(day, start, local.tzinfo))
    while True:
        day += _DAY
        if is_workday(day):
            return datetime.combine(day, _hours().spans[0][0], local.tzinfo)

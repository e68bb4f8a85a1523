"""Office hours (上班时间) and working days: when somebody can be put through, and when a term of working days ends.

From data/office_hours.yaml and the public holidays and make-up workdays of China (chinesecalendar), which that file may
correct day by day (`off`, `worked`).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import chinese_calendar
import yaml

from app.files import file, kept

_KEYS = {"timezone", "workdays", "open"}
_DAYS = {"off", "worked"}
_LAST_KNOWN = date(max(chinese_calendar.holidays).year, 12, 31)  # it is published by the year


class CalendarEnds(Exception):
    """The public holidays of a year are not known (they are published each November for the next)."""


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


@kept
def _hours() -> Hours:
    return read_hours(file("office_hours.yaml"))


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
    """Whether the desk is staffed at this moment (UTC). In a year that is not known yet: an ordinary week."""
    hours = _hours()
    local = at.astimezone(hours.zone)
    if not any(start <= local.time() < end for start, end in hours.spans):
        return False
    try:
        return is_workday(local.date())
    except CalendarEnds:
        return local.weekday() < 5


def is_workday(day: date) -> bool:
    """Whether this day (local) is worked. Raises CalendarEnds."""
    return _is_workday(_hours(), day)


def ahead(hours: Hours, first: date, days: int) -> Ahead:
    """Which of the days from `first` on are unlike an ordinary week by these hours, and how far the calendar goes."""
    unlike, unknown = [], 0
    for day in (first + timedelta(days=n) for n in range(days)):
        try:
            worked = _is_workday(hours, day)
        except CalendarEnds:
            unknown += 1
            continue
        if worked != (not hours.workdays or day.weekday() < 5):
            own = day in hours.off or day in hours.worked
            unlike.append(UnlikeDay(day, worked, "" if own else _holiday(day), own))
    return Ahead(tuple(unlike), unknown, _LAST_KNOWN if hours.workdays else None)


def _holiday(day: date) -> str:
    """The public holiday for which a day is off, or made up for."""
    name = chinese_calendar.get_holiday_detail(day)[1]
    return chinese_calendar.Holiday(name).chinese if name else ""


def _is_workday(hours: Hours, day: date) -> bool:
    if day in hours.off or day in hours.worked:
        return day in hours.worked
    if not hours.workdays:
        return True
    try:
        return chinese_calendar.is_workday(day)
    except NotImplementedError as error:
        raise CalendarEnds(f"The public holidays of {day.year} are not known yet.") from error


def workdays_later(at: datetime, days: int) -> datetime:
    """The moment that many working days after `at`, at the same time of day.

    Counted from when the office is open next: from the evening, a weekend or a holiday, the next opening. Never earlier
    for a later `at`. Raises CalendarEnds.
    """
    begun = _next_open(at.astimezone(_hours().zone))
    day = begun.date()
    for _ in range(days):
        day += timedelta(days=1)
        while not is_workday(day):
            day += timedelta(days=1)
    return datetime.combine(day, begun.timetz()).astimezone(at.tzinfo)


def _next_open(local: datetime) -> datetime:
    day = local.date()
    if is_workday(day):
        for start, end in _hours().spans:
            if local.time() < end:
                return max(local, datetime.combine(day, start, local.tzinfo))
    while True:
        day += timedelta(days=1)
        if is_workday(day):
            return datetime.combine(day, _hours().spans[0][0], local.tzinfo)

"""A year as a calendar (日历): what the notice of its holidays makes of its days, so that a slip is seen at once."""

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from app.services.deadlines import holidays
from app.services.deadlines.holidays import HolidayNotice
from app.services.editing.said import Said
from ivr.document import Sheet


@dataclass(frozen=True)
class Day:
    """A day of a month. `kind`: off, made (up for), weekend, or empty; `said`: what is written beside its number."""

    number: int
    kind: str
    said: str


@dataclass(frozen=True)
class Month:
    """A month in weeks from Monday on; None: a day of another month."""

    name: str
    weeks: list[list[Day | None]]


@dataclass(frozen=True)
class Year:
    """A notice as a calendar: its year, before it the December whose last days it names, and how many days."""

    year: int
    off: int
    made_up: int
    complete: bool
    months: list[Month]


def years_shown(said: Said, this: int) -> list[Year]:
    """This year and the next, as far as a text of the notices says something of them; none where it cannot be read."""
    try:
        notices = holidays.read_notices(Sheet(said.kind.key, said.text))
    except holidays.NoticesUnusable:
        return []
    shown = [notices[year] for year in (this + 1, this) if year in notices]
    return [
        Year(notice.year, len(notice.off), len(notice.worked), notice.complete, list(_months(notice)))
        for notice in shown
        if notice.off or notice.worked
    ]


def _months(notice: HolidayNotice) -> Iterator[Month]:
    if any(day.year < notice.year for day in (*notice.off, *notice.worked)):
        yield Month(f"{notice.year - 1}年12月", _weeks(notice, notice.year - 1, 12))
    for month in range(1, 13):
        yield Month(f"{notice.year}年{month}月", _weeks(notice, notice.year, month))


def _weeks(notice: HolidayNotice, year: int, month: int) -> list[list[Day | None]]:
    weeks = calendar.Calendar().monthdatescalendar(year, month)
    return [[_day(notice, day) if day.month == month else None for day in week] for week in weeks]


def _day(notice: HolidayNotice, day: date) -> Day:
    if (says := notice.says(day)) is None:
        return Day(day.day, "weekend" if day.weekday() > 4 else "", "")
    return Day(day.day, "made", "班") if says[0] else Day(day.day, "off", "休")

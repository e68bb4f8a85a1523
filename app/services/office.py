"""Office hours (上班时间) and working days: when somebody can be put through, and when a term of working days ends.

From data/office_hours.yaml and the public holidays and make-up workdays of China (chinesecalendar).
"""

from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import yaml

_FILE = Path(__file__).parents[1] / "data" / "office_hours.yaml"


class CalendarEnds(Exception):
    """The public holidays of a year are not known (they are published each November for the next)."""


@cache
def _hours() -> dict:
    read = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    spans = [tuple(time.fromisoformat(end) for end in span.split("-")) for span in read["open"]]
    return {"zone": ZoneInfo(read["timezone"]), "workdays": read["workdays"] == "yes", "spans": sorted(spans)}


def local(at: datetime) -> datetime:
    """A moment as the clocks of the town show it."""
    return at.astimezone(_hours()["zone"])


def is_open(at: datetime) -> bool:
    """Whether the desk is staffed at this moment (UTC). In a year that is not known yet: an ordinary week."""
    hours = _hours()
    local = at.astimezone(hours["zone"])
    if not any(start <= local.time() < end for start, end in hours["spans"]):
        return False
    try:
        return is_workday(local.date())
    except CalendarEnds:
        return local.weekday() < 5


def is_workday(day: date) -> bool:
    """Whether this day (local) is worked. Raises CalendarEnds."""
    if not _hours()["workdays"]:
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
    begun = _next_open(at.astimezone(_hours()["zone"]))
    day = begun.date()
    for _ in range(days):
        day += timedelta(days=1)
        while not is_workday(day):
            day += timedelta(days=1)
    return datetime.combine(day, begun.timetz()).astimezone(at.tzinfo)


def _next_open(local: datetime) -> datetime:
    day = local.date()
    if is_workday(day):
        for start, end in _hours()["spans"]:
            if local.time() < end:
                return max(local, datetime.combine(day, start, local.tzinfo))
    while True:
        day += timedelta(days=1)
        if is_workday(day):
            return datetime.combine(day, _hours()["spans"][0][0], local.tzinfo)

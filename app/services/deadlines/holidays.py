"""Holidays (放假安排): the State Council's notice of a year, as the town entered it. From data/holidays.yaml.

A notice is published each November for the next year. It decides the days of its year and, of the last days of the
year before, those that it names: the New Year's holiday may begin in the old year, and be made up for there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

from app.files import file, kept

_KEYS = {"off", "worked", "complete"}
_LONGEST = 15  # days of one holiday
EACH_YEAR = ((1, 1), (5, 1), (10, 1))  # public holidays whose day never moves


class NoticesUnusable(Exception):
    """The file cannot work; the message says which year and why."""


@dataclass(frozen=True)
class HolidayNotice:
    """The notice of a year. `off`: day -> the holiday's name. `complete`: nothing is missing, so every other day of the
    year is as in any week."""

    year: int
    off: Mapping[date, str]
    worked: frozenset[date]
    complete: bool

    def says(self, day: date) -> tuple[bool, str] | None:
        """Whether a day that the notice names is worked, and the holiday for which it is not; None: it names it not."""
        if day in self.worked:
            return True, ""
        return (False, self.off[day]) if day in self.off else None


def old_year_ends(year: int) -> date:
    """From which day on a year's days are also the next notice's to decide: New Year's three days and the weekend by
    them never reached further back."""
    return date(year, 12, 25)


@kept
def notices() -> Mapping[int, HolidayNotice]:
    """Those in force, by year."""
    return read_notices(file("holidays.yaml"))


def read_notices(path: Path) -> dict[int, HolidayNotice]:
    """The notices of a file. Raises NoticesUnusable."""
    read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(read, dict) or set(read) != {"years"} or not isinstance(read["years"] or {}, dict):
        raise NoticesUnusable(f"{path.name}: needs exactly years.")
    return {notice.year: notice for notice in (_notice(path, *each) for each in (read["years"] or {}).items())}


def with_year(text: str, year: int) -> str:
    """The text with a place for a year's notice to be filled in, the newest first; raises nothing."""
    if re.search(rf"^\s+['\"]?{year}['\"]?\s*:", text, re.MULTILINE):
        return text
    empty = f"  {year}:\n    off: []\n    worked: []\n    complete: no\n"
    return re.sub(r"^years:[ \t]*(\{\})?[ \t]*$\n?", lambda _: f"years:\n{empty}", text, count=1, flags=re.MULTILINE)


def _notice(path: Path, key: str, read: object) -> HolidayNotice:
    where = f"{path.name}, {key}"
    if not re.fullmatch(r"20\d\d", key):
        raise NoticesUnusable(f"{path.name}: “{key}” is no year such as 2027.")
    if not isinstance(read, dict) or set(read) != _KEYS:
        raise NoticesUnusable(f"{where}: needs exactly off, worked and complete.")
    if read["complete"] not in ("yes", "no"):
        raise NoticesUnusable(f"{where}, complete: must be yes or no.")
    year, off = int(key), _off(f"{where}, off", read["off"] or [])
    worked = _worked(f"{where}, worked", read["worked"] or [])
    for field, days in (("off", off), ("worked", worked)):
        for day in days:
            if not old_year_ends(year - 1) <= day <= date(year, 12, 31):
                raise NoticesUnusable(f"{where}, {field}: {day} does not belong to the notice of {year}.")
    if both := sorted(set(off) & set(worked)):
        raise NoticesUnusable(f"{where}, worked: {both[0]} is off and worked at the same time.")
    complete = read["complete"] == "yes"
    for month, day in EACH_YEAR if complete else ():
        if date(year, month, day) not in off:
            raise NoticesUnusable(
                f"{where}, complete: {date(year, month, day)} is no holiday here, though it is one each year."
            )
    return HolidayNotice(year, off, frozenset(worked), complete)


def _off(where: str, read: object) -> dict[date, str]:
    off: dict[date, str] = {}
    for entry in read if isinstance(read, list) else [read]:
        if not isinstance(entry, dict) or set(entry) != {"name", "from", "to"} or not str(entry["name"]).strip():
            raise NoticesUnusable(f"{where}: a holiday has name, from and to.")
        name, first, last = str(entry["name"]), _day(where, entry["from"]), _day(where, entry["to"])
        if last < first:
            raise NoticesUnusable(f"{where}: {name} from {first} to {last} ends before it begins.")
        if (last - first).days >= _LONGEST:
            raise NoticesUnusable(f"{where}: {name} from {first} to {last} takes longer than {_LONGEST} days.")
        for day in (first + timedelta(days=n) for n in range((last - first).days + 1)):
            if day in off:
                raise NoticesUnusable(f"{where}: {day} is in {off[day]} and in {name}.")
            off[day] = name
    return off


def _worked(where: str, read: object) -> list[date]:
    days: list[date] = []
    for day in (_day(where, each) for each in (read if isinstance(read, list) else [read])):
        if day.weekday() < 5:
            raise NoticesUnusable(f"{where}: {day} is no Saturday and no Sunday, so it is worked anyway.")
        if day in days:
            raise NoticesUnusable(f"{where}: {day} is there twice.")
        days.append(day)
    return days


def _day(where: str, written: object) -> date:
    try:
        return date.fromisoformat(str(written))
    except ValueError as error:
        raise NoticesUnusable(f"{where}: “{written}” is no day such as 2026-10-01.") from error

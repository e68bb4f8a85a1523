"""The rules of call-backs (回访): when a caller is asked, how often, and what counts. From data/call_backs.yaml."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from itertools import combinations
from pathlib import Path

import yaml

from app.files import file, kept
from app.local_time import local

_SPANS = ("ask_after", "text_waits", "apart", "late_answer", "grade_waits")
_SPAN = re.compile(r"([1-9]\d{0,2}) (minutes|hours|days)")
_HOURS = re.compile(r"([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d")
_MOST_TRIES = 9
_DAY = timedelta(days=1)


class CallBacksUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Rules:
    """The whole file. `hours`: from and to, local time, in the order in which calls use them."""

    ask_after: timedelta
    text_waits: timedelta
    apart: timedelta
    late_answer: timedelta
    grade_waits: timedelta
    hours: tuple[tuple[time, time], ...]
    tries: int


@kept
def rules() -> Rules:
    """Those in force."""
    return read_rules(file("call_backs.yaml"))


def read_rules(path: Path) -> Rules:
    """The rules of a file. Raises CallBacksUnusable."""
    read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(read, dict) or set(read) != {*_SPANS, "hours", "tries"}:
        raise CallBacksUnusable(f"{path.name}: needs exactly {', '.join([*_SPANS, 'hours', 'tries'])}.")
    if not str(read["tries"]).isdecimal() or not 1 <= int(read["tries"]) <= _MOST_TRIES:
        raise CallBacksUnusable(f"{path.name}: tries is a number from 1 to {_MOST_TRIES}.")
    found = Rules(**{name: _span(path, name, read[name]) for name in _SPANS}, hours=_hours(path, read["hours"]),
                  tries=int(read["tries"]))  # fmt: skip
    if not _can_be_met(found):
        raise CallBacksUnusable(f"{path.name}: hours leave no {found.tries} moments that are apart by so much.")
    return found


def enough(tries: Sequence[datetime], of: Rules | None = None) -> bool:
    """Whether among these tried calls there are as many as it takes on different days and at different hours."""
    of = of or rules()
    return any(_all_apart(chosen, of) for chosen in combinations(sorted(tries), of.tries))


def counts(at: datetime, before: Sequence[datetime], of: Rules | None = None) -> bool:
    """Whether a call at this moment would be on another day and at another hour than each before it."""
    of = of or rules()
    return all(_apart(at, other, of) for other in before)


def next_moment(after: datetime, tried: Sequence[datetime], of: Rules | None = None) -> datetime:
    """The first moment from `after` on at which a call may be made and would count, given those tried (UTC)."""
    of = of or rules()
    day = local(after).date()
    turn = len(tried) % len(of.hours)
    for days in range(_MOST_TRIES * 7):
        for start, end in (*of.hours[turn:], *of.hours[:turn]) if days else of.hours:
            begin, close = (datetime.combine(day + days * _DAY, t, local(after).tzinfo) for t in (start, end))
            at = max(begin, after)
            while at < close:
                if counts(at, tried, of):
                    return at.astimezone(after.tzinfo)
                at += timedelta(minutes=10)
    return after + _DAY


def _all_apart(moments: Sequence[datetime], of: Rules) -> bool:
    return all(_apart(one, other, of) for one, other in combinations(moments, 2))


def _apart(one: datetime, other: datetime, of: Rules) -> bool:
    one, other = local(one), local(other)
    return one.date() != other.date() and abs(_of_day(one.time()) - _of_day(other.time())) >= of.apart


def _of_day(at: time) -> timedelta:
    return timedelta(hours=at.hour, minutes=at.minute)


def _can_be_met(of: Rules) -> bool:
    """Whether as many moments of the day as there are tries lie apart: taken as early as can be, one after another."""
    found, last = 0, None
    for start, end in sorted(of.hours):
        at = _of_day(start) if last is None else max(_of_day(start), last + of.apart)
        while at < _of_day(end):
            found, last = found + 1, at
            at += of.apart
    return found >= of.tries


def _span(path: Path, name: str, written: object) -> timedelta:
    found = _SPAN.fullmatch(str(written))
    if not found:
        raise CallBacksUnusable(f"{path.name}: {name} is a number and minutes, hours or days, like `1 days`.")
    return timedelta(**{found[2]: int(found[1])})


def _hours(path: Path, written: object) -> tuple[tuple[time, time], ...]:
    if not isinstance(written, list) or not written:
        raise CallBacksUnusable(f"{path.name}: hours is a list like 09:30-11:00.")
    found = []
    for span in written:
        if not _HOURS.fullmatch(str(span)) or span[:5] >= span[6:]:
            raise CallBacksUnusable(f"{path.name}: `{span}` is no span of hours like 09:30-11:00.")
        found.append((time.fromisoformat(span[:5]), time.fromisoformat(span[6:])))
    return tuple(found)

"""The rules of the clocks (时限): how long each class of matter may take. From data/clocks.yaml, which staff edit."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import yaml

from app.files import file, kept
from app.services.deadlines.business_hours import workdays_later

_KEYS = {"classes", "remind", "raise", "longest_extension", "longest_pause", "returns"}
_SPAN = re.compile(r"([1-9]\d{0,3}) (minutes|hours|days|workdays)")
ORDINARY, EMERGENCY = "ordinary", "emergency"
KINDS = (EMERGENCY, "utility", ORDINARY, "complex", "inquiry")


class ClocksUnusable(Exception):
    """The file cannot work; the message says which entry and why."""


@dataclass(frozen=True)
class Span:
    """A length of time: `amount` minutes, hours or days by the clock, or working days."""

    amount: int
    unit: str

    def after(self, at: datetime) -> datetime:
        """The moment that long after `at`."""
        if self.unit == "workdays":
            return workdays_later(at, self.amount)
        return at + timedelta(**{self.unit: self.amount})

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}"

    @classmethod
    def read(cls, written: str) -> "Span | None":
        """The length that `str` wrote; None for anything else."""
        match = _SPAN.fullmatch(written.strip())
        return cls(int(match[1]), match[2]) if match else None

    @property
    def at_least(self) -> timedelta:
        """The least that it may come to by the clock."""
        return timedelta(**{"days" if self.unit == "workdays" else self.unit: self.amount})


@dataclass(frozen=True)
class Kind:
    """A class of matter, with what it is called and how long signing and answering may take."""

    name: str
    sign: Span
    answer: Span


@dataclass(frozen=True)
class Rules:
    """The whole file. `remind`: parts of the time, in percent; `raises`: how late a case is told to whom (a role)."""

    kinds: dict[str, Kind]
    remind: tuple[int, ...]
    raises: tuple[tuple[Span, str], ...]
    longest_extension: int
    longest_pause: int
    returns: int

    @property
    def at_any_hour(self) -> tuple[str, ...]:
        """The classes whose reminders go out at night and on holidays too: emergencies, and what is given hours."""
        by_clock = ("minutes", "hours")
        return tuple(key for key, kind in self.kinds.items() if key == EMERGENCY or kind.answer.unit in by_clock)


@kept
def rules() -> Rules:
    """Those of the file in force."""
    return read_rules(file("clocks.yaml"))


def read_rules(path: Path) -> Rules:
    """The rules of a file. Raises ClocksUnusable."""
    read = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    if not isinstance(read, dict) or set(read) != _KEYS:
        raise ClocksUnusable(f"{path.name}: needs exactly {', '.join(sorted(_KEYS))}.")
    return Rules(
        _kinds(path, read["classes"]),
        _percents(path, read["remind"]),
        _raises(path, read["raise"]),
        *(_days(path, key, read[key]) for key in ("longest_extension", "longest_pause")),
        _count(path, read["returns"]),
    )


def _kinds(path: Path, read) -> dict[str, Kind]:
    if not isinstance(read, dict) or set(read) != set(KINDS):
        raise ClocksUnusable(f"{path.name}: classes needs exactly {', '.join(KINDS)}.")
    kinds = {}
    for key, entry in read.items():
        if not isinstance(entry, dict) or set(entry) != {"name", "sign", "answer"} or not entry["name"]:
            raise ClocksUnusable(f"{path.name}, {key}: needs name, sign and answer.")
        sign, answer = (_span(path, f"{key}, {part}", entry[part]) for part in ("sign", "answer"))
        if sign.at_least > answer.at_least:
            raise ClocksUnusable(f"{path.name}, {key}: sign may not take longer than answer.")
        kinds[key] = Kind(str(entry["name"]), sign, answer)
    return {key: kinds[key] for key in KINDS}


def _percents(path: Path, read) -> tuple[int, ...]:
    found = tuple(int(each) for each in read if str(each).isdecimal()) if isinstance(read, list) else ()
    if not found or len(found) != len(read) or list(found) != sorted(set(found)) or not 0 < found[0] <= found[-1] < 100:
        raise ClocksUnusable(
            f"{path.name}: remind is a list of percents from 1 to 99, each greater than the one before."
        )
    return found


def _raises(path: Path, read) -> tuple[tuple[Span, str], ...]:
    if not isinstance(read, list) or not all(
        isinstance(e, dict) and set(e) == {"after", "to"} and e["to"] for e in read
    ):
        raise ClocksUnusable(f"{path.name}: raise is a list of steps with after and to.")
    steps = tuple((_span(path, "raise", entry["after"]), str(entry["to"])) for entry in read)
    if len({span.unit for span, _ in steps}) > 1:
        raise ClocksUnusable(f"{path.name}, raise: every step needs the same unit.")
    if [span.amount for span, _ in steps] != sorted({span.amount for span, _ in steps}):
        raise ClocksUnusable(f"{path.name}, raise: each step must come later than the one before.")
    return steps


def _span(path: Path, where: str, read) -> Span:
    if (span := Span.read(str(read))) is None:
        raise ClocksUnusable(f"{path.name}, {where}: “{read}” is no length such as 30 minutes, 2 hours or 3 workdays.")
    return span


def _days(path: Path, where: str, read) -> int:
    span = _span(path, where, read)
    if span.unit != "days":
        raise ClocksUnusable(f"{path.name}, {where}: give it in days.")
    return span.amount


def _count(path: Path, read) -> int:
    if not re.fullmatch(r"\d", str(read)):
        raise ClocksUnusable(f"{path.name}, returns: a number from 0 to 9 is expected.")
    return int(read)

"""Cells (格子): how a value of a document is filled in at the desk, and read again from what was typed.

A value is what yaml.BaseLoader gives: a str, a list, a mapping. A cell shows it as rows of typed texts, one for each
of its `inputs`, and makes a value of such rows again, or refuses them in one sentence.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal, InvalidOperation

from app.errors import Refused
from app.services.editing.yaml_text import Plain

UNITS = {"minutes": "分钟", "hours": "小时", "days": "天", "workdays": "个工作日"}
_LENGTH = re.compile(r"(\d+) (\w+)")
Rows = list[list[str]]


@dataclass(frozen=True)
class Input:
    """One thing to type. `kind`: text, long, number, time, date, choice, unit, tick. `name` for a screen reader.
    `offered`: which list of names the desk offers for it."""

    kind: str
    name: str = ""
    after: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    offered: str = ""


class Cell:
    """A single value, in one row."""

    inputs: tuple[Input, ...] = (Input("text"),)
    many = False
    leaves = False  # emptied, its key is taken out of the document

    def shown(self, value: object) -> Rows:
        """What the form shows for a value; None: there is none."""
        return [[str(value) if value is not None else ""]]

    def told(self, value: object) -> str:
        """A value in words, on one line."""
        rows = [row for row in self.shown(value) if not self.empty(row)]
        return "；".join(
            " ".join(_said(text, into) for text, into in zip(row, self.inputs, strict=True)) for row in rows
        )

    def read(self, rows: Rows) -> object:
        """The value of what was typed. Raises Refused."""
        raise NotImplementedError

    def empty(self, row: Sequence[str]) -> bool:
        """Whether nothing was typed in a row (a unit alone is nothing)."""
        return not any(typed for typed, into in zip(row, self.inputs, strict=True) if into.kind != "unit")

    def rows(self, typed: Sequence[str]) -> Rows:
        """The typed texts of one name, in rows. Raises Refused where they are not whole rows."""
        wide = len(self.inputs)
        if not typed or len(typed) % wide:
            raise Refused("这一页不完整，请重新打开再填。")
        clean = [text.replace("\r\n", "\n").strip() for text in typed]
        return [clean[at : at + wide] for at in range(0, len(clean), wide)]


@dataclass(frozen=True)
class Text(Cell):
    """A sentence or a name. `may_be_empty`: nothing is a value, too. `leaves`: emptied, its key goes. `signs`: what
    stands in braces, in Chinese."""

    may_be_empty: bool = False
    long: bool = True
    leaves: bool = False
    signs: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    offered: str = ""

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (Input("long" if self.long else "text", self.name, offered=self.offered),)

    def shown(self, value: object) -> Rows:
        return [[_exchanged(str(value) if value is not None else "", self.signs)]]

    def read(self, rows: Rows) -> str:
        if not rows[0][0] and not (self.may_be_empty or self.leaves):
            raise Refused("这里不能空着。")
        said = re.sub(r"\s*\n\s*", " ", rows[0][0])
        return _exchanged(said, {chinese: name for name, chinese in self.signs.items()})


@dataclass(frozen=True)
class Number(Cell):
    """A number with its unit in words. `whole`: without a fraction."""

    after: str = ""
    least: float = 0
    most: float = 1_000_000
    whole: bool = True

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (Input("number", after=self.after),)

    def read(self, rows: Rows) -> Plain:
        typed = _narrow(rows[0][0])
        try:
            number = Decimal(typed)
        except InvalidOperation as error:
            raise Refused(f"请填一个数，比如 {max(1, self.least):g}。") from error
        if not self.least <= number <= self.most or (self.whole and number != int(number)):
            what = "整数" if self.whole else "数"
            raise Refused(f"请填 {self.least:g} 到 {self.most:g} 的{what}。")
        return Plain(typed)


@dataclass(frozen=True)
class Length(Cell):
    """A length of time: so many, and of what."""

    units: tuple[str, ...] = tuple(UNITS)

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (Input("number", "多少"), Input("unit", "单位", options={unit: UNITS[unit] for unit in self.units}))

    def shown(self, value: object) -> Rows:
        found = _LENGTH.fullmatch(str(value or "").strip())
        return [[found[1], found[2]] if found else [str(value or ""), self.units[0]]]

    def read(self, rows: Rows) -> Plain:
        [[number, unit]] = rows
        if not re.fullmatch(r"[1-9]\d{0,3}", _narrow(number)) or unit not in self.units:
            raise Refused("请填 1 到 9999 的整数，再选单位。")
        return Plain(f"{_narrow(number)} {unit}")


class Span(Cell):
    """From when to when on a day."""

    inputs = (Input("time", "从", "到"), Input("time", "到"))

    def shown(self, value: object) -> Rows:
        parts = str(value or "").split("-")
        return [[_iso(time, part, 5) for part in parts]] if len(parts) == 2 else [["", ""]]

    def read(self, rows: Rows) -> Plain:
        [[begin, end]] = rows
        try:
            if time.fromisoformat(begin) >= time.fromisoformat(end):
                raise Refused(f"{begin} 到 {end}：结束要比开始晚。")
        except ValueError as error:
            raise Refused("从几点到几点，两头都要填。") from error
        return Plain(f"{begin}-{end}")


@dataclass(frozen=True)
class Day(Cell):
    """A day of the calendar."""

    name: str = "日期"

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (Input("date", self.name),)

    def shown(self, value: object) -> Rows:
        return [[_iso(date, str(value or ""))]]

    def read(self, rows: Rows) -> Plain:
        if not rows[0][0]:
            raise Refused("日期还没有填。")
        try:
            return Plain(date.fromisoformat(rows[0][0]).isoformat())
        except ValueError as error:
            raise Refused(f"“{rows[0][0]}”不是日期。") from error


@dataclass(frozen=True)
class Choice(Cell):
    """One of a few: value -> what it is called."""

    options: Mapping[str, str]

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (Input("choice", options=self.options),)

    def read(self, rows: Rows) -> Plain:
        if rows[0][0] not in self.options:
            raise Refused("请选一项。")
        return Plain(rows[0][0])


@dataclass(frozen=True)
class Tick(Cell):
    """Yes or no; `name` is what is true with a tick. A browser sends `no`, and behind it `yes` where it is ticked."""

    name: str

    @property
    def inputs(self) -> tuple[Input, ...]:
        return (Input("tick", options={"yes": self.name, "no": "不是"}),)

    def rows(self, typed: Sequence[str]) -> Rows:
        return super().rows(typed)[-1:]

    def read(self, rows: Rows) -> Plain:
        return Plain("yes" if rows[0][0] == "yes" else "no")


@dataclass(frozen=True)
class Lines(Cell):
    """A list of sayings, one on each line; `words`: one after the other, with 、 between them."""

    words: bool = False
    may_be_empty: bool = False
    inputs = (Input("long"),)

    def shown(self, value: object) -> Rows:
        return [[("、" if self.words else "\n").join(map(str, value if isinstance(value, list) else []))]]

    def read(self, rows: Rows) -> list[str]:
        found = [
            each.strip() for each in re.split(r"[\s、，,；;]+" if self.words else r"\n", rows[0][0]) if each.strip()
        ]
        if not found and not self.may_be_empty:
            raise Refused("至少要有一个说法。")
        if twice := next((each for each in found if found.count(each) > 1), None):
            raise Refused(f"“{twice}”写了两遍，留一遍就够。")
        return found


@dataclass(frozen=True)
class Several(Cell):
    """A list of values, each in its row; `spare` empty rows for more, `least` rows in any case. An emptied row is taken
    out."""

    of: Cell
    spare: int = 2
    may_be_empty: bool = True
    least: int = 0
    many = True

    @property
    def inputs(self) -> tuple[Input, ...]:
        return self.of.inputs

    def shown(self, value: object) -> Rows:
        values = value if isinstance(value, list) else [value] if value else []
        empty = max(self.spare, self.least - len(values))
        return [self.of.shown(each)[0] for each in values] + [self.of.shown(None)[0]] * empty

    def read(self, rows: Rows) -> list:
        found = [self.of.read([row]) for row in rows if not self.empty(row)]
        if not found and not self.may_be_empty:
            raise Refused("至少要填一行。")
        return found


@dataclass(frozen=True)
class Record(Cell):
    """A mapping whose keys have a cell of one row each."""

    of: Mapping[str, Cell]

    @property
    def inputs(self) -> tuple[Input, ...]:
        return tuple(into for cell in self.of.values() for into in cell.inputs)

    def shown(self, value: object) -> Rows:
        known = value if isinstance(value, Mapping) else {}
        return [[text for key, cell in self.of.items() for text in cell.shown(known.get(key))[0]]]

    def read(self, rows: Rows) -> dict:
        found, rest = {}, list(rows[0])
        for key, cell in self.of.items():
            mine, rest = rest[: len(cell.inputs)], rest[len(cell.inputs) :]
            found[key] = cell.read([mine])
        return found


def _said(text: str, into: Input) -> str:
    return f"{into.options.get(text, text)} {into.after}".strip()


def _exchanged(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"\{(.*?)\}", lambda found: f"{{{names.get(found[1], found[1])}}}", text)


def _narrow(typed: str) -> str:
    """Digits as an input method for Chinese may give them, as ASCII."""
    return unicodedata.normalize("NFKC", typed).strip()


def _iso(of: type, text: str, length: int = 10) -> str:
    try:
        return of.fromisoformat(text.strip()).isoformat()[:length]
    except ValueError:
        return ""

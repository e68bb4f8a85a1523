"""Figure tables (数据表): each group of figures as a table of words and numbers, for the screen, CSV and XLSX alike."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.services.figures.costs import prices
from app.services.figures.unheard import Speech, Unheard, Voice, unheard
from app.services.figures.week import Figures, Line

Cell = str | int | float


@dataclass(frozen=True)
class Row:
    """The cells of a row; `asked`: the cases that its number `counted` (a column) counts, None where it counts none."""

    cells: Sequence[Cell]
    asked: dict[str, str] | None = None
    counted: int = 1


@dataclass(frozen=True)
class Table:
    """A table with a name of its own (for an address), a title, heads and rows."""

    name: str
    title: str
    heads: Sequence[str]
    rows: Sequence[Row]


def table(session: Session, name: str, shown: Figures) -> Table | None:
    """The table of this name; None where there is none."""
    if name not in _TABLES:
        return None
    title, heads, rows = _TABLES[name]
    silent = unheard(session, shown) if name in ("unheard", "speech") else None
    return Table(name, title, [head.format(currency=prices().currency) for head in heads], rows(silent or shown))


def tables(session: Session, shown: Figures) -> list[Table]:
    """Every table."""
    return [found for name in _TABLES if (found := table(session, name, shown))]


def names() -> list[tuple[str, str]]:
    """Every table's name and title."""
    return [(name, title) for name, (title, _, _) in _TABLES.items()]


def _weeks(shown: Figures) -> list[Row]:
    return [
        Row(
            (str(week), n.received, n.received - n.texts, n.texts, n.again, n.hidden, n.answered, n.answered_late),
            {"week": str(week)},
        )
        for week, n in reversed(shown.weeks)
    ]


def _matters(shown: Figures) -> list[Row]:
    rows = []
    for top in shown.matters:
        rows.append(Row((top.name, "", top.count, top.before), top.asked, 2))
        rows += [Row((top.name, line.name, line.count, line.before), line.asked, 2) for line in top.below]
    return rows


def _lines(lines: Sequence[Line]) -> list[Row]:
    return [Row((line.name, line.count, line.before), line.asked) for line in lines]


def _rising(shown: Figures) -> list[Row]:
    return [Row(("，".join(rise.names), rise.count, round(rise.usual, 1)), rise.asked) for rise in shown.rising]


def _late(shown: Figures) -> list[Row]:
    return [Row((name, count), asked) for name, count, asked in shown.standing.late_by_department]


def _voices(silent: Unheard) -> list[Row]:
    def row(kind: str, voice: Voice) -> Row:
        return Row(
            (kind, voice.name, voice.people, voice.count, round(voice.rate, 2), "明显少" if voice.few else ""),
            voice.asked,
            3,
        )

    missing = [Row(("村", name, "没有填", "", "", "")) for name in silent.without_people]
    return [
        *(row("村", voice) for voice in silent.villages),
        *missing,
        *(row("方言", voice) for voice in silent.dialects),
    ]


def _speech(silent: Unheard) -> list[Row]:
    def row(kind: str, one: Speech) -> Row:
        return Row(
            (kind, one.name, one.heard, one.corrected, round(100 * one.share, 1)),
            one.asked | {"speech": "corrected"},
            3,
        )

    return [
        *(row("村", one) for one in silent.speech_villages),
        *(row("方言", one) for one in silent.speech_dialects),
    ]


def _cost(shown: Figures) -> list[Row]:
    now, price = shown.now, prices()
    kinds = (
        ("打进来的电话（分钟）", "minutes_in", "calls_in"),
        ("打出去的电话（分钟）", "minutes_out", "calls_out"),
        ("收到的短信（条）", "parts_in", "texts_in"),
        ("发出的短信（条）", "parts_out", "texts_out"),
    )
    return [
        Row((label, getattr(now, name), float(price.each[name]), float(price.of(now, name))),
            {"week": str(shown.week), "use": use}, 0)
        for label, name, use in kinds
    ]  # fmt: skip


_TABLES: dict[str, tuple[str, Sequence[str], Callable]] = {
    "weeks": ("每周", ("周", "收到", "电话", "短信", "再次来电", "号码未显示", "答复", "超期才答复"), _weeks),
    "matters": ("什么事", ("一级", "二级", "件数", "上周同期"), _matters),
    "plain": ("什么事（细分）", ("事", "件数", "上周同期"), lambda shown: _lines(shown.plain_matters)),
    "villages": ("哪个村", ("村", "件数", "上周同期"), lambda shown: _lines(shown.villages)),
    "rising": ("比平常多的", ("什么", "七天里件数", "平常一周"), _rising),
    "late": ("现在超期的", ("牵头部门", "件数"), _late),
    "unheard": ("听不到谁", ("按", "名称", "人口", "12周件数", "每千人件数", ""), _voices),
    "speech": ("谁的话机器听不准", ("按", "名称", "有录音的件数", "改正过的件数", "百分之几"), _speech),
    "cost": ("花费", ("项目", "数量", "单价（{currency}）", "合计（{currency}）"), _cost),
}

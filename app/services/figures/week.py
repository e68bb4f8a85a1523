"""Figures (数据): what leaders see of one week. docs/figures.md says what each figure means.

Every figure that counts cases carries `asked`: what services/figures/drill_down.py needs to list exactly these cases.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.db import now
from app.models import Assignment, Clock, Department, Village
from app.services.directory.practice import PRACTICE_CASES
from app.services.figures.day_counts import DAY, UNDECIDED, Amounts, day_of, midnight, monday
from app.services.figures.period import Period, first_day
from app.services.figures.rising import FEWEST, WEEKS_BEFORE, Rise, rising

TREND = 12  # weeks
NONE = "none"  # in an address: what nobody has decided yet


@dataclass(frozen=True)
class Week:
    """A week from Monday to Sunday in the town's time; written as 2026-W47 (ISO 8601)."""

    monday: date

    @classmethod
    def read(cls, text: str) -> "Week | None":
        """The week that `str` wrote; None for anything else, and for a week that has not begun."""
        try:
            week = cls(date.fromisoformat(text))
        except ValueError:
            return None
        return week if str(week) == text and week.monday <= day_of(now()) else None

    @classmethod
    def this(cls) -> "Week":
        return cls(monday(day_of(now())))

    def __str__(self) -> str:
        year, number, _ = self.monday.isocalendar()
        return f"{year}-W{number:02}"

    def later(self, weeks: int) -> "Week":
        """The week so many weeks after this one, or before."""
        return Week(self.monday + timedelta(weeks=weeks))

    @property
    def is_over(self) -> bool:
        return self.monday + timedelta(weeks=1) <= day_of(now())

    @property
    def start(self) -> datetime:
        return midnight(self.monday)

    @property
    def end(self) -> datetime:
        """Its end; of a week that is not over, this moment."""
        return min(midnight(self.monday + timedelta(weeks=1)), now())


@dataclass(frozen=True)
class Line:
    """One village or matter: its cases in the week, in the same part of the week before, and in the weeks up to it."""

    name: str
    count: int
    before: int
    asked: dict[str, str]
    weeks: tuple[int, ...] = ()
    below: "tuple[Line, ...]" = ()


@dataclass(frozen=True)
class Rising:
    """Something that is spoken of more. `names`: the village, the matter, or both."""

    names: tuple[str, ...]
    count: int
    usual: float
    asked: dict[str, str]


@dataclass(frozen=True)
class Standing:
    """Cases that are late or nearly late at this moment, and of the late ones whose they are, the most first."""

    late: int
    near: int
    late_by_department: Sequence[tuple[str, int, dict[str, str]]] = ()


@dataclass(frozen=True)
class Figures:
    """What a page shows of one week. `before`: the same part of the week before.

    `matters` are by the first level of the taxonomy, with the second below; `plain_matters` by its third.
    """

    week: Week
    now: Amounts
    before: Amounts
    standing: Standing
    weeks: Sequence[tuple[Week, Amounts]]
    matters: Sequence[Line]
    plain_matters: Sequence[Line]
    villages: Sequence[Line]
    rising: Sequence[Rising]
    rising_until: date
    counts: Period = field(repr=False)

    @property
    def first_time(self) -> int:
        """Cases of callers who never had one before."""
        return self.now.received - self.now.again - self.now.hidden

    @property
    def is_newest(self) -> bool:
        """Whether what stands open at this moment belongs on its sheet: it is this week or the one that just ended."""
        return self.week.monday >= Week.this().later(-1).monday


def figures(session: Session, week: Week) -> Figures:
    """The figures of a week."""
    counts = Period(session, week.later(1 - TREND).monday, week.end)
    before = Period(session, week.later(-1).monday, week.end - timedelta(weeks=1), brief=True)
    trend = counts.by_week("all")[""]
    known = {str(village.id): village.name for village in session.scalars(select(Village).order_by(Village.name))}
    topics = {key: count for key, (count,) in counts.received("topic", _last_of(week), 1).items()}
    topics_before = {key: each.received for key, each in before.total("topic", ("received",)).items()}
    found, until = _rising(session, counts, week, known)
    return Figures(
        week=week,
        now=trend[week.monday],
        before=before.whole(),
        standing=standing(session),
        weeks=[(one, trend[one.monday]) for one in (week.later(n - TREND + 1) for n in range(TREND))],
        matters=_matters(topics, topics_before, week),
        plain_matters=_plain_matters(topics, topics_before, week),
        villages=_villages(counts, before, week, known),
        rising=found,
        rising_until=until,
        counts=counts,
    )


def _last_of(week: Week) -> date:
    return week.monday + 6 * DAY


def standing(session: Session) -> Standing:
    """What is late and nearly late at this moment, from the indexes of running clocks.

    A clock is near before it is late (deadlines/clocks.py), so those that are near and not late are the difference.
    """
    running = Clock.stopped_at.is_(None) & Clock.case_id.not_in(PRACTICE_CASES)
    late = session.scalar(select(func.count()).where(running, Clock.answer_by <= now())) or 0
    near = session.scalar(select(func.count()).where(running, Clock.near_at <= now())) or 0
    lead = (Assignment.case_id == Clock.case_id) & Assignment.lead & Assignment.ended_at.is_(None)
    number = func.count()
    rows = (
        select(Assignment.department_id, number)
        .select_from(Clock)
        .outerjoin(Assignment, lead)
        .where(running, Clock.answer_by <= now())
        .group_by(Assignment.department_id)
    )
    names = dict(session.execute(select(Department.id, Department.name)).all())
    whose = [
        (names.get(id, "还没有派单"), count, {"clock": "late", "department": str(id or NONE)})
        for id, count in session.execute(rows)
    ]
    return Standing(late, near - late, sorted(whose, key=lambda each: (-each[1], each[0])))


def level(topic: str, levels: int) -> str:
    """The first names of a category's path."""
    return "/".join(topic.split("/")[:levels])


def _matters(
    count: Mapping[str, int], before: Mapping[str, int], week: Week, at: str = "", deep: int = 1
) -> list[Line]:
    """A line for each category below `at`, the most first, with those below it, to the second level."""
    names: dict[str, list[int]] = {}
    for place, counts in enumerate((count, before)):
        for topic, number in counts.items():
            if topic and (not at or level(topic, deep - 1) == at):
                names.setdefault(level(topic, deep), [0, 0])[place] += number
    lines = [
        Line(
            path.split("/")[-1],
            here,
            then,
            {"week": str(week), "matter": path},
            below=tuple(_matters(count, before, week, path, deep + 1)) if deep < 2 else (),
        )
        for path, (here, then) in names.items()
        if here or then
    ]
    lines.sort(key=lambda line: (-line.count, -line.before, line.name))
    undecided = count.get(UNDECIDED, 0), before.get(UNDECIDED, 0)
    if deep == 1 and any(undecided):
        lines.append(Line("还没有归类", *undecided, {"week": str(week), "matter": NONE}))
    return lines


def _plain_matters(count: Mapping[str, int], before: Mapping[str, int], week: Week) -> list[Line]:
    """A line for each decided category of the third level, the most first."""
    lines = [
        Line(matter_name(topic), here, before.get(topic, 0), {"week": str(week), "matter": topic})
        for topic, here in count.items()
        if topic
    ]
    return sorted(lines, key=lambda line: (-line.count, line.name, line.asked["matter"]))


def _villages(counts: Period, before: Period, week: Week, known: Mapping[str, str]) -> list[Line]:
    """A line for each village, the most first; what nobody has placed yet comes last."""
    weeks = counts.by_week("village", ("received",))
    then = before.total("village", ("received",))
    mondays = [week.later(n - TREND + 1).monday for n in range(TREND)]

    def line(key: str, name: str) -> Line:
        trend = tuple(weeks[key][one].received for one in mondays)
        return Line(name, trend[-1], then[key].received, {"week": str(week), "village": key or NONE}, trend)

    lines = sorted((line(key, name) for key, name in known.items()), key=lambda each: (-each.count, each.name))
    undecided = line(UNDECIDED, "地点还没有定")
    return [*lines, undecided] if undecided.count or undecided.before else lines


def _rising(session: Session, counts: Period, week: Week, known: Mapping[str, str]) -> tuple[list[Rising], date]:
    """What has risen in the week (in one that is not over: in the seven days up to yesterday), and the last day."""
    last = min(_last_of(week), day_of(now()) - DAY)
    whole_weeks = (last + DAY - max(counts.first, first_day(session))).days // 7
    weeks = min(WEEKS_BEFORE + 1, whole_weeks)
    if weeks < 2:
        return [], last
    of_topics = counts.received("topic", last, weeks)
    of_villages = counts.received("village", last, weeks)
    for undecided in (of_topics, of_villages):
        undecided.pop(UNDECIDED, None)
    worth = [key for key, (count,) in counts.received("cell", last, 1, least=FEWEST).items() if count >= FEWEST]
    of_cells = counts.received("cell", last, weeks, worth) if worth else {}
    cells = rising(of_cells, compared=len(of_topics) * len(of_villages))
    rises = [*rising(of_topics), *rising(of_villages), *cells]
    until = {"until": last.isoformat(), "days": "7"}
    found = [_named(rise, known, until) for rise in sorted(rises, key=lambda rise: (rise.chance, rise.key))]
    return [each for each in found if each is not None], last


def _named(rise: Rise, known: Mapping[str, str], until: dict[str, str]) -> Rising | None:
    """A rise with the names that a reader knows; None for a village that is gone."""
    first, _, second = rise.key.partition(" ")
    village = first if second or _is_id(first) else ""
    topic = second or ("" if village else first)
    if village and village not in known:
        return None
    names = (*([known[village]] if village else []), *([matter_name(topic)] if topic else []))
    asked = until | ({"village": village} if village else {}) | ({"matter": topic} if topic else {})
    return Rising(names, rise.count, rise.usual, asked)


def matter_name(topic: str) -> str:
    """A category's own name; with that of the level above it where it is only 其他."""
    names = topic.split("/")
    return names[-1] if names[-1] != "其他" or len(names) < 2 else f"{names[-2]}（其他）"


def _is_id(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True

"""Day counts (日汇总): what is counted of each day, kept in a table so that no figure reads every case.

One function counts, `count`: for the table, and at once for today and for days that changed since they were counted.
So a figure is right at every moment, and the table is only ever a faster way to the same number.
"""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time, timedelta
from functools import cache
from math import ceil
from uuid import UUID

from sqlalchemy import and_, case, delete, exists, func, insert, literal, or_, select, type_coerce, update
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import NullType

from app.db import Database, now
from app.local_time import local, zone
from app.models import Case, Clock, Conversation, CountedDay, DayCount, Message, Recording, Transcript
from app.services.directory.practice import PRACTICE_CASES, REAL, REAL_CALL, practice_callers

UNDECIDED = ""  # the key of what nobody has decided yet
DAY = timedelta(days=1)
_ASKED: dict[tuple, Sequence[tuple]] = {}  # what the table answered, by what it held then
_MOST_ASKED = 100


@dataclass
class Amounts:
    """What is counted; the columns of DayCount say what each is. Amounts add up."""

    received: int = 0
    again: int = 0
    hidden: int = 0
    texts: int = 0
    heard: int = 0
    corrected: int = 0
    answered: int = 0
    answered_late: int = 0
    minutes_in: int = 0
    minutes_out: int = 0
    parts_in: int = 0
    parts_out: int = 0

    def add(self, other: "Amounts") -> None:
        for name in NAMES:
            setattr(self, name, getattr(self, name) + getattr(other, name))


NAMES = tuple(each.name for each in fields(Amounts))
Counts = dict[tuple[str, str], Amounts]  # (by, key) -> amounts


def midnight(day: date) -> datetime:
    """The moment at which a day of the town's begins."""
    return datetime.combine(day, time(), zone())


def day_of(at: datetime) -> date:
    """The day of the town's that a moment belongs to."""
    return local(at).date()


def monday(day: date) -> date:
    """The first day of a day's week."""
    return day - timedelta(days=day.weekday())


def had_one_before():
    """The condition that a case's caller had an earlier case."""
    earlier = aliased(Case)
    before = or_(
        earlier.received_at < Case.received_at, and_(earlier.received_at == Case.received_at, earlier.id < Case.id)
    )
    return exists().where(earlier.caller_id == Case.caller_id, before)


def was_corrected():
    """The condition that a person corrected what was heard in a case."""
    mine = aliased(Recording)
    by_a_person = Transcript.recording_id == mine.id, Transcript.operator_id.is_not(None)
    return exists().where(mine.case_id == Case.id, *by_a_person)


# ------------------------------------------------------------------------------------------------------- counting


def count(session: Session, start: datetime, end: datetime, *, brief: bool = False) -> Counts:
    """Everything that is counted of the time from `start` until before `end`, from the cases themselves.

    `brief`: only what is compared with the week after: neither speech nor minutes and parts.
    """
    found: Counts = defaultdict(Amounts)
    _count_cases(session, found, start, end)
    whole = found[("all", "")]
    stopped = select(func.count(), func.count().filter(Clock.stopped_at > Clock.answer_by))
    whole.answered, whole.answered_late = session.execute(
        stopped.where(_within(Clock.stopped_at, start, end), Clock.case_id.not_in(PRACTICE_CASES))
    ).one()
    if not brief:
        _count_corrections(session, found, start, end)
        _count_minutes(session, whole, start, end)
        _count_parts(session, whole, start, end)
    return found


def _within(moment, start: datetime, end: datetime):
    return and_(moment >= start, moment < end)


def _count_cases(session: Session, found: Counts, start: datetime, end: datetime) -> None:
    kinds = _plain(Case.village_id), Case.topic, Case.channel == "sms", Case.caller_id.is_(None), had_one_before()
    name = cache(_name)
    for village, topic, text, hidden, again in session.execute(
        select(*kinds).where(_within(Case.received_at, start, end), REAL)
    ):
        place = name(village)
        for key in (("all", ""), ("village", place), ("topic", topic)):
            amounts = found[key]
            amounts.received += 1
            amounts.texts += bool(text)
            amounts.hidden += bool(hidden)
            amounts.again += bool(again)
        if place and topic:
            found[("cell", f"{place} {topic}")].received += 1


def _count_corrections(session: Session, found: Counts, start: datetime, end: datetime) -> None:
    spoken = (
        select(_plain(Case.id), _plain(Case.village_id), Conversation.dialect, was_corrected())
        .join(Recording, Recording.case_id == Case.id)
        .join(Conversation, Recording.conversation_id == Conversation.id)
        .where(_within(Case.received_at, start, end), REAL)
    )
    cases_of: dict[tuple[str, str], dict] = defaultdict(dict)
    name = cache(_name)
    for one, village, dialect, corrected in session.execute(spoken):
        for key in (("all", ""), ("village", name(village)), ("dialect", dialect)):
            cases_of[key][one] = corrected
    for key, corrected in cases_of.items():
        found[key].heard, found[key].corrected = len(corrected), sum(map(bool, corrected.values()))


def _plain(id):
    """An id as the database holds it: making a UUID of each would take longer than reading it."""
    return type_coerce(id, NullType())


def _name(plain: object) -> str:
    """The key of a village, from its id as the database holds it."""
    return str(UUID(str(plain))) if plain else UNDECIDED


def _count_minutes(session: Session, whole: Amounts, start: datetime, end: datetime) -> None:
    calls = select(Conversation.outgoing, Conversation.started_at, Conversation.ended_at).where(
        Conversation.channel == "voice",
        Conversation.ended_at.is_not(None),
        _within(Conversation.started_at, start, end),
        REAL_CALL,
    )
    for outgoing, began, ended in session.execute(calls):
        minutes = ceil(max(0.0, (ended - began).total_seconds()) / 60)
        if outgoing:
            whole.minutes_out += minutes
        else:
            whole.minutes_in += minutes


def _count_parts(session: Session, whole: Amounts, start: datetime, end: datetime) -> None:
    charged = or_(~Message.outgoing, Message.carrier_id.is_not(None))
    real = or_(Message.caller_id.is_(None), Message.caller_id.not_in(practice_callers(session)))
    parts = select(Message.outgoing, func.sum(Message.parts)).where(charged, real, _within(Message.at, start, end))
    for outgoing, sum_of in session.execute(parts.group_by(Message.outgoing)):
        setattr(whole, "parts_out" if outgoing else "parts_in", int(sum_of))


# -------------------------------------------------------------------------------------------------------- reading


@dataclass
class Period:
    """The counts from `first` until before `end` (a moment), read once and asked for by village, matter ...

    Days that are over and unchanged come from the table; the others, and a last day that is not whole, are counted.
    `brief`: as in `count`.
    """

    session: Session
    first: date
    end: datetime
    brief: bool = False
    last: date = field(init=False)
    state: tuple = field(init=False)
    live: dict[date, Counts] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.last = day_of(self.end - timedelta(microseconds=1))
        days = select(CountedDay.day, CountedDay.changes, CountedDay.counted).order_by(CountedDay.day)
        known = self.session.execute(days.where(CountedDay.day.between(self.first, self.last))).all()
        good = {day for day, changes, counted in known if counted == changes}
        self.state = (str(self.session.get_bind().url), *(changes for day, changes, _ in known if day in good))
        day = max(self.first, first_day(self.session))
        while day <= self.last:
            until = min(midnight(day + DAY), self.end)
            if day not in good or until < midnight(day + DAY):
                self.live[day] = count(self.session, midnight(day), until, brief=self.brief)
            day += DAY

    def by_week(self, by: str, names: Sequence[str] = NAMES) -> dict[str, dict[date, Amounts]]:
        """The amounts (those named) of each key by `by`, of each week by its Monday."""
        sums = [func.sum(getattr(DayCount, name)) for name in names]
        rows = (
            select(DayCount.key, DayCount.week, *sums)
            .where(DayCount.by == by, DayCount.day.between(self.first, self.last))
            .group_by(DayCount.key, DayCount.week)
        )
        if self.live:
            rows = rows.where(DayCount.day.not_in(self.live))
        found: dict[str, dict[date, Amounts]] = defaultdict(lambda: defaultdict(Amounts))
        for key, week, *amounts in self._read((by, *names), rows):
            found[key][week] = Amounts(**dict(zip(names, map(int, amounts), strict=True)))
        for day, counts in self.live.items():
            for (kind, key), amounts in counts.items():
                if kind == by:
                    found[key][monday(day)].add(amounts)
        return found

    def total(self, by: str, names: Sequence[str] = NAMES) -> dict[str, Amounts]:
        """The amounts (those named) of each key over the whole time."""
        found: dict[str, Amounts] = defaultdict(Amounts)
        for key, weeks in self.by_week(by, names).items():
            for amounts in weeks.values():
                found[key].add(amounts)
        return found

    def received(
        self, by: str, last: date, weeks: int, keys: Collection[str] | None = None, least: int = 0
    ) -> dict[str, list[int]]:
        """Cases of each key (or of those named) in each of so many times seven days, oldest first, up to `last`.

        Keys with fewer than `least` in all may be left out.
        """
        first = last - timedelta(days=7 * weeks - 1)
        ends = [first + timedelta(days=7 * n) for n in range(1, weeks)]
        span = case(*((DayCount.day < end, n) for n, end in enumerate(ends)), else_=weeks - 1) if ends else literal(0)
        cells = select(DayCount.key, span.label("span"), DayCount.received)
        cells = cells.where(DayCount.by == by, DayCount.day.between(first, last))
        if self.live:
            cells = cells.where(DayCount.day.not_in(self.live))
        if keys is not None:
            cells = cells.where(DayCount.key.in_(keys))
        cells = cells.subquery()
        rows = select(cells.c.key, cells.c.span, func.sum(cells.c.received)).group_by(cells.c.key, cells.c.span)
        found: dict[str, list[int]] = defaultdict(lambda: [0] * weeks)
        if least and not any(first <= day <= last for day in self.live):
            rows = rows.having(func.sum(cells.c.received) >= least)
        for key, place, number in self._read((by, last, weeks, frozenset(keys or ()), least), rows):
            found[key][place] = int(number)
        for day, counts in self.live.items():
            for (kind, key), amounts in counts.items():
                if kind == by and first <= day <= last and (keys is None or key in keys):
                    found[key][(day - first).days // 7] += amounts.received
        return found

    def _read(self, what: tuple, query) -> Sequence[tuple]:
        """The rows of a query on the table. It is asked once for each state of the days that it reads."""
        asked = (self.state, self.first, self.last, frozenset(self.live), what)
        if asked not in _ASKED:
            if len(_ASKED) >= _MOST_ASKED:
                _ASKED.clear()
            _ASKED[asked] = self.session.execute(query).all()
        return _ASKED[asked]

    def whole(self) -> Amounts:
        """Everything."""
        return self.total("all")[""]


def first_day(session: Session) -> date:
    """The day of the first case, call or text; today where there is none. No day before it holds anything."""
    firsts = [session.scalar(select(func.min(column))) for column in (Case.received_at, Conversation.started_at)]
    return min((day_of(at) for at in firsts if at), default=day_of(now()))


# ------------------------------------------------------------------------------------------- keeping the table right


def changed(connection, day: date) -> None:
    """Something of this day has changed, in this unit of work: its counts no longer hold. Today has none yet."""
    if day < day_of(now()):
        connection.execute(update(CountedDay).where(CountedDay.day == day).values(changes=CountedDay.changes + 1))


def to_count(session: Session) -> list[date]:
    """Days that are over and whose counts do not hold, the newest first. Adds those that are not in the table yet.

    A day that was added just now is left for the next round: by then every unit of work that began when it was not
    there has ended, so none can change it unnoticed.
    """
    known = dict(session.execute(select(CountedDay.day, CountedDay.counted == CountedDay.changes)).all())
    day, new = first_day(session), []
    while day < day_of(now()):
        if day not in known:
            new.append({"day": day, "changes": 0, "counted": -1})
        day += DAY
    if new:
        session.execute(insert(CountedDay), new)
    return sorted((day for day, good in known.items() if not good), reverse=True)


def keep(database: Database, day: date) -> None:
    """Count a day and keep its counts. A change that comes meanwhile makes it a changed day again."""
    with database.session() as session:  # waits for changes of this day that are not committed yet
        changes = session.scalars(select(CountedDay.changes).where(CountedDay.day == day).with_for_update()).one()
    with database.reading() as session:
        counts = count(session, midnight(day), midnight(day + DAY))
    with database.session() as session:
        session.execute(delete(DayCount).where(DayCount.day == day))
        if rows := list(_rows(day, counts)):
            session.execute(insert(DayCount), rows)
        session.execute(update(CountedDay).where(CountedDay.day == day).values(counted=changes))


def catch_up(database: Database, seconds: float) -> int:
    """Count days whose counts do not hold for so many seconds at most; gives how many were counted."""
    waiting = database.work(to_count)
    until = now() + timedelta(seconds=seconds)
    for done, day in enumerate(waiting, 1):
        keep(database, day)
        if now() >= until:
            return done
    return len(waiting)


def rebuild(database: Database) -> Iterator[date]:
    """Count every day anew, giving each when it is done."""
    database.work(to_count)
    with database.session() as session:
        session.execute(update(CountedDay).values(changes=CountedDay.changes + 1))
        session.execute(delete(DayCount))
        days = list(session.scalars(select(CountedDay.day).order_by(CountedDay.day.desc())))
    for day in days:
        keep(database, day)
        yield day


def differences(session: Session) -> Iterator[str]:
    """A line for each day whose kept counts are said to hold and are not what a recount gives."""
    good = select(CountedDay.day).where(CountedDay.counted == CountedDay.changes).order_by(CountedDay.day)
    for day in session.scalars(good).all():
        kept = {(row.by, row.key): row for row in session.scalars(select(DayCount).where(DayCount.day == day))}
        counts = count(session, midnight(day), midnight(day + DAY))
        for key in sorted(kept.keys() | counts.keys()):
            is_kept = [getattr(kept[key], name) if key in kept else 0 for name in NAMES]
            is_so = [getattr(counts[key], name) if key in counts else 0 for name in NAMES]
            for name, before, after in zip(NAMES, is_kept, is_so, strict=True):
                if before != after:
                    yield f"{day} {' '.join(key)}: {name} is kept as {before}, counted {after}."


def _rows(day: date, counts: Counts) -> Iterator[dict]:
    for (by, key), amounts in counts.items():
        if any(vars(amounts).values()):
            yield {"by": by, "day": day, "key": key, "week": monday(day), **vars(amounts)}

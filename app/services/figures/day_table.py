"""The kept table of days (每天一行): what was counted of each day that is over, counted again where it has changed."""

from collections.abc import Iterator
from datetime import date, timedelta

from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from app.db import Database, now
from app.models import CountedDay, DayCount
from app.services.figures.day_counts import DAY, NAMES, Counts, count, day_of, midnight, monday
from app.services.figures.period import first_day


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
    """Count days whose counts do not hold for so many seconds at most; returns how many were counted."""
    waiting = database.work(to_count)
    until = now() + timedelta(seconds=seconds)
    for done, day in enumerate(waiting, 1):
        keep(database, day)
        if now() >= until:
            return done
    return len(waiting)


def rebuild(database: Database) -> Iterator[date]:
    """Count every day again, yielding each when it is done."""
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

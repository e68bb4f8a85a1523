"""The new year: cases of every class, opened on every day around it, by the service's own code with a moved clock.

    python -m tests.bench.year [--from 2026-11-30] [--to 2027-03-31]

Once in a town that never learns the holidays of 2027, once in one that enters them on 21 December, each in a process
of its own. The clocks are advanced by day and by night, the list of late cases is read twice a day. Every second case
is signed for; a case is closed when its clock has nothing more to do. One line of JSON:

- `cases`: how many were opened, both towns together.
- `unknown`: terms, and steps of reminding and escalating, without a moment.
- `missing_from_late`: (case, moment) where `answer_by` was over, the case open, and the list of late cases without it.
- `outside_hours`: terms in working days that end, and reminders of classes that wait for the office that went out,
  while the office was closed. A signing term that ends with the answer's is the answer's: seven days by the calendar.

The notice is an example, not the State Council's.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import structlog
import time_machine
from sqlalchemy import select

from app import files, schema
from app.db import Database, now
from app.in_force import InForce
from app.jobs import work
from app.models import Case, CaseEvent, Clock, Counter, Operator
from app.services.cases import lifecycle, opening
from app.services.deadlines import business_hours, clocks
from app.services.deadlines.clock_rules import KINDS, rules
from app.services.desk import work_list
from app.services.editing import documents
from app.services.editing.catalogue import HOLIDAYS, kinds
from app.services.editing.yaml_text import Plain, with_value

ZONE = ZoneInfo("Asia/Shanghai")
DAY = timedelta(days=1)
OPENED_AT = (time(10), time(12, 30), time(16), time(18, 10), time(23, 40))  # one of them a day, in turn
ADVANCED_AT = (time(0), time(4), time(7), time(8, 30), time(11), time(14), time(17), time(17, 30), time(20), time(22))
LISTED_AT = (time(9), time(23))
ENTERED_ON = date(2026, 12, 21)
STEPS = ("sign_late", "reminded", "urged", "raised")
OFF = (
    ("元旦", "2026-12-31", "2027-01-02"), ("春节", "2027-02-05", "2027-02-12"), ("清明节", "2027-04-03", "2027-04-05"),
    ("劳动节", "2027-05-01", "2027-05-05"), ("端午节", "2027-06-09", "2027-06-11"),
    ("中秋节", "2027-09-15", "2027-09-17"),
    ("国庆节", "2027-10-01", "2027-10-07"),
)  # fmt: skip
WORKED = ("2026-12-27", "2027-01-31", "2027-02-20", "2027-05-08", "2027-10-09")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--from", dest="first", type=date.fromisoformat, default=date(2026, 11, 30))
    parser.add_argument("--to", dest="last", type=date.fromisoformat, default=date(2027, 3, 31))
    asked = parser.parse_args()
    print(json.dumps(measure(asked.first, asked.last)), flush=True)


def measure(first: date, last: date) -> dict[str, int]:
    """The figures of both towns together, for cases opened from the first to the last day."""
    with ProcessPoolExecutor(2, get_context("spawn")) as both:
        towns = list(both.map(town, (None, ENTERED_ON), repeat(first), repeat(last)))
    return {name: sum(one[name] for one in towns) for name in towns[0]}


def town(entered_on: date | None, first: date, last: date) -> dict[str, int]:
    """The figures of one town."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        return Town(Path(folder), entered_on).live(first, last)


class Town:
    """A town's cases and clocks through the days. `entered_on`: when it enters the notice; None: never."""

    def __init__(self, folder: Path, entered_on: date | None):
        files.put_in_force({}, {})
        self.database = Database(f"sqlite:///{folder}/year.db")
        self.parts = SimpleNamespace(database=self.database, in_force=InForce(), documents=kinds())
        self.entered_on = entered_on
        self.counted = {"cases": 0, "unknown": 0, "missing_from_late": 0, "outside_hours": 0}
        schema.upgrade(self.database)
        with self.database.session() as session:
            if session.get(Counter, "case") is None:
                session.add(Counter(name="case", value=1000))
            session.add(Operator(login="head", name="head", password_hash="", head=True))

    def live(self, first: date, last: date) -> dict[str, int]:
        """Go through the days until the last clock has nothing to do any more."""
        with time_machine.travel(_at(first, time()), tick=False) as hand:
            for day in (first + n * DAY for n in range((last - first).days + 60)):
                for moment in _moments(day):
                    hand.move_to(_at(day, moment))
                    self._pass(day, moment, opens=day <= last)
                if day > last and not self._running():
                    break
            self._look_at_steps()
        self.database.close()
        files.put_in_force({}, {})
        return self.counted

    def _pass(self, day: date, moment: time, *, opens: bool) -> None:
        if day == self.entered_on and moment == LISTED_AT[0]:
            enter(self.parts)
        if opens and moment == OPENED_AT[day.toordinal() % len(OPENED_AT)]:
            self._open()
        work.advance_clocks(self.parts)
        if moment in LISTED_AT:
            self._look_at_list()
        if moment == LISTED_AT[-1]:
            self._look_at_clocks()

    def _open(self) -> None:
        for number, kind in enumerate(KINDS):
            with self.database.session() as session:
                case = opening.receive(session, "sms", None, "路灯坏了")
                clocks.classify(session, case, kind, by="head")
                if number % 2 == now().day % 2:
                    clocks.sign(session, case)
            self.counted["cases"] += 1

    def _running(self) -> bool:
        with self.database.reading() as session:
            return session.scalar(select(Clock.case_id).where(Clock.stopped_at.is_(None)).limit(1)) is not None

    def _look_at_list(self) -> None:
        with self.database.reading() as session:
            late = set(
                session.scalars(select(Clock.case_id).where(Clock.stopped_at.is_(None), Clock.answer_by <= now()))
            )
            listed = work_list.work_list(session, work_list.Filters(late=True), size=10_000).cases
            self.counted["missing_from_late"] += len(late - {case.id for case in listed})

    def _look_at_clocks(self) -> None:
        over = []
        with self.database.reading() as session:
            for clock in session.scalars(select(Clock).where(Clock.stopped_at.is_(None))):
                self.counted["unknown"] += sum(at is None for _, at in clocks.steps(clock)) + clock.unknown
                self.counted["outside_hours"] += sum(not business_hours.is_open(at) for at in _in_working_days(clock))
                if clock.next_at is None:
                    over.append(clock.case_id)
        for id in over:
            with self.database.session() as session:
                head = session.scalars(select(Operator)).one()
                lifecycle.close(session, session.get_one(Case, id), head, "打错了")

    def _look_at_steps(self) -> None:
        at_any_hour = rules().at_any_hour
        told = select(CaseEvent.at).join(Clock, Clock.case_id == CaseEvent.case_id)
        told = told.where(CaseEvent.kind.in_(STEPS), Clock.kind.not_in(at_any_hour))
        with self.database.reading() as session:
            self.counted["outside_hours"] += sum(not business_hours.is_open(at) for at in session.scalars(told))


def enter(parts) -> None:
    """Enter the notice of 2027 at the desk, and say that it is all."""
    off = [{"name": name, "from": Plain(first), "to": Plain(last)} for name, first, last in OFF]
    with parts.database.session() as session:
        before = documents.current(session, HOLIDAYS)
        text = with_value(before.text, ("years", "2027", "off"), off)
        text = with_value(text, ("years", "2027", "worked"), [Plain(day) for day in WORKED])
        text = with_value(text, ("years", "2027", "complete"), Plain("yes"))
        draft = documents.save(session, HOLIDAYS, "head", text, seen=before.sha256)
    documents.publish(parts, HOLIDAYS, "head", "通知来了", seen=draft.sha256)


def _in_working_days(clock: Clock) -> Iterator[datetime]:
    of_kind = rules().kinds[clock.kind]
    if of_kind.answer.unit == "workdays":
        yield clock.answer_by
    if of_kind.sign.unit == "workdays" and not clock.signed_at and clock.sign_by != clock.answer_by:
        yield clock.sign_by


def _moments(day: date) -> list[time]:
    return sorted({*ADVANCED_AT, *OPENED_AT, *LISTED_AT})


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, ZONE).astimezone(UTC)


if __name__ == "__main__":
    main()

"""The clocks: terms by class in working days, steps taken once each, and no way to make one stand still unseen."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import SimpleNamespace

import pytest
import time_machine as clockwork
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, event, update
from sqlalchemy.orm import sessionmaker

from app import schema
from app.db import Base, Database, now
from app.errors import Refused
from app.files import file
from app.in_force import InForce
from app.jobs import work
from app.models import Case, Clock, Counter, Department, Operator
from app.services import ledger
from app.services.cases import alarms, lifecycle
from app.services.deadlines import business_hours, clock_rules, clocks
from app.services.desk import work_list
from app.services.editing import catalogue
from app.services.sorting import unsolved
from tests.console import make

SHANGHAI = 8  # hours ahead of UTC, all year


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=UTC) - timedelta(hours=SHANGHAI)


KNOWN = st.integers(int(at("2024-01-01").timestamp()), int(at("2026-11-30").timestamp())).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@pytest.mark.parametrize(
    ("kind", "received", "sign_by", "answer_by"),
    [
        ("emergency", "2026-10-03 23:00", "2026-10-03 23:15", "2026-10-04 01:00"),  # at night, within a holiday
        ("utility", "2026-10-03 23:00", "2026-10-03 23:30", "2026-10-04 23:00"),
        ("ordinary", "2026-11-24 10:00", "2026-11-25 10:00", "2026-12-01 10:00"),
        ("ordinary", "2026-11-27 18:00", "2026-12-01 08:30", "2026-12-04 18:00"),  # Friday evening counts from Monday
        ("ordinary", "2026-11-24 12:30", "2026-11-25 14:00", "2026-12-01 12:30"),  # at noon, when nobody is there
        ("inquiry", "2026-09-30 10:00", "2026-10-08 10:00", "2026-10-10 10:00"),  # the long holiday; Saturday is worked
        ("inquiry", "2026-09-18 10:00", "2026-09-20 10:00", "2026-09-22 10:00"),  # Sunday the 20th is made up for
        ("complex", "2026-11-24 10:00", "2026-11-25 10:00", "2026-12-09 10:00"),
        ("ordinary", "2026-09-30 18:00", "2026-10-07 18:00", "2026-10-07 18:00"),  # signing never comes after answering
    ],
)
def test_terms_run_from_receipt_by_class_and_working_days(kind, received, sign_by, answer_by):
    assert clocks.terms(kind, at(received)) == (at(sign_by), at(answer_by))


def test_a_year_whose_holidays_are_not_known_is_counted_as_an_ordinary_week():
    assert clocks.terms("inquiry", at("2026-12-30 10:00")) == (at("2026-12-31 10:00"), at("2027-01-04 10:00"))
    assert clocks.terms("ordinary", at("2031-03-03 10:00")) == (at("2031-03-04 10:00"), at("2031-03-10 10:00"))


@settings(deadline=None)
@given(kind=st.sampled_from(clock_rules.KINDS), moments=st.tuples(KNOWN, KNOWN))
def test_a_later_receipt_is_never_due_earlier_and_signing_never_after_answering(kind, moments):
    (sign, answer), (later_sign, later_answer) = (clocks.terms(kind, moment) for moment in sorted(moments))
    assert sign <= later_sign
    assert answer <= later_answer
    assert min(moments) < sign <= answer


@settings(deadline=None)
@given(moment=KNOWN, days=st.integers(1, 5))
def test_a_term_of_working_days_ends_in_office_hours_after_that_many_of_them(moment, days):
    end = business_hours.workdays_later(moment, days)
    assert business_hours.is_open(end)
    local_start, local_end = ((t + timedelta(hours=SHANGHAI)).date() for t in (moment, end))
    between = [local_start + timedelta(days=i) for i in range(1, (local_end - local_start).days + 1)]
    assert sum(business_hours.is_workday(day) for day in between) in (
        days,
        days + 1,
    )  # one more: begun the next working day


# ------------------------------------------------------------------ no sequence of moves stops a clock unseen

MOVES = st.lists(
    st.tuples(
        st.sampled_from([
            "assign", "sign", "begin", "report", "give_back", "ask_time", "grant_time", "refuse_time", "pause",
            "resume", "classify", "replied", "follow_up", "close", "reopen", "urge", "tick", "urgent",
        ]),
        st.integers(1, 15),
        st.integers(0, 5 * 24 * 3600),
    ),
    max_size=25,
)  # fmt: skip


def words_of(move: str, number: int, operator, department) -> tuple:
    return {
        "assign": (department, (), "换一个"), "report": ("好了",), "give_back": ("不归我们",), "reopen": ("还没好",),
        "ask_time": (number, "等料"), "refuse_time": ("不行",), "pause": ("等雨停", number), "close": ("电话里说了",),
        "classify": (clock_rules.KINDS[number % 5],),
    }.get(move, ())  # fmt: skip


def made(database) -> Case:
    with database.session() as session:
        session.add(Counter(name="case", value=1000))
        session.add(Operator(login="head", name="head", password_hash="", head=True))
        session.add(Department(name="水务站"))
        case = Case(number="1", channel="voice", received_at=now(), state="received")
        session.add(case)
        session.flush()
        ledger.record(session, case, "received", by="caller", state="received")
        clocks.start(session, case)
        return case.id


def step(database, id, move: str, number: int) -> None:
    with database.session() as session:
        case, operator = session.get_one(Case, id), session.query(Operator).one()
        if move == "tick":
            clocks.advance(session, id)
        elif move == "urgent":
            clocks.mark_urgent(session, case, urgent=number > 7, by="head")
        elif move == "follow_up":
            lifecycle.follow_up(session, case, operator, solved=number > 7, words="问了")
        else:
            department = session.query(Department).one()
            getattr(lifecycle, move)(session, case, operator, *words_of(move, number, operator, department))


@settings(max_examples=60, deadline=None)
@given(moves=MOVES)
def test_no_sequence_of_moves_makes_a_clock_stand_still_unseen(moves):
    engine = create_engine("sqlite://")
    database = SimpleNamespace(session=sessionmaker(engine, expire_on_commit=False).begin)
    Base.metadata.create_all(engine)
    with clockwork.travel(at("2026-03-02 09:00"), tick=False) as clock_hand:
        id = made(database)
        for move, number, seconds in moves:
            clock_hand.shift(seconds)
            with suppress(Refused):
                step(database, id, move, number)
            with database.session() as session:
                check(session.get_one(Case, id))
    engine.dispose()


def check(case: Case) -> None:
    """The due time is what the ledger adds up to: the last terms set, and since then every day granted and paused."""
    clock, events = case.clock, list(case.events)
    started = [i for i, e in enumerate(events) if e.kind == "clock"][-1]
    due = datetime.fromisoformat(events[started].data["answer_by"])
    for e in events[started + 1 :]:
        if e.kind in ("extended", "paused"):
            assert e.data["why"]
            due += timedelta(days=e.data["days"])
        elif e.kind == "resumed":
            due -= timedelta(seconds=e.data["unused_seconds"])
    assert clock.answer_by == due
    assert clock.sign_by <= clock.answer_by
    told = next(e.data["answer_by"] for e in reversed(events) if "answer_by" in e.data)
    assert datetime.fromisoformat(told) == due
    if case.state in ("received", "assigned", "accepted", "in_progress"):
        assert clock.stopped_at is None
        left = [moment for key, moment in clocks.steps(clock) if key not in clock.done]
        assert not left or clock.next_at is not None
        assert clock.next_at is None or clock.next_at <= max(min(left), clock.paused_until or min(left))
    else:
        assert clock.stopped_at is not None
    assert clock.started_at == case.received_at or case.reopens


@pytest.mark.any_day
def test_a_case_that_was_given_back_is_due_when_it_was(database):
    id = new_case(database)
    with database.session() as session:
        case, operator, department = session.get_one(Case, id), head(session), Department(name="水务站")
        session.add(department)
        session.flush()
        due = case.clock.answer_by
        lifecycle.assign(session, case, operator, department)
        lifecycle.give_back(session, case, operator, "不归我们")
        assert case.clock.answer_by == due
        assert case.clock.stopped_at is None


# ------------------------------------------------------------------ what the clock does by itself


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    yield database
    database.close()


class Parts:
    def __init__(self, database):
        self.database, self.in_force, self.documents = database, InForce(), catalogue.kinds()


def head(session) -> Operator:
    operator = Operator(login="h", name="h", password_hash="", head=True)
    session.add(operator)
    return operator


def new_case(database, kind=clock_rules.ORDINARY):
    with database.session() as session:
        case = make.case(session)
        clocks.start(session, case, kind)
        return case.id


def kinds(database, id) -> list[str]:
    with database.session() as session:
        return [e.kind for e in session.get_one(Case, id).events if e.by == "hotline"]


def test_reminders_urging_and_the_ladder_come_once_each_in_their_order(database, time_machine):
    time_machine.move_to(at("2026-03-02 09:00"), tick=False)
    id = new_case(database)
    expected = [
        ("2026-03-03 08:59", []),
        ("2026-03-03 09:00", ["sign_late"]),
        ("2026-03-05 21:00", ["sign_late"]),  # half of it is over on Thursday night; the office opens on Friday
        ("2026-03-06 08:30", ["sign_late", "reminded"]),
        ("2026-03-09 08:29", ["sign_late", "reminded"]),  # 80 % were over on Saturday night
        ("2026-03-09 08:30", ["sign_late", "reminded", "reminded"]),
        ("2026-03-09 09:00", ["sign_late", "reminded", "reminded", "urged"]),
        ("2026-03-10 09:00", ["sign_late", "reminded", "reminded", "urged", "raised"]),
        ("2026-03-12 09:00", ["sign_late", "reminded", "reminded", "urged", "raised", "raised"]),
        ("2026-03-30 09:00", ["sign_late", "reminded", "reminded", "urged", "raised", "raised", "raised"]),
    ]
    for moment, done in expected:
        time_machine.move_to(at(moment), tick=False)
        work.advance_clocks(Parts(database))
        assert work.advance_clocks(Parts(database)) == 0
        assert kinds(database, id) == ["clock", *done]
    with database.reading() as session:
        told = [e.data for e in session.get_one(Case, id).events]
    assert [data["percent"] for data in told if "percent" in data] == [50, 80]
    assert [data["to"] for data in told[-3:]] == [to for _, to in clock_rules.rules().raises]


def test_a_worker_that_was_away_takes_every_step_once_and_an_answer_ends_them(database, time_machine):
    time_machine.move_to(at("2026-03-02 09:00"), tick=False)
    ids = [new_case(database), new_case(database)]
    with database.session() as session:
        lifecycle.close(session, session.get_one(Case, ids[1]), head(session), "打错了")
    time_machine.move_to(at("2026-03-30 09:00"), tick=False)
    assert work.advance_clocks(Parts(database)) == 7
    assert kinds(database, ids[1]) == ["clock"]
    with database.session() as session:
        assert clocks.advance(session, ids[0]) == []


def test_a_term_that_moved_is_reminded_of_anew(database, time_machine):
    time_machine.move_to(at("2026-03-02 09:00"), tick=False)
    id = new_case(database)
    time_machine.move_to(at("2026-03-06 09:00"), tick=False)
    work.advance_clocks(Parts(database))
    with database.session() as session:
        clocks.extend(session, session.get_one(Case, id), 10, "等料", by="h")
    time_machine.move_to(at("2026-03-11 08:30"), tick=False)
    work.advance_clocks(Parts(database))
    assert kinds(database, id).count("reminded") == 2
    with database.session() as session:
        assert session.get_one(Case, id).clock.answer_by == at("2026-03-19 09:00")


def test_a_paused_clock_reminds_nobody_and_goes_on_by_itself(database, time_machine):
    time_machine.move_to(at("2026-03-02 09:00"), tick=False)
    id = new_case(database)
    with database.session() as session:
        for why, days in (("", 3), ("等雨停", 0), ("等雨停", 16)):
            with pytest.raises(Refused):
                clocks.pause(session, session.get_one(Case, id), why, days, by="h")
        clocks.pause(session, session.get_one(Case, id), "等雨停", 10, by="h")
    time_machine.move_to(at("2026-03-12 08:59"), tick=False)
    work.advance_clocks(Parts(database))
    assert kinds(database, id) == ["clock"]
    time_machine.move_to(at("2026-03-12 09:00"), tick=False)
    work.advance_clocks(Parts(database))
    assert kinds(database, id) == ["clock", "reminded"]
    with database.session() as session:
        assert session.get_one(Case, id).clock.answer_by == at("2026-03-19 09:00")


def test_a_class_that_nobody_knows_is_shown_to_a_person_who_chooses_another(database, time_machine):
    time_machine.move_to(at("2026-03-02 10:00"), tick=False)
    id = new_case(database)
    with database.session() as session:
        clock = session.get_one(Clock, id)  # a case from elsewhere, with a class of its own
        clock.kind, clock.sign_span, clock.answer_span, clock.calendar = "gas", "", "", ""
        clock.sign_by = clock.answer_by = None
    work.advance_clocks(Parts(database))
    with database.session() as session:
        case = session.get_one(Case, id)
        assert case.clock.unknown
        assert [c.id for c in work_list.work_list(session, work_list.Filters()).groups["due"]] == [id]
        assert work_list.work_list(session, work_list.Filters(late=True)).cases == []
        with pytest.raises(Refused, match="没有这一种时限"):
            clocks.extend(session, case, 1, "x", by="h")
        clocks.classify(session, case, "inquiry", by="h")
        assert (case.clock.unknown, case.clock.answer_by) == (False, at("2026-03-05 10:00"))
    assert kinds(database, id) == ["clock", "clock_unknown"]


@pytest.mark.any_day
def test_the_clocks_that_are_due_are_found_by_index_however_many_run(database):
    with database.session() as session:
        for _ in range(3):
            clocks.start(session, make.case(session))
        session.execute(update(Clock).values(next_at=now() + timedelta(days=1)))
        asked = []
        event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
        clocks.due(session, 10)
        if database.engine.dialect.name == "sqlite":
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1][0]}", asked[-1][1])
            assert "ix_clocks_next_at" in plan.all()[0][-1]
        else:
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            statement = session.connection().exec_driver_sql(f"EXPLAIN {asked[0][0]}", asked[0][1])
            assert any("ix_clocks_next_at" in row[0] for row in statement)


@pytest.mark.any_day
def test_late_cases_stand_first_emergencies_before_all(database):
    with database.session() as session:
        ids = {}
        for name, kind, days in (("fresh", "ordinary", 0), ("late", "ordinary", 9), ("later", "ordinary", 8),
                                 ("danger", "emergency", 0)):  # fmt: skip
            case = make.case(session, minutes_ago=days * 24 * 60, urgent=kind == "emergency")
            clocks.start(session, case, kind)
            ids[case.id] = name
        shown = work_list.work_list(session, work_list.Filters()).cases
        assert [ids[case.id] for case in shown] == ["danger", "late", "later", "fresh"]


@pytest.mark.any_day
def test_danger_makes_it_an_emergency_counted_from_receipt(database):
    with database.session() as session:
        case = make.case(session, minutes_ago=30)
        clocks.start(session, case)
        alarms.alert(session, case, "着火", "着火")
        assert case.clock.answer_by == case.received_at + timedelta(hours=2)
        assert case.clock.sign_by < now()


# ------------------------------------------------------------------ the file

GOOD = file("clocks.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("was", "becomes", "said"),
    [
        ("remind:", "remember:", "needs exactly classes"),
        ("sign: 15 minutes", "sign: 15 mins", "emergency, sign: “15 mins” is no length"),
        ("sign: 15 minutes", "sign: 3 hours", "emergency: sign may not take longer than answer"),
        ("  inquiry:", "  question:", "classes needs exactly emergency"),
        ("[50, 80]", "[80, 50]", "remind is a list of percents"),
        ("[50, 80]", "[50, 100]", "remind is a list of percents"),
        ("{after: 3 workdays", "{after: 1 workdays", "each step must come later"),
        ("{after: 3 workdays", "{after: 3 days", "every step needs the same unit"),
        ("longest_pause: 15 days", "longest_pause: 3 workdays", "give it in days"),
        ("returns: 2", "returns: two", "returns: a number"),
    ],
)
def test_a_clocks_file_that_cannot_work_is_refused_in_one_sentence(tmp_path, was, becomes, said):
    assert GOOD.count(was) >= 1
    path = tmp_path / "clocks.yaml"
    path.write_text(GOOD.replace(was, becomes), encoding="utf-8")
    with pytest.raises(clock_rules.ClocksUnusable, match=re.escape(said)):
        clock_rules.read_rules(path)


def test_the_shipped_file_has_the_ladder_of_one_three_and_five_working_days():
    assert [span.amount for span, _ in clock_rules.rules().raises] == [1, 3, 5]
    assert all(a < b for a, b in pairwise(clock_rules.rules().remind))


@pytest.mark.parametrize(("written", "said"), [("", "a list"), ("- '('", "entry 1"), ("- 'x?'", "it fits every text")])
def test_a_file_of_not_solved_that_cannot_work_is_refused_in_one_sentence(tmp_path, written, said):
    (tmp_path / "not_solved.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(unsolved.PatternsUnusable, match=said):
        unsolved.read_patterns(tmp_path / "not_solved.yaml")

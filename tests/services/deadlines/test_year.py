"""The new year: what nobody knows yet stops nothing, the town enters the notice itself, and what was granted stays."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from alembic import command
from sqlalchemy import event, text

from app import schema
from app.db import Database, now
from app.errors import Refused
from app.in_force import InForce
from app.jobs import work
from app.models import Case, Clock
from app.services import ledger
from app.services.deadlines import business_hours, clocks, holidays
from app.services.deadlines.clock_rules import KINDS, rules
from app.services.desk import work_list
from app.services.editing import documents
from app.services.editing.catalogue import HOLIDAYS, kinds
from app.services.editing.yaml_text import Plain, with_value
from app.services.exchange import case_export, case_import
from app.settings import Settings
from ivr.document import Sheet
from tests.bench import year
from tests.console import make

ZONE_AHEAD = timedelta(hours=8)  # Asia/Shanghai, all year
OFF = [{"name": name, "from": Plain(first), "to": Plain(last)} for name, first, last in year.OFF]


def at(local: str) -> datetime:
    return datetime.fromisoformat(local).replace(tzinfo=UTC) - ZONE_AHEAD


class Parts:
    def __init__(self, database):
        self.database, self.in_force, self.documents = database, InForce(), kinds()


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    yield database
    database.close()


def opened(database, kind: str, local: str, *, signed: bool = False):
    with database.session() as session:
        case = make.case(session)
        case.received_at = at(local)
        clocks.start(session, case, kind)
        if signed:
            clocks.sign(session, case)
        return case.id


def clock_of(database, id) -> Clock:
    with database.reading() as session:
        return session.get_one(Clock, id)


def told(database, id, kind: str = "clock") -> list[dict]:
    with database.reading() as session:
        return [e.data for e in session.get_one(Case, id).events if e.kind == kind]


def late(database) -> list:
    with database.reading() as session:
        return [case.id for case in work_list.work_list(session, work_list.Filters(late=True)).cases]


def enter(database, *, off=OFF, worked=year.WORKED, complete="yes", of: int = 2027):
    """Enter a notice at the desk and publish it."""
    parts = Parts(database)
    with database.session() as session:
        before = documents.current(session, HOLIDAYS)
        changed = holidays.with_year(before.text, of)
        values = {"off": off, "worked": [Plain(day) for day in worked], "complete": Plain(complete)}
        for key, value in values.items():
            changed = with_value(changed, ("years", str(of), key), value)
        draft = documents.save(session, HOLIDAYS, "小张", changed, seen=before.sha256)
    documents.publish(parts, HOLIDAYS, "小张", "通知来了", seen=draft.sha256)
    return parts


# ------------------------------------------------------------------ late is late


def test_at_the_year_end_new_cases_are_new_and_late_ones_late(database, time_machine):
    time_machine.move_to(at("2027-01-02 10:00"), tick=False)
    fresh = [opened(database, kind, "2027-01-02 10:00") for kind in ("ordinary", "complex", "inquiry")]
    old = opened(database, "ordinary", "2026-12-18 10:00", signed=True)
    unsigned = opened(database, "ordinary", "2026-12-29 10:00")
    with database.reading() as session:
        groups = work_list.work_list(session, work_list.Filters()).groups
        assert {case.id for case in groups["new"]} == set(fresh)
        assert [case.id for case in groups["due"]] == [old, unsigned]  # the one due first stands first
    assert set(late(database)) == {old, unsigned}
    time_machine.move_to(at("2027-01-20 10:00"), tick=False)
    assert set(late(database)) == {*fresh, old, unsigned}


def test_a_signed_case_that_is_late_stays_on_the_list_of_late_ones_through_the_whole_ladder(database, time_machine):
    id = opened(database, "ordinary", "2026-12-18 10:00", signed=True)
    for day in range(26, 60):
        time_machine.move_to(at("2026-12-01 10:01") + timedelta(days=day), tick=False)
        work.advance_clocks(Parts(database))
        assert late(database) == [id], now()
    assert [data["to"] for data in told(database, id, "raised")] == [to for _, to in rules().raises]


def test_what_was_left_unknown_by_the_version_before_is_late_all_the_same(database, time_machine):
    time_machine.move_to(at("2027-01-20 10:00"), tick=False)
    id = opened(database, "ordinary", "2027-01-02 10:00")
    with database.session() as session:
        clock = session.get_one(Clock, id)
        clock.unknown, clock.sign_by, clock.due_at = True, None, clock.started_at
        clock.sign_span = clock.answer_span = clock.calendar = ""
    assert late(database) == [id]
    work.advance_clocks(Parts(database))
    clock = clock_of(database, id)
    assert (clock.unknown, clock.sign_by, clock.provisional) == (False, at("2027-01-05 08:30"), True)


# ------------------------------------------------------------------ provisional terms, and the notice


def test_a_provisional_term_is_corrected_once_with_an_entry_when_the_notice_is_entered(database, time_machine):
    time_machine.move_to(at("2026-12-29 12:10"), tick=False)
    moved = opened(database, "inquiry", "2026-12-29 10:00")
    same = opened(database, "ordinary", "2026-12-18 10:00")  # signing by 12-21: no day of it is open
    marked = opened(database, "ordinary", "2026-12-28 10:00")  # signing by 12-29: the notice might have said otherwise
    assert [clock_of(database, id).provisional for id in (moved, same, marked)] == [True, False, True]
    assert clock_of(database, moved).answer_by == at("2027-01-01 10:00")
    parts = enter(database)
    assert work.recount_clocks(parts) == 1
    assert work.recount_clocks(parts) == 0
    assert [clock_of(database, id).provisional for id in (moved, same, marked)] == [False, False, False]
    assert clock_of(database, moved).answer_by == at("2027-01-05 10:00")
    assert [len(told(database, id)) for id in (moved, same, marked)] == [2, 1, 1]
    last = told(database, moved)[-1]
    assert last["why"] == "calendar"
    assert [datetime.fromisoformat(last[key]) for key in ("before_answer_by", "answer_by")] == [
        at("2027-01-01 10:00"), at("2027-01-05 10:00"),
    ]  # fmt: skip
    with database.reading() as session:
        assert list(ledger.breaks(session)) == []


def test_a_notice_that_is_taken_back_makes_its_terms_provisional_again(database, time_machine):
    time_machine.move_to(at("2026-12-29 12:10"), tick=False)
    parts = enter(database)
    id = opened(database, "inquiry", "2026-12-29 10:00")
    assert clock_of(database, id).answer_by == at("2027-01-05 10:00")
    documents.go_back(parts, HOLIDAYS, 0, "小张")
    work.advance_clocks(parts)
    clock = clock_of(database, id)
    assert (clock.provisional, clock.answer_by) == (True, at("2027-01-01 10:00"))


def test_an_unfinished_notice_leaves_terms_provisional(database, time_machine):
    time_machine.move_to(at("2026-12-29 12:10"), tick=False)
    id = opened(database, "inquiry", "2026-12-29 10:00")
    work.recount_clocks(enter(database, off=OFF[:1], worked=(), complete="no"))
    clock = clock_of(database, id)
    assert (clock.provisional, clock.answer_by) == (True, at("2027-01-05 10:00"))
    assert business_hours.wanted_notice(date(2026, 12, 29)) == 2027


def test_a_newer_package_that_knows_the_year_corrects_it_too_and_the_towns_notice_goes_before_it(
    database, time_machine, monkeypatch
):
    time_machine.move_to(at("2026-12-29 12:10"), tick=False)
    id = opened(database, "inquiry", "2026-12-29 10:00")
    days = {date(2027, 1, 1): False, date(2027, 1, 4): False}
    monkeypatch.setattr(
        business_hours.chinese_calendar,
        "is_workday",
        lambda day: days.get(day, day.weekday() < 5) if day.year < 2028 else no(),
    )
    work.advance_clocks(Parts(database))
    clock = clock_of(database, id)
    assert (clock.provisional, clock.answer_by) == (False, at("2027-01-05 10:00"))
    work.advance_clocks(enter(database, worked=(*year.WORKED, "2027-01-03"), off=[
        {"name": "元旦", "from": Plain("2027-01-01"), "to": Plain("2027-01-01")}, *OFF[1:],
    ]))  # fmt: skip
    assert clock_of(database, id).answer_by == at("2027-01-03 10:00")
    assert business_hours.is_workday(date(2027, 1, 4))


def no():
    raise NotImplementedError


def test_who_was_reminded_of_a_term_that_the_notice_moves_is_not_reminded_again(database, time_machine):
    time_machine.move_to(at("2026-12-30 10:00"), tick=False)
    id = opened(database, "inquiry", "2026-12-30 10:00", signed=True)
    time_machine.move_to(at("2026-12-31 15:30"), tick=False)  # half of the working time, were it an ordinary week
    work.advance_clocks(Parts(database))
    assert len(told(database, id, "reminded")) == 1
    parts = enter(database)
    work.advance_clocks(parts)
    with database.session() as session:
        clocks.sign(session, session.get_one(Case, id))  # whatever is done about it
    time_machine.move_to(at("2027-01-05 11:00"), tick=False)  # half of it was over on the 4th
    work.advance_clocks(parts)
    assert [data["percent"] for data in told(database, id, "reminded")] == [50]
    time_machine.move_to(at("2027-01-06 10:00"), tick=False)
    work.advance_clocks(parts)
    assert [data["percent"] for data in told(database, id, "reminded")] == [50, 80]
    assert len(told(database, id, "urged")) == 1


def test_terms_keep_the_length_they_were_set_to_when_the_rules_have_changed_since(database, time_machine):
    time_machine.move_to(at("2026-12-29 12:10"), tick=False)
    id = opened(database, "inquiry", "2026-12-29 10:00")
    parts = Parts(database)
    with database.session() as session:
        before = documents.current(session, "data/clocks.yaml")
        changed = before.text.replace("answer: 3 workdays", "answer: 9 workdays")
        draft = documents.save(session, "data/clocks.yaml", "小张", changed, seen=before.sha256)
    documents.publish(parts, "data/clocks.yaml", "小张", "", seen=draft.sha256)
    assert rules().kinds["inquiry"].answer.amount == 9
    work.advance_clocks(enter(database))
    assert clock_of(database, id).answer_by == at("2027-01-05 10:00")


def test_outdated_clocks_are_found_by_index_however_many_run(database):
    with database.session() as session:
        clocks.start(session, make.case(session))
        asked = []
        event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
        assert clocks.outdated(session, 10) == []
        if database.engine.dialect.name == "sqlite":
            plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {asked[-1][0]}", asked[-1][1])
        else:
            session.connection().exec_driver_sql("SET LOCAL enable_seqscan = off")
            plan = session.connection().exec_driver_sql(f"EXPLAIN {asked[0][0]}", asked[0][1])
        assert "ix_clocks_calendar" in str(plan.all())


# ------------------------------------------------------------------ which day is decided by which notice


def test_each_day_is_decided_by_its_own_notice_and_the_last_of_a_year_by_the_next_one_too(database):
    assert not business_hours.calendar().is_settled(date(2026, 12, 31))
    assert business_hours.calendar().is_settled(date(2026, 12, 24))
    assert business_hours.is_workday(date(2026, 12, 31))
    enter(database)  # New Year's Eve is off, Sunday the 27th is made up for it
    assert [business_hours.is_workday(date(2026, 12, day)) for day in (26, 27, 28, 31)] == [False, True, True, False]
    assert all(business_hours.calendar().is_settled(date(2026, 12, day)) for day in range(25, 32))
    assert [business_hours.is_workday(date(2027, 1, day)) for day in (1, 2, 3, 4, 31)] == [
        False,
        False,
        False,
        True,
        True,
    ]
    assert [business_hours.is_workday(date(2027, 2, day)) for day in (4, 5, 12, 15, 20)] == [
        True,
        False,
        False,
        True,
        True,
    ]
    assert business_hours.calendar().is_settled(date(2027, 12, 24))
    assert not business_hours.calendar().is_settled(date(2027, 12, 25))
    assert not business_hours.calendar().knows(2028)


def test_a_leap_day_is_a_day_like_any_other(database):
    assert business_hours.workdays_later(at("2028-02-28 10:00"), 1) == at("2028-02-29 10:00")
    enter(database, of=2028, worked=("2028-02-26",), off=[
        {"name": "元旦", "from": Plain("2028-01-01"), "to": Plain("2028-01-01")},
        {"name": "春节", "from": Plain("2028-02-28"), "to": Plain("2028-02-29")},
        {"name": "劳动节", "from": Plain("2028-05-01"), "to": Plain("2028-05-01")},
        {"name": "国庆节", "from": Plain("2028-10-01"), "to": Plain("2028-10-01")},
    ])  # fmt: skip
    assert business_hours.workdays_later(at("2028-02-25 10:00"), 1) == at("2028-02-26 10:00")
    assert business_hours.workdays_later(at("2028-02-26 10:00"), 1) == at("2028-03-01 10:00")


@pytest.mark.parametrize(
    ("today", "wanted"),
    [("2026-10-31", None), ("2026-11-01", 2027), ("2026-12-31", 2027), ("2027-01-01", 2027), ("2027-06-01", 2027)],
)
def test_the_desk_asks_from_november_on_until_the_notice_is_there(database, today, wanted):
    assert business_hours.wanted_notice(date.fromisoformat(today)) == wanted
    enter(database)
    assert business_hours.wanted_notice(date.fromisoformat(today)) is None
    assert business_hours.wanted_notice(date(2027, 11, 1)) == 2028


ENTRY = "years:\n  2027:\n    off: [{off}]\n    worked: [{worked}]\n    complete: {complete}\n"
NEW_YEAR = "{name: 元旦, from: 2027-01-01, to: 2027-01-03}"


@pytest.mark.parametrize(
    ("off", "worked", "complete", "said"),
    [
        (NEW_YEAR, "2027-02-22", "no", "2027-02-22 不是周六周日，本来就上班，不用写成补班"),
        (NEW_YEAR, "2027-02-20, 2027-02-20", "no", "“2027-02-20”有两条，只能留一条"),
        (NEW_YEAR, "2027-01-03", "no", "2027-01-03 又放假又上班，只能写一边"),
        (
            f"{NEW_YEAR}, {{name: 春节, from: 2027-01-03, to: 2027-01-04}}",
            "",
            "no",
            "2027-01-03 在“元旦”和“春节”里都写了，一天只能写一次",
        ),
        ("{name: 元旦, from: 2028-01-01, to: 2028-01-01}", "", "no", "2028-01-01 不归 2027 年的通知管"),
        ("{name: 元旦, from: 2026-12-24, to: 2027-01-01}", "", "no", "2026-12-24 不归 2027 年的通知管"),
        ("{name: 元旦, from: 2027-01-03, to: 2027-01-01}", "", "no", "从 2027-01-03 到 2027-01-01：最后一天比第一天早"),
        ("{name: 元旦, from: 2027-01-01, to: 2027-03-01}", "", "no", "超过 15 天了，请看看日期写对没有"),
        ("{name: 元旦, from: 2027-02-30, to: 2027-03-01}", "", "no", "“2027-02-30”不是日期"),
        (NEW_YEAR, "", "yes", "2027-05-01 每年都放假，这里还没有，好像没有填完"),
        ("", "", "yes", "2027-01-01 每年都放假"),
    ],
)  # fmt: skip
def test_a_notice_that_cannot_be_is_refused_in_one_clear_sentence(database, off, worked, complete, said):
    changed = ENTRY.format(off=off, worked=worked, complete=complete)
    with database.session() as session:
        draft = documents.save(session, HOLIDAYS, "小张", changed, seen=documents.live(session, HOLIDAYS).sha256)
    with pytest.raises(Refused, match=said):
        documents.publish(Parts(database), HOLIDAYS, "小张", "", seen=draft.sha256)
    assert not business_hours.calendar().knows(2027)


def test_a_file_of_notices_that_staff_never_touched_says_nothing():
    assert not any(notice.off or notice.worked or notice.complete for notice in holidays.notices().values())
    with pytest.raises(holidays.NoticesUnusable, match="is no year"):
        holidays.read_notices(Sheet("holidays.yaml", "years:\n  next: {off: [], worked: [], complete: no}\n"))


# ------------------------------------------------------------------ what was granted and paused stays


def test_time_that_was_granted_stays_when_the_class_is_changed_across_the_year_end(database, time_machine):
    time_machine.move_to(at("2026-12-29 10:00"), tick=False)
    id = opened(database, "ordinary", "2026-12-29 10:00")
    expected = [("complex", "2027-01-23"), ("inquiry", "2027-01-11"), ("ordinary", "2027-01-15")]
    with database.session() as session:
        case = session.get_one(Case, id)
        clocks.extend(session, case, 10, "等料", by="h")
        assert case.clock.answer_by == at("2027-01-15 10:00")
        for kind, day in expected:
            clocks.classify(session, case, kind, by="h")
            assert case.clock.answer_by == at(f"{day} 10:00"), kind
    parts = enter(database)
    with database.session() as session:
        clocks.classify(session, session.get_one(Case, id), "inquiry", by="h")
    work.advance_clocks(parts)
    assert clock_of(database, id).answer_by == at("2027-01-15 10:00")  # 01-05 and ten days


def test_what_was_paused_stays_less_what_was_left_of_it_and_a_new_term_begins_without(database, time_machine):
    time_machine.move_to(at("2026-12-28 10:00"), tick=False)
    id = opened(database, "complex", "2026-12-28 10:00")
    with database.session() as session:
        clocks.pause(session, session.get_one(Case, id), "等雨停", 5, by="h")
    time_machine.move_to(at("2026-12-30 10:00"), tick=False)
    with database.session() as session:
        case = session.get_one(Case, id)
        clocks.resume(session, case, by="h")
        assert case.clock.answer_by == at("2027-01-14 10:00")
        for kind, day in (("inquiry", "2027-01-02"), ("ordinary", "2027-01-06"), ("complex", "2027-01-14")):
            clocks.classify(session, case, kind, by="h")
            assert case.clock.answer_by == at(f"{day} 10:00"), kind
        assert clocks.granted_in(case.events) == (0, 2 * 24 * 60 * 60)
        clocks.restart(session, case, by="h")
        assert case.clock.answer_by == at("2027-01-14 10:00")
        assert (case.clock.extended_days, case.clock.paused_seconds) == (0, 0)


def test_what_was_granted_is_filled_in_from_the_ledgers_of_the_version_before(empty_database_url, time_machine):
    database = Database(Settings(_env_file=None, database_url=empty_database_url).database)
    schema.upgrade(database)
    time_machine.move_to(at("2026-12-18 10:00"), tick=False)
    ids = {}
    with database.session() as session:
        for name in ("granted", "paused", "again", "plain"):
            case = make.case(session)
            clocks.start(session, case)
            ids[name] = case.id
        for name in ("granted", "granted", "again"):
            clocks.extend(session, session.get_one(Case, ids[name]), 3, "等料", by="h")
        clocks.pause(session, session.get_one(Case, ids["paused"]), "等雨停", 4, by="h")
        again = session.get_one(Case, ids["again"])
        ledger.record(session, again, "reopened", by="caller", text="")
        clocks.restart(session, again, by="caller")
    time_machine.move_to(at("2026-12-19 10:00"), tick=False)
    with database.session() as session:
        clocks.resume(session, session.get_one(Case, ids["paused"]), by="h")
    terms = {name: clock_of(database, id).answer_by for name, id in ids.items()}
    for revision, do in (("0017", command.downgrade), ("head", command.upgrade)):
        do(schema.config(database), revision)
    kept = {name: clock_of(database, id) for name, id in ids.items()}
    assert {name: (c.extended_days, c.paused_seconds) for name, c in kept.items()} == {
        "granted": (6, 0), "paused": (0, 24 * 60 * 60), "again": (0, 0), "plain": (0, 0),
    }  # fmt: skip
    work.advance_clocks(Parts(database))
    assert {name: clock_of(database, id).answer_by for name, id in ids.items()} == terms
    with database.session() as session:
        clocks.classify(session, session.get_one(Case, ids["granted"]), "complex", by="h")
    assert clock_of(database, ids["granted"]).answer_by == at("2027-01-08 10:00")
    database.close()


def test_the_version_before_goes_on_writing_clocks(database):
    id = opened(database, "ordinary", "2026-12-18 10:00")
    new = ["sign_span", "answer_span", "extended_days", "paused_seconds", "provisional", "calendar"]
    with database.engine.begin() as connection:
        row = dict(connection.execute(text("SELECT * FROM clocks")).mappings().one())
        connection.execute(text("DELETE FROM clocks"))
        old = {name: value for name, value in row.items() if name not in new}
        old["done"] = json.dumps(old["done"]) if not isinstance(old["done"], str) else old["done"]
        names = ", ".join(old)
        connection.execute(text(f"INSERT INTO clocks ({names}) VALUES ({', '.join(':' + n for n in old)})"), old)
    work.advance_clocks(Parts(database))
    clock = clock_of(database, id)
    assert (clock.sign_span, clock.answer_span, clock.extended_days) == ("1 workdays", "7 days", 0)
    assert clock.calendar == business_hours.calendar().mark


def test_granted_time_comes_with_a_case_from_another_hotline(database, tmp_path, time_machine):
    time_machine.move_to(at("2026-12-29 10:00"), tick=False)
    id = opened(database, "ordinary", "2026-12-29 10:00")
    file = tmp_path / "cases.jsonl"
    with database.session() as session:
        clocks.extend(session, session.get_one(Case, id), 10, "等料", by="h")
    with database.session() as session:
        case_export.export(session, file, town="青禾镇", first=None, last=None)
    other = Database(f"sqlite:///{tmp_path}/other.db")
    schema.upgrade(other)
    with other.session() as session:
        case_import.load(session, file)
    work.advance_clocks(Parts(other))
    assert clock_of(other, id).answer_by == at("2027-01-15 10:00")
    with other.session() as session:
        clocks.classify(session, session.get_one(Case, id), "complex", by="h")
    assert clock_of(other, id).answer_by == at("2027-01-23 10:00")
    other.close()


# ------------------------------------------------------------------ reminders


def test_reminders_of_ordinary_classes_go_out_while_the_office_is_open_and_emergencies_at_once(database, time_machine):
    start = at("2026-09-18 10:00")  # a Friday; Sunday is made up for, 25 September and 1 to 7 October are holidays
    time_machine.move_to(start, tick=False)
    ids = {kind: opened(database, kind, "2026-09-18 10:00") for kind in KINDS}
    late_evening = opened(database, "emergency", "2026-09-18 10:00")
    for half_hours in range(1, 48 * 30):
        time_machine.move_to(start + half_hours * timedelta(minutes=30), tick=False)
        work.advance_clocks(Parts(database))
    with database.reading() as session:
        for kind, id in ids.items():
            steps = [e for e in session.get_one(Case, id).events if e.kind in year.STEPS]
            assert {e.kind for e in steps} == set(year.STEPS)
            if kind in ("ordinary", "complex", "inquiry"):
                assert all(business_hours.is_open(e.at) for e in steps), kind
        utility = [e for e in session.get_one(Case, ids["utility"]).events if e.kind == "reminded"]
        assert [e.at for e in utility] == [at("2026-09-18 22:00"), at("2026-09-19 05:30")]
        inquiry = [e for e in session.get_one(Case, ids["inquiry"]).events if e.kind == "reminded"]
        assert [e.at for e in inquiry] == [at("2026-09-20 15:30"), at("2026-09-21 15:00")]
        assert session.get_one(Case, late_evening).clock.next_at is None


def test_after_a_long_holiday_one_stage_is_told_and_not_all_that_waited(database, time_machine):
    time_machine.move_to(at("2026-09-30 17:00"), tick=False)
    id = opened(database, "ordinary", "2026-09-30 17:00", signed=True)  # 50, 80 and 100 % fall into the holiday
    for moment in ("2026-10-04 12:00", "2026-10-07 17:00", "2026-10-08 08:29"):
        time_machine.move_to(at(moment), tick=False)
        assert work.advance_clocks(Parts(database)) == 0
    assert late(database) == [id]
    time_machine.move_to(at("2026-10-08 08:30"), tick=False)
    assert work.advance_clocks(Parts(database)) == 1
    assert [len(told(database, id, kind)) for kind in ("reminded", "urged")] == [0, 1]


def test_a_worker_that_comes_back_at_night_waits_for_the_morning_with_what_is_not_urgent(database, time_machine):
    time_machine.move_to(at("2026-03-02 09:00"), tick=False)
    ordinary = [opened(database, "ordinary", "2026-03-02 09:00") for _ in range(3)]
    urgent = opened(database, "emergency", "2026-03-02 09:00")
    time_machine.move_to(at("2026-03-05 22:00"), tick=False)
    work.advance_clocks(Parts(database))
    with database.session() as session:
        assert clocks.advance(session, ordinary[0]) == []
    assert [told(database, id, "sign_late") for id in ordinary] == [[], [], []]
    assert len(told(database, urgent, "urged")) == 1
    time_machine.move_to(at("2026-03-06 08:30"), tick=False)
    work.advance_clocks(Parts(database))
    assert [len(told(database, id, "sign_late")) for id in ordinary] == [1, 1, 1]


def test_parts_of_a_term_in_working_days_are_counted_in_working_time():
    # from Friday 17:00 half an hour is left, then seven hours each day
    assert business_hours.working_time(at("2026-11-27 17:00"), at("2026-12-01 09:30")) == timedelta(hours=8, minutes=30)
    assert business_hours.after_working_time(at("2026-11-27 17:00"), timedelta(minutes=30)) == at("2026-11-30 08:30")
    assert business_hours.after_working_time(at("2026-11-27 12:00"), timedelta(hours=4)) == at("2026-11-30 09:00")
    assert business_hours.after_working_time(at("2026-02-14 16:30"), timedelta(hours=2)) == at(
        "2026-02-24 09:30"
    )  # 春节


# ------------------------------------------------------------------ the bench, for a few days


def test_around_the_new_year_nothing_is_unknown_missing_or_out_of_hours(tmp_path):
    for name, entered_on in (("without", None), ("with", date(2026, 12, 30))):
        (tmp_path / name).mkdir()
        found = year.Town(tmp_path / name, entered_on).live(date(2026, 12, 29), date(2026, 12, 30))
        assert found == {"cases": 10, "unknown": 0, "missing_from_late": 0, "outside_hours": 0}

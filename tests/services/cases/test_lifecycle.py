"""The life of a case: who may do what when, departments, and a ledger that shows what was done to it."""

import re
from datetime import timedelta

import pytest
from click.testing import Result
from sqlalchemy import text

from app import schema
from app.db import Database, now
from app.errors import Refused
from app.models import Case, Conversation, Department, Operator
from app.models.case import STATES
from app.service import create_app
from app.services import ledger
from app.services.cases import lifecycle, lookup, opening
from app.services.cases.transitions import MOVES
from app.services.desk import case_queries, work_list
from app.services.directory import departments, operators
from app.settings import Settings


class Office:
    """A desk with a clerk and a head, three departments with a clerk each, and what the tests look at."""

    def __init__(self, database: Database):
        self.database = database
        with database.session() as session:
            for login, head in (("desk", False), ("head", True)):
                operators.add_operator(session, login, login, "12345678").head = head
            for name in ("水务站", "村镇建设办", "供电所"):
                session.add(Department(name=name))
                session.flush()
                operators.add_operator(session, name, f"{name}的人", "12345678")
                operators.seat(session, name, name, head=False)

    def open(self) -> str:
        with self.database.session() as session:
            talk = Conversation(channel="sms", carrier_id=f"t{now().timestamp()}", dialect="mandarin")
            session.add(talk)
            session.flush()
            return opening.open_case(session, talk, text="停水了").number

    def do(self, who: str, move: str, number: str, *words, **named):
        with self.database.session() as session:
            operator = session.query(Operator).filter_by(login=who).one()
            case = lookup.find(session, number)
            if move == "assign":
                lead, *helpers = [departments.named(session, name) for name in words]
                return lifecycle.assign(session, case, operator, lead, helpers, **named)
            return getattr(lifecycle, move)(session, case, operator, *words, **named)

    def case(self, number: str) -> Case:
        with self.database.reading() as session:
            return case_queries.whole_case(session, number)

    def kinds(self, number: str) -> list[str]:
        return [event.kind for event in self.case(number).events]

    def breaks(self) -> list[str]:
        with self.database.reading() as session:
            return list(ledger.breaks(session))


@pytest.fixture
def office(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    yield Office(database)
    database.close()


@pytest.mark.any_day
def test_a_case_goes_its_whole_way_and_every_step_says_who_and_why(office):
    number = office.open()
    states = [office.case(number).state]
    for who, move, *words in [
        ("desk", "assign", "水务站"),
        ("水务站", "sign"),
        ("水务站", "begin"),
        ("水务站", "report", "水管换好了"),
        ("desk", "replied"),
    ]:
        office.do(who, move, number, *words)
        states.append(office.case(number).state)
    office.do("desk", "follow_up", number, solved=True, words="有水了")
    states.append(office.case(number).state)
    for move in ("close", "archive"):
        office.do("desk", move, number)
        states.append(office.case(number).state)
    assert list(dict.fromkeys(states)) == list(STATES)
    by = {event.kind: event.by for event in office.case(number).events}
    assert (by["assigned"], by["signed"], by["followed_up"]) == ("desk", "水务站的人", "desk")
    assert next(e for e in office.case(number).events if e.kind == "reported").data["text"] == "水管换好了"
    assert office.breaks() == []


@pytest.mark.parametrize("state", STATES)
def test_a_move_that_the_table_does_not_allow_is_refused_in_one_chinese_sentence(office, state):
    number = office.open()
    office.do("desk", "assign", number, "水务站")
    with office.database.session() as session:
        lookup.find(session, number).state = state
    words = {
        "assign": ("水务站",), "report": ("好",), "give_back": ("不归我们",), "ask_time": (3, "等料"),
        "refuse_time": ("急",), "pause": ("等雨停", 2), "classify": ("complex",), "reopen": ("又坏了",),
        "close": ("x",),
    }  # fmt: skip
    for key, move in MOVES.items():
        if key == "reply" or state in move.states:
            continue
        named = {"solved": True, "words": "好"} if key == "follow_up" else {}
        with pytest.raises(Refused) as refused:
            office.do("head", key, number, *words.get(key, ()), **named)
        assert re.fullmatch(r"[^。]*[\u4e00-\u9fff][^。]*。", str(refused.value))
        assert STATES[state] in str(refused.value)
    assert office.case(number).state == state


def test_a_department_gives_a_case_back_twice_and_then_the_head_decides(office):
    number = office.open()
    for name in ("水务站", "供电所"):
        office.do("desk", "assign", number, name)
        with pytest.raises(Refused, match="为什么退"):
            office.do(name, "give_back", number, "  ")
        office.do(name, "give_back", number, "不归我们管")
        assert office.case(number).state == "received"
    with pytest.raises(Refused, match="负责人"):
        office.do("desk", "assign", number, "村镇建设办")
    office.do("head", "assign", number, "水务站")
    with pytest.raises(Refused, match="不能再退"):
        office.do("水务站", "give_back", number, "还是不归我们")
    assert office.case(number).returns == 2


def test_the_first_receiver_leads_unless_a_reason_says_why_not(office):
    number = office.open()
    office.do("desk", "assign", number, "水务站", "供电所")
    with pytest.raises(Refused, match="首接负责"):
        office.do("desk", "assign", number, "供电所", "水务站")
    office.do("水务站", "sign", number)
    office.do("desk", "assign", number, "水务站", "村镇建设办")  # another helper: the lead's signature stands
    assert office.case(number).state == "accepted"
    office.do("desk", "assign", number, "供电所", why="泵房没电，先修电")
    assert office.case(number).state == "assigned"
    open_parts = [(a.department.name, a.lead) for a in office.case(number).assignments if not a.ended_at]
    assert open_parts == [("供电所", True)]


def test_a_helper_signs_and_reports_but_does_not_lead(office):
    number = office.open()
    office.do("desk", "assign", number, "水务站", "供电所")
    office.do("供电所", "sign", number)
    assert office.case(number).state == "assigned"
    with pytest.raises(Refused, match="牵头"):
        office.do("供电所", "ask_time", number, 3, "等配件")
    office.do("水务站", "sign", number)
    office.do("供电所", "report", number, "电通了")
    assert office.kinds(number).count("signed") == 2


def test_a_department_sees_and_does_only_what_is_in_its_hands(office):
    mine, other = office.open(), office.open()
    office.do("desk", "assign", mine, "水务站")
    office.do("desk", "assign", other, "供电所")
    with office.database.reading() as session:
        water = departments.named(session, "水务站").id
        listed = work_list.work_list(session, work_list.Filters(), None, *case_queries.seen_by(water))
        assert [case.number for case in listed.cases] == [mine]
        assert case_queries.whole_case(session, other, *case_queries.seen_by(water)) is None
        assert case_queries.whole_case(session, mine, *case_queries.seen_by(water))
    with pytest.raises(Refused, match="不在您的部门"):
        office.do("水务站", "sign", other)
    with pytest.raises(Refused, match="由热线来做"):
        office.do("水务站", "close", mine, "好了")
    with pytest.raises(Refused, match="由热线来做"):
        office.do("水务站", "replied", mine)
    office.do("水务站", "give_back", mine, "不归我们")
    with office.database.reading() as session:
        assert work_list.work_list(session, work_list.Filters(), None, *case_queries.seen_by(water)).cases == []


@pytest.mark.any_day
def test_not_solved_takes_the_case_up_again_with_a_new_term(office):
    number = office.open()
    office.do("desk", "assign", number, "水务站")
    office.do("水务站", "sign", number)
    office.do("desk", "replied", number)
    assert office.case(number).clock.stopped_at
    office.do("desk", "follow_up", number, solved=False, words="还是没水")
    case = office.case(number)
    assert (case.state, case.reopens, case.clock.stopped_at) == ("assigned", 1, None)
    assert case.clock.started_at > case.received_at
    assert [e.by for e in case.events if e.kind == "reopened"] == ["caller"]
    with pytest.raises(Refused, match="原因"):
        office.do("desk", "close", number)


@pytest.mark.any_day
def test_more_time_is_asked_before_it_is_due_and_granted_or_refused_by_the_desk(office, later):
    number = office.open()
    office.do("desk", "assign", number, "水务站")
    due = office.case(number).clock.answer_by
    office.do("水务站", "ask_time", number, 3, "等配件")
    with pytest.raises(Refused, match="已经申请过"):
        office.do("水务站", "ask_time", number, 3, "等配件")
    office.do("desk", "refuse_time", number, "村里等不了")
    assert office.case(number).clock.answer_by == due
    office.do("水务站", "ask_time", number, 3, "等配件")
    office.do("desk", "grant_time", number)
    assert office.case(number).clock.answer_by == due + timedelta(days=3)
    later(11 * 86400)
    with pytest.raises(Refused, match="到期之前"):
        office.do("水务站", "ask_time", number, 3, "等配件")


# ------------------------------------------------------------------ the ledger


def spoil(office, statement: str, **values) -> list[str]:
    with office.database.engine.begin() as connection:
        assert connection.execute(text(statement), values).rowcount
    return office.breaks()


@pytest.fixture
def told(office):
    """A case with a few events, after another one; the ledger is whole."""
    office.open()
    number = office.open()
    office.do("desk", "assign", number, "水务站")
    office.do("水务站", "sign", number)
    assert office.breaks() == []
    return number


LAST = "(SELECT max(number) FROM case_events WHERE case_id = (SELECT id FROM cases WHERE number = :n))"
MINE = "case_id = (SELECT id FROM cases WHERE number = :n)"


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (f"UPDATE case_events SET \"by\" = 'x' WHERE number = 2 AND {MINE}", "event 2 .* was altered"),
        (f"UPDATE case_events SET kind = 'urged' WHERE number = 3 AND {MINE}", r"event 3 \(urged\) was altered"),
        (f"DELETE FROM case_events WHERE number = 2 AND {MINE}", "event 2 is missing"),
        (f"DELETE FROM case_events WHERE number = 1 AND {MINE}", "event 1 is missing"),
        (f"DELETE FROM case_events WHERE number = {LAST} AND {MINE}", "the last 1 of 4 events are missing"),
        (f"DELETE FROM case_events WHERE {MINE}", "the last 4 of 4 events are missing"),
        (f"UPDATE case_events SET number = number + 10 WHERE number = 2 AND {MINE}", "event 2 is missing"),
        ("UPDATE cases SET state = 'closed' WHERE number = :n", "stands at closed, but its last event left it at acc"),
        (f"UPDATE case_events SET hash = previous_hash WHERE number = 2 AND {MINE}", "event 2 .* was altered"),
    ],
)
def test_what_was_done_to_the_ledger_behind_its_back_is_found(office, told, statement, said):
    found = spoil(office, statement, n=told)
    assert found
    assert all(line.startswith(f"case {told}: ") for line in found)
    assert re.search(said, found[0])


def test_two_events_that_changed_places_are_found(office, told):
    for was, becomes in ((2, 99), (3, 2), (99, 3)):
        found = spoil(office, f"UPDATE case_events SET number = {becomes} WHERE number = {was} AND {MINE}", n=told)
    assert "event 2" in found[0]


def test_a_case_that_was_deleted_whole_is_found(office, told):
    for table in ("assignments", "clocks", "case_events"):
        spoil(office, f"DELETE FROM {table} WHERE {MINE}", n=told)
    spoil(office, "UPDATE conversations SET case_id = NULL WHERE case_id IS NOT NULL")
    assert "1 of 2 cases are missing." in spoil(office, "DELETE FROM cases WHERE number = :n", n=told)


def test_the_command_proves_the_ledger_and_fails_when_it_is_broken(office, told, tmp_path):
    address = office.database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
    app = create_app(Settings(_env_file=None, data=tmp_path, database_url=address))

    def verify() -> Result:
        return app.test_cli_runner().invoke(args=["ledger", "verify"])

    assert (verify().exit_code, verify().output) == (0, "The ledger is whole.\n")
    spoil(office, f"UPDATE case_events SET kind = 'x' WHERE number = 2 AND {MINE}", n=told)
    broken = verify()
    assert broken.exit_code == 1
    assert f"case {told}: event 2 (x) was altered.\n" in broken.output
    app.extensions["xiangyin"].database.close()


# ------------------------------------------------------------------ the departments' file


def test_the_departments_of_the_example_are_loaded_once(office):
    for _ in range(2):
        with office.database.session() as session:
            count = departments.load_departments(session, departments.EXAMPLE, ())
            assert len(departments.departments(session)) == count


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "a list of departments"),
        ("- {name: 水务站, tel: 1}", "entry 1: a department is a name"),
        ("- {name: 水务站, phone: 1}", "entry 1: a phone is written"),
        ("- {name: 水务站}\n- {name: 水务站}", "entry 2: 水务站 is there twice"),
        ("- {name: 水务站}", "is missing; a category names it"),
    ],
)
def test_a_departments_file_that_cannot_work_is_refused_in_one_sentence(tmp_path, written, said):
    (tmp_path / "departments.yaml").write_text(written, encoding="utf-8")
    with pytest.raises(departments.DepartmentsUnusable, match=said):
        departments.read_departments(tmp_path / "departments.yaml", ["水务站", "民政办"])

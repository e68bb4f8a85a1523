"""Every list has a whole order: equals stand in the same order on every database, however its rows lie."""

from datetime import timedelta

import pytest
from sqlalchemy import UniqueConstraint, event, func, select, text, update
from sqlalchemy.orm import configure_mappers

from app.db import Base, Database, now
from app.models import AuditEntry, CallBackTask, Case, CaseEvent, Clock, Operator, Village
from app.services.deadlines import clocks
from app.services.desk import call_list, case_queries, work_list
from app.services.directory import audit, operators
from app.settings import Settings
from tests.console import make
from tests.whole_order import leaves_equals_open

MOMENT = now() - timedelta(days=3)
LAST = ("018", "026", "034", "042", "059")  # of the numbers of cases of one moment
LYING = {"1": (0, 1, 2, 3, 4), "2": (4, 3, 2, 1, 0), "3": (2, 4, 0, 3, 1)}  # their first digit -> how their rows lie


@pytest.fixture
def database(database_url):
    database = Database(Settings(_env_file=None, database_url=database_url).database)
    yield database
    database.close()


def lay(session, **fields) -> None:
    """Cases of three moments, five of each, whose rows lie in several orders; what is written is moved once more."""
    for first, order in LYING.items():
        for n in order:
            made = make.case(session, number=f"{first}0{LAST[n]}", **fields)
            made.received_at = MOMENT - timedelta(hours=int(first))
            clocks.start(session, made)
            made.clock.due_at = made.received_at
            make.task(session, made)
        for n in order[::2]:
            number = f"{first}0{LAST[n]}"
            session.execute(update(Case).where(Case.number == number).values(text="again"))
            session.execute(update(Clock).where(Clock.case.has(number=number)).values(asked_why="again"))


def in_order(*, newest_first: bool) -> list[str]:
    """The numbers of all these cases by their receipt, then number."""
    return sorted((f"{first}0{last}" for first in LYING for last in LAST), key=_receipt, reverse=newest_first)


def _receipt(number: str) -> tuple[int, str]:
    return -int(number[0]), number


def pages(session, size: int) -> list[str]:
    """The numbers of the work list, page by page."""
    seen, place = [], None
    while True:
        page = work_list.work_list(session, work_list.Filters(), place, size=size)
        seen += [case.number for case in page.cases]
        if page.next is None:
            return seen
        place = work_list.Mark.read(str(page.next))


@pytest.mark.parametrize(
    ("group", "fields"),
    [
        ("emergency", {"urgent": True}),
        ("due", {}),
        ("new", {}),
        ("spoke", {"state": "assigned", "caller_spoke_at": MOMENT}),
        ("rest", {"state": "assigned"}),
    ],
)
@pytest.mark.any_day
def test_cases_of_one_moment_stand_by_their_numbers_in_each_group_of_the_work_list(database, group, fields):
    with database.session() as session:
        lay(session, **fields)
        session.execute(update(Clock).values(due_at=now() if group == "due" else None))
    with database.reading() as session:
        assert list(work_list.work_list(session, work_list.Filters()).groups) == [group]
        expected = in_order(newest_first=group != "due")
        assert [pages(session, size) for size in (1, 2, 30)] == [expected] * 3


@pytest.mark.any_day
def test_cases_that_are_due_at_one_moment_stand_by_their_receipt(database):
    due = now() - timedelta(hours=1)
    with database.session() as session:
        for number, minutes in (("20018", 100), ("20026", 300), ("20034", 200)):
            clocks.start(session, make.case(session, number=number, minutes_ago=minutes))
        session.execute(update(Clock).values(due_at=due))
    with database.reading() as session:
        assert pages(session, 1) == pages(session, 30) == ["20026", "20034", "20018"]


def test_the_day_and_the_calls_stand_in_one_order_however_their_rows_lie(database):
    with database.session() as session:
        lay(session, by=make.caller(session))
        session.execute(update(CallBackTask).values(at=MOMENT))
    with database.reading() as session:
        day = case_queries.received_between(session, MOMENT - timedelta(days=1), MOMENT)
        assert [case.number for case in day] == in_order(newest_first=False)
        (ring,) = call_list.open_tasks(session).rings
        assert [task.id for task in ring.tasks] == sorted((task.id for task in ring.tasks), key=str)


def test_people_of_one_name_stand_by_their_logins_and_what_was_done_at_one_moment_by_its_id(database):
    with database.session() as session:
        for login in ("li2", "li1", "li3"):
            make.person(session, "operator", login, name="李大姐")
        of = session.scalars(select(Operator).limit(1)).one()
        for _ in range(9):
            session.add(AuditEntry(kind="locked", by="小张", by_id=of.id, about_id=of.id))
        session.flush()
        session.execute(update(AuditEntry).values(at=now()))
    with database.reading() as session:
        assert [each.login for each in operators.everybody(session)] == ["li1", "li2", "li3"]
        entries = [entry.id for entry in audit.changes(session)]
        assert entries == sorted(entries, key=str)


def test_every_list_of_a_model_is_in_a_whole_order():
    configure_mappers()
    lists = [each for mapper in Base.registry.mappers for each in mapper.relationships if each.uselist]
    assert lists
    for each in lists:
        by, of = set(each.order_by or ()), set(each.remote_side)
        keys = [set(c.columns) for c in each.target.constraints if isinstance(c, UniqueConstraint)]
        keys.append(set(each.target.primary_key))
        assert any(key <= by | of for key in keys), f"{each}: give it an order_by that ends with a key"


@pytest.mark.parametrize(
    ("query", "is_open"),
    [
        (select(Case).order_by(Case.received_at), True),
        (select(Case).order_by(Case.received_at.desc()).limit(1), True),
        (select(Case.id).where(Case.state == "received").order_by(Case.received_at), True),
        (select(Village).order_by(Village.population), True),
        (select(Case).order_by(Case.received_at.desc(), Case.number), False),
        (select(Case).order_by(Case.received_at, Case.id), False),
        (select(Village).order_by(Village.name), False),
        (select(CaseEvent).order_by(CaseEvent.number), True),
        (select(CaseEvent).where(CaseEvent.case_id == now()).order_by(CaseEvent.number), False),
        (select(Case.received_at).order_by(Case.received_at), False),
        (select(Case.state, func.count()).group_by(Case.state).order_by(Case.state), False),
        (select(Case), False),
    ],
)
def test_a_query_that_leaves_the_order_of_equals_open_is_found(query, is_open):
    assert leaves_equals_open(query) is is_open


def test_what_a_test_asks_is_looked_at(database, lists_in_whole_order):
    with database.reading() as session:
        session.scalars(select(Case).order_by(Case.number)).all()
        assert lists_in_whole_order == []
        session.scalars(select(Case).order_by(Case.received_at)).all()
        assert len(lists_in_whole_order) == 1
    lists_in_whole_order.clear()


def test_of_a_long_list_only_those_of_one_moment_are_sorted_on_postgresql(postgresql_url):
    database = Database(Settings(_env_file=None, database_url=postgresql_url).database)
    asked = []
    event.listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
    with database.reading() as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
        session.execute(text("SET LOCAL enable_sort = off"))  # of the whole: where the index gives no part of the order
        work_list.work_list(session, work_list.Filters())
        statement, values = next(each for each in asked if each[0].startswith("SELECT"))
        plan = session.connection().exec_driver_sql(f"EXPLAIN {statement}", values).scalars().all()
    database.close()
    sorts = [step.strip(" ->") for step in plan if "Sort  (" in step]
    assert len(sorts) == len(work_list.GROUPS), plan
    assert all(step.startswith("Incremental Sort") for step in sorts), plan

"""The lists of the desk: in order, whole, and no slower when the table is long."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from app.db import now
from app.models import Department
from app.services import cases, finding
from app.services import desk as reads
from tests.console import make


def test_turning_the_pages_shows_every_case_once_also_those_of_one_moment(desk):
    with desk.session() as session:
        moment = now()
        for index in range(23):
            case = make.case(session)
            case.received_at = moment - timedelta(minutes=index // 8)
    seen, place = [], None
    with desk.parts.database.reading() as session:
        while True:
            page = reads.work_list(session, place, size=5)
            seen += page.cases
            if page.next is None:
                break
            place = reads.Place.read(str(page.next))
    assert len({case.id for case in seen}) == len(seen) == 23
    assert [case.received_at for case in seen] == sorted((case.received_at for case in seen), reverse=True)


@pytest.mark.parametrize("nonsense", ["", "x", "_", "2026-01-01_", "2026-01-01T00:00:00_" + "0" * 32, "'; --"])
def test_a_place_that_cannot_be_read_shows_the_newest(operator, nonsense):
    assert reads.Place.read(nonsense) is None
    assert operator.get("/cases", query_string={"after": nonsense}).status_code == 200


def test_a_page_of_the_list_is_found_by_index_and_not_by_reading_the_table(desk):
    asked = []
    event.listen(desk.parts.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
    with desk.parts.database.reading() as session:
        reads.work_list(session, reads.Place(now(), make.case(session).id))
        statement, values = next((s, v) for s, v in asked if s.startswith("SELECT") and "cases.received_at <=" in s)
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)
        steps = [row[-1] for row in plan]
    assert any("ix_cases_received_at" in step for step in steps)
    assert not [step for step in steps if step.startswith("SCAN cases") and "INDEX" not in step]


@pytest.mark.parametrize("wanted", ["清水村", "199 0000 0123", "0123"])
def test_what_is_found_is_found_by_index(desk, wanted):
    asked = []
    event.listen(desk.parts.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
    with desk.session() as session:
        make.case(session, village=make.village(session), by=make.caller(session, "+8619900000123"))
        assert finding.find(session, wanted, "CN").page.cases
        found = [(s, v) for s, v in asked if s.startswith("SELECT") and "FROM cases" in s and "LIMIT" in s]
        plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", v).all() for s, v in found]
    assert plans
    steps = [row[-1] for plan in plans for row in plan]
    assert not [step for step in steps if step.startswith("SCAN cases") and "INDEX" not in step]
    wanted_index = "ix_cases_village" if wanted == "清水村" else "ix_cases_caller_id"
    assert any(wanted_index in step for step in steps)


def test_news_is_read_from_indexes(desk):
    asked = []
    event.listen(desk.parts.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
    with desk.session() as session:
        place = reads.Place(now(), make.case(session).id)
        asked.clear()
        reads.news(session, place)
        plans = [session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {s}", v).all() for s, v in list(asked)]
    steps = [row[-1] for plan in plans for row in plan]
    assert not [step for step in steps if step.startswith("SCAN c") and "INDEX" not in step], steps


def test_the_list_asks_the_database_equally_often_for_one_case_and_for_thirty(desk):
    counts = []
    for more in (1, 29):
        with desk.session() as session:
            for _ in range(more):
                case = make.case(session, by=make.caller(session))
                make.recording(session, case, words=make.spread("路灯 坏了"))
                make.message(session, case, "好")
        asked = []
        listen = lambda *args: asked.append(args[2])  # noqa: B023, E731
        event.listen(desk.parts.database.engine, "before_cursor_execute", listen)
        with desk.parts.database.reading() as session:
            for case in reads.work_list(session).cases:
                reads.matter_of(case)
        event.remove(desk.parts.database.engine, "before_cursor_execute", listen)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_urgent_calls_come_first_then_the_longest_waiting(desk):
    with desk.session() as session:
        for reason, minutes in (("silent", 5), ("asked_for_person", 50), ("emergency", 1)):
            case = make.case(session, by=make.caller(session))
            make.task(session, case, reason=reason, urgent=reason == "emergency", minutes_ago=minutes)
    with desk.parts.database.reading() as session:
        tasks = reads.open_tasks(session, limit=2)
    assert [ring.tasks[0].reason for ring in tasks.rings] == ["emergency", "asked_for_person"]
    assert tasks.count == 3


def test_a_recording_is_only_corrected_on_its_own_case(desk, operator):
    with desk.session() as session:
        recording = make.recording(session, make.case(session, number="10247"))
        make.case(session, number="10300")
    answer = operator.post(f"/cases/10300/recordings/{recording.id}/correction", data={"text": "好"})
    assert answer.status_code == 404


def test_a_village_that_does_not_exist_is_refused_in_a_sentence(desk, operator):
    with desk.session() as session:
        case = make.case(session, number="10247")
    answer = operator.post("/cases/10247/decision", data={"category": "供电", "village": str(case.id), "place": ""})
    assert answer.status_code == 422
    assert "没有这个村，请从列表里选。" in answer.text


def test_a_category_that_does_not_exist_is_refused_in_a_sentence(desk, operator):
    with desk.session() as session:
        make.case(session, number="10247")
    answer = operator.post("/cases/10247/decision", data={"category": "登月", "village": "", "place": "家"})
    assert answer.status_code == 422
    assert "请从列表里选" in answer.text
    assert 'value="家"' in answer.text


def test_a_proposal_from_the_taxonomy_is_shown_and_kept_with_the_ask(desk, operator):
    topic = "交通运输/邮政管理/快递市场管理"
    proposal = {
        "category": "其他",
        "topic": topic,
        "place": "",
        "because": ["快递"],
        "ask": "投诉",
        "ask_because": "没人管",
    }
    with desk.session() as session:
        make.case(session, number="10247", proposal=proposal | {"urgency": "ordinary", "department": "市场监管所"})
    assert "可能是：快递市场管理" in operator.get("/cases").text
    page = operator.get("/cases/10247").text
    assert f"<option selected>{topic}</option>" in page
    assert "投诉，归市场监管所，因为说“没人管”。" in page
    operator.post("/cases/10247/decision", data={"category": topic, "village": "", "place": "", "ask": "投诉"})
    with desk.session() as session:
        case = cases.find(session, "10247")
        assert (case.category, case.topic, case.ask) == (topic, topic, "投诉")
    assert "快递市场管理" in operator.get("/cases").text
    assert f"定为：{topic}，投诉。" in operator.get("/cases/10247").text


def test_whoever_sees_to_a_path_of_the_taxonomy_is_proposed_to_lead(desk, operator):
    with desk.session() as session:
        session.add_all([Department(name="民政办"), Department(name="市场监管所")])
        make.case(session, number="10247", category="交通运输/邮政管理/其他", topic="交通运输/邮政管理/其他")
        lead = session.scalar(select(Department.id).where(Department.name == "市场监管所"))
    page = operator.get("/cases/10247").text
    assert re.search(rf'<option[^>]*value="{lead}"[^>]*selected|<option[^>]*selected[^>]*value="{lead}"', page)


def test_a_call_done_by_two_people_is_said_to_the_second(desk, operator):
    with desk.session() as session:
        task = make.task(session, make.case(session, by=make.caller(session)))
    assert operator.post("/calls/done", data={"task": str(task.id)}).status_code == 303
    operator.post("/calls/done", data={"task": str(task.id)})
    assert f"{make.NAME}已经做完了" in operator.get("/cases").text


def test_a_full_list_stays_under_a_hundred_kilobytes(desk, operator):
    with desk.session() as session:
        for _ in range(reads.PAGE + 1):
            case = make.case(session, by=make.caller(session), channel="sms", text="路灯坏了" * 400)
            make.task(session, case)
    assert len(operator.get("/cases").data) < 100_000

"""The lists of the desk: in order, whole, and no slower when the table is long."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import event, select

from app.db import now
from app.models import Department
from app.services.cases import lookup
from app.services.deadlines import clocks
from app.services.desk import call_list, work_list
from app.services.desk import case_queries as reads
from tests.console import make


@pytest.mark.any_day
def test_turning_the_pages_shows_every_case_once_also_those_of_one_moment(desk):
    with desk.session() as session:
        moment = now()
        for index in range(23):
            case = make.case(session, state="assigned" if index % 3 else "received", urgent=index % 4 == 0)
            case.received_at = moment - timedelta(minutes=index // 8)
            if index % 5 == 0:
                clocks.start(session, case)
    seen, place = [], None
    with desk.parts.database.reading() as session:
        while True:
            page = work_list.work_list(session, work_list.Filters(), place, size=5)
            seen += [(group, case.id) for group, cases in page.groups.items() for case in cases]
            if page.next is None:
                break
            place = work_list.Mark.read(str(page.next))
    assert len({id for _, id in seen}) == len(seen) == 23
    order = [work_list.GROUPS.index(group) for group, _ in seen]
    assert order == sorted(order)


@pytest.mark.parametrize(
    "nonsense", ["", "x", "_", "2026-01-01_", "new_2026-01-01T00:00:00_" + "0" * 32, "'; --", "old_x"]
)
def test_a_place_that_cannot_be_read_shows_the_newest(operator, nonsense):
    assert work_list.Mark.read(nonsense) is None
    assert operator.get("/cases", query_string={"after": nonsense}).status_code == 200


@pytest.mark.parametrize("group", work_list.GROUPS)
def test_each_group_of_the_list_is_read_from_an_index_of_its_own(desk, group):
    asked = []
    event.listen(desk.parts.database.engine, "before_cursor_execute", lambda *args: asked.append(args[2:4]))
    with desk.parts.database.reading() as session:
        work_list.work_list(session, work_list.Filters(), work_list.Mark(group, now(), uuid4()))
        statement, values = next(each for each in asked if each[0].startswith("SELECT"))
        steps = [row[-1] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", values)]
    indexes = {"emergency": "ix_cases_emergency", "due": "ix_clocks_due", "new": "ix_cases_state"}
    indexes |= {"spoke": "ix_cases_caller_spoke", "rest": "ix_cases_rest"}
    assert any(indexes[group] in step for step in steps)
    # "FOR RIGHT PART OF ORDER BY" sorts only those of one moment
    sorts = [step for step in steps if "TEMP B-TREE FOR ORDER BY" in step]
    assert not sorts + [step for step in steps if step.startswith("SCAN c") and "INDEX" not in step]


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
            for case in work_list.work_list(session, work_list.Filters()).cases:
                assert case.words is not None
        event.remove(desk.parts.database.engine, "before_cursor_execute", listen)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_urgent_calls_come_first_then_the_longest_waiting(desk):
    with desk.session() as session:
        for reason, minutes in (("silent", 5), ("asked_for_person", 50), ("emergency", 1)):
            case = make.case(session, by=make.caller(session))
            make.task(session, case, reason=reason, urgent=reason == "emergency", minutes_ago=minutes)
    with desk.parts.database.reading() as session:
        tasks = call_list.open_tasks(session, limit=2)
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
        case = lookup.find(session, "10247")
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


@pytest.mark.parametrize(
    ("no_number", "shown", "answer"),
    [
        ("", "号码未显示", "来电没有显示号码，没法回复。"),
        ("awaited", "号码还没查到", "这个电话的号码还没查到，正在向电话公司查。"),
        ("unfound", "号码查不到", "这个电话的号码没有查到，没法回复。"),
    ],
)
def test_a_number_that_is_not_known_yet_is_not_shown_as_hidden(desk, operator, no_number, shown, answer):
    with desk.parts.database.session() as session:
        number = make.case(session, no_number=no_number, text="路灯坏了").number

    page = operator.get(f"/cases/{number}").get_data(as_text=True)
    assert shown in page
    assert answer in page
    assert ("号码未显示" in page) is (no_number == "")
    closing = operator.post(f"/cases/{number}/moves/close", data={"why": "问过了"}, follow_redirects=True)
    assert ("请过几分钟再办结" in closing.get_data(as_text=True)) is (no_number == "awaited")

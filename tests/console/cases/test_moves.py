"""The moves and the clock on the pages, and a department's own view of them."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.console.cases import clock_words, story
from app.db import now
from app.models import CaseEvent, Clock, Operator
from app.services.cases import lifecycle
from app.services.deadlines import clocks
from app.services.directory import departments, operators
from tests.console import make


def clerk(desk, department: str):
    """A browser of somebody who belongs to this department."""
    with desk.session() as session:
        operators.add_operator(session, department, "老王", "12345678")
        id = operators.seat(session, department, department, head=False).id
    desk.app.config.update(WTF_CSRF_ENABLED=False, WTF_CSRF_METHODS=[])
    client = desk.app.test_client()
    signer = desk.app.session_interface.get_signing_serializer(desk.app)
    client.set_cookie("session", signer.dumps({"_user_id": str(id), "_fresh": True}))
    return client


@pytest.fixture
def town(desk):
    """Two cases, the first with the waterworks."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        for number in ("10247", "10300"):
            case = make.case(session, number=number, by=make.caller(session), channel="sms", text=f"停水了{number}")
            clocks.start(session, case)
        case = session.scalars(select(Clock)).first().case
        water = departments.named(session, "水务站")
        operator = session.scalars(select(Operator)).first()
        lifecycle.assign(session, case, operator, water)
        make.recording(session, case, desk.storage, words=make.spread("停 水"))
        return case.number


def page(client, address: str) -> str:
    return client.get(address).get_data(as_text=True)


def buttons(html: str) -> set[str]:
    return set(re.findall(r"/moves/(\w+)", html))


def test_the_page_offers_the_moves_that_are_allowed_and_no_others(desk, operator, town):
    assert buttons(page(operator, "/cases/10300")) == {"assign", "pause", "classify"}
    with_department = {"assign", "sign", "ask_time", "give_back", "urge", "pause", "classify"}
    assert buttons(page(operator, f"/cases/{town}")) == with_department


def test_a_case_is_handed_out_signed_for_and_closed_by_the_forms(desk, operator, town):
    with desk.session() as session:
        power, water = (str(departments.named(session, name).id) for name in ("供电所", "水务站"))
    steps = [
        ("assign", {"lead": power, "helpers": [water]}), ("sign", {}), ("begin", {}), ("report", {"why": "电通了"}),
        ("follow_up", {"solved": "yes", "grade": "2", "why": "电话里说好了"}), ("close", {}), ("archive", {}),
    ]  # fmt: skip
    for key, form in steps:
        if key == "follow_up":
            operator.post("/cases/10300/text", data={"text": "电通了。"})
        answer = operator.post(f"/cases/10300/moves/{key}", data=form)
        assert (key, answer.status_code) == (key, 303)
    html = page(operator, "/cases/10300")
    for told in (
        "派给供电所牵头，水务站协办。",
        "供电所签收了。",
        "供电所反馈结果。",
        "电通了",
        "回访了来电人，办好了。",
        "来电人评的是：满意。",
        "来电人确认办好了，办结。",
        "归档了。",
    ):
        assert told in html


def test_a_refused_move_keeps_what_was_typed_and_says_why(desk, operator, town):
    answer = operator.post(f"/cases/{town}/moves/ask_time", data={"days": "99", "why": "等配件"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "一次最多延期 15 天" in html
    assert "等配件" in html
    assert "天数请写数字" in operator.post(f"/cases/{town}/moves/ask_time", data={"days": "三"}).get_data(as_text=True)
    assert "先选牵头部门" in operator.post("/cases/10300/moves/assign", data={}).get_data(as_text=True)
    assert "没有这个部门" in operator.post("/cases/10300/moves/assign", data={"lead": "x"}).get_data(as_text=True)
    assert operator.post(f"/cases/{town}/moves/vanish").status_code == 404
    assert operator.post("/cases/99999/moves/sign").status_code == 404


def test_a_department_is_shown_its_own_cases_and_nothing_of_the_others(desk, town):
    water = clerk(desk, "水务站")
    html = page(water, "/cases")
    assert town in html
    assert "10300" not in html
    for address in ("/cases/10300", "/find?for=10300"):
        assert "停水了10300" not in page(water, address)
    assert water.get("/cases/10300").status_code == 404
    assert water.post("/cases/10300/moves/sign").status_code == 404
    with desk.session() as session:
        sound = session.scalars(select(CaseEvent).where(CaseEvent.kind == "assigned")).one().case.recordings[0].id
    assert water.get(f"/recordings/{sound}.wav").status_code == 200
    assert clerk(desk, "供电所").get(f"/recordings/{sound}.wav").status_code == 404


def test_a_department_sees_how_many_of_its_cases_it_is_urged_about(desk, town):
    water = clerk(desk, "水务站")
    assert "热线催办" not in page(water, "/cases")
    with desk.session() as session:
        for clock in session.scalars(select(Clock)):  # one of them is with another department
            clock.started_at, clock.answer_by = now() - timedelta(days=8), now() - timedelta(days=1)
            clock.next_at = now()
            clocks.advance(session, clock.case_id)
    assert re.search(r"热线催办 <strong>1</strong> 件", page(water, "/cases"))


def test_the_rates_of_a_department_are_its_own_and_signs_of_gaming_are_not_for_it(desk, town):
    water = clerk(desk, "水务站")
    assert water.get("/rates").status_code == 200
    assert water.get("/signs").status_code == 403


def test_nonsense_asked_of_the_rates_is_not_found_and_never_an_error(desk, operator, town):
    for address in (
        "figure=x&by=town",
        "figure=solved&by=x",
        "figure=solved&by=village&key=x",
        "figure=asked&by=town&page=x",
    ):
        assert operator.get(f"/rates/behind?{address}").status_code == 404
    assert operator.get("/rates?from=x&to=1").status_code == 200
    assert operator.get("/signs/behind?kind=x&key=y").status_code == 404


@pytest.mark.parametrize("address", ["decision", "text", "call"])
def test_the_desks_own_work_is_closed_to_departments(desk, town, address):
    water = clerk(desk, "水务站")
    assert water.post(f"/cases/{town}/{address}", data={"text": "好了"}).status_code == 403
    html = page(water, f"/cases/{town}")
    assert f"/cases/{town}/{address}" not in html
    assert buttons(html) == {"sign", "ask_time", "give_back"}


def test_every_page_of_the_console_is_decided_on_for_departments(desk, town):
    water = clerk(desk, "水务站")
    for address in ("/calls/done", "/calls/tried", "/preview"):
        assert water.post(address).status_code == 403
    assert water.get("/news").json["tasks"] == 0


def test_a_department_that_gave_a_case_back_is_led_to_its_list(desk, town):
    water = clerk(desk, "水务站")
    answer = water.post(f"/cases/{town}/moves/give_back", data={"why": "归供电所"})
    assert (answer.status_code, answer.location) == (303, "/cases")
    assert town not in page(water, "/cases")


def test_late_cases_stand_above_the_list(desk, operator, town):
    with desk.session() as session:
        late = make.case(session, number="10111", minutes_ago=9 * 24 * 60, channel="sms", text="路灯坏了")
        clocks.start(session, late)
    html = page(operator, "/cases")
    assert html.index("今天到期和超期的") < html.index("10111") < html.index("10300")
    assert "已超 2 天" in html


@pytest.mark.parametrize(
    ("hours", "told"),
    [
        (51, "还剩 2 天 3 小时"), (24.01, "还剩 1 天"), (3.35, "还剩 3 小时 21 分钟"), (0.2, "还剩 12 分钟"),
        (0.01, "还剩 不到 1 分钟"), (-24.01, "已超 1 天"), (-0.5, "已超 30 分钟"),
    ],
)  # fmt: skip
def test_the_clock_is_told_in_words(time_machine, hours, told):
    time_machine.move_to(now(), tick=False)
    clock = Clock(answer_by=now() + timedelta(hours=hours), started_at=now(), signed_at=now())
    assert clock_words.left(clock) == told


def test_every_kind_of_event_that_the_moves_write_is_told_in_chinese(desk, town):
    with desk.session() as session:
        case = session.scalars(select(CaseEvent).where(CaseEvent.kind == "assigned")).one().case
        operator = session.scalars(select(Operator)).first()
        lifecycle.sign(session, case, operator)
        lifecycle.ask_time(session, case, operator, 3, "等料")
        lifecycle.grant_time(session, case, operator)
        lifecycle.pause(session, case, operator, "等雨停", 2)
        lifecycle.resume(session, case, operator)
        lifecycle.urge(session, case, operator)
        for solved in (False, True):
            lifecycle.replied(session, case, operator)
            lifecycle.not_reached(session, case, operator)
            lifecycle.follow_up(session, case, operator, solved=solved, words="问了", grade=3)
        lifecycle.close(session, case, operator)
        told = [story.told(event).sentence for event in case.events]
    assert [sentence for sentence in told if "新的进展" in sentence or re.search("[A-Za-z{}]", sentence)] == []

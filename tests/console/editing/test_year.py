"""The year's notice at the desk: who is asked for it and may enter it, and where a term says that it is provisional."""

import re

import pytest

from app.models import Case, Clock
from app.services.deadlines import business_hours, clocks
from app.services.editing import documents
from app.services.editing.catalogue import HOLIDAYS
from tests.bench import year
from tests.console import make

FORM = f"/said/form/{HOLIDAYS}"
ASKED = "2027 年的放假安排还没有填。"
EMPTY = {"years:2027:off": [""] * 9, "years:2027:worked": [""] * 4, "years:2027:complete": ["no"]}


def someone(desk, role, **fields):
    with desk.session() as session:
        make.person(session, role, **fields)
    client = desk.app.test_client()
    client.set_cookie("session", make.login_cookie(desk, role))
    return client


def admin(desk, stranger):
    """The admin, logged in at this moment."""
    stranger.set_cookie("session", make.login_cookie(desk))
    return stranger


def seen(html: str) -> str:
    return re.search(r'name="seen" value="(\w{64})"', html)[1]


def fill_in(client, **fields):
    """Send the form with these fields (off, worked, complete), the others as they are at first."""
    typed = EMPTY | {f"years:2027:{key}": value for key, value in fields.items()}
    return client.post(FORM, data={"seen": seen(client.get(FORM).text), **typed}, follow_redirects=True)


def whole() -> dict[str, list[str]]:
    off = [part for holiday in year.OFF for part in holiday]
    return {"off": off, "worked": list(year.WORKED), "complete": ["no", "yes"]}


@pytest.fixture
def december(time_machine):
    time_machine.move_to(year._at(year.date(2026, 12, 29), year.time(12, 10)), tick=False)


def test_the_desk_asks_for_the_notice_from_november_on_and_only_whoever_may_enter_it(desk, stranger, time_machine):
    time_machine.move_to(year._at(year.date(2026, 10, 31), year.time(12)), tick=False)
    assert ASKED not in admin(desk, stranger).get("/cases").text
    time_machine.move_to(year._at(year.date(2026, 11, 1), year.time(0)), tick=False)
    html = admin(desk, stranger).get("/cases").text
    assert ASKED in html
    assert f'href="{FORM}"' in html
    assert ASKED not in someone(desk, "operator").get("/cases").text
    assert ASKED in someone(desk, "leader", head=True).get("/cases").text


def test_the_head_enters_the_notice_and_whoever_is_neither_head_nor_admin_does_not(december, desk, operator):
    assert someone(desk, "leader").get(FORM).status_code == 403
    head = someone(desk, "operator", head=True)
    page = fill_in(head, **whole()).text
    assert "记在草稿里了，还没有发布。" in page
    assert "放假 32 天" in page  # as a calendar, before it is published
    assert '<td class="made">27<small>班</small></td>' in page  # December of the year before is shown for it
    assert not business_hours.calendar().knows(2027)
    data = {"seen": seen(page), "why": "国办通知"}
    assert head.post(f"/said/publish/{HOLIDAYS}", data=data, follow_redirects=True).status_code == 200
    assert business_hours.calendar().knows(2027)
    assert ASKED not in operator.get("/cases").text
    assert "国办通知" in head.get(f"/said/history/{HOLIDAYS}").text
    head.post(f"/said/back/{HOLIDAYS}/0")
    assert ASKED in operator.get("/cases").text
    for other in ("/said", "/said/form/data/clocks.yaml", "/said/text/data/clocks.yaml"):
        assert head.get(other).status_code == 403
    assert head.post("/said/publish/data/clocks.yaml", data=data).status_code == 403


def test_what_is_wrong_is_told_at_its_field_and_what_was_typed_stays(december, desk, operator):
    answer = fill_in(
        operator, off=["元旦", "2027-01-01", "2027-01-03", "春节", "2027-02-05", ""], worked=["2027-02-20"]
    )
    assert answer.status_code == 422
    assert "日期还没有填。" in answer.text
    assert 'value="2027-02-20"' in answer.text
    answer = fill_in(operator, **whole() | {"worked": ["2027-02-22"]})
    assert "2027-02-22 不是周六周日，本来就上班，不用写成补班。" in answer.text
    answer = fill_in(operator, **whole() | {"off": ["元旦", "2027-01-01", "2027-01-03"]})
    assert re.search(r'id="years:2027:complete-wrong">2027-05-01 每年都放假', answer.text)
    with desk.session() as session:
        assert documents.drafts(session) == {}


def test_the_next_year_has_its_place_in_the_form_when_its_time_comes(desk, stranger, time_machine):
    time_machine.move_to(year._at(year.date(2027, 12, 1), year.time(12)), tick=False)
    operator = admin(desk, stranger)
    html = operator.get(FORM).text
    assert "2028 年" in html
    typed = EMPTY | {"years:2028:off": ["元旦", "2027-12-31", "2028-01-02"], "years:2028:worked": [""],
                     "years:2028:complete": ["no"], "seen": seen(html)}  # fmt: skip
    page = operator.post(FORM, data=typed, follow_redirects=True).text
    assert "2027年12月" in page
    with desk.session() as session:
        assert "2027-12-31" in documents.current(session, HOLIDAYS).text


def test_a_provisional_term_says_so_wherever_it_is_shown(december, desk, operator):
    guessed = "暂按平常星期算"
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session), text="路灯坏了", minutes_ago=130)
        clocks.start(session, case, "inquiry")
        known = make.case(session, number="10248", text="路灯坏了", minutes_ago=12 * 24 * 60)
        clocks.start(session, known)
        clocks.sign(session, known)
    for page in ("/cases", "/cases/10247"):
        assert guessed in operator.get(page).text
    assert operator.get("/cases").text.count(guessed) == 1
    assert guessed not in operator.get("/cases/10248").text
    with desk.session() as session:  # late, so that the paper shows it
        session.get_one(Clock, session.query(Case).filter_by(number="10247").one().id).sign_by = case.received_at
    assert guessed in operator.get("/cases/day/2026-12-29").text
    operator.post("/me/looks", data={"language": "en"})
    assert "by an ordinary week for now" in operator.get("/cases/10247").text


def test_the_story_tells_from_what_to_what_a_term_was_moved_and_why(december, desk, operator):
    with desk.session() as session:
        case = make.case(session, number="10247", minutes_ago=130)
        clocks.start(session, case, "inquiry")
    year.enter(desk.parts)
    with desk.session() as session:
        clocks.recount(session, case.id)
    html = operator.get("/cases/10247").text
    assert "放假安排有了变化，时限重新算过：答复从 1月1日 10:00 改到 1月5日 10:00。" in html
    assert "暂按平常星期算" not in html


def test_the_page_of_the_office_hours_leads_to_the_notice(december, desk, operator):
    html = operator.get("/said/form/data/office_hours.yaml").text
    assert "全国的放假安排，现在只知道到 2026年12月31日。" in html
    assert f'href="{FORM}"' in html

"""What is in sight: the most urgent first, the sentence that says what was done, and all of it on paper."""

import pytest
from playwright.sync_api import expect

from app.models import Comparison, EarlyWarning
from app.services.directory import departments
from tests.browser.desks import LONG
from tests.console import make


@pytest.fixture
def case_page(desk, page):
    """A case that was spoken, in a window so low that the answer is out of sight."""
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        make.recording(session, case, desk.storage, words=make.spread("村口 路灯 坏了"))
    page.set_viewport_size({"width": 1024, "height": 560})
    page.goto("/cases/10247")
    page.wait_for_load_state()
    return page


@pytest.mark.parametrize(
    ("key", "sentence", "section"), [("e", "改正好了", "录音"), ("r", "短信交给电话公司去发了", "回复")]
)
def test_the_sentence_that_says_what_was_done_is_in_sight_where_it_was_done(case_page, key, sentence, section):
    case_page.keyboard.press(key)
    case_page.keyboard.insert_text("您好，明天来修。")
    case_page.keyboard.press("Control+Enter")
    said = case_page.get_by_role("region", name=section).get_by_role("status").filter(has_text=sentence)
    expect(said).to_be_in_viewport()
    expect(case_page.get_by_text(sentence)).to_have_count(1)


def test_calls_to_be_made_stand_above_what_many_report(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10251", channel="sms", text="停水了", by=make.caller(session))
        session.add(Comparison(case_id=case.id, category="供水", received_at=case.received_at))
        session.add(EarlyWarning(kind="burst", case_id=case.id, category="供水", count=6, days=1))
        make.task(session, case, reason="emergency", urgent=True)
    page.goto("/cases")
    assert page.locator("main h2").all_inner_texts()[:2] == ["要打的电话 1", "集中反映 1"]


def test_a_long_text_is_folded_on_the_screen_and_whole_on_paper(desk, page):
    with desk.session() as session:
        make.case(session, number="10249", channel="sms", text=LONG, by=make.caller(session))
    page.goto("/cases/10249")
    hidden = "(() => { const t = document.querySelector('.said'); return t.scrollHeight - t.clientHeight; })()"
    assert page.evaluate(hidden) > 0
    page.set_viewport_size({"width": 560, "height": 800})
    page.emulate_media(media="print")
    assert page.evaluate(hidden) == 0


def test_a_leader_begins_with_the_figures_and_a_department_with_its_list(desk, browser_page):
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        make.person(session, "leader", "shuji", name="书记")
        clerk = make.person(session, "operator", "water", name="王师傅")
        clerk.role, clerk.department = "department", departments.named(session, "水务站")
    for login, title, first in (("shuji", "数据", "数据"), ("water", "待办", "待办"), (make.LOGIN, "待办", "待办")):
        browser_page.goto("/")
        browser_page.get_by_label("账号").fill(login)
        browser_page.get_by_label("密码").fill(make.PASSWORD)
        browser_page.keyboard.press("Enter")
        expect(browser_page.locator("nav [aria-current=page]")).to_have_text(first)
        assert browser_page.title().startswith(title)
        browser_page.goto("/me")
        browser_page.locator(".brand").click()
        expect(browser_page.locator("nav [aria-current=page]")).to_have_text(first)
        browser_page.get_by_role("button", name="退出").click()
        expect(browser_page.get_by_text("您已退出。")).to_be_visible()


def test_the_first_morning_shows_the_way_to_the_practice_phone(desk, page):
    desk.app.extensions["xiangyin.practice"] = object()
    page.goto("/cases")
    expect(page.get_by_role("link", name="用练习电话打一个，试一试")).to_have_attribute("href", "/practice")

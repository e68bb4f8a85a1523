"""Two people on one case: they see each other, and neither writes over what the other has just done."""

import pytest
from playwright.sync_api import expect

from app.models import Case, Message
from app.services import ledger
from tests.console import make

ANSWER = "您好，路灯明天上午派人来修。"


@pytest.fixture
def case(desk):
    with desk.session() as session:
        make.person(session, "operator", login="li", name="小李")
        make.village(session)
        return make.case(session, number="10247", channel="sms", by=make.caller(session), text="路灯坏了")


@pytest.fixture
def mine(case, page):
    page.goto("/cases/10247")
    page.wait_for_load_state()
    return page


@pytest.fixture
def hers(desk, case, chromium):
    """The same case, opened by another person."""
    context = chromium.new_context(base_url=desk.address, viewport={"width": 1024, "height": 768})
    context.add_cookies([{"name": "session", "value": make.login_cookie(desk, "li"), "url": desk.address}])
    page = context.new_page()
    page.goto("/cases/10247")
    page.wait_for_load_state()
    yield page
    context.close()


def look(page):
    """Ask for the news now instead of in a quarter of a minute."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_each_sees_that_the_other_looks_at_it_and_when_she_leaves(desk, mine, hers):
    expect(hers.locator("[data-together]")).to_have_text("小张也在看这件事。", use_inner_text=True)
    look(mine)
    expect(mine.get_by_text("小李也在看这件事。")).to_be_visible()
    hers.goto("/cases")
    hers.wait_for_load_state()
    expect(mine.locator("[data-together]")).to_be_visible()
    look(mine)
    expect(mine.locator("[data-together]")).to_be_hidden()


def test_what_the_other_did_is_told_while_the_page_stands_open(mine, hers):
    hers.get_by_label("类别", exact=True).select_option("供电")
    hers.get_by_role("button", name="就这样定").click()
    expect(hers.get_by_role("status").first).to_have_text("定下来了。")
    look(mine)
    expect(mine.locator("[data-done]")).to_contain_text("动过这件事：定为：供电")
    mine.get_by_role("link", name="看新的").click()
    expect(mine.locator(".facts")).to_contain_text("供电")


def test_a_decision_does_not_overwrite_anothers_and_keeps_what_was_chosen(desk, mine, hers):
    hers.get_by_label("类别", exact=True).select_option("供电")
    hers.get_by_role("button", name="就这样定").click()
    expect(hers.get_by_role("status").first).to_have_text("定下来了。")
    mine.get_by_label("类别", exact=True).select_option("路灯照明")
    mine.get_by_label("地点", exact=True).fill("村口")
    mine.get_by_role("button", name="就这样定").click()
    expect(mine.get_by_role("alert")).to_contain_text("小李")
    expect(mine.get_by_role("alert")).to_contain_text("您写的还在")
    expect(mine.get_by_label("类别", exact=True)).to_have_value("路灯照明")
    expect(mine.get_by_label("地点", exact=True)).to_have_value("村口")
    with desk.parts.database.reading() as session:
        assert session.query(Case).one().category == "供电"
    mine.get_by_role("button", name="保存").first.click()
    expect(mine.get_by_role("status").first).to_have_text("定下来了。")
    with desk.parts.database.reading() as session:
        assert session.query(Case).one().category == "路灯照明"


def test_a_caller_is_not_answered_twice(desk, mine, hers):
    for page in (mine, hers):
        page.get_by_label("写给对方的话").fill(ANSWER)
    hers.get_by_role("button", name="发短信").click()
    expect(hers.get_by_role("status").first).to_contain_text("短信交给电话公司去发了")
    mine.get_by_role("button", name="发短信").click()
    expect(mine.get_by_role("alert")).to_contain_text("写了短信回复")
    expect(mine.get_by_label("写给对方的话")).to_have_value(ANSWER)
    with desk.parts.database.reading() as session:
        assert session.query(Message).count() == 1


def test_what_the_hotline_does_by_itself_refuses_nobody(desk, mine):
    with desk.session() as session:
        ledger.record(session, session.query(Case).one(), "delivered", by="hotline", what="text")
    mine.get_by_role("button", name="就这样定").click()
    expect(mine.get_by_role("status").first).to_have_text("定下来了。")

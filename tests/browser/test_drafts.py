"""What is half written: there again in another browser, for its author alone, gone when it is sent."""

import threading

import pytest
from flask import request
from playwright.sync_api import expect

from app.models import Draft
from app.services.deadlines import clocks
from tests.browser.conftest import wait_until
from tests.console import make

REPLY, LEFT = "您好，路灯明天上午", "上次没写完的，给您留着"
TEXT = "写给对方的话"


@pytest.fixture
def case(desk):
    with desk.session() as session:
        make.person(session, "operator", login="li", name="小李")
        make.village(session)
        case = make.case(session, number="10247", by=make.caller(session))
        clocks.start(session, case)
        make.recording(session, case, desk.storage, words=make.spread("村口 露灯 坏了", unsure=("露灯",)))
        return case


@pytest.fixture
def at_desk(desk, case, chromium):
    """Open the case as somebody, in a browser of their own."""
    contexts = []

    def sit(login=make.LOGIN):
        context = chromium.new_context(base_url=desk.address, viewport={"width": 1024, "height": 768})
        context.set_default_timeout(10_000)
        context.add_cookies([{"name": "session", "value": make.login_cookie(desk, login), "url": desk.address}])
        contexts.append(context)
        return look(context)

    yield sit
    for context in contexts:
        context.close()


def look(context):
    page = context.new_page()
    page.goto("/cases/10247")
    page.wait_for_load_state()
    return page


def kept(desk):
    with desk.parts.database.reading() as session:
        return sorted(draft.text for draft in session.query(Draft))


def write(page, label, text):
    """Type, and have the service keep it."""
    field = page.get_by_label(label)
    with page.expect_response(lambda answer: answer.url.endswith("/draft") and answer.status == 204):
        field.fill(text)


def test_a_reply_is_there_again_after_the_tab_was_closed_and_only_for_its_author(desk, at_desk):
    page = at_desk()
    write(page, TEXT, REPLY)
    page.context.close()
    again = at_desk()
    expect(again.get_by_label(TEXT)).to_have_value(REPLY)
    expect(again.get_by_text(LEFT)).to_be_visible()
    other = at_desk("li")
    expect(other.get_by_label(TEXT)).to_have_value("")
    expect(other.get_by_text(LEFT)).to_have_count(0)


def test_what_was_sent_is_not_left_over(desk, at_desk):
    page = at_desk()
    write(page, TEXT, REPLY)
    page.get_by_role("button", name="发短信").click()
    expect(page.get_by_role("status").first).to_contain_text("短信交给电话公司去发了")
    assert kept(desk) == []
    expect(at_desk().get_by_label(TEXT)).to_have_value("")


def test_what_is_typed_and_sent_at_once_is_not_kept_behind_it(desk, at_desk):
    page = at_desk()
    page.get_by_label(TEXT).focus()
    page.keyboard.insert_text(REPLY)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("短信交给电话公司去发了")
    expect(page.get_by_label(TEXT)).to_have_value("")
    page.close()
    assert kept(desk) == []


def test_closing_the_tab_at_once_keeps_what_was_typed(desk, at_desk):
    came = threading.Event()
    desk.app.teardown_request(lambda _: request.endpoint == "console.keep_draft" and came.set())
    page = at_desk()
    page.get_by_label(TEXT).focus()
    page.keyboard.insert_text(REPLY)
    page.goto("about:blank")
    assert came.wait(10)
    expect(look(page.context).get_by_label(TEXT)).to_have_value(REPLY)


def test_a_correction_is_left_open_where_it_was_and_can_be_thrown_away(desk, at_desk):
    page = at_desk()
    page.keyboard.press("e")
    write(page, "您听到的话", "村口路灯坏")
    page.context.close()
    again = at_desk()
    expect(again.get_by_label("您听到的话")).to_have_value("村口路灯坏")
    with again.expect_response(lambda answer: answer.url.endswith("/draft") and answer.status == 204):
        again.get_by_role("button", name="不要了").click()
    expect(again.get_by_label("您听到的话")).to_have_value("村口露灯坏了")
    expect(again.get_by_label("您听到的话")).to_be_focused()
    expect(again.get_by_text(LEFT)).to_be_hidden()
    assert kept(desk) == []


def test_a_saved_correction_is_not_left_over(desk, at_desk):
    page = at_desk()
    page.keyboard.press("e")
    write(page, "您听到的话", "村口路灯坏了")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("改正好了")
    assert kept(desk) == []
    expect(page.locator("details.correct")).not_to_have_attribute("open", "")


def test_what_a_login_that_ran_out_did_not_keep_is_there_after_the_next_one(desk, at_desk):
    page = at_desk()
    cookies = page.context.cookies()
    page.context.clear_cookies()
    page.get_by_label(TEXT).fill(REPLY)
    page.get_by_role("button", name="发短信").click()
    expect(page.get_by_role("button", name="登录")).to_be_visible()
    page.context.add_cookies(cookies)
    with page.expect_response(lambda answer: answer.url.endswith("/draft") and answer.status == 204):
        page.goto("/cases/10247")
    expect(page.get_by_label(TEXT)).to_have_value(REPLY)
    assert kept(desk) == [REPLY]


def test_the_words_of_a_move_are_kept_and_its_form_stands_open(desk, at_desk):
    page = at_desk()
    page.locator("summary", has_text="暂停时限").click()
    write(page, "为什么暂停", "等材料")
    page.context.close()
    again = at_desk()
    expect(again.get_by_label("为什么暂停")).to_have_value("等材料")
    wait_until(again, "document.querySelector('#why-pause').checkVisibility()")


def test_logging_out_at_once_keeps_what_was_typed_and_leaves_nothing_in_the_tab(desk, at_desk):
    page = at_desk()
    page.get_by_label(TEXT).fill(REPLY)
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_text("您已退出。")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage).filter((key) => key.startsWith('draft'))") == []
    expect(at_desk().get_by_label(TEXT)).to_have_value(REPLY)

"""Answering: a text with its parts, a call that is listened to first, an answer that cannot be sent."""

import re

import pytest
from playwright.sync_api import expect

from app.models import Caller, Message, SpokenReply
from ivr.text import sms_parts
from tests.browser.conftest import wait_until
from tests.console import make

ANSWER = "您好，路灯明天上午派人来修。"


@pytest.fixture
def asked(desk):
    with desk.session() as session:
        return make.case(session, number="10247", channel="sms", by=make.caller(session), text="路灯坏了")


@pytest.fixture
def case_page(asked, page):
    page.goto("/cases/10247")
    return page


def rows(desk, model):
    with desk.parts.database.reading() as session:
        return session.query(model).all()


def test_a_text_is_counted_while_typed_and_then_waits_to_be_sent(desk, case_page):
    case_page.keyboard.press("r")
    case_page.keyboard.insert_text("字" * 34)
    case_page.keyboard.press("Enter")
    case_page.keyboard.insert_text("字" * 35)
    expect(case_page.get_by_text("70 字，1 条短信")).to_be_visible()
    case_page.keyboard.insert_text("字")
    expect(case_page.get_by_text("71 字，2 条短信")).to_be_visible()
    case_page.get_by_role("button", name="发短信").click()
    expect(case_page.get_by_role("status").first).to_contain_text("短信交给电话公司去发了")
    expect(case_page.get_by_role("region", name="经过")).to_contain_text("写了短信回复。")
    expect(case_page.get_by_label("写给对方的话")).to_have_value("")
    [message] = rows(desk, Message)
    assert (message.body, message.parts, message.state, message.outgoing) == (
        f"{'字' * 34}\n{'字' * 36}",
        2,
        "waiting",
        True,
    )
    assert [row.id for row in desk.nudged] == [message.id]


def test_the_page_counts_parts_as_the_service_does(case_page):
    texts = [
        *("好", "字" * 67, "字" * 70, "字" * 134, "字" * 135, "字" * 66 + "😀" * 3, "😀" * 35, "😀" * 67),
        *("ok " * 53 + "k", "ok " * 60, "[" * 80, "[" * 81, "好\n好", "“OK”" * 20, "a" * 306, "a" * 307),
    ]
    for text in texts:
        case_page.get_by_label("写给对方的话").fill(text)
        counted = case_page.locator("[data-counter]").get_attribute("data-parts")
        assert int(counted) == sms_parts(text.strip()), text


def test_a_refused_reply_says_why_and_keeps_what_was_typed(desk, case_page):
    with desk.session() as session:
        session.query(Caller).one().texts_stopped = True
    case_page.get_by_label("写给对方的话").fill(ANSWER)
    case_page.get_by_role("button", name="发短信").click()
    expect(case_page.get_by_role("alert")).to_contain_text("不再收短信")
    expect(case_page.get_by_role("alert")).to_be_in_viewport()
    expect(case_page.get_by_label("写给对方的话")).to_have_value(ANSWER)
    assert rows(desk, Message) == []


def test_a_draft_outlives_another_form_of_the_page(case_page):
    case_page.get_by_label("写给对方的话").fill(ANSWER)
    case_page.get_by_role("button", name="就这样定").click()
    expect(case_page.get_by_role("status").first).to_have_text("定下来了。")
    expect(case_page.get_by_label("写给对方的话")).to_have_value(ANSWER)


def test_a_spoken_reply_is_listened_to_and_then_rung_through(desk, case_page):
    case_page.get_by_label("写给对方的话").fill(ANSWER)
    case_page.get_by_role("button", name="先听一遍").click()
    heard = case_page.locator("[data-heard]")
    expect(heard).to_be_visible()
    wait_until(case_page, "document.querySelector('[data-heard]').duration > 1")
    assert rows(desk, SpokenReply) == []
    case_page.get_by_role("button", name="打电话播报").click()
    expect(case_page.get_by_role("status").first).to_contain_text("马上就打电话播报")
    expect(case_page.get_by_role("region", name="经过")).to_contain_text(ANSWER)
    expect(case_page.get_by_role("region", name="回复")).to_contain_text(re.compile("电话播报.*等着拨打", re.DOTALL))
    [reply] = rows(desk, SpokenReply)
    assert (reply.text, reply.state) == (ANSWER, "waiting")
    assert [row.id for row in desk.nudged] == [reply.id]


def test_listening_says_why_it_cannot(desk, case_page):
    desk.voice.broken = True
    case_page.get_by_label("写给对方的话").fill(ANSWER)
    case_page.get_by_role("button", name="先听一遍").click()
    expect(case_page.locator("[data-said]")).to_have_text("现在合成不了语音，请稍后再试，或改用短信。")


def test_a_double_click_sends_one_text(case_page):
    case_page.evaluate(
        """() => {
          window.taken = 0;
          addEventListener("submit", (event) => {
            if (!event.defaultPrevented) window.taken += 1;
            event.preventDefault();
          });
        }"""
    )
    case_page.get_by_label("写给对方的话").fill(ANSWER)
    case_page.get_by_role("button", name="发短信").dblclick()
    assert case_page.evaluate("window.taken") == 1


def test_an_answer_that_was_not_delivered_is_said_in_a_sentence(desk, asked, page):
    with desk.session() as session:
        case = session.merge(asked)
        make.message(session, case, ANSWER, state="failed", failed=True, error="30006")
    page.goto("/cases")
    expect(page.locator("[data-row]")).to_contain_text("回复没送到")
    page.goto("/cases/10247")
    expect(page.get_by_role("region", name="回复")).to_contain_text("这条短信没有发出去。")

"""Answering: a text with its parts, a call that is listened to first, an answer that cannot be sent."""

import re
from threading import Event

import pytest
from playwright.sync_api import expect

from app.models import Caller, Message, Operator, SpokenReply
from app.services import ledger
from app.services.cases import answering
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


def test_automatic_texts_are_folded_and_a_persons_and_failed_ones_stay_open(desk, asked, page):
    with desk.session() as session:
        case, operator = session.merge(asked), session.query(Operator).one()
        for number in range(3):
            make.message(session, case, f"您的事记下了 {number}", state="delivered")
        make.message(session, case, "请打电话来", state="failed", failed=True)
        answering.reply_by_text(session, case, operator, ANSWER)
    page.goto("/cases/10247")
    answers = page.get_by_role("region", name="回复")
    for text in (ANSWER, "请打电话来"):
        expect(answers.get_by_text(text, exact=True)).to_be_visible()
    expect(answers.get_by_text("您的事记下了 0")).to_be_hidden()
    answers.get_by_text("自动短信 3 条").press("Enter")
    expect(answers.get_by_text("您的事记下了 0")).to_be_visible()


def test_what_the_ledger_repeats_stands_there_once(desk, asked, page):
    with desk.session() as session:
        case = session.merge(asked)
        for what in ("text", "text", "text", "call"):
            ledger.record(session, case, "delivered", by="hotline", what=what)
    page.goto("/cases/10247")
    expect(page.get_by_text("短信送到了。 3 次")).to_have_count(1)
    expect(page.get_by_role("region", name="经过").get_by_role("listitem")).to_have_count(3)


@pytest.mark.parametrize("button", ["先听一遍", "打电话播报"])
def test_an_empty_spoken_reply_is_refused_as_such(case_page, button):
    case_page.get_by_role("button", name=button).click()
    expect(case_page.get_by_text("要播报的内容是空的，请先写内容。")).to_be_visible()


def test_waiting_for_the_voice_says_how_long(desk, case_page):
    ready = Event()
    desk.voice.say = lambda text, speed=1.0: ready.wait(10) and make.Voice().say(text)
    case_page.get_by_label("写给对方的话").fill(ANSWER)
    case_page.get_by_role("button", name="先听一遍").click()
    expect(case_page.get_by_text("正在准备，约十秒")).to_be_visible()
    expect(case_page.get_by_text("已经过了 1 秒")).to_be_visible()
    ready.set()
    expect(case_page.get_by_text("对方会听到这样的声音")).to_be_visible()

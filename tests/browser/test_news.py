"""News: an open page shows what came since, without anybody reloading it."""

import pytest
from playwright.sync_api import expect

from app.services.cases import alarms
from tests.browser.conftest import wait_until
from tests.console import make

LISTEN = """
  window.tones = 0;
  const start = OscillatorNode.prototype.start;
  OscillatorNode.prototype.start = function (...at) { window.tones += 1; return start.apply(this, at); };
"""
ALARM = "有新的急事，点这里看"


@pytest.fixture
def open_list(desk, page):
    """A list that stands open."""
    page.add_init_script(LISTEN)
    with desk.session() as session:
        make.case(session, number="10247", by=make.caller(session), channel="sms", text="路灯坏了", minutes_ago=1)
    page.goto("/cases")
    return page


def emergency(desk, number="10300"):
    with desk.session() as session:
        case = make.case(session, number=number, by=make.caller(session), channel="sms", text="着火了")
        alarms.alert(session, case, "着火", "火灾")


def look(page):
    """The page asks now, as it does when its tab comes to the front."""
    with page.expect_request(lambda asked: "/news" in asked.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_the_page_asks_by_itself_every_quarter_of_a_minute(desk, page):
    page.clock.install()
    with page.expect_response(lambda answer: "/news" in answer.url):
        page.goto("/cases")
    with desk.session() as session:
        make.case(session)
    for _ in range(3):  # the first answer may still be on its way when the clock is moved
        page.clock.run_for(15_000)
    expect(page.get_by_role("link", name="有 1 件新事项，点这里看")).to_be_visible()


def test_new_cases_are_counted_in_a_bar_and_shown_on_a_key(desk, open_list):
    look(open_list)
    expect(open_list.locator("[data-news]")).to_be_hidden()
    with desk.session() as session:
        for _ in range(2):
            make.case(session)
    look(open_list)
    expect(open_list.get_by_role("link", name="有 2 件新事项，点这里看")).to_be_visible()
    expect(open_list).to_have_title("(2) 待办 · 乡音热线")
    open_list.keyboard.press("n")
    expect(open_list.locator("[data-row]")).to_have_count(3)
    look(open_list)
    expect(open_list.locator("[data-news]")).to_be_hidden()


def test_an_emergency_shows_in_bar_and_title_and_sounds_once(desk, open_list):
    open_list.keyboard.press("j")
    emergency(desk)
    look(open_list)
    expect(open_list.get_by_role("link", name=ALARM)).to_be_visible()
    expect(open_list).to_have_title("(1急) 待办 · 乡音热线")
    look(open_list)
    assert open_list.evaluate("window.tones") == 3
    open_list.get_by_role("link", name=ALARM).click()
    expect(open_list.locator("[data-ring]")).to_contain_text("着火，请打119")
    expect(open_list).to_have_title("(1急) 待办 · 乡音热线")
    expect(open_list.locator("[data-news]")).to_be_hidden()


def test_no_sound_before_the_page_was_touched(desk, open_list):
    emergency(desk)
    look(open_list)
    expect(open_list.get_by_role("link", name=ALARM)).to_be_visible()
    assert open_list.evaluate("window.tones") == 0


def test_an_emergency_is_also_seen_from_a_case(desk, open_list):
    open_list.goto("/cases/10247")
    emergency(desk)
    look(open_list)
    expect(open_list.get_by_role("link", name=ALARM)).to_be_visible()
    expect(open_list).to_have_title("(1急) 事项 10247 · 乡音热线")


def test_a_login_that_ended_is_said_and_not_hidden(desk, open_list):
    open_list.context.clear_cookies()
    look(open_list)
    expect(open_list.get_by_role("link", name="登录过期了，新事项看不到。点这里重新登录")).to_be_visible()


@pytest.fixture
def being_written(desk, page):
    """Case 10247, its recording stored and not yet written down; the page stands open."""
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        recording = make.recording(session, case, desk.storage, seconds=2.0)
    page.goto("/cases/10247")
    expect(page.get_by_text("机器正在听写")).to_be_visible()
    return recording


def written(desk, recording):
    with desk.session() as session:
        make.transcript(session, session.merge(recording), make.spread("村口 路灯 坏了"))


def test_a_transcript_shows_itself_when_it_is_there(desk, being_written, page):
    written(desk, being_written)
    look(page)
    expect(page.locator("[data-words]")).to_have_text("村口路灯坏了")
    expect(page.get_by_role("region", name="经过")).to_contain_text("机器听写好了。")


def test_a_transcript_that_comes_while_somebody_types_leaves_what_was_typed(desk, being_written, page):
    page.keyboard.press("e")
    page.get_by_label("您听到的话").fill("村口的路")
    written(desk, being_written)
    look(page)
    expect(page.locator("[data-words]")).to_have_text("村口路灯坏了")
    expect(page.get_by_label("您听到的话")).to_have_value("村口的路")
    expect(page.get_by_label("您听到的话")).to_be_focused()
    page.locator("[data-words] .word").nth(1).click()
    wait_until(page, "document.querySelector('audio').currentTime >= 0.4")

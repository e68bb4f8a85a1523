"""Around a case: the caller's other cases, the keys, drafts in two tabs, what the phone will show, and its size."""

import re

import pytest
from playwright.sync_api import expect

from app.models import Case, Operator
from app.services.cases import lifecycle
from app.services.directory import departments, operators
from app.services.duplicates import joining
from tests.browser.conftest import wait_until
from tests.console import make

SIGNS = {"空格": " ", "←": "ArrowLeft", "→": "ArrowRight"}
OTHER_WAYS = {"？"}  # the same key with a Chinese keyboard


@pytest.fixture
def callers(desk):
    """A caller with seven cases besides 10247, each a day older than the next."""
    with desk.session() as session:
        who, village = make.caller(session), make.village(session)
        for day in range(1, 8):
            fields = {"category": "供水", "village": village, "state": "closed"} if day == 2 else {}
            make.case(
                session, number=f"2000{day}", by=who, minutes_ago=day * 1440, channel="sms", text=f"第{day}件", **fields
            )
        make.case(session, number="30001", by=make.caller(session), channel="sms", text="别人的")
        case = make.case(session, number="10247", by=who)
        make.recording(session, case, desk.storage, words=make.spread("路灯 坏了"))


@pytest.fixture
def case_page(callers, page):
    page.goto("/cases/10247")
    page.wait_for_load_state()
    return page


def test_the_callers_last_five_other_cases_are_shown_and_opened_with_a_number(desk, case_page):
    others = case_page.get_by_role("region", name="这个号码的其他事").get_by_role("listitem")
    expect(others).to_have_count(5)
    expect(others.first).to_contain_text("第1件")
    expect(others.nth(1)).to_contain_text(re.compile("办结.*供水 · 清水村：第2件", re.DOTALL))
    case_page.keyboard.press("2")
    expect(case_page).to_have_url(f"{desk.address}/cases/20002")


def test_what_the_others_of_a_joint_case_said_can_be_read(desk, case_page):
    with desk.session() as session:
        case = session.query(Case).filter_by(number="10247").one()
        said = "水管从上个星期就漏了，" * 8
        other = make.case(session, number="30002", by=make.caller(session), channel="sms", text=said)
        joining.join(session, other, case, "小张")
    case_page.reload()
    expect(case_page.get_by_role("region", name="并在一起的")).to_contain_text(said)


def test_a_hidden_number_has_no_other_cases(desk, page):
    with desk.session() as session:
        for number in ("10247", "10248"):
            make.case(session, number=number)
    page.goto("/cases/10247")
    expect(page.get_by_role("region", name="这个号码的其他事")).to_have_count(0)


def test_a_department_sees_none_of_the_callers_other_cases(desk, callers, browser_page):
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        water = departments.named(session, "水务站")
        operators.add_operator(session, "water", "某", make.PASSWORD, role="department", department=water)
        case = session.query(Case).filter_by(number="10247").one()
        lifecycle.assign(session, case, session.query(Operator).filter_by(login=make.LOGIN).one(), water)
    cookie = {"name": "session", "value": make.login_cookie(desk, "water"), "url": desk.address}
    browser_page.context.add_cookies([cookie])
    browser_page.goto("/cases/10247")
    expect(browser_page.locator(".said").first).to_have_text("路灯坏了")
    expect(browser_page.get_by_role("region", name="这个号码的其他事")).to_have_count(0)


@pytest.mark.parametrize("address", ["/cases", "/cases/10247"])
def test_the_sheet_of_keys_lists_every_key_that_is_handled_and_no_other(callers, page, address):
    page.goto(address)
    page.wait_for_load_state()
    handled = set(page.evaluate("import('/desk/static/shell/keys.js').then((keys) => Object.keys(keys.bound))"))
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="按键")).to_be_visible()
    listed = {SIGNS.get(key, key) for key in page.locator("#keys dt kbd").all_inner_texts()}
    assert handled - OTHER_WAYS == listed - {"Esc", "Enter"}


def test_every_key_of_a_word_does_something(case_page):
    keys = case_page.evaluate("import('/desk/static/cases/words.js').then((words) => words.keys)")
    assert set(keys) == {"ArrowLeft", "ArrowRight", "Home", "End", "Enter"}
    for key in ("w", "End"):
        case_page.keyboard.press(key)
    expect(case_page.locator("[data-words] .word").last).to_be_focused()


def test_a_draft_is_there_after_a_reload_and_in_a_second_tab(case_page):
    case_page.keyboard.press("r")
    case_page.keyboard.insert_text("您好，明天来修。")
    case_page.reload()
    case_page.wait_for_load_state()
    expect(case_page.get_by_label("写给对方的话")).to_have_value("您好，明天来修。")
    second = case_page.context.new_page()
    second.goto("/cases/10247")
    expect(second.get_by_label("写给对方的话")).to_have_value("您好，明天来修。")
    second.wait_for_load_state()
    second.keyboard.press("r")
    second.keyboard.press("Control+End")
    second.keyboard.insert_text("谢谢。")
    expect(case_page.get_by_label("写给对方的话")).to_have_value("您好，明天来修。谢谢。")
    second.get_by_role("button", name="发短信").click()
    expect(second.get_by_role("status").first).to_contain_text("短信交给电话公司去发了")
    expect(second.get_by_label("写给对方的话")).to_have_value("")
    expect(case_page.get_by_label("写给对方的话")).to_have_value("")


def test_the_reply_is_seen_as_the_phone_will_show_it(case_page):
    screen = case_page.locator("[data-screen]")
    expect(screen).to_have_text("对方会看到这里的字。")
    case_page.get_by_label("写给对方的话").fill("您好，<b>明天</b>来修。\n村委会")
    expect(screen).to_have_text("您好，<b>明天</b>来修。\n村委会", use_inner_text=True)
    expect(case_page.get_by_role("figure", name="对方手机上看到的短信")).to_be_visible()


def test_three_minutes_of_speech_stay_under_a_hundred_kilobytes_and_the_words_follow(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10300", by=make.caller(session))
        words = [
            (sign, i * 0.25, i * 0.25 + 0.25, 0.3 if i % 3 == 0 else 0.95)
            for i, sign in enumerate("村口路灯坏了三" * 103)
        ]
        recording = make.recording(session, case, desk.storage, words=words)
        [transcript] = recording.transcripts
        transcript.words = [
            word | ({"others": [["春", 0.2], ["存", 0.1]]} if word["confidence"] < 0.5 else {})
            for word in transcript.words
        ]
    assert len(page.request.get("/cases/10300").body()) < 100_000
    page.goto("/cases/10300")
    page.wait_for_load_state()
    page.evaluate("document.querySelector('audio').currentTime = 170")
    page.keyboard.press("Space")
    wait_until(page, "document.querySelector('.word.lit')")
    expect(page.locator(".word.lit").first).to_be_in_viewport()
    assert page.evaluate("scrollY") == 0


def test_the_usual_case_needs_no_scrolling(desk, page):
    """Listened to, decided, assigned and answered: everything for it is in sight at 1024 by 768."""
    with desk.session() as session:
        make.village(session)
        proposal = {
            "category": "路灯照明",
            "village": "清水村",
            "place": "清水村三组",
            "because": ["路灯", "清水村"],
            "ask": "求助",
        }
        case = make.case(session, number="10300", by=make.caller(session), proposal=proposal)
        make.recording(session, case, desk.storage, words=make.spread("我 是 清水村 三组 的 村口 的 路灯 坏了 三天 了"))
    page.goto("/cases/10300")
    page.wait_for_load_state()
    for name in ("播放", "就这样定", "派单", "发短信", "打电话播报"):
        expect(page.get_by_role("button", name=name, exact=True)).to_be_in_viewport(ratio=1)
    expect(page.get_by_text("改正文字").first).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("width", [1024, 390])
def test_nothing_sticks_out_at_the_side(case_page, width):
    case_page.set_viewport_size({"width": width, "height": 768})
    case_page.keyboard.press("e")
    assert case_page.evaluate("document.documentElement.scrollWidth") <= width

"""The list of cases: newest first, calls to be made on top, walked with the keyboard."""

import re

import pytest
from playwright.sync_api import expect

from app.db import now
from app.services import ledger
from app.services.cases import alarms, decisions
from app.services.deadlines import clocks
from tests.console import make

NUMBERS = ("10213", "10221", "10239")


@pytest.fixture
def three_cases(desk):
    with desk.session() as session:
        for minutes, number in enumerate(NUMBERS):
            case = make.case(session, number=number, by=make.caller(session), minutes_ago=10 * minutes)
            make.recording(session, case, words=make.spread(f"这 是 {number}"))


def test_an_empty_list_says_so(desk, page):
    expect(page.get_by_text("还没有事项。")).to_be_visible()


def test_the_newest_case_comes_first(desk, three_cases, page):
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(3)
    for row, number in enumerate(NUMBERS):
        expect(rows.nth(row)).to_contain_text(f"事项 {number}")


def test_what_stands_below_a_notice_keeps_its_distance(desk, three_cases, page):
    with desk.session() as session:
        make.task(session, make.case(session, by=make.caller(session)))
    page.reload()
    above, below = (page.locator(f"main > {one}").bounding_box() for one in (".notice", ".tasks"))
    assert below["y"] - (above["y"] + above["height"]) >= 8


def test_j_k_and_enter_walk_the_list_and_open_a_case(desk, three_cases, page):
    for key in ("j", "j", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NUMBERS[1])
    page.wait_for_load_state()  # its keys work from then on
    page.keyboard.press("u")
    expect(page).to_have_url(re.compile("/cases$"))


def test_a_case_is_found_by_its_number_without_a_mouse(desk, three_cases, page):
    page.keyboard.press("/")
    page.keyboard.type(NUMBERS[2])
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NUMBERS[2])


def find(page, wanted):
    page.get_by_label("查找").fill(wanted)
    page.keyboard.press("Enter")


def test_what_nothing_has_is_said_in_a_sentence(desk, page):
    find(page, "99")
    expect(page.get_by_role("heading", level=1)).to_have_text("没有找到“99”")
    expect(page.get_by_text("读音相近的也找得到")).to_be_visible()


def test_one_sign_alone_is_refused_in_a_sentence(desk, page):
    find(page, "灯")
    expect(page.get_by_role("status")).to_contain_text("请至少写两个字")


@pytest.mark.parametrize("wanted", ["199 0000 0123", "+8619900000123", "0123", "00000123"])
def test_a_callers_cases_are_found_by_his_number_or_its_end(desk, page, wanted):
    with desk.session() as session:
        caller = make.caller(session, "+8619900000123")
        for minutes, number in enumerate(NUMBERS):
            make.case(session, number=number, by=caller, minutes_ago=minutes)
        make.case(session, number="20000", by=make.caller(session, "+8619900000999"))
    find(page, wanted)
    expect(page.get_by_role("heading", level=1)).to_have_text(f"“{wanted}” 找到 3 件")
    expect(page.locator("[data-row]")).to_have_count(3)
    expect(page.locator("[data-row]").first).to_contain_text(NUMBERS[0])
    page.wait_for_load_state()
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(NUMBERS[0])


def test_a_villages_cases_are_found_by_its_name_and_turn_their_pages(desk, page):
    with desk.session() as session:
        here, there = make.village(session, "清水村"), make.village(session, "石桥村")
        for minutes in range(32):
            make.case(session, number=f"{20000 + minutes}", village=here, minutes_ago=minutes)
        make.case(session, number="30001", proposal={"category": "供电", "village": "清水村", "place": "清水村"})
        make.case(session, number="30002", village=there)
    find(page, "清水村")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(30)
    expect(rows.first).to_contain_text("30001")
    page.get_by_role("link", name="看更早的").click()
    expect(rows).to_have_count(3)
    expect(rows.last).to_contain_text("20031")


def test_words_are_found_by_their_sound_which_is_marked_and_can_be_left_out(desk, page):
    with desk.session() as session:
        for number, heard in (("10213", "村口的露灯坏了"), ("10221", "桥头的路灯坏了")):
            make.recording(session, make.case(session, number=number), words=make.spread(heard))
    find(page, "路灯")
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(2)
    expect(rows.filter(has_text="10213")).to_contain_text("读音相近")
    expect(rows.filter(has_text="10221")).not_to_contain_text("读音相近")
    page.get_by_role("link", name="只看字一样的").click()
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("10221")
    page.get_by_role("link", name="读音相近的也要").click()
    expect(rows).to_have_count(2)


def test_the_list_is_in_the_order_of_what_needs_somebody_now(desk, page):
    with desk.session() as session:
        for number, state, fields in (
            ("10205", "in_progress", {}),
            ("10213", "assigned", {"caller_spoke_at": now()}),
            ("10221", "received", {}),
            ("10239", "assigned", {"minutes_ago": 30 * 24 * 60}),
            ("10247", "accepted", {"urgent": True}),
        ):
            case = make.case(session, number=number, state=state, by=make.caller(session), **fields)
            if number == "10239":
                clocks.start(session, case)
        make.case(session, number="10254", state="closed")
    page.reload()
    order = [re.search(r"事项 (\d+)", row.inner_text()).group(1) for row in page.locator("[data-row]").all()]
    assert order == ["10247", "10239", "10221", "10213", "10205"]
    counts = page.get_by_role("list", name="件数").get_by_role("listitem")
    expect(counts).to_have_text(["急事 1", "今天到期和超期的 1", "新来的 1", "来电人又说了话的 1", "在办的 1"])
    expect(page.locator("[data-row]").nth(1)).to_contain_text("已超")


def test_filters_stay_can_be_taken_away_and_are_in_the_address(desk, page):
    with desk.session() as session:
        here = make.village(session, "清水村")
        make.case(session, number="10213", village=here, channel="sms")
        make.case(session, number="10221", village=here)
        make.case(session, number="10239", channel="sms", state="closed")
    page.reload()
    page.get_by_text("筛选").click()
    page.get_by_label("村", exact=True).select_option("清水村")
    page.get_by_label("来路").select_option("短信")
    page.get_by_role("button", name="看", exact=True).click()
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(1)
    page.goto("/cases/10239")
    page.goto("/cases")  # as it was left
    expect(page).to_have_url(re.compile("channel=sms.*village=|village=.*channel=sms"))
    expect(rows).to_have_count(1)
    page.get_by_role("link", name="不再只看：短信").click()
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="不再只看：清水村").click()
    expect(page).to_have_url(re.compile("/cases$"))
    page.goto("/cases?state=closed")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("10239")


def test_cases_that_i_had_in_hand_last_are_mine(desk, page):
    with desk.session() as session:
        mine = make.case(session, number="10213")
        make.case(session, number="10221")
        ledger.record(session, mine, "decided", by=make.NAME)
    page.goto("/cases?mine=1")
    expect(page.locator("[data-row]")).to_have_count(1)
    expect(page.locator("[data-row]")).to_contain_text("10213")


def test_what_a_caller_says_later_waits_until_somebody_has_read_it(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10213", state="assigned", by=make.caller(session))
        decisions.add_text(session, case, "水又停了")
    page.goto("/cases/10213")
    page.get_by_role("button", name="看过了").click()
    expect(page.get_by_role("region", name="经过")).to_contain_text("看过了来电人的话。")
    expect(page.get_by_role("button", name="看过了")).to_have_count(0)
    page.goto("/cases")
    expect(page.get_by_role("heading", level=2)).to_have_text(["在办的 1"])
    expect(page.get_by_role("list", name="件数")).to_have_count(0)  # one group needs no counts besides


def test_the_question_mark_shows_the_keys_and_escape_hides_them(desk, page):
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="按键")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="按键")).to_be_hidden()


def test_calls_to_be_made_stand_on_top_the_urgent_first_and_can_be_done(desk, page):
    with desk.session() as session:
        waiting = make.case(session, by=make.caller(session, "+8619900000011"))
        make.task(session, waiting, minutes_ago=90)
        urgent = make.case(session, by=make.caller(session, "+8619900000022"), urgent=True)
        alarms.alert(session, urgent, "着火", "火灾")
    page.reload()
    rings = page.locator("[data-ring]")
    expect(rings).to_have_count(2)
    expect(rings.nth(0)).to_contain_text(re.compile("199 0000 0022.*急.*着火，请打119", re.DOTALL))
    expect(rings.nth(1)).to_contain_text("要找人说话")
    rings.nth(0).get_by_role("button", name="打过了").click()
    expect(page.get_by_role("status")).to_contain_text("记下了")
    expect(rings).to_have_count(1)


def test_a_caller_who_waits_for_several_calls_is_one_row_with_his_cases(desk, page):
    with desk.session() as session:
        caller = make.caller(session, "+8619900000011")
        for number in ("10213", "10221"):
            case = make.case(session, number=number, by=caller, text="路灯坏了")
            make.task(session, case)
            make.task(session, case, reason="not_reached")
    page.reload()
    rings = page.locator("[data-ring]")
    expect(rings).to_have_count(1)
    expect(rings.locator("strong")).to_have_text("199 0000 0011")
    expect(rings.get_by_role("listitem")).to_have_count(2)
    expect(rings).to_contain_text(re.compile("要找人说话，回复没有送到.*10213.*10221", re.DOTALL))
    rings.get_by_role("button", name="打过了").click()
    expect(page.get_by_role("status")).to_contain_text("记下了")
    expect(rings).to_have_count(0)


def test_five_callers_to_be_rung_are_shown_and_the_rest_are_a_key_away(desk, page):
    with desk.session() as session:
        for minutes in range(13):
            make.task(session, make.case(session, by=make.caller(session)), minutes_ago=minutes)
    page.reload()
    expect(page.locator("[data-ring]:visible")).to_have_count(5)
    page.get_by_text("还有 8 个").press("Enter")
    expect(page.locator("[data-ring]:visible")).to_have_count(13)


def test_a_call_that_nobody_answered_stays_to_be_made_and_is_noted(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10213", by=make.caller(session))
        make.task(session, case)
        make.task(session, case, reason="not_reached")
    page.goto("/cases/10213")
    for said in ("没打通 今天", "没打通 2 次，最近 今天"):
        page.get_by_role("button", name="没打通").click()
        expect(page.locator("[data-ring]")).to_contain_text(said)
    expect(page.get_by_role("region", name="经过")).to_contain_text("给来电人打过电话，没打通。")
    page.get_by_role("button", name="打过了").click()
    expect(page.locator("[data-ring]")).to_have_count(0)


def test_the_list_turns_its_pages(desk, page):
    with desk.session() as session:
        for minutes in range(35):
            make.case(session, number=f"{20000 + minutes}", minutes_ago=minutes)
    page.reload()
    page.get_by_role("link", name="看后面的").click()
    rows = page.locator("[data-row]")
    expect(rows).to_have_count(5)
    expect(rows.last).to_contain_text("20034")
    page.get_by_role("link", name="回到最前面").click()
    expect(rows.first).to_contain_text("20000")


def test_words_that_were_heard_unsurely_are_grey_and_marked(desk, page):
    with desk.session() as session:
        case = make.case(session, by=make.caller(session))
        make.recording(session, case, words=make.spread("路灯 坏了")).transcripts[-1].confidence = 0.5
        sure = make.case(session, by=make.caller(session), minutes_ago=5)
        make.recording(session, sure, words=make.spread("停水 三天")).transcripts[-1].confidence = 0.95
    page.reload()
    rows = page.locator("[data-row]")
    expect(rows.nth(0)).to_contain_text("没听准")
    expect(rows.nth(1)).not_to_contain_text("没听准")
    colour = "element => getComputedStyle(element).color"
    assert rows.nth(0).locator(".words").evaluate(colour) != rows.nth(1).locator(".words").evaluate(colour)


def test_a_proposal_of_nothing_in_particular_is_no_proposal(desk, page):
    with desk.session() as session:
        make.case(session, number="10247", proposal={"category": "其他", "place": "", "because": []})
    page.reload()
    expect(page.locator("[data-row]")).to_contain_text("机器没有听出是什么事")
    page.goto("/cases/10247")
    decision = page.get_by_role("region", name="类别和地点")
    expect(decision.get_by_text("机器没有听出是什么事。")).to_be_visible()
    expect(decision.get_by_label("类别")).to_have_value("")
    expect(page.get_by_text("机器的建议")).to_have_count(0)


def test_an_answered_case_says_so(desk, page):
    with desk.session() as session:
        make.case(session, state="replied")
    page.reload()
    expect(page.locator("[data-row]")).to_contain_text("已答复")

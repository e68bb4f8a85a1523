"""One case: its recording, its words, what a person makes of them."""

import re

import pytest
from playwright.sync_api import expect

from app.models import Case, Transcript
from tests.browser.conftest import wait_until
from tests.console import make

WORDS = make.spread("村口 路灯 坏了", seconds=0.5, unsure=("路灯",))


@pytest.fixture
def spoken(desk):
    """Case 10247: three words, the second of them unsure, with a proposal."""
    with desk.session() as session:
        make.village(session, "石桥村")
        make.village(session, "清水村")
        proposal = {"category": "路灯照明", "village": "清水村", "place": "清水村三组", "because": ["路灯", "清水村"]}
        case = make.case(session, number="10247", by=make.caller(session), proposal=proposal)
        make.recording(session, case, desk.storage, words=WORDS)


@pytest.fixture
def case_page(spoken, page):
    page.goto("/cases/10247")
    return page


def row(desk, model):
    with desk.parts.database.reading() as session:
        return session.query(model).order_by(Case.received_at if model is Case else model.at, model.id).all()


def test_words_light_up_in_step_with_the_sound(case_page):
    case_page.keyboard.press("Space")
    seen = case_page.evaluate(
        """() => new Promise((done) => {
          const audio = document.querySelector("audio"), seen = [];
          const look = () => {
            seen.push([audio.currentTime, document.querySelector(".word.lit")?.textContent ?? ""]);
            audio.ended ? done(seen) : requestAnimationFrame(look);
          };
          look();
        })"""
    )
    assert {lit for _, lit in seen} >= {"村口", "路灯", "坏了"}
    slack = 0.25  # seconds a picture may lag behind the sound on a machine busy with other tests
    for at, lit in seen:
        spoken_about_then = {word for word, start, end, _ in WORDS if start - slack <= at <= end + slack}
        assert not lit or at > WORDS[-1][2] or lit in spoken_about_then


def test_space_stops_the_sound_again(case_page):
    case_page.keyboard.press("Space")
    expect(case_page.get_by_role("button", name="暂停")).to_be_visible()
    case_page.keyboard.press("Space")
    expect(case_page.get_by_role("button", name="播放")).to_be_visible()


def test_a_click_on_a_word_plays_from_it(case_page):
    case_page.locator("[data-words] .word").nth(2).click()
    wait_until(case_page, "document.querySelector('audio').currentTime >= 1.0")
    expect(case_page.locator(".word.lit")).to_have_text("坏了")


def test_words_are_reached_and_heard_with_the_keyboard(case_page):
    for key in ("w", "ArrowRight", "ArrowRight", "Enter"):
        case_page.keyboard.press(key)
    expect(case_page.locator("[data-words] .word").nth(2)).to_be_focused()
    wait_until(case_page, "document.querySelector('audio').currentTime >= 1.0")


def test_an_unsure_word_is_marked_by_more_than_colour(case_page):
    unsure = case_page.locator("[data-words] .unsure")
    expect(unsure).to_have_text("路灯")
    expect(unsure).to_have_css("text-decoration-style", "wavy")
    expect(unsure).to_have_attribute("aria-description", "没把握")
    expect(case_page.get_by_text("没把握，请听一听")).to_be_visible()


def test_a_correction_is_kept_and_what_was_heard_stays_in_sight(desk, case_page):
    case_page.keyboard.press("e")
    box = case_page.get_by_label("您听到的话")
    expect(box).to_be_focused()
    expect(box).to_have_value("村口路灯坏了")
    box.fill("村口的路灯坏了三天")
    case_page.get_by_role("button", name="保存").first.click()
    expect(case_page.locator("[data-corrected]")).to_have_text("村口的路灯坏了三天")
    expect(case_page.locator("[data-words]")).to_have_text("村口路灯坏了")
    expect(case_page.get_by_role("region", name="经过")).to_contain_text("改正了听写的话。")
    heard, corrected = row(desk, Transcript)
    assert (heard.text, heard.operator_id) == ("村口路灯坏了", None)
    assert corrected.text == "村口的路灯坏了三天"
    assert corrected.operator_id


def test_an_empty_correction_is_refused_in_a_sentence(desk, case_page):
    case_page.keyboard.press("e")
    case_page.get_by_label("您听到的话").fill("  ")
    case_page.get_by_role("button", name="保存").first.click()
    expect(case_page.get_by_role("alert")).to_contain_text("更正的内容是空的")
    expect(case_page.get_by_label("您听到的话")).to_be_visible()
    assert len(row(desk, Transcript)) == 1


def test_a_person_decides_and_the_proposal_shows_the_words_that_speak_for_it(desk, case_page):
    decision = case_page.get_by_role("region", name="类别和地点")
    expect(decision).to_contain_text(re.compile("机器的建议 路灯照明 · 清水村三组.*因为说到了路灯清水村", re.DOTALL))
    expect(decision.get_by_label("类别")).to_have_value("路灯照明")
    decision.get_by_label("类别").select_option("供电")
    decision.get_by_label("村", exact=True).select_option(label="石桥村")
    decision.get_by_label("地点").fill("石桥村五组")
    decision.get_by_label("急事").check()
    decision.get_by_role("button", name="就这样定").click()
    expect(case_page.locator(".facts")).to_contain_text("石桥村五组")
    expect(case_page.get_by_role("region", name="经过")).to_contain_text("定为：供电，石桥村五组，急。")
    [case] = row(desk, Case)
    assert (case.category, case.place, case.urgent) == ("供电", "石桥村五组", True)
    assert case.proposal.category == "路灯照明"


def test_nothing_is_decided_until_somebody_has(desk, case_page):
    [case] = row(desk, Case)
    assert (case.category, case.place) == ("", "")
    expect(case_page.get_by_text("还没有人定过。")).to_be_visible()


def test_a_text_with_a_script_in_it_is_only_text(desk, page):
    with desk.session() as session:
        make.case(session, number="10300", channel="sms", text="<script>document.title='x'</script><b>路灯</b>")
    page.goto("/cases")
    expect(page.locator("[data-row]")).to_contain_text("<script>document.title='x'</script>")
    page.goto("/cases/10300")
    expect(page.locator(".said")).to_have_text("<script>document.title='x'</script><b>路灯</b>")
    expect(page).to_have_title("事项 10300 · 乡音热线")


def test_a_recording_that_never_came_is_said_in_a_sentence(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10208", by=make.caller(session))
        make.recording(session, case, state="announced", failed=True, error="404")
    page.goto("/cases/10208")
    expect(page.get_by_text("这段录音没有取回来，听不到了。请按号码打过去问一问。")).to_be_visible()


def test_a_recording_missing_in_the_store_is_said_in_a_sentence(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10209", by=make.caller(session))
        make.recording(session, case, words=WORDS, key="recordings/gone.wav")
    page.goto("/cases/10209")
    page.get_by_role("button", name="播放").click()
    expect(page.get_by_role("alert")).to_contain_text("录音放不出来")


def test_a_hidden_number_promises_no_answer(desk, page):
    with desk.session() as session:
        make.case(session, number="10210")
    page.goto("/cases/10210")
    expect(page.get_by_text("来电没有显示号码，没法回复。")).to_be_visible()
    expect(page.get_by_role("button", name="发短信")).to_have_count(0)


def test_the_sound_is_played_and_wound_back_while_typing(case_page):
    case_page.keyboard.press("e")
    case_page.keyboard.press("F9")
    wait_until(case_page, "document.querySelector('audio').currentTime > 0.2")
    case_page.keyboard.press("F9")
    case_page.keyboard.press("F8")
    assert case_page.evaluate("document.querySelector('audio').currentTime") == 0
    case_page.keyboard.type(" ")
    expect(case_page.get_by_label("您听到的话")).to_have_value(re.compile(" "))
    assert case_page.evaluate("document.querySelector('audio').paused")

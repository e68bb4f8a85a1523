"""Correcting: words of the same or a near sound, offered for the word at the cursor and chosen with a number."""

import pytest
from playwright.sync_api import expect

from app.models import Transcript
from speech_models import nearest as near
from speech_models.catalogue import ModelMissing
from speech_models.nearest import Doubt, Nearest, nearest
from tests.console import make

WORDS = make.spread("我 是 青水 村 的 路登 坏了 有 三天", unsure=("青水", "路登"))


@pytest.fixture(scope="module", autouse=True)
def everyday_words():
    """Made once, as at the first suggestion of a process, so that no page waits for it."""
    nearest("路登", 0, 2, {})


@pytest.fixture
def case_page(desk, page):
    with desk.session() as session:
        make.village(session, "清水村")
        case = make.case(session, number="10247", by=make.caller(session))
        recording = make.recording(session, case, desk.storage, words=WORDS)
        [transcript] = recording.transcripts
        transcript.words = [
            word | ({"others": [["路灯", 0.4], ["路等", 0.1]]} if word["text"] == "路登" else {})
            for word in transcript.words
        ]
    page.goto("/cases/10247")
    page.wait_for_load_state()
    return page


def box(page):
    return page.get_by_label("您听到的话")


def offered(page):
    return page.get_by_role("group", name="音近的词").get_by_role("button")


def selected(page):
    return page.evaluate(
        "(() => { const t = document.activeElement; return t.value.slice(t.selectionStart, t.selectionEnd); })()"
    )


def put_cursor(page, place):
    page.keyboard.press("Control+Home")
    for _ in range(place):
        page.keyboard.press("ArrowRight")


def test_for_the_word_at_the_cursor_the_towns_places_are_offered(case_page):
    case_page.keyboard.press("e")
    put_cursor(case_page, 5)
    expect(offered(case_page).first).to_have_text("1 清水村")
    case_page.keyboard.press("Alt+1")
    expect(box(case_page)).to_have_value("我是清水村的路登坏了有三天")


def test_unsure_words_are_gone_through_with_a_key_and_replaced_with_a_number(desk, case_page):
    case_page.keyboard.press("F2")
    expect(offered(case_page).first).to_be_visible()
    assert selected(case_page) == "青水"
    case_page.keyboard.press("F2")
    expect(offered(case_page).first).to_have_text("1 路灯")  # what the engine itself was in doubt about comes first
    assert selected(case_page) == "路登"
    case_page.keyboard.press("1")
    expect(box(case_page)).to_have_value("我是青水村的路灯坏了有三天")
    case_page.keyboard.press("Control+Enter")
    expect(case_page.locator("[data-corrected]")).to_have_text("我是青水村的路灯坏了有三天")
    with desk.parts.database.reading() as session:
        assert session.query(Transcript).filter(Transcript.operator_id.is_not(None)).one().text.startswith("我是青水村")


def test_numbers_are_typed_where_nothing_is_selected(case_page):
    case_page.keyboard.press("e")
    put_cursor(case_page, 4)
    expect(offered(case_page).first).to_be_visible()
    case_page.keyboard.press("3")
    expect(box(case_page)).to_have_value("我是青水3村的路登坏了有三天")


def test_a_clicked_unsure_word_gets_its_suggestions_and_a_click_takes_one(case_page):
    case_page.locator("[data-words] .word", has_text="路登").click()
    expect(offered(case_page).first).to_have_text("1 路灯")
    offered(case_page).first.click()
    expect(box(case_page)).to_have_value("我是青水村的路灯坏了有三天")
    expect(box(case_page)).to_be_focused()


def test_a_word_is_replaced_without_a_mouse(case_page):
    for key in ("w", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "ArrowRight", "Enter"):
        case_page.keyboard.press(key)
    expect(offered(case_page).first).to_have_text("1 路灯")
    case_page.keyboard.press("1")
    expect(box(case_page)).to_have_value("我是青水村的路灯坏了有三天")


def test_words_that_sound_alike_are_found_without_a_language_model(monkeypatch):
    def missing(name):
        raise ModelMissing(name)

    near._model.cache_clear()
    monkeypatch.setattr(near, "installed", missing)
    try:
        assert "清水村" in [one.text for one in nearest("我是青水村的", 5, 5, {"清水村": 4.0})]
        assert "路灯" in [one.text for one in nearest("那个路登坏了", 4, 4, {})]
    finally:
        near._model.cache_clear()


def test_what_was_in_doubt_comes_first_and_nothing_is_offered_for_other_letters():
    doubt = Doubt(2, 4, [("路灯", 0.4), ("路登", 0.3)])
    assert nearest("那个路登坏了", 2, 4, {}, [doubt])[0] == Nearest("路灯", 2, 4)
    assert nearest("wifi 坏了", 2, 2, {}) == []
    assert nearest("", 0, 0, {}) == []
    assert len(nearest("村口的事", 2, 2, {})) <= near.MOST

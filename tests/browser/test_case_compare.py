"""What was heard, what correction made of it, what a person wrote: compared with a key."""

import pytest
from playwright.sync_api import expect

from app.models import Operator
from app.services.cases import decisions
from tests.console import make

WORDS = make.spread("我家 地保 没有 了", unsure=("地保",))


@pytest.fixture
def heard(desk):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        recording = make.recording(session, case, desk.storage, words=WORDS)
        [transcript] = recording.transcripts
        transcript.words = [
            word | ({"text": "低保", "heard": "地保"} if word["text"] == "地保" else {}) for word in transcript.words
        ]
        transcript.text = "我家低保没有了"
        return recording


def test_a_key_shows_what_was_heard_before_correction_and_after(heard, page):
    page.goto("/cases/10247")
    page.wait_for_load_state()
    words = page.locator("[data-words]")
    expect(words).to_have_text("我家低保没有了")
    page.keyboard.press("b")
    expect(words).to_have_text("我家地保没有了")
    expect(page.locator("[data-version-name]")).to_have_text("机器原来听到的")
    expect(words.locator(".chosen")).to_have_css("background-color", "rgb(221, 232, 245)")
    page.keyboard.press("b")
    expect(words).to_have_text("我家低保没有了")
    expect(page.locator("[data-version-name]")).to_have_text("机器听到的")


def test_what_a_person_wrote_is_marked_where_it_differs(desk, heard, page):
    with desk.session() as session:
        recording = session.merge(heard)
        decisions.correct(session, recording, session.query(Operator).one(), "我家低保金没了")
    page.goto("/cases/10247")
    page.wait_for_load_state()
    written = page.locator("[data-corrected]")
    expect(written).to_have_text("我家低保金没了")
    expect(written.locator("ins")).to_have_text(["金"])
    expect(page.locator("[data-words] .other")).to_have_text(["没有"])
    page.keyboard.press("b")
    expect(written).to_be_hidden()
    expect(page.locator("[data-words]")).to_have_text("我家低保没有了")
    page.keyboard.press("b")
    expect(page.locator("[data-words]")).to_have_text("我家地保没有了")
    page.keyboard.press("b")
    expect(written).to_be_visible()


def test_where_there_is_one_version_only_nothing_is_offered(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10300")
        make.recording(session, case, desk.storage, words=make.spread("路灯 坏了"))
    page.goto("/cases/10300")
    expect(page.locator("[data-compare]")).to_have_count(0)

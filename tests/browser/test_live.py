"""Live listening at the desk: the words of a call that is going on, as they come."""

import pytest
from playwright.sync_api import expect

from app.db import now
from app.models import Conversation, LiveWords
from app.services.conversation.live import STALE
from tests.browser.test_news import look
from tests.console import make


@pytest.fixture
def listens(desk, page):
    """A desk whose service listens to calls."""
    desk.parts.settings.live = True
    page.goto("/cases")
    return page


def call(desk, text="", case=None, caller=None):
    """Somebody speaks."""
    with desk.session() as session:
        caller = session.merge(caller) if caller else make.caller(session, "+8619900004321")
        talk = Conversation(
            channel="voice", carrier_id=f"CA{now()}", caller_id=caller.id, case_id=case.id if case else None
        )
        session.add(talk)
        session.flush()
        session.add(LiveWords(conversation_id=talk.id, turn=1, text=text))
    return talk.id


def says(desk, id, **changes):
    with desk.session() as session:
        row = session.get_one(LiveWords, id)
        for name, value in changes.items():
            setattr(row, name, value)


def test_words_of_a_call_come_and_go_while_the_list_stands_open(desk, listens):
    part = listens.get_by_role("region", name="正在通话")
    expect(part).to_contain_text("现在没有人在说话")
    below = listens.locator("#cases-title").bounding_box()
    id = call(desk)
    look(listens)
    expect(part).to_contain_text("199 0000 4321")
    expect(part).to_contain_text("还没有听出话来")
    assert listens.locator("#cases-title").bounding_box() == below
    says(desk, id, text="清水村三组路灯")
    look(listens)
    expect(part.locator("ul[aria-live=polite]")).to_contain_text("清水村三组路灯")
    says(desk, id, text="清水村三组路灯坏了三天")
    expect(part).to_contain_text("清水村三组路灯坏了三天")  # by itself, while somebody speaks
    with desk.session() as session:
        session.delete(session.get_one(LiveWords, id))
    look(listens)
    expect(part).to_contain_text("现在没有人在说话")
    expect(part.locator("li")).to_have_count(0)


def test_a_call_whose_process_is_no_more_is_not_shown(desk, listens):
    id = call(desk, "有人吗")
    says(desk, id, seen_at=now() - STALE)
    look(listens)
    expect(listens.locator("[data-nobody]")).to_be_visible()
    expect(listens.locator("[data-words-so-far]")).to_have_count(0)


def test_words_are_shown_as_words_whatever_they_are(desk, listens):
    call(desk, "<b onclick=alert(1)>你好</b>")
    look(listens)
    expect(listens.locator("[data-words-so-far]")).to_have_text("<b onclick=alert(1)>你好</b>")


def test_on_its_page_a_case_shows_its_own_call_only_and_the_list_leads_there(desk, listens):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
    call(desk, "别的事情")
    call(desk, "路灯又坏了", case=case, caller=case.caller)
    look(listens)
    listens.get_by_role("region", name="正在通话").get_by_role("link", name="事项 10247").click()
    expect(listens).to_have_url(f"{desk.address}/cases/10247")
    expect(listens.locator("[data-words-so-far]")).to_have_text(["路灯又坏了"])


def test_a_desk_that_does_not_listen_has_no_such_part(page):
    expect(page.locator("[data-live]")).to_have_count(0)

"""Dialect words as the operator sees them."""

from playwright.sync_api import expect

from tests.console import make


def test_dialect_words_are_explained_under_the_transcript_which_stays_as_it_was(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session, dialect="sichuan"))
        make.recording(session, case, desk.storage, words=make.spread("我 屋头 漏雨 没得 人管"))
    page.goto("/cases/10247")
    expect(page.locator("[data-words]")).to_have_text("我屋头漏雨没得人管")
    words = page.get_by_role("list", name="乡音词").get_by_role("listitem")
    expect(words).to_have_text(["“屋头”：家里 未经当地人核对", "“没得”：没、没有 未经当地人核对"])


def test_the_lists_of_words_fit_the_screen_and_lead_to_each_dialect(page):
    page.goto("/dialects")
    page.get_by_role("navigation", name="方言").get_by_role("link", name="闽南话").click()
    expect(page.get_by_role("heading", name="闽南话")).to_be_in_viewport()
    expect(page.get_by_role("link", name="闽南话")).to_have_attribute("aria-current", "page")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")

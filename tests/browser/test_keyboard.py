"""Without a mouse: from the login to a case that was corrected, assigned and answered."""

from playwright.sync_api import Page, expect
from sqlalchemy import select

from app.models import Case, Message
from app.services.deadlines import clocks
from app.services.directory import departments
from tests.console import make

ANSWER = "王奶奶，电工明天上午来修路灯。"


def press_until(page: Page, key: str, focused: str, most: int = 60) -> None:
    """Press a key until what has the focus matches a CSS selector."""
    for _ in range(most):
        if page.evaluate("(wanted) => document.activeElement.matches(wanted)", focused):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{most} times {key} do not lead to {focused}")


def go(page: Page, key: str) -> None:
    """Press a key that opens another page, and wait for it."""
    with page.expect_navigation():
        page.keyboard.press(key)
    page.wait_for_load_state()


def test_a_case_is_corrected_assigned_and_answered_without_a_mouse(desk, browser_page):
    page = browser_page
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        case = make.case(session, number="10247", by=make.caller(session))
        make.recording(session, case, desk.storage, words=make.spread("村口 路灯 坏了"))
        clocks.start(session, case)
    page.goto("/")
    expect(page.get_by_label("账号")).to_be_focused()
    page.keyboard.type(make.LOGIN)
    page.keyboard.press("Tab")
    page.keyboard.type(make.PASSWORD)
    go(page, "Enter")

    page.keyboard.press("j")
    go(page, "Enter")
    expect(page.get_by_role("heading", name="事项 10247")).to_be_visible()

    page.keyboard.press("e")
    page.keyboard.press("End")
    page.keyboard.type("三天")
    page.keyboard.press("Tab")
    go(page, "Enter")
    expect(page.locator("[data-corrected]")).to_have_text("村口路灯坏了三天")

    page.keyboard.press("c")
    page.keyboard.press("ArrowDown")
    press_until(page, "Tab", ".decision button")
    go(page, "Enter")
    expect(page.locator(".facts")).to_contain_text("路灯照明")

    press_until(page, "Tab", "select[name=lead]", most=90)
    page.keyboard.press("Home")
    for _ in range(40):
        if page.evaluate("document.activeElement.selectedOptions[0].text") == "村镇建设办":
            break
        page.keyboard.press("ArrowDown")
    press_until(page, "Tab", "#moves .acts button.primary")
    go(page, "Enter")
    expect(page.get_by_role("region", name="经过")).to_contain_text("派给村镇建设办牵头。")

    page.keyboard.press("r")
    page.keyboard.type(ANSWER)
    press_until(page, "Tab", "[data-reply] button.primary")
    go(page, "Enter")
    expect(page.get_by_role("region", name="回复")).to_contain_text(ANSWER)

    with desk.session() as session:
        case = session.scalars(select(Case)).one()
        assert (case.state, case.category) == ("replied", "路灯照明")
        assert case.assignments[0].department.name == "村镇建设办"
        assert session.scalars(select(Message.body)).all() == [ANSWER]


def test_whatever_has_the_focus_is_seen_to_have_it(desk, page):
    with desk.session() as session:
        make.recording(session, make.case(session, number="10247", by=make.caller(session)), desk.storage, seconds=1.0)
    page.goto("/cases/10247")
    page.wait_for_load_state()
    unseen = []
    for _ in range(40):
        page.keyboard.press("Tab")
        seen, html = page.evaluate(
            """() => {
              const it = document.activeElement, style = getComputedStyle(it);
              return [it === document.body || (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2),
                      it.outerHTML.slice(0, 90)];
            }"""
        )
        if not seen:
            unseen.append(html)
    assert unseen == []

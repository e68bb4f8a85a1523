"""The three rates in a browser: a number opens the cases behind it; signs of gaming open theirs."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from app.db import now
from app.models import Department, Operator, Rating
from app.services.cases import lifecycle
from tests.console import make

LONG = "农业农村和水利水电及农村饮水安全工程建设管理办公室"


def fill(desk, count=12, fast=4) -> None:
    """Ratings of two departments and two villages, some of which were pressed too fast."""
    with desk.session() as session:
        waterworks, other = Department(name="水务站"), Department(name=LONG)
        session.add_all([waterworks, other])
        session.flush()
        villages = [make.village(session), make.village(session, "石桥村")]
        operator = session.scalars(select(Operator)).one()
        for n in range(count):
            said = f"{villages[n % 2].name}{n + 1}组路灯坏了，天一黑老人出门看不见路，说过好几回了，还没人来看"
            case = make.case(session, by=make.caller(session), channel="sms", text=said, village_id=villages[n % 2].id)
            solved, outcome = n % 4 != 0, ("caller", "caller", "caller", "not_reached", "unconfirmed")[n % 5]
            own = outcome == "caller"
            session.add(
                Rating(
                    case_id=case.id, outcome=outcome, solved=solved if own else None, how="key" if own else "",
                    grade=n % 5 + 1 if own and n % 6 else None, village_id=case.village_id, in_time=n % 3 != 0,
                    department_id=(waterworks if n % 3 else other).id, handler_id=operator.id,
                    seconds_to_answer=0.5 if own and n < fast * 2 else 8.0, at=now() - timedelta(minutes=n),
                )
            )  # fmt: skip


def test_a_number_opens_the_cases_behind_it(desk, page):
    fill(desk)
    page.keyboard.press("g")
    page.get_by_role("link", name="三率").click()
    row = page.get_by_role("row", name=LONG)
    shown = row.get_by_role("link", name="来电人说办好了的")
    count = int(shown.inner_text())
    shown.click()
    page.wait_for_load_state()
    expect(page.get_by_role("heading", name=f"{LONG}来电人说办好了的")).to_be_visible()
    expect(page.get_by_role("main").get_by_role("listitem")).to_have_count(count)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", name="事项")).to_be_visible()


def test_a_month_is_chosen_and_an_empty_one_says_so(desk, page):
    fill(desk)
    page.goto("/rates?from=2020-01-01&to=2020-01-31")
    expect(page.get_by_text("这段时间还没有回访的结果").first).to_be_visible()
    page.get_by_role("navigation", name="月份").get_by_role("link").first.click()
    expect(page.get_by_role("row", name="石桥村")).to_be_visible()


def test_a_sign_is_a_sentence_that_opens_its_cases(desk, page):
    fill(desk, count=30, fast=10)
    page.goto("/rates")
    page.get_by_role("link", name="不对劲的评价").click()
    page.get_by_role("link", name="问题才开口不到 2 秒就按了键").first.click()
    page.wait_for_load_state()
    expect(page.get_by_role("main").get_by_role("listitem").first).to_contain_text("来电人按键说")


@pytest.mark.parametrize("width", [1024, 390])
@pytest.mark.parametrize("address", ["/rates", "/signs"])
def test_the_pages_fit_a_screen_and_a_telephone(desk, page, address, width):
    fill(desk, count=30, fast=10)
    page.set_viewport_size({"width": width, "height": 768})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert len(page.content()) < 100_000


def test_a_case_says_by_whose_word_it_was_closed(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session), channel="sms", text="停水了")
        operator = session.scalars(select(Operator)).one()
        operator.head = True
        lifecycle.replied(session, case, operator)
    page.goto("/cases/10247")
    moves = page.get_by_role("region", name="办理")
    expect(moves).to_contain_text("热线去问来电人办好了没有")
    moves.get_by_text("办结", exact=True).first.click()
    moves.get_by_label("为什么不问来电人").fill("打错了")
    moves.get_by_role("button", name="办结").click()
    expect(page.get_by_role("region", name="办理")).to_contain_text("未经来电人确认。")

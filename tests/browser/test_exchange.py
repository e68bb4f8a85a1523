"""对外推送, what is public of a case, and a department's page, in a browser."""

import os
from pathlib import Path

import pytest
from sqlalchemy import select

from app.models import Case, Delivery, Operator, Webhook
from app.services.cases import decisions, lifecycle
from app.services.directory import departments
from tests.console import make

LONG = "https://a-very-long-name-of-a-county-platform.exchange.example.org/hooks/xiangyin"


def look(page, name: str) -> None:
    """Keep a picture where XIANGYIN_PICTURES names a folder."""
    if folder := os.environ.get("XIANGYIN_PICTURES"):
        for width, height in ((1024, 768), (390, 800)):
            page.set_viewport_size({"width": width, "height": height})
            page.screenshot(path=Path(folder) / f"{name}-{width}.png", full_page=True)
        page.set_viewport_size({"width": 1280, "height": 800})


def failing(desk, count: int) -> None:
    """Two webhooks, the longer one with deliveries that failed for good."""
    with desk.session() as session:
        hook = Webhook(url=LONG, events=["*"])
        session.add_all([hook, Webhook(url="https://city.example.org/hook", events=["case.closed"])])
        session.flush()
        for number in range(count):
            make.case(session, text="停水")
            row = session.scalars(select(Delivery).where(Delivery.due_at.is_not(None))).one()
            row.failed, row.due_at, row.attempts = True, None, 40
            row.error = "answered 503" if number % 2 else "did not answer"
            session.flush()


def test_nothing_to_tell_is_said_plainly(desk, page):
    page.goto(f"{desk.address}/exchange")
    assert page.get_by_text("没有要告诉的系统").is_visible()
    look(page, "exchange-empty")


def test_what_was_not_told_is_found_from_the_list_and_sent_again(desk, page):
    failing(desk, 5)
    page.goto(f"{desk.address}/cases")
    look(page, "cases-untold")
    page.get_by_role("link", name="有 5 条进展没有送到").click()
    page.wait_for_load_state()
    assert page.get_by_text("对方回了 503").count() == 2
    look(page, "exchange-failed")
    page.get_by_role("button", name="全部再送一次").click()
    page.wait_for_load_state()
    assert page.get_by_text("正在再送 5 条").is_visible()
    with desk.session() as session:
        assert [row.due_at is not None for row in session.scalars(select(Delivery))] == [True] * 5


def test_many_and_long_ones_stay_within_the_page(desk, page):
    failing(desk, 40)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{desk.address}/exchange")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.get_by_text("还有 10 条没有列出来").is_visible()
    look(page, "exchange-many")


def test_a_case_is_made_public_and_private_again(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session), channel="sms", text="停水了")
        operator = session.scalars(select(Operator)).first()
        decisions.decide(session, case, operator, category="供水", village_id=None, place="", urgent=False)
    page.goto(f"{desk.address}/cases/10247")
    page.get_by_text("公开这件事").click()
    page.get_by_role("button", name="公开", exact=True).click()
    page.wait_for_load_state()
    assert page.get_by_text("请写下公开的内容").is_visible()
    page.get_by_label("公开的内容").fill("水管抢修，今晚来水。")
    page.get_by_role("button", name="公开", exact=True).click()
    page.wait_for_load_state()
    assert page.get_by_text("已公开").is_visible()
    look(page, "case-public")
    page.get_by_text("改写或撤回").click()
    page.get_by_role("button", name="撤回").click()
    page.wait_for_load_state()
    assert page.get_by_text("已公开").count() == 0


@pytest.mark.parametrize("signed", [False, True])
def test_a_departments_page_says_what_the_signature_opens(desk, page, signed):
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        case = make.case(
            session, number="10247", by=make.caller(session, "+8619912345678"), channel="sms", text="停水了"
        )
        operator = session.scalars(select(Operator)).first()
        lifecycle.assign(session, case, operator, departments.named(session, "水务站"))
        make.recording(session, case, desk.storage, words=make.spread("停 水 了"))
        operator.department = departments.named(session, "水务站")
        session.flush()
        if signed:
            lifecycle.sign(session, session.scalars(select(Case)).first(), operator)
    page.goto(f"{desk.address}/cases/10247")
    assert page.get_by_text("签收后看得到号码").count() == (0 if signed else 1)
    look(page, f"department-{'signed' if signed else 'unsigned'}")
    page.goto(f"{desk.address}/cases")
    look(page, f"department-list-{'signed' if signed else 'unsigned'}")

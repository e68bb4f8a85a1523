"""The pages of leaders in a browser: numbers lead to cases, nothing overflows, and a week fits one page of A4."""

import re
from datetime import timedelta

import pytest

from app.db import now
from app.models import Village
from app.services.figures.week import Week
from app.services.sorting.taxonomy import topics
from tests.console import make


def fill(desk, cases, name="清水村", weeks=12):
    """Cases of some weeks in twelve villages, about many matters."""
    with desk.session() as session:
        villages = [Village(name=f"{name}{n}", population=800 + 90 * n, dialect="sichuan") for n in range(12)]
        session.add_all(villages)
        session.flush()
        callers = [make.caller(session) for _ in range(40)]
        for n in range(cases):
            at = now() - timedelta(hours=1 + n * weeks * 168 / max(1, cases))
            case = make.case(
                session, by=callers[n * 7 % 40], village_id=villages[n * n % 12].id, topic=topics()[n * 13 % 200],
                channel="sms" if n % 3 else "voice",
            )  # fmt: skip
            case.received_at = at
            if n % 3 == 0:
                make.recording(session, case, words=make.spread("家里 停水"))


def overflows(page):
    return page.evaluate("document.documentElement.scrollWidth > innerWidth")


def pages_of(pdf):
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


@pytest.mark.parametrize("cases", [0, 1, 120])
def test_the_overview_fits_every_window_and_its_numbers_lead_to_cases(desk, page, cases):
    fill(desk, cases)
    for width in (1280, 1024, 390):
        page.set_viewport_size({"width": width, "height": 768})
        page.goto("/figures")
        assert not overflows(page), width
    assert len(page.content()) < 100_000
    page.get_by_role("link", name=re.compile("^收到，")).click()
    page.wait_for_url("**/figures/cases**")
    page.wait_for_load_state()
    received = int(page.locator("h1").inner_text().split()[0])
    assert page.locator("li.case").count() == min(50, received)
    page.keyboard.press("u")
    page.wait_for_url(re.compile(r"/figures\?week="))


@pytest.mark.parametrize(
    ("cases", "name"), [(0, "清水村"), (1, "清水村"), (400, "一个名字特别长的少数民族聚居的高山移民安置新村")]
)
@pytest.mark.parametrize("weeks_ago", [0, 1])
def test_a_week_fits_one_page_of_paper_and_nothing_of_it_is_cut_off(desk, page, cases, name, weeks_ago):
    fill(desk, cases, name, weeks=2)
    page.goto(f"/figures/week/{Week.this().later(-weeks_ago)}")
    assert pages_of(page.pdf(prefer_css_page_size=True)) == 1
    page.emulate_media(media="print")
    page.set_viewport_size({"width": 703, "height": 1024})  # A4 less its margins, 96 to the inch
    assert page.evaluate("(paper => paper.scrollHeight <= paper.clientHeight)(document.querySelector('.paper'))")
    page.emulate_media(media="screen")
    page.set_viewport_size({"width": 390, "height": 768})
    assert not overflows(page)


def test_the_list_and_the_tables_are_reached_with_the_keyboard(desk, page):
    fill(desk, 30, weeks=1)
    page.goto(f"/figures/table/villages?week={Week.this()}")
    page.get_by_role("link", name="每周").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/figures/table/weeks**")
    assert page.locator("[aria-current=page]").inner_text() == "每周"

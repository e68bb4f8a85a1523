"""The pages of leaders over HTTP: what is shown, who may look, what is taken along."""

import csv
import io
import re

import pytest
from sqlalchemy import select

from app import files
from app.models import Department, Operator
from app.services.figures.week import Week
from tests.console import make

WATER = "城乡建设/城市建设和市政管理/自来水供应"
PAGES = (
    "/figures", "/figures/table/weeks", "/figures/table/weeks.csv", "/figures/tables.xlsx", "/figures/cases",
    "/figures/week",
)  # fmt: skip


@pytest.fixture
def water(desk):
    """Three cases of this moment: two of one caller, about water in one village."""
    with desk.session() as session:
        village, caller = make.village(session), make.caller(session)
        village.population = 1000
        for number, minutes in (("10247", 2), ("10248", 1)):
            make.case(session, number=number, by=caller, minutes_ago=minutes, village_id=village.id, topic=WATER)
        make.case(session, number="10249", channel="sms", text="路灯坏了")


@pytest.mark.any_day
def test_a_town_without_cases_has_calm_pages(operator):
    page = operator.get("/figures").text
    assert "没有哪件事、哪个村比平常明显多。" in page
    assert "没有超期的。" in page
    assert "这一周没有收到来电和短信。" in operator.get(f"/figures/week/{Week.this()}").text


@pytest.mark.any_day
def test_the_numbers_of_the_overview_open_their_cases(operator, water):
    page = operator.get("/figures").text
    links = re.findall(r'<a class="counted" href="([^"]+)"[^>]*>(\d+)</a>', page)
    assert {"3", "2", "1", "0"} <= {number for _, number in links}
    for address, number in links:
        opened = operator.get(address.replace("&amp;", "&")).text
        assert f"<h1>{number} 件" in opened, address
        assert opened.count('<li class="case') == int(number)


def test_a_number_opens_no_other_cases(operator, water):
    opened = operator.get(f"/figures/cases?week={Week.this()}&matter={WATER}").text
    assert "10247" in opened
    assert "10249" not in opened
    assert "自来水供应" in opened


def test_an_address_that_asks_for_nothing_known_is_not_found(operator):
    for address in (
        "/figures?week=soon",
        "/figures/cases?colour=red",
        "/figures/table/wishes",
        "/figures/week/2099-W01",
    ):
        assert operator.get(address).status_code == 404


def test_tables_are_taken_along_as_csv_and_workbook(operator, water):
    table = operator.get("/figures/table/matters.csv")
    rows = list(csv.reader(io.StringIO(table.data.decode("utf-8-sig"))))
    assert rows[0] == ["一级", "二级", "件数", "上周同期"]
    assert ["城乡建设", "城市建设和市政管理", "2", "0"] in rows
    assert "attachment" in table.headers["Content-Disposition"]
    assert operator.get("/figures/tables.xlsx").data.startswith(b"PK")


@pytest.mark.any_day
def test_the_sheet_tells_the_week_in_sentences(operator, water):
    page = operator.get(f"/figures/week/{Week.this()}").text
    assert "这一周收到 3 件，比上周多 3 件。" in page
    assert "说得最多的是自来水供应，2 件。" in page
    assert "件数最多的是清水村，2 件。" in page
    assert "有 1 件是以前来反映过的人又来的。" in page


def test_a_village_is_given_its_population_at_the_desk(desk, operator):
    with desk.session() as session:
        id = make.village(session).id
    form = {"name": "清水村", "groups": "6", "dialect": "", "seen": ""}
    answer = operator.post(f"/villages/{id}", data=form | {"population": "1280"}, follow_redirects=True)
    assert 'value="1280"' in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_figures_are_for_the_desk_and_not_for_departments(desk, operator, address):
    assert operator.get(address).status_code in (200, 302)
    with desk.session() as session:
        department = Department(name="水务站")
        session.add(department)
        session.flush()
        somebody = session.scalars(select(Operator)).one()
        somebody.role, somebody.department_id = "department", department.id
    assert operator.get(address).status_code == 403


@pytest.mark.parametrize("address", PAGES)
def test_figures_need_a_login(stranger, address):
    answer = stranger.get(address)
    assert answer.status_code == 302
    assert "/login" in answer.headers["Location"]


def test_the_headings_name_the_currency_that_staff_published(operator):
    prices = (files.DATA / "prices.yaml").read_text(encoding="utf-8")
    files.put_in_force({"prices.yaml": prices.replace("currency: 元", "currency: 港元")}, {})
    heads = operator.get("/figures/table/cost.csv").text.splitlines()[0]
    assert "单价（港元）" in heads
    assert "合计（港元）" in heads

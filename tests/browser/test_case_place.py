"""The place of a case: found by the first letters of its pinyin, by name, or on a small map of the town."""

import pytest
import yaml
from playwright.sync_api import expect

from app.models import Case, Village
from app.services.directory.villages import PlacesUnusable, load_villages
from tests.console import make


@pytest.fixture
def villages(desk):
    with desk.session() as session:
        for name, groups in (("清水村", 6), ("石桥村", 12), ("青山村", 3)):
            make.village(session, name, groups=groups)
        make.case(session, number="10247", by=make.caller(session), channel="sms", text="路灯坏了")


@pytest.fixture
def case_page(villages, page):
    page.goto("/cases/10247")
    page.wait_for_load_state()
    return page


def options(page):
    return page.get_by_role("listbox", name="可选的地方").get_by_role("option")


def test_first_letters_and_a_number_find_a_group_without_a_mouse(desk, case_page):
    case_page.keyboard.press("p")
    case_page.keyboard.type("qsc")
    expect(options(case_page)).to_have_text(["青禾镇 › 清水村", "青禾镇 › 青山村"])
    case_page.keyboard.type("3")
    expect(options(case_page)).to_have_text(["青禾镇 › 清水村 › 三组", "青禾镇 › 青山村 › 三组"])
    case_page.keyboard.press("ArrowDown")
    field = case_page.get_by_role("combobox", name="地点")
    expect(field).to_have_attribute("aria-activedescendant", "place-0")
    case_page.keyboard.press("Enter")
    expect(options(case_page).first).to_be_hidden()
    expect(field).to_have_value("清水村三组")
    expect(field).to_have_attribute("aria-expanded", "false")
    case_page.keyboard.press("Control+Enter")
    expect(case_page.locator(".facts")).to_contain_text("清水村三组", timeout=15_000)  # the first loads much
    with desk.parts.database.reading() as session:
        case = session.query(Case).one()
        assert (case.village.name, case.place) == ("清水村", "清水村三组")


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("shiqiao12", "石桥村 › 十二组"),
        ("石桥村十二组", "石桥村 › 十二组"),
        ("桥", "石桥村"),
        ("qs3z", "清水村 › 三组"),
    ],
)
def test_names_and_whole_pinyin_find_places_too(case_page, typed, found):
    case_page.get_by_label("地点", exact=True).fill(typed)
    expect(options(case_page).first).to_have_text(f"青禾镇 › {found}")


def test_any_other_place_can_be_typed_and_escape_closes_the_list(case_page):
    field = case_page.get_by_role("combobox", name="地点")
    case_page.keyboard.press("p")
    expect(options(case_page)).to_have_count(3)
    case_page.keyboard.press("Escape")
    expect(options(case_page).first).to_be_hidden()
    case_page.keyboard.type("学校后面")
    expect(options(case_page)).to_have_count(0)
    expect(field).to_have_value("学校后面")
    expect(field).to_be_focused()


def test_there_is_a_map_only_where_villages_say_where_they_lie(desk, case_page):
    case_page.keyboard.press("p")
    expect(options(case_page).first).to_be_visible()
    expect(case_page.locator("[data-place-panel] svg")).to_be_hidden()
    with desk.session() as session:
        for village, (lat, lon) in zip(
            session.query(Village).order_by(Village.name), ((30.6, 104.0), (30.7, 104.1), (30.5, 104.2)), strict=True
        ):
            village.lat, village.lon = lat, lon
    case_page.reload()
    case_page.wait_for_load_state()
    case_page.keyboard.press("p")
    case_page.locator("[data-village='石桥村']").click()
    expect(case_page.get_by_role("combobox", name="地点")).to_have_value("石桥村")
    assert case_page.evaluate("document.querySelector('#village').selectedOptions[0].textContent") == "石桥村"


@pytest.mark.parametrize("where", [{"lat": 30.6}, {"lat": 91, "lon": 104}, {"lat": "北", "lon": 104}])
def test_a_file_with_a_place_that_cannot_be_is_refused(desk, tmp_path, where):
    file = tmp_path / "villages.yaml"
    file.write_text(yaml.safe_dump([{"name": "清水村"} | where], allow_unicode=True), encoding="utf-8")
    with desk.session() as session, pytest.raises(PlacesUnusable, match="entry 1: lat and lon"):
        load_villages(session, file)


def test_where_a_village_lies_is_kept(desk, tmp_path):
    file = tmp_path / "villages.yaml"
    file.write_text("- {name: 清水村, lat: 30.6, lon: 104.05}\n- {name: 石桥村}\n", encoding="utf-8")
    with desk.session() as session:
        load_villages(session, file)
        found = {village.name: (village.lat, village.lon) for village in session.query(Village)}
    assert found == {"清水村": (30.6, 104.05), "石桥村": (None, None)}

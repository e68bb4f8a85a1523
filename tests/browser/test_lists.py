"""Departments and villages as staff change them: edit, refused, history, take back."""

import pytest
from playwright.sync_api import expect

from app.models import Village
from app.services.directory import departments
from app.services.sorting import categories
from tests.console import make


@pytest.fixture
def listed(desk):
    """The departments of the example and a village."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        make.village(session)


def menu(page, name: str) -> None:
    page.get_by_text("更多", exact=True).click()
    page.get_by_role("navigation", name="页面").get_by_role("link", name=name, exact=True).click()
    page.wait_for_load_state()


def press(page, name: str) -> None:
    page.get_by_role("button", name=name).first.click()
    page.wait_for_load_state()


def test_a_department_is_renamed_and_one_click_takes_it_back(listed, desk, page):
    menu(page, "部门")
    page.get_by_role("link", name="水务站").click()
    page.get_by_role("textbox", name="名字").fill("水务所")
    page.get_by_role("textbox", name="值班手机").fill("138 0000 0000")
    press(page, "保存")
    expect(page.get_by_role("status").filter(has_text="改好了")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_have_text("水务所")
    changes = page.get_by_role("region", name="改动").get_by_role("listitem")
    expect(changes.first).to_contain_text("小张")
    expect(changes.first.locator("del").first).to_have_text("水务站")
    expect(changes.first.locator("ins")).to_have_text(["水务所", "138 0000 0000"])
    assert categories.category("供水").department == "水务所"
    here = page.url
    page.goto("/said/history/data/categories.yaml")
    expect(page.get_by_role("main")).to_contain_text("“水务站”改名叫“水务所”")
    page.goto(here)
    press(page, "收回这次改动")
    expect(page.get_by_role("heading", level=1)).to_have_text("水务站")
    expect(changes.first).to_contain_text("收回以前的改动")
    assert categories.category("供水").department == "水务站"


def test_a_department_that_has_work_is_not_closed_and_one_without_is_and_comes_back(listed, desk, page):
    page.goto("/departments")
    page.get_by_role("link", name="水务站").click()
    press(page, "停用这个部门")
    expect(page.get_by_role("alert")).to_contain_text("还归水务站，请先改归别的部门，再停用。")
    page.get_by_role("link", name="← 部门").click()
    page.get_by_role("link", name="添一个部门").click()
    page.get_by_label("名字").fill("水务站")
    press(page, "添上")
    expect(page.get_by_role("alert")).to_have_text("已经有“水务站”了，请换一个名字。")
    expect(page.get_by_label("名字")).to_be_focused()
    expect(page.get_by_label("名字")).to_be_in_viewport()
    page.get_by_label("名字").fill("水利站")
    press(page, "添上")
    page.get_by_role("link", name="水利站").click()
    press(page, "停用这个部门")
    expect(page.get_by_role("heading", level=1)).to_contain_text("停用中")
    page.goto("/departments/history")
    press(page, "收回这次改动")
    expect(page.get_by_role("heading", level=1)).to_have_text("水利站")


def test_a_village_is_changed_with_the_keyboard_refused_and_taken_back(listed, desk, page):
    menu(page, "各村")
    page.get_by_label("村名、别的叫法、拼音或镇").fill("qs")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    page.get_by_role("link", name="清水村").press("Enter")
    page.wait_for_load_state()
    page.get_by_label("别的叫法").fill("清水，老清水")
    page.get_by_label("几个组").fill("八")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_role("alert")).to_have_text("几个组请写数字，最多 99，比如 6。不知道就写 0。")
    expect(page.get_by_label("别的叫法")).to_have_value("清水，老清水")
    page.get_by_label("几个组").fill("8")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.get_by_label("别的叫法")).to_have_value("清水、老清水")
    change = page.get_by_role("region", name="改动").get_by_role("listitem").first
    expect(change).to_contain_text("几个组 6 →改成 8")
    press(page, "收回这次改动")
    expect(page.get_by_label("几个组")).to_have_value("6")
    expect(page.get_by_label("别的叫法")).to_have_value("")


def test_a_village_is_added_deleted_and_the_deletion_taken_back(listed, desk, page):
    page.goto("/villages")
    page.get_by_label("村名（电话里就这样念）").fill("清水村")
    press(page, "添上")
    expect(page.get_by_role("alert")).to_contain_text("已经有“清水村”了。")
    page.get_by_label("村名（电话里就这样念）").fill("新河村")
    page.get_by_label("几个组").fill("6")
    press(page, "添上")
    expect(page.get_by_role("heading", level=1)).to_have_text("新河村")
    press(page, "删掉这个村")
    expect(page.get_by_role("status").filter(has_text="删掉了")).to_be_visible()
    expect(page.get_by_role("link", name="新河村")).to_have_count(0)
    page.get_by_role("link", name="改动", exact=True).click()
    press(page, "收回这次改动")
    expect(page.get_by_role("heading", level=1)).to_have_text("新河村")
    expect(page.get_by_label("几个组")).to_have_value("6")


def test_three_hundred_villages_fill_pages_that_stay_small(desk, page):
    with desk.session() as session:
        for n in range(300):
            session.add(Village(name=f"第{n}村", aliases=[f"老{n}村"], groups=8, population=1200, town="白马镇"))
    page.goto("/villages")
    for _ in range(5):
        expect(page.get_by_role("rowheader")).to_have_count(50)
        page.get_by_role("link", name="下一页").click()
        page.wait_for_load_state()
    expect(page.get_by_role("link", name="下一页")).to_have_count(0)
    page.goto("/villages/history")

"""Documents as forms, in a browser: filled in, refused at the field, published, taken back, edited as text."""

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from app.db import now
from app.services.deadlines.business_hours import is_workday
from app.services.deadlines.clock_rules import rules
from app.services.editing import documents
from app.services.editing.form_layouts import SHAPES
from tests.browser.conftest import watched
from tests.browser.said import enter, two_admins
from tests.console import make

CLOCKS, HOURS = "data/clocks.yaml", "data/office_hours.yaml"
WITHOUT_NAME = """[...document.querySelectorAll('.filled :is(input:not([type=hidden]), select, textarea)')]
  .filter(into => !into.labels.length && !into.ariaLabel).length"""


@pytest.fixture
def service(tmp_path):
    with two_admins(tmp_path / "data") as running:
        yield running


@pytest.fixture
def page(chromium, service):
    with watched(chromium, service.parts.settings.base_url) as page:
        enter(page)
        yield page


def press(page, button):
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_load_state()


def text_of(service, name: str) -> str:
    """What holds of a document."""
    with service.parts.database.reading() as session:
        return documents.live(session, name).text


@pytest.mark.parametrize("width", [1024, 390])
def test_every_form_is_led_to_fits_the_screen_and_saves_nothing_where_nothing_was_changed(page, service, width):
    page.set_viewport_size({"width": width, "height": 768})
    for name in SHAPES:
        page.goto("/said")
        page.locator(f'a[href="/said/form/{name}"]').first.click()
        page.wait_for_load_state()
        page.evaluate("document.querySelectorAll('details.entry').forEach(entry => entry.open = true)")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert page.evaluate(WITHOUT_NAME) == 0, name
        press(page, "存成草稿")
        expect(page.get_by_text("没有改动。")).to_be_visible()
    with service.parts.database.reading() as session:
        assert documents.drafts(session) == {}


def test_a_term_is_changed_published_by_whom_is_told_and_taken_back(page, service):
    page.goto(f"/said/form/{CLOCKS}")
    box = page.get_by_role("group", name="一般的事：多久要签收")
    box.get_by_label("多少").fill("2")
    press(page, "存成草稿")
    expect(page.get_by_role("heading", name="草稿，还没有发布")).to_be_visible()
    expect(box.get_by_text("草稿里改了")).to_be_visible()
    page.get_by_text("看改了什么").click()
    expect(page.locator(".told-changes")).to_have_text("一般的事：多久要签收 1 个工作日 2 个工作日")
    assert rules().kinds["ordinary"].sign.amount == 1

    press(page, "发布")
    assert rules().kinds["ordinary"].sign.amount == 2
    assert "# 办理时限。从热线收到的那一刻算起" in text_of(service, CLOCKS)
    expect(box.get_by_text(f"{make.NAME} 今天")).to_be_visible()
    expect(page.locator(".filled").get_by_text("改的", exact=True)).to_have_count(1)

    press(page, "改回上一版")
    assert rules().kinds["ordinary"].sign.amount == 1
    expect(box.get_by_label("多少")).to_have_value("1")
    page.get_by_role("link", name="以前的").first.click()
    page.wait_for_load_state()
    expect(page.locator(".told-changes").last).to_have_text("一般的事：多久要签收 1 个工作日 2 个工作日")


def test_what_cannot_be_is_said_at_its_field_and_what_was_typed_is_still_there(page, service):
    page.goto(f"/said/form/{CLOCKS}")
    box = page.get_by_role("group", name="一般的事：多久要签收")
    box.get_by_label("多少").fill("两")
    page.get_by_label("最多退几次").fill("3")
    press(page, "存成草稿")
    expect(page.get_by_role("alert")).to_have_text("有的地方不对，还没有保存。请看下面红字。")
    expect(box.get_by_label("多少")).to_have_accessible_description("请填 1 到 9999 的整数，再选单位。")
    expect(box.get_by_label("多少")).to_have_value("两")
    expect(box.get_by_label("多少")).to_be_focused()
    expect(box.get_by_label("多少")).to_be_in_viewport()
    expect(page.get_by_label("最多退几次")).to_have_value("3")
    box.get_by_label("多少").fill("9")
    box.get_by_label("单位").select_option("天")
    press(page, "存成草稿")
    expect(box.get_by_label("多少")).to_have_accessible_description("签收的时限不能比答复的长。")
    with service.parts.database.reading() as session:
        assert documents.draft(session, CLOCKS) is None


def test_own_days_off_are_among_the_days_ahead_and_the_page_says_where_the_calendar_ends(page):
    page.goto(f"/said/form/{HOURS}")
    ahead = page.locator(".ahead")
    expect(ahead).to_contain_text("全国的放假安排，现在只知道到")
    day = (now() + timedelta(days=8)).astimezone(ZoneInfo("Asia/Shanghai")).date()
    kind = "自己放假的日子" if is_workday(day) else "自己上班的日子"
    page.get_by_role("group", name=kind).get_by_label("日期").first.fill(day.isoformat())
    press(page, "存成草稿")
    expect(ahead.get_by_text("这里写的")).to_be_visible()
    page.get_by_role("group", name=kind).get_by_label("日期").first.fill("")
    press(page, "存成草稿")
    expect(ahead.get_by_text("这里写的")).to_have_count(0)


def test_two_who_fill_in_the_same_form_are_told_and_what_was_typed_stays(page, service, chromium):
    page.goto("/said/form/data/states.yaml")
    with watched(chromium, service.parts.settings.base_url) as other:
        enter(other, "li")
        other.goto("/said/form/data/states.yaml")
        other.get_by_label("办结了").fill("办妥了")
        press(other, "存成草稿")
    page.get_by_label("办结了").fill("办完了")
    press(page, "存成草稿")
    expect(page.get_by_role("alert")).to_contain_text("小李刚才也改了，您填的还在下面。")
    expect(page.get_by_label("办结了")).to_have_value("办完了")
    expect(page.get_by_text("草稿里现在是：办妥了")).to_be_visible()
    press(page, "存成草稿")
    expect(page.get_by_label("办结了")).to_have_value("办完了")


def test_sayings_are_added_under_their_heading(page, service):
    page.goto("/said/form/data/seeds.yaml")
    page.get_by_text("党务政务", exact=True).click()
    box = page.get_by_label("群众团体")
    box.fill(box.input_value() + "、 村妇联")
    press(page, "存成草稿")
    press(page, "发布")
    assert "群众团体: [工会, 妇联, 共青团, 团委, 残联, 会费, 村妇联]" in text_of(service, "data/seeds.yaml")


def test_the_text_stays_for_whoever_prefers_it_and_leads_back(page):
    page.goto(f"/said/form/{HOURS}")
    page.get_by_role("link", name="按文本改").click()
    page.wait_for_load_state()
    text = page.get_by_label("全文（# 开头的是说明）")
    text.fill(text.input_value().replace("14:00-17:30", "14:30-18:00"))
    press(page, "存成草稿")
    expect(page.get_by_role("group", name="几点到几点有人接电话").get_by_label("从").nth(1)).to_have_value("14:30")


def test_a_draft_that_no_form_can_show_leads_to_its_text(page, service):
    with service.parts.database.session() as session:
        documents.save(session, HOURS, "小李", "只有一句话\n", seen=documents.live(session, HOURS).sha256)
    page.goto(f"/said/form/{HOURS}")
    expect(page.get_by_text("格式不对，请先按文本改好。")).to_be_visible()
    expect(page.get_by_label("全文（# 开头的是说明）")).to_have_value("只有一句话\n")


def test_who_changed_an_entry_of_a_list_is_told_beside_it(page):
    page.goto("/said/text/data/templates.yaml")
    page.get_by_role("link", name="改：").first.click()
    page.wait_for_load_state()
    page.get_by_label("要说的话").fill("好，{编号}记下了。")
    press(page, "存成草稿")
    press(page, "发布")
    expect(page.locator("table.lexicon tbody tr").first).to_contain_text(f"{make.NAME} 今天")
    expect(page.get_by_role("columnheader", name="谁改的")).to_be_visible()


def test_a_dialect_word_is_changed_and_added_entry_by_entry(page, service):
    name = "dialects/sichuan.yaml"
    page.goto(f"/said/text/{name}")
    page.get_by_role("link", name="改：屋头", exact=True).click()
    page.wait_for_load_state()
    page.get_by_label("机器容易听成什么").fill("五头、屋投、无头")
    press(page, "存成草稿")
    page.get_by_role("link", name="加一条").click()
    page.wait_for_load_state()
    page.get_by_label("方言词").fill("堂客")
    page.get_by_label("普通话是什么意思").fill("妻子")
    page.get_by_label("关于什么").select_option("人")
    page.get_by_label("例句").fill("我堂客病了。")
    page.get_by_label("普通话也有这几个字").select_option("是")
    press(page, "存成草稿")
    before = text_of(service, name).splitlines()
    press(page, "发布")
    came = [line for line in text_of(service, name).splitlines() if line not in before]
    assert came == [
        "  - {word: 屋头, means: 家里, about: house, misheard: [五头, 屋投, 无头], example: 我屋头漏雨，没得人管。}",
        "  - {word: 堂客, means: 妻子, about: people, misheard: [], example: 我堂客病了。, ambiguous: yes}",
    ]

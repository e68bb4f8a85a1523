"""What was learnt, in a browser: one click takes a lesson back; what a caller speaks is chosen on the case."""

from playwright.sync_api import expect
from sqlalchemy import select

from app.models import Lesson, Operator
from app.services.cases import decisions
from app.services.learning import lessons
from tests.console import make


def fill(desk) -> None:
    """Lessons of each state, sixty corrected recordings of a village that is heard better and better, and a run."""
    with desk.session() as session:
        operator = session.scalars(select(Operator)).one()
        village = make.village(session)
        for n in range(60):
            case = make.case(session, number=f"3{n:03}", village_id=village.id, minutes_ago=9000 - 150 * n)
            heard = "宋家 桥 的 露 等 坏 了" if n % 3 else "送加 桥 的 路 灯 坏 了"
            recording = make.recording(session, case, words=make.spread(heard), made_at=case.received_at)
            decisions.correct(session, recording, operator, "宋家桥的路灯坏了")
            if n > 30:
                recording.as_heard.words = [
                    word | {"text": "路", "heard": "露"} if word["text"] == "露" else word
                    for word in recording.as_heard.words
                ]
        some = [
            ("phrase", "送加", "宋家", village.id, "on", 20, (11, 40, 0)),
            ("phrase", "露等", "路灯", None, "on", 40, (26, 60, 22)),
            ("confusion", "hui", "fei", None, "on", 5, (0, 0, 0)),
            ("phrase", "迷宝", "低保", None, "undone", 3, (2, 4, 6)),
            ("phrase", "公式", "公事", village.id, "proposed", 1, (0, 0, 0)),
        ]
        for kind, heard, meant, where, state, calls, (tried, before, after) in some:
            examples = [["灰机", "飞机"]] if kind == "confusion" else [[heard, meant]]
            result = {"tried": tried, "wrong_before": before, "wrong_after": after, "calls": calls, "weight": 1.0}
            by = make.NAME if state == "undone" else "hotline"
            said = {"kind": kind, "heard": heard, "meant": meant, "village_id": where, "examples": examples}
            session.add(Lesson(state=state, by=by, **said, **result))
        run = lessons.ask(session, "hotline")
        run.due_at, run.finished_at, run.corrections = None, run.at, 60
        run.characters, run.wrong_before, run.wrong_after = 480, 130, 90


def test_one_click_takes_a_lesson_back_and_the_page_says_so(desk, page):
    fill(desk)
    page.keyboard.press("g")
    page.get_by_role("link", name="听写学习").click()
    expect(page.get_by_role("heading", name="听写学习", exact=True)).to_be_visible()
    page.get_by_role("button", name="宋家，撤下，不再用").click()
    expect(page.get_by_role("status").filter(has_text="“宋家”不用了")).to_be_visible()
    expect(page.get_by_role("button", name="宋家，可以再试")).to_be_visible()
    expect(page.get_by_role("button", name="宋家，撤下，不再用")).to_have_count(0)
    page.get_by_role("button", name="宋家，可以再试").click()
    expect(page.get_by_role("button", name="宋家，可以再试")).to_have_count(0)


def test_the_curve_is_a_picture_with_words_and_its_numbers_are_a_table(desk, page):
    fill(desk)
    page.goto("/learning")
    picture = page.get_by_role("img", name="清水村要改的字：先是")
    expect(picture).to_be_visible()
    line = page.locator("svg.curve polyline.shown").first.bounding_box()
    box = page.locator("svg.curve").first.bounding_box()
    assert box["x"] < line["x"]
    assert line["x"] + line["width"] <= box["x"] + box["width"]
    assert box["y"] <= line["y"]
    page.get_by_text("看数字").first.click()
    expect(page.get_by_role("table").nth(1).get_by_role("row")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_learning_is_asked_for_by_a_button(desk, page):
    page.goto("/learning")
    page.get_by_role("button", name="现在学一次").click()
    expect(page.get_by_role("status").filter(has_text="开始学了")).to_be_visible()
    assert [type(row).__name__ for row in desk.nudged] == ["LearningRun"]


def test_a_proposed_dialect_is_accepted_by_one_click(desk, page):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        make.recording(session, case, desk.storage, words=make.spread("屋企 漏水 冇 人 理"))
    page.goto("/cases/10247")
    caller = page.get_by_role("region", name="来电人")
    expect(caller).to_contain_text("可能说的是粤语，设为这个号码的方言？")
    caller.get_by_role("button", name="设为粤语").click()
    expect(caller).to_contain_text("说粤语")
    expect(caller).not_to_contain_text("可能")


def test_a_village_and_a_caller_are_given_a_dialect(desk, page):
    with desk.session() as session:
        make.village(session)
        make.case(session, number="10247", by=make.caller(session))
    page.goto("/dialects")
    page.get_by_role("main").get_by_role("link", name="各村").click()
    page.get_by_role("link", name="清水村").click()
    page.get_by_label("大多数人说").select_option("四川话")
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_label("大多数人说")).to_have_value("sichuan")
    page.goto("/cases/10247")
    caller = page.get_by_role("region", name="来电人")
    caller.get_by_text("改村和方言").click()
    caller.get_by_label("住在哪个村").select_option("清水村")
    caller.get_by_role("button", name="保存").click()
    expect(caller).to_contain_text("清水村，说四川话（按村里的）")

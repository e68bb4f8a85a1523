"""What was learnt, at the desk: the list, the curve, one click back."""

import re
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.models import LearningRun, Lesson, Operator
from app.services.cases import decisions
from app.services.learning import lessons
from tests.console import make


def lesson(session, meant="宋家桥", heard="送加桥", **fields):
    fields = {"kind": "phrase", "calls": 4, "weight": 2.0, "examples": [[heard, meant]], "state": "on"} | fields
    return make._added(session, Lesson(heard=heard, meant=meant, **fields))


def corrected(session, number, meant, heard, operator, **where):
    """A case whose recording was heard and corrected."""
    case = make.case(session, number=number, **where)
    recording = make.recording(session, case, words=make.spread(heard))
    decisions.correct(session, recording, operator, meant)
    return recording


@pytest.fixture
def person(desk):
    with desk.parts.database.reading() as session:
        return session.scalars(select(Operator)).one()


def row_of(page, meant):
    return next(part for part in page.split("<tr>") if f'<th scope="row" translate="no">{meant}</th>' in part)


def test_a_desk_that_has_learnt_nothing_says_so(operator):
    page = operator.get("/learning").text
    assert "还没有学过。" in page
    assert "改正得多了，机器才学得会" in page
    assert "还没有改正过录音" in page


def test_a_lesson_is_shown_with_what_was_heard_where_it_holds_and_what_came_of_it(desk, operator):
    with desk.session() as session:
        village = make.village(session)
        lesson(session, village_id=village.id, tried=3, wrong_before=12, wrong_after=4)
        lesson(session, "fei", "hui", kind="confusion", dialect="sichuan")
        lesson(session, "低保", "弟宝")
    page = operator.get("/learning").text
    assert '<td><span translate="no">送加桥</span></td>' in row_of(page, "宋家桥")
    assert "清水村" in row_of(page, "宋家桥")
    assert "4 件事项" in row_of(page, "宋家桥")
    assert "试了 3 段录音，错字从 12 个变成 4 个" in row_of(page, "宋家桥")
    assert "说四川话的" in row_of(page, "fei")
    assert "全镇" in row_of(page, "低保")


def test_one_click_takes_a_lesson_back_and_another_lets_it_be_tried_again(desk, operator):
    with desk.session() as session:
        id = lesson(session).id
        assert lessons.knowledge_for(session, None, "mandarin").phrases["宋家桥"] == 2.0
    answer = operator.post(f"/learning/{id}/undo", follow_redirects=True)
    assert "“宋家桥”不用了" in answer.text
    assert "小张" in row_of(answer.text, "宋家桥")
    with desk.session() as session:
        assert session.get(Lesson, id).state == "undone"
        assert "宋家桥" not in lessons.knowledge_for(session, None, "mandarin").phrases
    answer = operator.post(f"/learning/{id}/allow", follow_redirects=True)
    assert "下次学习会再试" in answer.text
    with desk.session() as session:
        assert session.get(Lesson, id).state == "proposed"
        assert "宋家桥" not in lessons.knowledge_for(session, None, "mandarin").phrases


def test_a_lesson_that_is_in_use_cannot_be_allowed_into_another_state(desk, operator):
    with desk.session() as session:
        id = lesson(session).id
    operator.post(f"/learning/{id}/allow")
    with desk.session() as session:
        assert session.get(Lesson, id).state == "on"


def test_learning_now_is_asked_of_a_worker_once(desk, operator):
    assert "开始学了" in operator.post("/learning/run", follow_redirects=True).text
    [run] = desk.nudged
    assert (type(run), run.by) == (LearningRun, make.NAME)
    again = operator.post("/learning/run", follow_redirects=True).text
    assert "已经在学了" in again
    assert "还没有学完" in again
    assert len(desk.nudged) == 1


def test_the_last_run_says_what_it_brought(desk, operator):
    with desk.session() as session:
        run = lessons.ask(session, "hotline")
        run.due_at, run.finished_at, run.corrections = None, run.at, 60
        run.characters, run.wrong_before, run.wrong_after = 400, 100, 80
    assert "用了 60 段改正。在没有用来学的电话上试，错字从 25.0% 降到 20.0%。" in operator.get("/learning").text


def test_the_curve_shows_what_the_desk_saw_and_what_the_engine_heard_for_the_town_and_each_village(
    desk, operator, person
):
    with desk.session() as session:
        village = make.village(session)
        for n in range(45):
            recording = corrected(session, f"2{n:03}", "路灯坏了", "路 等 坏 了", person, village_id=village.id)
            if n >= 20:  # by then it had been learnt
                words = [dict(word) for word in recording.as_heard.words]
                words[1] |= {"text": "灯", "heard": "等"}
                recording.as_heard.words = words
    page = operator.get("/learning").text
    assert re.findall(r"<h3>(\S+) ", page) == ["全镇", "清水村"]
    assert page.count("<svg") == 2
    assert 'aria-label="全镇要改的字：先是 25.0%，现在是 0.0%"' in page
    cells = re.findall(r"<td>(\d+) 段</td><td>([\d.]+%)</td><td>([\d.]+%)</td>", page)
    assert cells[:3] == [("20", "25.0%", "25.0%"), ("20", "0.0%", "25.0%"), ("5", "0.0%", "25.0%")]
    shown = re.search(r'class="shown" points="([^"]+)"', page)[1].split()
    heights = [float(place.split(",")[1]) for place in shown]
    assert heights[0] < heights[1] == heights[2]


def test_a_few_corrections_are_told_in_a_sentence(desk, operator, person):
    with desk.session() as session:
        corrected(session, "2001", "路灯坏了", "路 等 坏 了", person)
    page = operator.get("/learning").text
    assert "给您看的错 25.0%" in page
    assert "<svg" not in page


def test_what_is_not_there_is_not_found(operator):
    assert operator.post(f"/learning/{uuid4()}/undo").status_code == 404
    assert operator.post(f"/learning/{uuid4()}/allow").status_code == 404

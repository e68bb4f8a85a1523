"""Paper and counter: cases taken down in person, the day's list, the card."""

from datetime import datetime

import pytest

from app.models import Case, Message
from app.services.cases import walk_in
from app.services.desk import card
from app.services.directory import operators
from tests.console import make
from tests.make import town as running_town

SAID = {"channel": "counter", "words": "清水村三组的路灯坏了三天", "phone": "139 1234 5678", "name": "老李"}


def cases_of(desk):
    with desk.session() as session:
        return [(c.number, c.channel, c.text, c.caller.number if c.caller else "") for c in session.query(Case)]


def test_what_is_said_at_the_counter_becomes_a_case_with_its_clock_and_ledger(desk, operator):
    with desk.session() as session:
        village = make.village(session).id
    answer = operator.post("/cases/new", data=SAID | {"category": "路灯照明", "village": str(village), "place": "三组"})
    assert answer.status_code == 303
    ((number, channel, text, phone),) = cases_of(desk)
    assert (channel, text, phone) == ("counter", SAID["words"], "+8613912345678")
    page = operator.get(answer.location).text
    assert "本人到窗口来说。来人叫老李。" in page
    assert "记下的话" in page
    assert "清水村三组" in page
    with desk.session() as session:
        case = session.query(Case).one()
        assert case.clock is not None
        assert [event.kind for event in case.events][:1] == ["received"]
        assert case.category == "路灯照明"


def test_a_case_needs_neither_number_nor_name_nor_category(desk, operator):
    assert operator.post("/cases/new", data={"channel": "visit", "words": "想问低保"}).status_code == 303
    assert cases_of(desk)[0][1:] == ("visit", "想问低保", "")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"words": " "}, "请把来人说的话记下来"),
        ({"phone": "12"}, "电话号码"),
        ({"phone": "abc"}, "电话号码写得不对"),
        ({"channel": "dream"}, ""),
        ({"category": "没有的类别"}, "没有“没有的类别”这个类别"),
    ],
)
def test_what_cannot_be_taken_down_is_said_and_nothing_typed_is_lost(desk, operator, change, sentence):
    answer = operator.post("/cases/new", data=SAID | change)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "老李" in answer.text
    assert cases_of(desk) == []


def test_the_receipt_is_texted_when_wanted(tmp_path):
    with running_town(tmp_path / "data") as town:
        with town.parts.database.session() as session:
            zhang = session.merge(operators.add_operator(session, "zhang", "小张", "drum-river-42"))
            case, receipt = walk_in.take_down(
                town.parts, session, zhang, channel="counter", words="路灯坏了", phone="13912345678", receipt=True
            )
            number = case.number
            _, none = walk_in.take_down(town.parts, session, zhang, channel="counter", words="水停了", receipt=True)
        assert none is None
        (message,) = town.rows(Message)
        assert number in message.body
        assert "您说的事记下了" in message.body
        assert receipt.id == message.id


def test_words_of_danger_said_in_person_raise_the_alarm(tmp_path):
    with running_town(tmp_path / "data") as town:
        with town.parts.database.session() as session:
            zhang = session.merge(operators.add_operator(session, "zhang", "小张", "drum-river-42"))
            walk_in.take_down(town.parts, session, zhang, channel="visit", words="隔壁着火了，快来人")
        assert town.cases()[0].urgent


def test_the_days_list_shows_what_came_that_day_and_nothing_else(desk, stranger, time_machine):
    time_machine.move_to(datetime.fromisoformat("2026-11-24T02:00:00+00:00"), tick=False)
    stranger.set_cookie("session", make.login_cookie(desk))
    operator = stranger
    with desk.session() as session:
        make.case(session, number="1111", text="路灯坏了")
        make.case(session, number="2222", text="水停了", minutes_ago=11 * 60)  # 23:00 of the day before, here
    page = operator.get("/cases/day/2026-11-24").text
    assert "1111" in page
    assert "2222" not in page
    assert "2222" in operator.get("/cases/day/2026-11-23").text
    assert "这一天没有收到事项" in operator.get("/cases/day/2020-01-01").text
    assert operator.get("/cases/day/yesterday").status_code == 404


def test_the_card_is_one_page_with_the_number_as_it_is_dialled(desk, operator):
    answer = operator.get("/card.pdf")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert answer.data.count(b"/Type /Page\n") == 1
    assert card.dialled("+862855512340", "CN") == "028 5551 2340"


def test_without_a_chinese_font_the_desk_is_told_what_to_install(operator, monkeypatch):
    monkeypatch.setattr(card, "FONTS", ())
    assert operator.get("/card.pdf").status_code == 302
    assert "fonts-wqy-microhei" in operator.get("/cases").text


@pytest.mark.parametrize("words", ["[]", "title: x", "title: {a: b}"])
def test_a_card_whose_words_are_broken_is_refused(tmp_path, words):
    (tmp_path / "card.yaml").write_text(words)
    with pytest.raises(card.CardUnusable, match="card.yaml"):
        card.read_words(tmp_path / "card.yaml")


def test_the_forms_and_lists_are_for_whoever_is_logged_in(stranger):
    for page in ("/cases/new", "/cases/day/2026-11-24", "/card.pdf"):
        assert stranger.get(page).status_code == 302

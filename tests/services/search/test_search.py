"""Search: found by number, telephone, place, words and their sound, in what stands there now; on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy import delete, select

from app import schema
from app.db import Database, now
from app.models import Assignment, Case, CaseEvent, Department, Message, Recording, SearchEntry, Transcript
from app.services import ledger
from app.services.cases import decisions
from app.services.directory import operators
from app.services.search import finding, index, indexing
from app.settings import Settings
from tests.console import make


@pytest.fixture
def database(database_url):
    database = Database(Settings(_env_file=None, database_url=database_url).database)
    schema.upgrade(database)
    indexing.follow(database)
    yield database
    database.close()


def found(database, typed, **how):
    """The numbers of the cases, the newest first."""
    with database.reading() as session:
        result = finding.find(session, typed, "CN", **how)
        return [result.case.number] if result.case else [hit.case.number for hit in result.hits]


def texted(database, number, text, **fields):
    with database.session() as session:
        return make.case(session, number=number, channel="sms", text=text, **fields).id


@pytest.fixture
def lamp(database):
    """Case 20017 from 199 0000 0123, heard as 露灯."""
    with database.session() as session:
        case = make.case(session, number="20017", by=make.caller(session, "+8619900000123"))
        make.recording(session, case, words=make.spread("村口 的 露灯 坏了"))
        return case.id


@pytest.mark.parametrize("typed", ["20017", "199 0000 0123", "+8619900000123", "0123", "00000123", "露灯坏"])
def test_a_case_is_found_by_its_number_a_telephone_number_or_its_end_and_words(database, lamp, typed):
    texted(database, "20025", "水管爆了")
    assert found(database, typed) == ["20017"]
    assert found(database, "20025") == found(database, "水管") == ["20025"]


@pytest.mark.parametrize("heard", ["露灯", "鹿灯", "录等", "路灯"])
def test_what_sounds_alike_is_found_and_marked_and_can_be_left_out(database, heard):
    texted(database, "20017", f"村口{heard}坏了")
    with database.reading() as session:
        hits = finding.find(session, "路灯", "CN").hits
    assert [(hit.case.number, hit.alike) for hit in hits] == [("20017", heard != "路灯")]
    assert found(database, "路灯", as_written=True) == (["20017"] if heard == "路灯" else [])


def test_a_character_is_read_as_it_is_read_in_its_word(database):
    texted(database, "20017", "银航门口停满了车")  # 行 alone is xing, in 银行 it is hang
    assert found(database, "银行") == ["20017"]


def test_several_words_must_all_be_there_and_the_newest_comes_first(database):
    for number, text in (("20017", "清水村路灯坏了"), ("20025", "石桥村路灯坏了"), ("20033", "清水村路灯又不亮")):
        texted(database, number, text)
    assert found(database, "路灯") == ["20033", "20025", "20017"]
    assert found(database, "清水 路灯") == ["20033", "20017"]
    assert found(database, "清水，路灯 坏了") == ["20017"]


def test_the_place_a_person_decided_or_the_machine_proposes_is_found(database):
    with database.session() as session:
        make.case(session, number="20017", village=make.village(session, "石桥村"), place="三组水井边")
        make.case(session, number="20025", proposal={"village": "石桥村", "place": "石桥村"})
    assert found(database, "石桥村") == ["20025", "20017"]
    assert found(database, "石桥 三组水井") == ["20017"]


def test_a_correction_is_found_by_both_what_was_heard_and_what_was_meant(database, lamp):
    with database.session() as session:
        operators.add_operator(session, "zhang", "小张", "drum-river-42")
        operator = session.scalar(select(operators.Operator))
        recording = session.scalar(select(Recording).where(Recording.case_id == lamp))
        decisions.correct(session, recording, operator, "村口的石桥塌了")
    assert found(database, "石桥塌了") == ["20017"]
    assert found(database, "露灯") == ["20017"]


def test_replies_what_callers_add_and_the_reasons_of_moves_are_found(database):
    case = texted(database, "20017", "路灯坏了")
    with database.session() as session:
        row = session.get_one(Case, case)
        make.message(session, row, "明天派电工上门")
        decisions.add_text(session, row, "狗也丢了")
        ledger.record(session, row, "returned", by="小李", why="归交通局管")
    for words in ("电工上门", "狗也", "交通局"):
        assert found(database, words) == ["20017"]


def test_a_change_is_found_from_its_commit_on_and_not_if_it_is_taken_back(database):
    case = texted(database, "20017", "路灯坏了")
    with database.session() as session:
        session.get_one(Case, case).text = "水管爆了"
        session.flush()
        session.rollback()
    assert found(database, "路灯") == ["20017"]
    assert found(database, "水管") == []
    with database.session() as session:
        session.get_one(Case, case).text = "水管爆了"
    assert found(database, "路灯") == []
    assert found(database, "水管") == ["20017"]


def test_what_is_deleted_is_found_no_more(database, lamp):
    other = texted(database, "20025", "水管爆了")
    with database.session() as session:
        for transcript in session.scalars(select(Transcript)):
            session.delete(transcript)
    assert found(database, "露灯") == []
    with database.session() as session:
        session.execute(delete(CaseEvent).where(CaseEvent.case_id == other))
        session.execute(delete(Case).where(Case.id == other))
    with database.reading() as session:
        assert other not in session.scalars(select(SearchEntry.case_id)).all()
        assert index.newest(session, finding.wanted("水管", "CN"), None, 10) == []


def test_a_caller_whose_number_is_taken_away_is_found_by_it_no_more(database, lamp):
    with database.session() as session:
        session.get_one(Case, lamp).caller.number = "gone"
    assert found(database, "0123") == []


def test_a_department_finds_what_is_in_its_hands_and_nothing_else(database):
    ids = [texted(database, number, "路灯坏了") for number in ("20017", "20025", "20033")]
    with database.session() as session:
        power, water = Department(name="供电所"), Department(name="水务站")
        session.add_all([power, water])
        session.flush()
        for case, department in ((ids[0], power), (ids[1], water)):
            session.add(Assignment(case_id=case, department_id=department.id, lead=True, at=now()))
    assert found(database, "路灯", department_id=power.id) == ["20017"]
    assert found(database, "20025", department_id=power.id) == []
    with database.session() as session:
        session.scalar(select(Assignment).where(Assignment.case_id == ids[0])).ended_at = now()
    assert found(database, "路灯", department_id=power.id) == []


def test_pages_go_on_where_they_ended_and_many_are_counted_no_further_than_a_hundred(database):
    with database.session() as session:
        for number in range(130):
            make.case(session, number=f"{20000 + number}", text="路灯坏了", minutes_ago=200 - number)
    seen, after = [], None
    with database.reading() as session:
        assert finding.find(session, "路灯", "CN").count == 101
        while True:
            page = finding.find(session, "路灯", "CN", after)
            seen += [hit.case.number for hit in page.hits]
            after = page.next
            if after is None:
                break
    assert seen == [f"{20000 + number}" for number in reversed(range(130))]


def test_the_words_of_a_long_reply_are_shown_where_they_stand(database):
    case = texted(database, "20017", "路灯坏了")
    with database.session() as session:
        make.message(session, session.get_one(Case, case), "您好，我们已经看过了。" * 5 + "明天派电工上门")
    with database.reading() as session:
        assert "电工" in finding.find(session, "电工", "CN").hits[0].passage


@pytest.mark.parametrize(
    "typed", ["", " ", "灯", "？！", '"路', "a", "12", "*", "0" * 60, "路灯' OR 1", "NOT 路灯 NEAR(", "😀😀"]
)
def test_whatever_is_typed_is_answered(database, lamp, typed):
    assert found(database, typed) in ([], ["20017"])


def test_one_sign_alone_cannot_be_sought_and_that_is_said(database):
    with database.reading() as session:
        assert finding.find(session, "灯", "CN").unusable
        assert not finding.find(session, "路灯", "CN").unusable


def test_an_index_made_anew_finds_the_same_in_the_order_of_receipt(database, lamp):
    with database.session() as session:
        make.case(session, number="20009", text="露灯也坏了", minutes_ago=60)
    assert found(database, "露灯") == ["20009", "20017"]  # it came in later, whatever its time says
    with database.session() as session:
        session.execute(delete(SearchEntry))
    assert found(database, "露灯") == []
    assert indexing.rebuild(database) == 2
    assert found(database, "露灯") == ["20017", "20009"]


def test_blocks_of_the_index_are_read_from_the_newest_to_the_oldest(database):
    ids = [texted(database, number, "路灯坏了") for number in ("20017", "20025", "20033")]
    with database.session() as session:
        terms = indexing.terms_of_cases(session, ids)
        for place, case in ((200_000, ids[0]), (33_000, ids[1]), (1, ids[2])):
            session.execute(delete(SearchEntry).where(SearchEntry.case_id == case))
            session.flush()
            session.add(
                SearchEntry(
                    id=place, case_id=case, terms=index.written(database.engine.dialect.name, place, terms[case])
                )
            )
    assert found(database, "路灯") == ["20017", "20025", "20033"]
    with database.reading() as session:
        assert index.newest(session, finding.wanted("路灯", "CN"), 200_000, 10) == [33_000, 1]


def test_an_answer_that_is_not_about_words_leaves_the_index_alone(database, lamp):
    with database.reading() as session:
        before = session.scalar(select(SearchEntry.id))
    with database.session() as session:
        decisions.confirm(session, session.get_one(Case, lamp), right=True)
        session.scalar(select(Case)).received_at = now() - timedelta(days=1)
        session.add(Message(outgoing=False, body="谁", state="received"))
    with database.reading() as session:
        assert session.scalar(select(SearchEntry.id)) == before

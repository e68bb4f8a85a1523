"""Where a caller lives and what they speak: a person says so."""

from uuid import uuid4

import pytest

from app.models import Caller
from app.services.directory import callers
from tests.console import make

HEARD = "屋企 漏水 冇人理"


@pytest.fixture
def case(desk):
    with desk.session() as session:
        caller = make.caller(session)
        made = make.case(session, number="10247", by=caller)
        make.recording(session, made, words=make.spread(HEARD))
        return made


def spoken(desk, case):
    with desk.parts.database.reading() as session:
        return callers.dialect_of(session.get(Caller, case.caller_id))


def test_nothing_is_known_of_a_caller_at_first(desk, operator, case):
    assert "住在哪里还不知道，说什么话还不知道" in operator.get("/cases/10247").text
    assert spoken(desk, case) == "mandarin"


def test_dialect_words_propose_a_dialect_which_one_click_accepts(desk, operator, case):
    page = operator.get("/cases/10247").text
    assert "可能说的是粤语，设为这个号码的方言？" in page
    assert "屋企</q>" in page
    assert spoken(desk, case) == "mandarin"  # nothing is done by itself
    answer = operator.post("/cases/10247/caller", data={"village": "", "dialect": "cantonese"}, follow_redirects=True)
    assert "说粤语" in answer.text
    assert "可能说的是" not in answer.text
    assert spoken(desk, case) == "cantonese"


def test_no_dialect_is_proposed_where_the_words_are_mandarin_or_a_person_said_what_is_spoken(desk, operator, case):
    with desk.session() as session:
        session.get(Caller, case.caller_id).dialect = "mandarin"
        other = make.case(session, number="10248", by=make.caller(session))
        make.recording(session, other, words=make.spread("路灯 坏了 三天"))
    assert "可能说的是" not in operator.get("/cases/10247").text
    assert "可能说的是" not in operator.get("/cases/10248").text


def test_a_correction_and_not_what_the_machine_heard_speaks_for_a_dialect(desk, operator, case):
    recording = case.recordings[0]
    operator.post(f"/cases/10247/recordings/{recording.id}/correction", data={"text": "屋里漏水没人管"})
    assert "可能说的是" not in operator.get("/cases/10247").text


def test_a_caller_speaks_as_the_village_does_until_a_person_says_otherwise(desk, operator, case):
    with desk.session() as session:
        village = make.village(session)
        village.dialect = "sichuan"
    page = operator.post("/cases/10247/caller", data={"village": village.id, "dialect": ""}, follow_redirects=True).text
    assert "清水村，说四川话（按村里的）" in page
    assert "和村里一样（四川话）" in page
    assert spoken(desk, case) == "sichuan"
    operator.post("/cases/10247/caller", data={"village": village.id, "dialect": "mandarin"})
    assert spoken(desk, case) == "mandarin"


def test_the_first_village_that_is_decided_is_where_the_caller_lives(desk, operator, case):
    with desk.session() as session:
        first, second = make.village(session), make.village(session, "石桥村")
    for village in (first, second):
        operator.post("/cases/10247/decision", data={"category": "", "village": village.id, "place": "三组"})
    with desk.parts.database.reading() as session:
        assert session.get(Caller, case.caller_id).village_id == first.id


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        ({"dialect": "klingon"}, "没有“klingon”这种方言，请从列表里选。"),
        ({"dialect": "", "village": str(uuid4())}, "没有这个村，请从列表里选。"),
    ],
)
def test_what_is_not_in_the_lists_is_refused_in_a_sentence(desk, operator, case, sent, sentence):
    assert sentence in operator.post("/cases/10247/caller", data=sent, follow_redirects=True).text
    assert spoken(desk, case) == "mandarin"


def test_a_hidden_number_has_nothing_to_settle(desk, operator):
    with desk.session() as session:
        make.case(session, number="10249")
    assert 'id="caller"' not in operator.get("/cases/10249").text
    assert operator.post("/cases/10249/caller", data={"village": "", "dialect": "wu"}).status_code == 404

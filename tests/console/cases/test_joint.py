"""The same matter at the desk: shown on both pages, settled with a click; warnings on top of the list."""

import pytest

from app.models import Case, CaseEvent, EarlyWarning, Joining, Message
from app.services.duplicates import joining
from tests.console import make


@pytest.fixture
def two(desk):
    """Case 2002 may be the same as 2001; another house each."""
    with desk.session() as session:
        lead = make.case(
            session, number="2001", by=make.caller(session), channel="sms", text="水塔漏水", minutes_ago=60
        )
        case = make.case(session, number="2002", by=make.caller(session), channel="sms", text="水塔一直在漏")
        joining.propose(session, case, lead, 0.4)


def rows(desk, model):
    with desk.parts.database.reading() as session:
        return session.query(model).all()


def test_what_may_be_the_same_is_on_both_pages(operator, two):
    for page, other in (("2001", "水塔一直在漏"), ("2002", "水塔漏水")):
        shown = operator.get(f"/cases/{page}").text
        assert "可能是同一件事" in shown
        assert other in shown


def test_one_click_joins_and_the_list_counts_the_houses(operator, desk, two):
    answer = operator.post("/cases/2002/same/2001?page=2001")
    assert (answer.status_code, answer.location) == (303, "/cases/2001")
    assert [(row.state, row.by) for row in rows(desk, Joining)] == [("joined", make.NAME)]
    assert "2 户" in operator.get("/cases").text
    assert "并在一起的" in operator.get("/cases/2001").text
    assert [event.kind for event in rows(desk, CaseEvent)].count("joined") == 2


def test_one_click_rejects_and_it_is_shown_no_more(operator, desk, two):
    operator.post("/cases/2002/not-same/2001?page=2002")
    assert [row.state for row in rows(desk, Joining)] == ["rejected"]
    assert "可能是同一件事" not in operator.get("/cases/2002").text


def test_what_was_joined_can_be_parted(operator, desk, two):
    operator.post("/cases/2002/same/2001")
    operator.post("/cases/2002/not-same/2001?page=2002")
    assert [row.state for row in rows(desk, Joining)] == ["rejected"]
    assert "并在一起的" not in operator.get("/cases/2001").text


def test_a_case_that_joined_another_joins_no_third_one(operator, desk, two):
    with desk.session() as session:
        make.case(session, number="2003")
    operator.post("/cases/2002/same/2001")
    shown = operator.post("/cases/2002/same/2003?page=2002", follow_redirects=True).text
    assert "请先分开" in shown
    assert len(rows(desk, Joining)) == 1


def test_an_answer_of_the_lead_goes_to_everybody_who_joined(operator, desk, two):
    operator.post("/cases/2002/same/2001")
    assert "也会一起收到" in operator.get("/cases/2001").text
    operator.post("/cases/2001/text", data={"text": "水塔修好了。"})
    assert [message.body for message in rows(desk, Message)] == ["水塔修好了。"] * 2
    assert len(desk.nudged) == 2


def test_a_warning_stands_on_top_and_on_the_case_until_it_was_seen(operator, desk, two):
    with desk.session() as session:
        lead = session.query(Case).filter_by(number="2001").one()
        session.add(EarlyWarning(kind="burst", case_id=lead.id, category="供水", count=3, days=1))
    for page in ("/cases", "/cases/2001"):
        assert "供水：一天里 3 件，比平常多" in operator.get(page).text
    (warning,) = rows(desk, EarlyWarning)
    assert operator.post(f"/warnings/{warning.id}/seen").status_code == 303
    assert "集中反映" not in operator.get("/cases").text
    (warning,) = rows(desk, EarlyWarning)
    assert warning.seen_by == make.NAME


def test_a_case_or_a_warning_that_is_not_there_is_404(operator, two):
    assert operator.post("/cases/2002/same/9999").status_code == 404
    assert operator.post("/warnings/00000000-0000-0000-0000-000000000000/seen").status_code == 404

"""What is half written about a case: kept for its author, gone when it is old; on each kind of database."""

import pytest

from app import schema
from app.db import Database, now
from app.errors import Refused
from app.models import Case, Conversation, Draft, Recording
from app.services.desk import unsent
from app.services.directory import operators


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def case(database):
    with database.session() as session:
        case = Case(number="10247", channel="voice")
        session.add(case)
        for name in ("zhang", "li"):
            operators.add_operator(session, name, name, "drum-river-42")
        return case


def people(session):
    return [operators.named(session, name).id for name in ("zhang", "li")]


def test_a_draft_is_its_authors_alone_and_the_newest_counts(database, case):
    with database.session() as session:
        case, (zhang, li) = session.merge(case), people(session)
        unsent.keep(session, case, zhang, "reply", "您好")
        unsent.keep(session, case, zhang, "reply", "您好，明天来修。")
        unsent.keep(session, case, zhang, "move-report", "已经派人")
        unsent.keep(session, case, li, "reply", "我是小李")
        mine = {field: draft.text for field, draft in unsent.kept(session, case.id, zhang).items()}
        assert mine == {"reply": "您好，明天来修。", "move-report": "已经派人"}
        assert [draft.text for draft in unsent.kept(session, case.id, li).values()] == ["我是小李"]


def test_what_is_empty_or_was_sent_is_not_kept(database, case):
    with database.session() as session:
        case, (zhang, _) = session.merge(case), people(session)
        for end in (
            lambda: unsent.keep(session, case, zhang, "reply", " \n"),
            lambda: unsent.drop(session, case.id, zhang, "reply"),
        ):
            unsent.keep(session, case, zhang, "reply", "您好")
            end()
            assert unsent.kept(session, case.id, zhang) == {}


def test_an_old_draft_is_not_shown_and_the_next_one_takes_it_away(database, case):
    with database.session() as session:
        case, (zhang, li) = session.merge(case), people(session)
        unsent.keep(session, case, zhang, "reply", "您好")
        session.query(Draft).one().at = now() - 2 * unsent.KEPT
        session.flush()
        assert unsent.kept(session, case.id, zhang) == {}
        unsent.keep(session, case, li, "reply", "您好")
        assert [draft.operator_id for draft in session.query(Draft)] == [li]


def test_only_fields_that_the_case_has_are_kept(database, case):
    with database.session() as session:
        case, (zhang, _) = session.merge(case), people(session)
        call = Conversation(channel="voice", carrier_id="CA1")
        session.add(call)
        session.flush()
        case.recordings.append(Recording(carrier_id="RE1", conversation_id=call.id))
        session.flush()
        unsent.keep(session, case, zhang, unsent.of_correction(case.recordings[0].id), "路灯坏了")
        for field, text in (("diary", "x"), ("correction-1", "x"), ("reply", "长" * (unsent.LONGEST + 1))):
            with pytest.raises(Refused):
                unsent.keep(session, case, zhang, field, text)
        assert len(unsent.kept(session, case.id, zhang)) == 1


def test_a_draft_goes_with_its_case(database, case):
    with database.session() as session:
        unsent.keep(session, session.merge(case), people(session)[0], "reply", "您好")
    with database.session() as session:
        session.delete(session.get_one(Case, case.id))
        session.flush()
        assert session.query(Draft).count() == 0

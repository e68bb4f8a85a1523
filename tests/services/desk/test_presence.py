"""Who looks at a case, and what others did to it since: on each kind of database."""

from datetime import timedelta

import pytest

from app import schema
from app.db import Database, now
from app.models import Case, Presence
from app.services import ledger
from app.services.desk import presence
from app.services.directory import operators


@pytest.fixture
def database(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def case(database):
    """A case, and two operators who look at it."""
    with database.session() as session:
        case = Case(number="10247", channel="voice")
        session.add(case)
        session.flush()
        for name in ("小张", "小李"):
            operator = operators.add_operator(session, name, name, "drum-river-42")
            presence.note(session, case.id, operator.id)
        return case


def people(session):
    return {row.operator.name: row.operator_id for row in session.query(Presence)}


def test_each_sees_the_other_until_she_leaves(database, case):
    with database.session() as session:
        who = people(session)
        assert presence.others(session, case.id, who["小张"]) == ["小李"]
        assert presence.is_noted(session, case.id, who["小李"])
        presence.note(session, case.id, who["小李"])  # again, as a page does every quarter of a minute
        presence.leave(session, case.id, who["小李"])
        assert presence.others(session, case.id, who["小张"]) == []
        assert presence.others(session, case.id, who["小李"]) == ["小张"]


def test_who_left_without_a_word_is_forgotten_and_the_row_goes(database, case):
    with database.session() as session:
        who = people(session)
        for row in session.query(Presence):
            row.seen_at = now() - 2 * presence.HERE
        session.flush()
        assert not presence.is_noted(session, case.id, who["小李"])
        assert presence.others(session, case.id, who["小张"]) == []
        for row in session.query(Presence):
            row.seen_at = now() - timedelta(hours=2)
        session.flush()
        presence.note(session, case.id, who["小张"])
        assert list(people(session)) == ["小张"]


def test_only_what_another_person_did_since_counts(database, case):
    with database.session() as session:
        case = session.merge(case)
        presence.hold(session, case)
        ledger.record(session, case, "decided", by="小李", category="供电")
        ledger.record(session, case, "texted", by="小张", body="好")
        ledger.record(session, case, "delivered", by="hotline", what="text")
        assert presence.latest_by_others(session, case.id, "小张", 0).kind == "decided"
        assert presence.latest_by_others(session, case.id, "小李", 0).kind == "texted"
        assert presence.latest_by_others(session, case.id, "小张", 1) is None

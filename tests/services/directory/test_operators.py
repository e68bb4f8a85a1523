"""Accounts, rights and the audit, on each kind of database."""

from uuid import uuid4

import pytest

from app import schema
from app.db import Database
from app.errors import Refused
from app.models import Conversation, Recording
from app.services.cases.opening import open_case
from app.services.directory import audit, departments, operators
from app.services.directory.roles import rights_of


@pytest.fixture
def session(database_url):
    database = Database(database_url)
    schema.upgrade(database)
    with database.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        operators.add_operator(session, "desk", "值班员", "long enough", role="admin")
        operators.add_operator(session, "li", "小李", "long enough")
        yield session
    database.close()


def who(session, login):
    return operators.named(session, login)


def test_what_differs_from_the_role_is_kept_and_outlives_a_change_of_role(session):
    li, desk = who(session, "li"), who(session, "desk")
    operators.give_rights(session, li, desk, rights_of("operator", {}) - {"listen"})
    session.expire_all()
    assert "listen" not in rights_of(li.role, li.rights)
    operators.change(session, li, desk, name="小李", role="admin", department=None)
    assert "users" in rights_of(li.role, li.rights)
    assert "listen" not in rights_of(li.role, li.rights)
    assert [entry.kind for entry in audit.changes(session, li.id)] == ["changed", "rights", "added"]


def test_the_last_account_that_manages_people_stays_one(session):
    li, desk = who(session, "li"), who(session, "desk")
    for attempt in (
        lambda: operators.change(session, desk, desk, name="值班员", role="leader", department=None),
        lambda: operators.give_rights(session, desk, desk, {"see_cases"}),
        lambda: operators.lock(session, desk, li),
    ):
        with pytest.raises(Refused, match="至少要留一个"), session.begin_nested():
            attempt()
    operators.change(session, li, desk, name="小李", role="admin", department=None)
    operators.lock(session, desk, li)
    assert operators.check_password(session, "desk", "long enough") is None


def test_a_seat_in_a_department_brings_its_role_and_taking_it_away_the_desks(session):
    assert operators.seat(session, "li", "水务站", head=False).role == "department"
    assert operators.seat(session, "li", "", head=True).role == "operator"
    assert operators.seat(session, "li", "", head=True, role="leader").role == "leader"


def test_a_session_from_before_the_new_password_is_over(session):
    li = who(session, "li")
    assert operators.is_good(li, None)
    operators.start_password(session, li, who(session, "desk"))
    assert not operators.is_good(li, None)
    assert not operators.is_good(li, li.password_at.timestamp() - 1)
    assert operators.is_good(li, li.password_at.timestamp() + 1)


def test_who_listened_is_kept_once_for_each_listening(session, later):
    talk = Conversation(channel="voice", carrier_id="CA1")
    session.add(talk)
    session.flush()
    case = open_case(session, talk)
    recording = Recording(carrier_id="RE1", conversation_id=talk.id, case_id=case.id, seconds=2.0)
    session.add(recording)
    session.flush()
    li = who(session, "li")
    assert not audit.is_listening(session, li.id, recording.id)
    audit.note_listening(session, li.id, recording.id)
    assert audit.is_listening(session, li.id, recording.id)
    assert not audit.is_listening(session, who(session, "desk").id, recording.id)
    later(11 * 60)
    assert not audit.is_listening(session, li.id, recording.id)
    assert [entry.by for entry in audit.listenings(session, case.id)] == ["小李"]
    assert audit.listenings(session, uuid4()) == []

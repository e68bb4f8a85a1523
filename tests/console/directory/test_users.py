"""Accounts: given, changed, locked, and one's own."""

import re

import pytest

from app.models import Operator
from app.services.directory import departments, operators
from tests.console import make


@pytest.fixture
def colleague(desk):
    """The id of an operator beside the admin."""
    with desk.session() as session:
        departments.load_departments(session, departments.EXAMPLE, ())
        return make.person(session, "operator", "li", name="小李").id


def account(desk, login) -> Operator:
    with desk.parts.database.reading() as session:
        return operators.named(session, login)


def log_in(desk, login, password):
    client = desk.app.test_client()
    return client, client.post("/desk/login", data={"login": login, "password": password})


def test_a_new_person_gets_a_password_that_is_shown_once_and_has_to_be_changed(desk, operator):
    answer = operator.post("/users", data={"login": "wang", "name": "老王", "role": "leader"})
    [password] = re.findall(r'class="password"[^>]*>(\w+)<', answer.text)
    assert password not in operator.get(f"/users/{account(desk, 'wang').id}").text
    client, answer = log_in(desk, "wang", password)
    assert answer.status_code == 303
    for address in ("/cases", "/dialects"):
        assert client.get(address).location == "/me"
    answer = client.post("/me/password", data={"old": password, "new": "my-own-words", "again": "my-own-words"})
    assert answer.location == "/figures"
    assert client.get("/cases").status_code == 200
    assert log_in(desk, "wang", password)[1].status_code == 422
    assert log_in(desk, "wang", "my-own-words")[1].status_code == 303


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"old": "wrong-one-9", "new": "long-enough", "again": "long-enough"}, "现在的密码不对"),
        ({"old": make.PASSWORD, "new": "long-enough", "again": "long-enouhg"}, "两次写的新密码不一样"),
        ({"old": make.PASSWORD, "new": "short", "again": "short"}, "密码太短"),
        ({"old": make.PASSWORD, "new": make.PASSWORD, "again": make.PASSWORD}, "和现在的一样"),
    ],
)
def test_a_password_that_cannot_be_taken_is_refused_in_a_sentence(desk, operator, typed, sentence):
    before = account(desk, make.LOGIN).password_hash
    answer = operator.post("/me/password", data=typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert account(desk, make.LOGIN).password_hash == before


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"login": "li"}, "已经有了"),
        ({"login": "two words"}, "不带空格"),
        ({"name": " "}, "姓名要写"),
        ({"role": "king"}, "没有这种角色"),
        ({"role": "department"}, "部门经办人要选部门"),
        ({"role": "department", "department": "7"}, "没有这个部门"),
    ],
)
def test_a_person_who_cannot_be_added_is_refused_in_a_sentence(desk, operator, colleague, typed, sentence):
    answer = operator.post("/users", data={"login": "wang", "name": "老王", "role": "operator"} | typed)
    assert answer.status_code == 422
    assert sentence in answer.text
    assert account(desk, "wang") is None


def test_role_department_and_name_are_changed_and_the_history_says_by_whom(desk, operator, colleague):
    with desk.session() as session:
        water = departments.named(session, "水务站").id
    form = {"name": "李姐", "role": "department", "department": str(water)}
    assert operator.post(f"/users/{colleague}", data=form).status_code == 303
    li = account(desk, "li")
    assert (li.name, li.role, li.department.name) == ("李姐", "department", "水务站")
    html = operator.get(f"/users/{colleague}").text
    assert "改成部门经办人，水务站，李姐" in html
    assert make.NAME in html


def test_listening_is_withdrawn_and_given_again(desk, operator, colleague):
    rights = ["see_cases", "correct", "decide", "move", "reply", "figures", "counter", "practice", "learn", "retry"]
    operator.post(f"/users/{colleague}/rights", data={"right": rights})
    assert account(desk, "li").rights == {"listen": False}
    html = operator.get(f"/users/{colleague}").text
    assert "收回了听录音" in html
    assert "收回的" in html
    operator.post(f"/users/{colleague}/rights", data={"right": [*rights, "listen", "export"]})
    assert account(desk, "li").rights == {"export": True}


def test_a_locked_account_gets_in_no_more_until_it_is_opened_again(desk, operator, colleague):
    client, _ = log_in(desk, "li", make.PASSWORD)
    operator.post(f"/users/{colleague}/lock")
    assert client.get("/cases").status_code == 302
    assert log_in(desk, "li", make.PASSWORD)[1].status_code == 422
    operator.post(f"/users/{colleague}/unlock")
    assert log_in(desk, "li", make.PASSWORD)[1].status_code == 303


def test_a_forgotten_password_is_replaced_by_one_that_is_shown_once(desk, operator, colleague):
    answer = operator.post(f"/users/{colleague}/password")
    [password] = re.findall(r'class="password"[^>]*>(\w+)<', answer.text)
    assert log_in(desk, "li", make.PASSWORD)[1].status_code == 422
    assert log_in(desk, "li", password)[1].status_code == 303
    assert password not in operator.get("/users/log").text


@pytest.mark.parametrize("what", ["lock", "rights", ""])
def test_somebody_who_manages_the_accounts_is_always_left(desk, operator, what):
    me = account(desk, make.LOGIN)
    form = {"name": "小张", "role": "operator"} if not what else {"right": ["see_cases"]}
    answer = operator.post(f"/users/{me.id}/{what}".rstrip("/"), data=form)
    assert answer.status_code == 422
    assert operator.get("/users").status_code == 200


def test_the_log_says_who_listened_to_which_recording(desk, operator):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        recording = make.recording(session, case, desk.storage, seconds=1.0)
    assert "还没有人听过" in operator.get("/users/log").text
    operator.get(f"/recordings/{recording.id}.wav")
    html = operator.get("/users/log").text
    assert "事项 10247" in html
    assert f"/cases/10247#recording-{recording.id}" in html


def test_large_type_is_kept_for_the_person(desk, operator):
    assert 'class="large"' not in operator.get("/cases").text
    operator.post("/me/looks", data={"language": "zh", "large": "1"})
    assert 'class="large"' in operator.get("/cases").text
    operator.post("/me/looks", data={"language": "xx"})
    assert account(desk, make.LOGIN).large


def test_an_account_that_is_not_there_is_404(operator):
    assert operator.get("/users/00000000-0000-0000-0000-000000000000").status_code == 404

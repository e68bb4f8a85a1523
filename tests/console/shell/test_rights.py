"""Who may do what at the desk: one table, and nothing that is not in it."""

import re
from uuid import uuid4

import pytest

from app.console.shell.rights import ANYBODY, NEEDS
from app.services.directory import audit
from app.services.directory.roles import RIGHTS, ROLES, RolesUnusable, read_roles, rights_of
from tests.console import make


def someone(desk, role, **fields):
    """A browser of somebody with this role."""
    with desk.session() as session:
        make.person(session, role, **fields)
    desk.app.config.update(WTF_CSRF_ENABLED=False, WTF_CSRF_METHODS=[])
    client = desk.app.test_client()
    client.set_cookie("session", make.login_cookie(desk, role))
    return client


@pytest.fixture
def spoken(desk):
    """Case 10247 with a recording; gives the recording."""
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        return make.recording(session, case, desk.storage, words=make.spread("路灯 坏了"))


def views(desk):
    return {
        rule.endpoint.removeprefix("console."): rule
        for rule in desk.app.url_map.iter_rules()
        if rule.endpoint.startswith("console.")
    }


def test_every_view_of_the_console_is_in_the_table_and_nothing_else_is(desk):
    assert set(views(desk)) == set(NEEDS)
    assert set(NEEDS.values()) <= {ANYBODY, *RIGHTS}


def test_a_view_that_is_not_in_the_table_is_refused_to_everybody(desk, operator, monkeypatch):
    monkeypatch.delitem(NEEDS, "dialects")
    answer = operator.get("/dialects")
    assert answer.status_code == 403
    assert "您的账号用不了" in answer.text


@pytest.mark.parametrize("role", [role for role in ROLES if role != "department"])
def test_each_view_is_refused_to_whoever_lacks_its_right(desk, role):
    client, rights = someone(desk, role), rights_of(role, {})
    for view, rule in views(desk).items():
        if view == "logout":
            continue
        values = {name: uuid4() if name == "id" else "1" for name in rule.arguments}
        with desk.app.test_request_context():
            address = desk.app.url_for(rule.endpoint, **values)
        method = "GET" if "GET" in rule.methods else "POST"
        allowed = NEEDS[view] == ANYBODY or NEEDS[view] in rights
        assert (client.open(address, method=method).status_code != 403) == allowed, (role, view)


def test_a_leader_sees_a_case_and_is_offered_nothing_that_changes_it(desk, spoken):
    html = someone(desk, "leader").get("/cases/10247").text
    assert "路灯" in html
    forms = re.findall(r'<form[^>]*method="post"[^>]*action="([^"]*)"', html)
    assert set(forms) <= {"/logout"}


def test_without_the_right_to_listen_the_words_are_there_and_the_sound_is_not(desk, spoken):
    client = someone(desk, "operator", rights={"listen": False})
    html = client.get("/cases/10247").text
    assert "路灯" in html
    assert "<audio controls preload" not in html
    assert "不能听录音" in html
    assert client.get(f"/recordings/{spoken.id}.wav").status_code == 403


def test_a_leader_may_be_given_the_right_to_listen(desk, spoken):
    client = someone(desk, "leader", rights={"listen": True})
    assert client.get(f"/recordings/{spoken.id}.wav").status_code == 200


def test_a_listening_is_noted_once_however_many_pieces_the_player_fetches(desk, operator, spoken):
    for part in ("bytes=0-", "bytes=100-199", "bytes=50-99"):
        operator.get(f"/recordings/{spoken.id}.wav", headers={"Range": part})
    with desk.session() as session:
        [entry] = audit.listenings(session)
        assert (entry.by, entry.recording.id, entry.recording.case.number) == (make.NAME, spoken.id, "10247")
        assert audit.listenings(session, uuid4()) == []


def test_another_listening_later_is_noted_again(desk, operator, spoken, later):
    operator.get(f"/recordings/{spoken.id}.wav")
    later(11 * 60)
    operator.get(f"/recordings/{spoken.id}.wav")
    with desk.session() as session:
        assert len(audit.listenings(session)) == 2


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("  listen: 听录音\n", ""), "rights: needs exactly"),
        (("听录音", "''"), "rights, listen: has no name"),
        (("leader:", "boss:"), "roles: needs exactly"),
        (("figures, export]", "figures, fly]"), "there is no right fly"),
        (("rights: [see_cases, figures", "rights: [figures"), "roles, leader: needs see_cases"),
        ((", words, users]", ", words]"), "roles, admin: needs users"),
        (("name: 领导", "title: 领导"), "a role is a name and a list of rights"),
    ],
)
def test_a_file_of_roles_that_cannot_work_is_refused_in_a_sentence(tmp_path, change, sentence):
    from app.services.directory.roles import _FILE

    text = _FILE.read_text(encoding="utf-8")
    assert change[0] in text
    (tmp_path / "roles.yaml").write_text(text.replace(*change), encoding="utf-8")
    with pytest.raises(RolesUnusable, match=sentence):
        read_roles(tmp_path / "roles.yaml")

"""Who gets in, and where the login leads."""

from uuid import uuid4

import pytest
import time_machine

from app.db import now
from app.services.directory import operators
from tests.console import make


def log_in(client, password=make.PASSWORD, login=make.LOGIN, after=None, address="10.0.0.7"):
    return client.post(
        "/desk/login",
        query_string={"next": after} if after else {},
        data={"login": login, "password": password},
        environ_base={"REMOTE_ADDR": address},
    )


def test_every_page_of_the_console_asks_for_a_login(desk, stranger):
    rules = [rule for rule in desk.app.url_map.iter_rules() if rule.endpoint.startswith("console.")]
    assert len(rules) > 8
    for rule in rules:
        values = {name: uuid4() if name == "id" else "1" for name in rule.arguments}
        with desk.app.test_request_context():
            address = desk.app.url_for(rule.endpoint, **values)
        for method in rule.methods - {"HEAD", "OPTIONS"}:
            answer = stranger.open(address, method=method)
            assert answer.status_code == 302, (method, address)
            assert answer.location.startswith("/desk/login"), (method, address)


def test_a_form_without_the_pages_token_is_not_taken(desk, operator):
    desk.app.config.update(WTF_CSRF_ENABLED=True, WTF_CSRF_METHODS=["POST"])
    with desk.session() as session:
        case = make.case(session, by=make.caller(session))
    answer = operator.post(f"/cases/{case.number}/text", data={"text": "好"})
    assert answer.status_code == 400
    assert "页面放得太久了" in answer.text
    assert desk.nudged == []


def test_the_login_form_wants_its_token_too(desk):
    answer = log_in(desk.app.test_client())
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "target",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "/\t/elsewhere.example",
        "cases",
        "///elsewhere.example",
        "http:elsewhere.example",
    ],
)
def test_the_login_leads_nowhere_but_to_this_console(stranger, target):
    assert log_in(stranger, after=target).location == "/cases"


def test_the_login_leads_to_the_page_that_was_asked_for(stranger):
    assert log_in(stranger, after="/cases/10247?a=b").location == "/cases/10247?a=b"


def test_after_five_wrong_passwords_that_login_waits_and_nobody_else(desk, stranger):
    for _ in range(5):
        assert "账号或密码不对" in log_in(stranger, "wrong").text
    refused = log_in(stranger)
    assert "请等" in refused.text
    assert "账号或密码不对" in log_in(stranger, "wrong", login="somebody").text
    assert log_in(stranger, address="10.0.0.8").status_code == 303


def test_after_the_wait_the_right_password_works_again():
    from app.console.shell.throttle import Throttle

    seconds = [0.0]
    throttle = Throttle(clock=lambda: seconds[0])
    for _ in range(5):
        throttle.failed("zhang", "10.0.0.7")
    assert throttle.wait("zhang", "10.0.0.7") > 25
    seconds[0] = 31.0
    assert throttle.wait("zhang", "10.0.0.7") == 0
    throttle.failed("zhang", "10.0.0.7")
    assert throttle.wait("zhang", "10.0.0.7") > 50
    throttle.succeeded("zhang", "10.0.0.7")
    assert throttle.wait("zhang", "10.0.0.7") == 0


def test_a_login_ends_after_a_long_shift(desk, stranger):
    with time_machine.travel("2026-11-23T00:00:00+00:00", tick=False) as clock:
        log_in(stranger)
        assert stranger.get("/cases").status_code == 200
        clock.shift(13 * 3600)
        assert stranger.get("/cases").status_code == 302


def test_an_operator_whose_account_is_locked_is_logged_out_and_gets_in_no_more(desk, stranger):
    log_in(stranger)
    assert stranger.get("/cases").status_code == 200
    with desk.session() as session:
        operators.named(session, make.LOGIN).locked_at = now()
    assert stranger.get("/cases").status_code == 302
    assert "账号或密码不对" in log_in(stranger).text


def test_a_new_password_ends_the_sessions_that_are_open(desk, stranger):
    log_in(stranger)
    with desk.session() as session:
        operators.start_password(session, operators.named(session, make.LOGIN), None)
    assert stranger.get("/cases").status_code == 302


def test_a_session_of_somebody_who_is_not_there_is_none(desk, stranger):
    signer = desk.app.session_interface.get_signing_serializer(desk.app)
    stranger.set_cookie("session", signer.dumps({"_user_id": str(uuid4()), "_fresh": True}))
    assert stranger.get("/cases").status_code == 302


def test_a_form_that_meets_a_lost_login_leads_back_to_its_case(stranger):
    answer = stranger.post("/cases/10247/text", data={"text": "好"})
    assert answer.location == "/desk/login?next=/cases/10247"


def test_no_password_reaches_the_log(desk, stranger, caplog, capsys):
    log_in(stranger, "a-secret-nobody-may-read")
    said = caplog.text + "".join(capsys.readouterr())
    assert "a-secret-nobody-may-read" not in said


def test_pages_load_nothing_from_elsewhere_and_are_kept_nowhere(operator):
    for address in ("/cases", "/cases/99", "/nowhere", "/desk/login"):
        headers = operator.get(address).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert headers["Cache-Control"] == "no-store"


def test_a_fault_of_ours_is_said_in_chinese(desk, operator, monkeypatch):
    monkeypatch.setattr("app.services.desk.call_list.open_tasks", lambda session: 1 / 0)
    answer = operator.get("/cases")
    assert answer.status_code == 500
    assert "系统出了点问题" in answer.text

"""Webhooks: another system, a real server on the loopback address, is told of events."""

import base64
import hashlib
import hmac
import json
import logging
from datetime import UTC, datetime
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from werkzeug.wrappers import Request, Response

from app import safe_http
from app.db import now
from app.errors import Refused
from app.jobs import lease
from app.models import Case, Delivery, Department, Operator, Webhook
from app.service import create_app
from app.services import ledger
from app.services.cases import decisions, lifecycle, lookup
from app.services.exchange import webhooks
from tests.make import served, speech


class Receiver:
    """Another system: keeps what it got, answers what it is told to, 204 when nothing more."""

    def __init__(self):
        self.got: list[tuple[dict, bytes]] = []
        self.answers: list[Response] = []

    def __call__(self, environ, start_response):
        request = Request(environ)
        self.got.append((dict(request.headers), request.get_data()))
        answer = self.answers.pop(0) if self.answers else Response(status=204)
        return answer(environ, start_response)

    def types(self) -> list[str]:
        return [json.loads(body)["type"] for _, body in self.got]


@pytest.fixture
def receiver():
    receiver = Receiver()
    with served(receiver) as url:
        receiver.url = f"{url}/hook"
        yield receiver


@pytest.fixture
def hook(town, receiver):
    """The receiver is told of everything."""
    town.parts.settings.webhooks_inside = True
    with town.parts.database.session() as session:
        return webhooks.add(session, receiver.url, ["*"], inside=True).id


def report(town) -> Case:
    town.call(speech(), keys="1", heard="清水村三组的王秀英，没有水了，电话13800138000")
    return town.cases()[-1]


def verified(headers: dict, body: bytes, secret: str) -> str:
    """The id of a webhook whose signature is right, as the specification has a receiver check it."""
    signed = f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert f"v1,{wanted}" in headers["Webhook-Signature"].split()
    assert abs(int(headers["Webhook-Timestamp"]) - now().timestamp()) < 300
    return headers["Webhook-Id"]


def test_an_event_arrives_signed_and_without_anything_that_was_said(town, hook, receiver):
    case = report(town)
    town.queue.sweep()
    assert receiver.types() == ["case.received"]
    headers, body = receiver.got[0]
    assert verified(headers, body, webhooks.secret_of(town.parts.settings.secret, hook)).startswith("msg_")
    told = json.loads(body)
    assert told["data"]["service_request_id"] == case.number
    assert (told["data"]["sequence"], told["data"]["event_hash"]) == (1, case.events[0].hash)
    for secret in ("9900000001", "13800138000", "王秀英", "没有水"):
        assert secret not in body.decode()


def test_a_case_is_followed_to_its_end(town, hook, receiver):
    number = report(town).number
    with town.parts.database.session() as session:
        case, desk = lookup.find(session, number), Operator(login="d", name="小张", password_hash="", head=True)
        lead = Department(name="水务站")
        session.add_all([desk, lead])
        session.flush()
        decisions.decide(session, case, desk, category="供水", village_id=None, place="清水村", urgent=False)
        lifecycle.assign(session, case, desk, lead)
        lifecycle.close(session, case, desk, "修好了，电话13800138000")
    town.queue.sweep()
    assert sorted(receiver.types()) == ["case.assigned", "case.closed", "case.decided", "case.received"]
    closed = next(json.loads(body) for _, body in receiver.got if b"case.closed" in body)
    assert closed["data"] | {"event_hash": "", "sequence": 0} == {
        "service_request_id": number,
        "sequence": 0,
        "state": "closed",
        "category": "供水",
        "place": "清水村",
        "department": "水务站",
        "urgent": False,
        "event_hash": "",
    }
    town.queue.sweep()
    assert len(receiver.got) == 4  # each once


def test_only_events_that_were_asked_for_are_told(town, receiver):
    town.parts.settings.webhooks_inside = True
    with town.parts.database.session() as session:
        webhooks.add(session, receiver.url, ["case.closed"], inside=True)
    report(town)
    town.queue.sweep()
    assert receiver.got == []
    assert town.rows(Delivery) == []


def test_an_event_that_was_taken_back_is_never_told(town, hook, receiver):
    number = report(town).number
    town.queue.sweep()

    def break_off(session):
        ledger.record(session, lookup.find(session, number), "closed", by="小张")
        raise Refused("不办结了。")

    with pytest.raises(Refused), town.parts.database.session() as session:
        break_off(session)
    town.queue.sweep()
    assert receiver.types() == ["case.received"]


@pytest.mark.parametrize("status", [500, 404, 302, 429])
def test_what_is_not_taken_is_sent_again_with_the_same_id(town, hook, receiver, later, status):
    receiver.answers = [Response(status=status, headers={"Location": receiver.url})]
    report(town)
    town.queue.sweep()
    assert len(receiver.got) == 1  # no redirect is followed
    [row] = town.rows(Delivery)
    assert (row.delivered_at, row.error) == (None, f"answered {status}")
    later(5)
    town.queue.sweep()
    assert len({headers["Webhook-Id"] for headers, _ in receiver.got}) == 1
    assert len({headers["Webhook-Signature"] for headers, _ in receiver.got}) == len(receiver.got) == 2
    assert town.rows(Delivery)[0].delivered_at


def test_a_receiver_may_ask_for_patience(town, hook, receiver, later):
    receiver.answers = [Response(status=503, headers={"Retry-After": "600"})]
    report(town)
    town.queue.sweep()
    later(590)
    town.queue.sweep()
    assert len(receiver.got) == 1
    later(20)
    town.queue.sweep()
    assert len(receiver.got) == 2


def test_one_that_is_gone_is_told_nothing_more(town, hook, receiver, later):
    receiver.answers = [Response(status=410)]
    report(town)
    town.queue.sweep()
    report(town)
    later(60)
    town.queue.sweep()
    assert len(receiver.got) == 1
    assert town.rows(Webhook)[0].ended_at


def test_what_fails_for_good_is_shown_at_the_desk_and_can_be_sent_again(town, hook, receiver, monkeypatch):
    monkeypatch.setattr(lease, "MOST_ATTEMPTS", 1)
    receiver.answers = [Response(status=500)]
    number = report(town).number
    town.queue.sweep()
    desk = desk_of(town)
    assert "有 1 条进展没有送到别的系统" in desk.get("/cases").text
    page = desk.get("/exchange").text
    assert f"事项 {number}" in page
    assert "试了 1 次，对方回了 500" in page
    assert desk.post("/exchange/again").status_code == 303
    town.queue.sweep()
    assert len(receiver.got) == 2
    assert "没有送到" not in desk.get("/cases").text


def test_what_failed_may_be_let_be(town, hook, receiver, monkeypatch):
    monkeypatch.setattr(lease, "MOST_ATTEMPTS", 1)
    receiver.answers = [Response(status=500)]
    report(town)
    town.queue.sweep()
    desk = desk_of(town)
    desk.post("/exchange/seen")
    assert "没有送到" not in desk.get("/cases").text


def desk_of(town):
    """A browser of an operator who is logged in."""
    app = create_app(town.parts.settings, town.parts)
    app.config.update(WTF_CSRF_ENABLED=False, WTF_CSRF_METHODS=[])
    with town.parts.database.session() as session:
        operator = session.scalar(select(Operator)) or Operator(login="z", name="小张", password_hash="")
        session.add(operator)
        session.flush()
        id = str(operator.id)
    browser = app.test_client()
    cookie = app.session_interface.get_signing_serializer(app).dumps({"_user_id": id, "_fresh": True})
    browser.set_cookie("session", cookie)
    return browser


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://localhost/hook",
        "https://10.0.0.8/hook",
        "https://192.168.1.1/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[64:ff9b::7f00:1]/",
        "https://[fd00::1]/",
        "https://0.0.0.0/",
        "https://2130706433/",
        "https://224.0.0.1/",
        "http://93.184.215.14/hook",
        "ftp://93.184.215.14/",
        "https://user:pass@93.184.215.14/",
        "https:///hook",
        "https://93.184.215.14:0/",
        "https://93.184.215.14/hook#x",
        "https://93.184.215.14/\r\nX: y",
        "nonsense",
    ],
)
def test_an_address_inside_our_network_or_without_https_is_refused(url):
    with pytest.raises(safe_http.Unreachable):
        safe_http.check(url, inside=False)


def test_a_public_address_by_https_is_taken():
    assert safe_http.check("https://93.184.215.14/hook", inside=False) == ("93.184.215.14", "93.184.215.14")


@pytest.mark.parametrize(("certified", "taken"), [("hooks.test", True), ("other.test", False)])
def test_by_https_the_name_must_be_the_certificates(tmp_path, monkeypatch, certified, taken):
    receiver = Receiver()
    keys = certificate(tmp_path, certified)
    monkeypatch.setattr(safe_http.certifi, "where", lambda: keys[0])
    look_up = lambda host, port, *rest, **named: [(2, 1, 6, "", ("127.0.0.1", port))]  # noqa: E731
    with served(receiver, ssl_context=keys) as url:
        monkeypatch.setattr(safe_http.socket, "getaddrinfo", look_up)
        port = url.rpartition(":")[2]
        if taken:
            assert safe_http.ask(f"https://hooks.test:{port}/", inside=True, body=b"{}").status == 204
            assert receiver.got[0][0]["Host"] == f"hooks.test:{port}"
        else:
            with pytest.raises(safe_http.Unreachable):
                safe_http.ask(f"https://hooks.test:{port}/", inside=True, body=b"{}")
            assert receiver.got == []


def certificate(folder, name: str) -> tuple[str, str]:
    """Files of a certificate for this host, signed by itself, and of its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(datetime(2000, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2100, 1, 1, tzinfo=UTC))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
    files = folder / "cert.pem", folder / "key.pem"
    files[0].write_bytes(made.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    files[1].write_bytes(key.private_bytes(serialization.Encoding.PEM, *plain))
    return str(files[0]), str(files[1])


def test_http_to_a_public_address_is_refused_even_where_private_ones_are_allowed():
    with pytest.raises(safe_http.Unreachable):
        safe_http.check("http://93.184.215.14/hook", inside=True)


def test_a_name_that_has_become_private_since_is_not_asked(town, hook, receiver, monkeypatch):
    town.parts.settings.webhooks_inside = False
    report(town)
    town.queue.sweep()
    assert receiver.got == []
    assert [(row.failed, "not public" in row.error) for row in town.rows(Delivery)] == [(True, True)]


# ------------------------------------------------------------------ commands


def test_a_webhook_is_managed_by_command_and_its_secret_shown_once(town, receiver, caplog):
    town.parts.settings.webhooks_inside = True
    run = create_app(town.parts.settings, town.parts).test_cli_runner().invoke
    with caplog.at_level(logging.DEBUG):
        id, secret = run(args=["webhooks", "add", receiver.url, "--event", "case.closed"]).output.split()
        listed = run(args=["webhooks", "list"]).output
    assert len(base64.b64decode(secret.removeprefix("whsec_"))) == 32
    assert f"{id} {receiver.url} case.closed: 0 on the way" in listed
    for kept in (listed, caplog.text, str([row.__dict__ for row in town.rows(Webhook)])):
        assert secret not in kept
    assert webhooks.secret_of(town.parts.settings.secret, UUID(id)) == secret
    assert run(args=["webhooks", "remove", id]).output == "Removed.\n"
    assert run(args=["webhooks", "list"]).output == ""
    assert run(args=["webhooks", "remove", id]).exit_code == 1


@pytest.mark.parametrize(("url", "event"), [("https://10.1.1.1/", "*"), ("https://93.184.215.14/", "case.eaten")])
def test_a_webhook_that_cannot_be_is_refused(town, url, event):
    with pytest.raises(Refused), town.parts.database.session() as session:
        webhooks.add(session, url, [event], inside=False)
    assert town.rows(Webhook) == []


def test_the_secrets_of_two_webhooks_differ():
    one, other = (webhooks.secret_of("secret", UUID(int=number)) for number in (1, 2))
    assert one != other


def test_others_know_events_by_names_of_their_own():
    assert {"case.received", "case.accepted", "case.replied", "case.closed", "case.reopened"} <= webhooks.PUBLIC
    assert all(name.startswith("case.") for name in webhooks.PUBLIC)

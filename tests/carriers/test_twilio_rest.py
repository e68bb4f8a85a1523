"""Twilio's REST interface, against the phone network and against servers that misbehave."""

import logging
import socket
import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask, Response, redirect, request
from werkzeug.serving import make_server

from app.carriers.port import CarrierError, NotReady, RecordingRef
from app.carriers.simulator import Phone, Plan, parse_keys
from app.carriers.twilio import Twilio
from tests.carriers.world import ACCOUNT, HOTLINE, SECRET, VILLAGER, happened, running, tone, wav

RECORD = '<Record action="/recorded" timeout="3" recordingStatusCallback="/callback"/>'


def an_hour_ago():
    return datetime.now(UTC) - timedelta(hours=1)


# ---------------------------------------------------------------- texts


def receipts(world):
    """Every receipt of a text that has been sent, in order, once the last is there."""
    said, over = [], threading.Event()

    def take(form):
        said.append(world.carrier.read_text(form))
        if said[-1].status in ("delivered", "failed"):
            over.set()
        return "", 204, "text/plain"

    world.service.documents["receipt"] = take
    return lambda: over.wait(10) and said


def test_a_text_is_sent_and_its_receipts_come(world):
    wait = receipts(world)
    sent = world.carrier.send_text(VILLAGER, "您的事记下了，编号二三五七。", f"{world.service.url}/receipt")
    assert [(receipt.message_id, receipt.status) for receipt in wait()] == [(sent.id, "sent"), (sent.id, "delivered")]
    text = world.network.texts[sent.id]
    assert (text.from_, text.to, text.body) == (HOTLINE, VILLAGER, "您的事记下了，编号二三五七。")


@pytest.mark.parametrize(("code", "permanent"), [("30003", False), ("30005", True), ("30006", True)])
def test_a_text_that_fails_later_says_so_in_its_receipt(world, code, permanent):
    wait = receipts(world)
    world.network.set_phone(VILLAGER, Phone(text_error=code))
    world.carrier.send_text(VILLAGER, "好", f"{world.service.url}/receipt")
    last = wait()[-1]
    assert (last.status, last.error_code, last.permanent) == ("failed", code, permanent)


@pytest.mark.parametrize(
    ("to", "body", "code"),
    [("12", "好", "21211"), (VILLAGER, "", "21602"), (VILLAGER, "好" * 1601, "21617")],
)
def test_a_text_that_cannot_be_sent_is_refused_for_good(world, to, body, code):
    with pytest.raises(CarrierError) as error:
        world.carrier.send_text(to, body, "http://h/")
    assert (error.value.code, error.value.permanent, error.value.unknown) == (code, True, False)


@pytest.mark.parametrize(
    ("code", "permanent"), [("21610", True), ("21614", True), ("21211", True), ("21611", False), ("20429", False)]
)
def test_a_refusal_is_permanent_by_its_code(world, code, permanent):
    world.network.set_phone(VILLAGER, Phone(text_error=code))
    with pytest.raises(CarrierError) as error:
        world.carrier.send_text(VILLAGER, "好", "http://h/")
    assert (error.value.code, error.value.permanent) == (code, permanent)


def test_a_text_of_unknown_fate_is_found_by_its_words_and_time(world):
    sent = world.carrier.send_text(VILLAGER, "第一条", f"{world.service.url}/status")
    world.carrier.send_text(VILLAGER, "第二条", f"{world.service.url}/status")
    assert world.carrier.find_text(VILLAGER, "第一条", an_hour_ago()) == sent
    assert world.carrier.find_text(VILLAGER, "第三条", an_hour_ago()) is None
    assert world.carrier.find_text("+8619900000002", "第一条", an_hour_ago()) is None
    assert world.carrier.find_text(VILLAGER, "第一条", datetime.now(UTC) + timedelta(seconds=5)) is None


def test_no_caller_s_number_is_logged_or_put_into_an_error(world, caplog):
    caplog.set_level(logging.DEBUG)
    world.carrier.find_text(VILLAGER, "好", an_hour_ago())
    assert not [line for line in caplog.records if line.name.startswith("twilio") and "9900000001" in line.getMessage()]
    for broken in (reach("http://127.0.0.1:1"), Twilio(ACCOUNT, "wrong", HOTLINE, api_url=world.url)):
        with pytest.raises(CarrierError) as error:
            broken.find_text(VILLAGER, "好", an_hour_ago())
        assert "9900000001" not in str(error.value)


def test_more_texts_than_a_page_holds_are_looked_through(world):
    sent = [world.carrier.send_text(VILLAGER, f"第{n}条", f"{world.service.url}/status") for n in range(60)]
    assert world.carrier.find_text(VILLAGER, "第0条", an_hour_ago()) == sent[0]


def test_a_text_reaches_the_service_and_its_answer_comes_back(world):
    world.service.documents["sms"] = "<Response><Message>收到 &amp; 记下了</Message></Response>"
    events = []
    for event in world.text("清水村三组路灯坏了三天", wait_s=10):
        events.append(event)
        if event["event"] == "text":
            break
    heard = world.service.at("sms")[0]
    assert (heard["Body"], heard["From"], heard["To"]) == ("清水村三组路灯坏了三天", VILLAGER, HOTLINE)
    assert (heard["SmsStatus"], heard["FromCity"]) == ("received", "")
    assert world.carrier.read_text(heard.form).body == "清水村三组路灯坏了三天"
    assert happened(events, "text")[0]["body"] == "收到 & 记下了"


# ---------------------------------------------------------------- calls


def test_a_call_rings_is_answered_and_ends_and_each_is_told(world):
    ended, statuses = threading.Event(), []

    def take(form):
        statuses.append(world.carrier.read_call(form))
        if statuses[-1].ended:
            ended.set()
        return "", 204, "text/plain"

    world.service.documents |= {
        "said": '<Response><Gather numDigits="1" action="/key"><Play>/sound/4.0.wav</Play></Gather></Response>',
        "key": "<Response><Hangup/></Response>",
        "progress": take,
    }
    world.network.set_phone(VILLAGER, Phone(plan=Plan(keys=parse_keys("1"))))
    sent = world.carrier.call(VILLAGER, f"{world.service.url}/said", f"{world.service.url}/progress")
    assert ended.wait(10)
    assert [status.status for status in statuses] == ["queued", "ringing", "answered", "completed"]
    assert {status.call_id for status in statuses} == {sent.id}
    assert (statuses[0].caller, statuses[0].called, statuses[0].heard) == (HOTLINE, VILLAGER, None)
    assert world.service.at("said")[0]["Direction"] == "outbound-api"
    assert world.service.at("said")[0]["CallStatus"] == "in-progress"
    assert world.service.at("key")[0]["Digits"] == "1"
    assert world.carrier.find_call(VILLAGER, an_hour_ago()) == sent
    assert world.carrier.find_call("+8619900000002", an_hour_ago()) is None
    assert world.carrier.caller_of(sent.id) == (HOTLINE, VILLAGER)


@pytest.mark.parametrize(("voice", "status"), [("busy", "busy"), ("no-answer", "no_answer"), ("failed", "failed")])
def test_a_call_that_nobody_takes_ends_with_its_reason(world, voice, status):
    ended, last = threading.Event(), []

    def take(form):
        last.append(world.carrier.read_call(form))
        if last[-1].ended:
            ended.set()
        return "", 204, "text/plain"

    world.service.documents["progress"] = take
    world.network.set_phone(VILLAGER, Phone(voice=voice))
    world.carrier.call(VILLAGER, f"{world.service.url}/said", f"{world.service.url}/progress")
    assert ended.wait(10)
    assert last[-1].status == status
    assert world.service.at("said") == []


def test_a_call_to_what_is_no_number_is_refused_for_good(world):
    with pytest.raises(CarrierError) as error:
        world.carrier.call("anonymous", "http://h/", "http://h/")
    assert (error.value.code, error.value.permanent) == ("21217", True)


# ---------------------------------------------------------------- recordings


@pytest.fixture
def recorded(world):
    """A recording of four seconds, and the callback that announced it."""
    world.service.documents |= dict.fromkeys(("recorded", "callback"), "<Response><Hangup/></Response>")
    world.call(RECORD, tone(4), hang_up="after_speaking")
    return world.carrier.read_call(world.service.at("callback")[0].form).recording


def test_a_recording_is_announced_fetched_listed_and_deleted(world, recorded):
    assert world.carrier.recording(recorded) == wav(tone(4))
    assert world.carrier.recordings(call_id=recorded.call_id) == [recorded]
    assert world.carrier.recordings(since=an_hour_ago()) == [recorded]
    assert world.carrier.recordings(since=datetime.now(UTC) + timedelta(seconds=5)) == []
    assert world.carrier.recordings(call_id="CA" + "0" * 32) == []
    world.carrier.delete_recording(recorded)
    assert world.network.recordings == {}
    world.carrier.delete_recording(recorded)
    with pytest.raises(NotReady):
        world.carrier.recording(recorded)


def test_wrong_credentials_are_a_temporary_error_because_they_are_ours_to_mend(world):
    stranger = Twilio(ACCOUNT, "wrong", HOTLINE, api_url=world.url)
    with pytest.raises(CarrierError) as error:
        stranger.send_text(VILLAGER, "好", "http://h/")
    assert (error.value.code, error.value.permanent) == ("20003", False)
    with pytest.raises(CarrierError) as error:
        stranger.recording(RecordingRef("RE1", "CA1"))
    assert error.value.permanent is False


# ---------------------------------------------------------------- servers that misbehave


@pytest.fixture
def server():
    """Start a server that answers every path with `view`."""
    servers = []

    def start(view):
        app = Flask("other")
        app.add_url_rule("/<path:path>", view_func=view, methods=["GET", "POST", "DELETE"])
        servers.append(make_server("127.0.0.1", 0, app, threaded=True))
        return running(servers[-1])

    yield start
    for one in servers:
        one.shutdown()
        one.server_close()


def reach(url, **how):
    return Twilio(ACCOUNT, SECRET, HOTLINE, api_url=url, **how)


def test_a_create_that_is_never_answered_is_unknown_and_is_not_sent_again(server):
    go_on, asked = threading.Event(), []

    def view(path):
        asked.append(path)
        go_on.wait(20)
        return "{}"

    url = server(view)
    with pytest.raises(CarrierError) as error:
        reach(url, timeout_s=0.2).send_text(VILLAGER, "好", "http://h/")
    go_on.set()
    assert (error.value.unknown, error.value.permanent) == (True, False)
    assert len(asked) == 1


def test_a_server_that_cannot_be_reached_has_taken_nothing():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(CarrierError) as error:
        reach(f"http://127.0.0.1:{port}").call(VILLAGER, "http://h/", "http://h/")
    assert (error.value.unknown, error.value.permanent) == (False, False)


def test_a_connection_that_breaks_after_the_request_leaves_a_create_unknown():
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def hang_up():
            connection, _ = listening.accept()
            connection.recv(65536)
            connection.close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        with pytest.raises(CarrierError) as error:
            reach(f"http://127.0.0.1:{listening.getsockname()[1]}").send_text(VILLAGER, "好", "http://h/")
        thread.join()
    assert error.value.unknown is True


@pytest.mark.parametrize("body", ["<html>", "[]", "{}"])
def test_an_answer_that_makes_no_sense_leaves_a_create_unknown(server, body):
    url = server(lambda path: Response(body, 201))
    with pytest.raises(CarrierError) as error:
        reach(url).send_text(VILLAGER, "好", "http://h/")
    assert (error.value.unknown, error.value.permanent) == (True, False)


@pytest.mark.parametrize(("status", "permanent"), [(400, True), (404, True), (429, False), (500, False), (503, False)])
def test_an_error_without_a_code_counts_by_its_http_status(server, status, permanent):
    url = server(lambda path: Response("<html>no</html>", status))
    with pytest.raises(CarrierError) as error:
        reach(url).find_text(VILLAGER, "好", an_hour_ago())
    assert error.value.permanent is permanent
    with pytest.raises(CarrierError) as error:
        reach(url).send_text(VILLAGER, "好", "http://h/")
    assert error.value.permanent is permanent


def test_a_recording_elsewhere_is_fetched_without_our_credentials(server):
    asked = []

    def media(path):
        asked.append(request.authorization)
        return Response(b"RIFF....", mimetype="audio/wav")

    store = server(media).replace("127.0.0.1", "localhost")
    url = server(lambda path: redirect(f"{store}/media.wav"))
    assert reach(url).recording(RecordingRef("RE1", "CA1")) == b"RIFF...."
    assert asked == [None]


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://127.0.0.1/x"])
def test_a_redirect_to_anything_but_the_web_is_refused(server, target):
    url = server(lambda path: Response("", 302, {"Location": target}))
    with pytest.raises(CarrierError):
        reach(url).recording(RecordingRef("RE1", "CA1"))


def test_a_recording_that_never_ends_is_refused(server, monkeypatch):
    monkeypatch.setattr("app.carriers.twilio_rest.LARGEST_RECORDING", 200_000)
    url = server(lambda path: Response((b"x" * 65536 for _ in range(100)), mimetype="audio/wav"))
    with pytest.raises(CarrierError) as error:
        reach(url).recording(RecordingRef("RE1", "CA1"))
    assert error.value.permanent is True


def test_the_path_of_a_base_address_is_kept(server):
    asked = []

    def view(path):
        asked.append(path)
        return Response("no", 404)

    carrier = reach(server(view) + "/carrier/")
    with pytest.raises(CarrierError):
        carrier.send_text(VILLAGER, "好", "http://h/")
    with pytest.raises(NotReady):
        carrier.recording(RecordingRef("../x", "CA1"))
    assert asked[0] == f"carrier/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
    assert asked[1].startswith(f"carrier/2010-04-01/Accounts/{ACCOUNT}/Recordings/")

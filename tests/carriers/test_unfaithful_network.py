"""What the network does wrong, when it is asked to."""

import socket
import threading

import pytest

from app.carriers.port import CarrierError, NotReady, RecordingRef
from app.carriers.simulator import Faults, NoNetwork, control_token, look_at_phone, set_faults, set_phone, try_call
from tests.carriers.world import SECRET, VILLAGER, happened, tone

RECORD = '<Record action="/recorded" timeout="3" recordingStatusCallback="/callback"/>'
NOTICES = ["recorded", "status", "callback"]


@pytest.fixture
def recording(world):
    world.service.documents |= dict.fromkeys(("recorded", "callback"), "<Response><Hangup/></Response>")
    return world


def hang_up(world):
    return world.call(RECORD, tone(4), hang_up="after_speaking")


def test_a_duplicate_is_the_same_webhook_with_the_same_token(world):
    world.network.change_faults(duplicate=1.0)
    world.call("<Hangup/>")
    first, second = world.service.at("voice")
    assert first.form == second.form
    assert first.headers["I-Twilio-Idempotency-Token"] == second.headers["I-Twilio-Idempotency-Token"]
    assert len(world.service.at("status")) == 2


@pytest.mark.parametrize(
    ("kind", "path"), [("hangup_action", "recorded"), ("recording", "callback"), ("status", "status")]
)
def test_one_kind_of_notice_never_comes(recording, kind, path):
    recording.network.change_faults(lost=(kind,))
    events = hang_up(recording)
    assert sorted(recording.service.paths()[1:]) == sorted(set(NOTICES) - {path})
    assert [event["what"] for event in happened(events, "lost")] == [kind]


def test_all_notices_are_lost_and_the_recording_is_still_found_at_the_carrier(recording):
    recording.network.change_faults(drop=1.0)
    hang_up(recording)
    assert recording.service.paths() == ["voice"]
    [found] = recording.carrier.recordings()
    assert found.seconds == 4
    assert recording.carrier.recording(found).startswith(b"RIFF")


def test_what_steers_the_call_is_never_dropped(recording):
    recording.network.change_faults(drop=1.0)
    recording.call(RECORD, tone(4))
    assert recording.service.paths() == ["voice", "recorded"]


def test_notices_overtake_each_other(recording):
    recording.network.change_faults(reorder=0.5)
    orders = set()
    for _ in range(12):
        recording.service.heard.clear()
        hang_up(recording)
        assert sorted(recording.service.paths()[1:]) == sorted(NOTICES)
        orders.add(tuple(recording.service.paths()[1:]))
    assert len(orders) > 1


def test_a_delay_is_waited_for_at_the_network_s_pace(build):
    waited = []
    world = build(pace=0.5, sleep=waited.append, faults=Faults(delay_s=8.0), recording_delay_s=0.0)
    world.service.documents |= dict.fromkeys(("recorded", "callback"), "<Response/>")
    hang_up(world)
    assert any(0.6 < seconds <= 4.0 for seconds in waited[-2:])


def test_a_notice_falls_due_while_a_sound_plays(build):
    waited = []
    world = build(pace=1.0, sleep=waited.append, recording_delay_s=2.0)
    world.service.documents["callback"] = ("", 204, "text/plain")
    world.service.documents["recorded"] = "<Response><Play>/sound/90.0.wav</Play></Response>"
    world.call(RECORD, tone(4))
    *_, until_due, the_rest = [seconds for seconds in waited if seconds > 0]
    assert 1 < until_due <= 2
    assert until_due + the_rest == pytest.approx(90)


def test_a_recording_is_not_there_yet_when_its_callback_says_so(recording):
    recording.network.change_faults(not_ready=2)
    hang_up(recording)
    ref = RecordingRef(recording.service.at("callback")[0]["RecordingSid"], "CA")
    for _ in range(2):
        with pytest.raises(NotReady):
            recording.carrier.recording(ref)
    assert recording.carrier.recording(ref).startswith(b"RIFF")


def test_a_webhook_that_takes_too_long_is_given_up_and_goes_to_the_fallback(build, service):
    world = build(read_s=0.1, numbers={"voice_fallback_url": f"{service.url}/fallback"})
    go_on = threading.Event()

    def slow(form):
        go_on.wait(20)
        return "<Response><Hangup/></Response>"

    service.documents |= {"voice": slow, "fallback": "<Response><Hangup/></Response>"}
    events = world.call(None)
    go_on.set()
    assert happened(events, "error")[0]["code"] == 11200
    assert service.paths() == ["voice", "fallback"]


def test_a_service_that_breaks_the_connection_is_tried_twice_and_the_call_ends(build):
    tried = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def break_off():
            for _ in range(2):
                connection, _ = listening.accept()
                tried.append(connection.recv(65536))
                connection.close()

        threading.Thread(target=break_off, daemon=True).start()
        world = build(numbers={"voice_url": f"http://127.0.0.1:{listening.getsockname()[1]}/voice"})
        events = world.call(None)
    assert happened(events, "error")[0]["code"] == 11205
    assert happened(events, "end")[0]["status"] == "failed"
    assert [request.split(b"\r\n")[0] for request in tried] == [b"POST /voice HTTP/1.1"] * 2


def test_a_create_whose_answer_is_lost_is_unknown_and_can_be_found(world):
    world.network.change_faults(answers_lost=1.0)
    before = next(iter(world.network.texts.values()), None)
    with pytest.raises(CarrierError) as error:
        world.carrier.send_text(VILLAGER, "收到了", f"{world.service.url}/status")
    assert (error.value.unknown, error.value.permanent, before) == (True, False, None)
    assert len(world.network.texts) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_network_that_is_out_of_order_is_a_temporary_error(world, status):
    world.network.change_faults(rest_status=status)
    with pytest.raises(CarrierError) as error:
        world.carrier.send_text(VILLAGER, "收到了", "http://h/")
    assert (error.value.permanent, error.value.unknown) == (False, False)


# ---------------------------------------------------------------- the control side


def test_faults_and_telephones_are_set_from_outside(world):
    set_faults(world.url, control_token(SECRET), lost=["status"], drop=0.0)
    set_phone(world.url, control_token(SECRET), VILLAGER, voice="busy", keys="1", hang_up=3)
    assert world.network.faults.lost == ("status",)
    assert world.network.phone(VILLAGER).voice == "busy"
    assert world.network.phone(VILLAGER).plan.hang_up == 3.0


def test_a_telephone_remembers_its_calls_and_texts(world):
    world.call("<Hangup/>")
    list(world.text("你好", wait_s=0))
    seen = look_at_phone(world.url, control_token(SECRET), VILLAGER)
    assert [(call["direction"], call["status"]) for call in seen["calls"]] == [("inbound", "completed")]
    assert seen["texts"][0]["body"] == "你好"


@pytest.mark.parametrize("token", ["", "wrong", SECRET])
def test_without_the_control_token_nothing_is_done(world, token):
    with pytest.raises(NoNetwork, match="token"):
        list(try_call(world.url, token, [], caller=VILLAGER))
    assert world.network.calls == {}


@pytest.mark.parametrize(
    "how", [{"keys": "x"}, {"keys": "1@"}, {"hang_up": "soon"}, {"speech": [b"no sound file"]}], ids=str
)
def test_a_plan_that_makes_no_sense_is_refused_in_a_sentence(world, how):
    speech = how.pop("speech", [])
    with pytest.raises(NoNetwork, match="refused"):
        list(try_call(world.url, control_token(SECRET), speech, caller=VILLAGER, **how))


def test_no_network_is_said_in_a_sentence():
    with pytest.raises(NoNetwork, match="does not answer"):
        list(try_call("http://127.0.0.1:1", "token", [], caller=VILLAGER))


def test_many_calls_at_once_each_keep_their_own_recording(recording):
    clips = {f"+861990000{number:04}": tone(1 + number / 10) for number in range(60)}

    def call(number):
        recording.call(None, clips[number], caller=number, hang_up="after_speaking")

    recording.service.documents["voice"] = f"<Response>{RECORD}</Response>"
    threads = [threading.Thread(target=call, args=(number,)) for number in clips]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    actions = recording.service.at("recorded")
    assert {action["From"] for action in actions} == set(clips)
    kept = recording.network.recordings
    assert all(len(kept[action["RecordingSid"]].sound) == 44 + 2 * len(clips[action["From"]]) for action in actions)
    assert len(recording.service.at("callback")) == 60

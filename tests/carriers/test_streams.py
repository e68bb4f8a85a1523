"""Live streams: what the network sends, how the adapter reads it, and a call that is told to go on."""

import json
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamdouble.protocol import MediaStreamEncoder, StreamIdentity, build_dtmf
from twilio.request_validator import RequestValidator
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from app.carriers.port import CarrierError, StreamBegan, StreamEnded, StreamSound
from app.carriers.simulator import sound
from app.carriers.twilio import Twilio
from speech_models.audio import from_mulaw
from tests.carriers.world import HOTLINE, SECRET, happened, names, tone

carrier = Twilio("AC1", "12345", HOTLINE, api_url=None)
RECORD = '<Record action="/recorded" timeout="3" recordingStatusCallback="/callback"/>'


# ---------------------------------------------------------------- messages


def test_the_messages_of_a_stream_are_read():
    encoder = MediaStreamEncoder(StreamIdentity(call_sid="CA7"))
    frames = [bytes([n]) * 160 for n in range(3)]
    messages = [encoder.connected(), encoder.start(), encoder.media(frames[0])]
    encoder.skip_frame()
    messages += [encoder.media(frames[2]), encoder.media(frames[1], track="outbound"), encoder.stop()]
    assert [carrier.read_stream(json.dumps(message)) for message in messages] == [
        None,
        StreamBegan("CA7"),
        StreamSound(0, frames[0]),
        StreamSound(40, frames[2]),
        None,  # what is played to her is not what she says
        StreamEnded(),
    ]


def test_a_key_says_nothing_in_a_stream():
    assert carrier.read_stream(json.dumps(build_dtmf(StreamIdentity(), 3, "1"))) is None


@given(st.text() | st.binary() | st.recursive(st.integers() | st.text(), lambda x: st.lists(x)).map(json.dumps))
def test_whatever_comes_is_read_without_an_error(message):
    assert carrier.read_stream(message) is None


def test_the_opening_of_a_stream_is_trusted_by_its_address_alone():
    url = "wss://hotline.example/stream/turn/3"
    signed = {"x-twilio-signature": RequestValidator("12345").compute_signature(url, {})}
    assert carrier.trusts(url, {}, signed)
    assert not carrier.trusts(url.replace("3", "4"), {}, signed)


# ---------------------------------------------------------------- the network


class Ears:
    """The service's end: every message of every stream, and whether its opening was signed."""

    def __init__(self):
        self.messages, self.trusted = [], []
        self.hang_up_after = 10**9  # messages
        self.over = threading.Event()

    def hear(self, socket):
        url = self.url + socket.request.path
        self.trusted.append(Twilio("AC1", SECRET, HOTLINE, api_url=None).trusts(url, {}, dict(socket.request.headers)))
        try:
            for message in socket:
                self.messages.append(json.loads(message))
                if len(self.messages) >= self.hang_up_after:
                    break
        except ConnectionClosed:
            pass
        self.over.set()

    def heard(self):
        frames = [carrier.read_stream(json.dumps(message)) for message in self.messages]
        return b"".join(frame.sound for frame in frames if isinstance(frame, StreamSound))


@pytest.fixture
def ears():
    heard = Ears()
    with serve(heard.hear, "127.0.0.1", 0, compression=None) as server:
        heard.url = f"ws://127.0.0.1:{server.socket.getsockname()[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield heard
        server.shutdown()
        thread.join()


@pytest.fixture
def recording(world):
    world.service.documents |= dict.fromkeys(("recorded", "callback", "heard"), "<Response><Hangup/></Response>")
    return world


def start(url):
    return f'<Start><Stream url="{url}/turn/1" track="inbound_track"/></Start>'


def test_what_is_streamed_is_what_the_caller_says_from_the_beep_to_the_end_of_the_call(recording, ears):
    said = tone(2)
    events = recording.call(start(ears.url) + RECORD, said)
    assert ears.over.wait(10)

    assert ears.trusted == [True]
    assert names(events)[2:5] == ["stream", "beep", "record"]
    kinds = [message["event"] for message in ears.messages]
    assert kinds[:3] == ["connected", "start", "media"]
    assert kinds[-1] == "stop"
    numbered = [int(message["sequenceNumber"]) for message in ears.messages[1:]]
    assert numbered == list(range(1, len(numbered) + 1))
    assert [m["media"]["timestamp"] for m in ears.messages[2:5]] == ["0", "20", "40"]
    samples = from_mulaw(ears.heard()).samples
    begins = round(0.5 * sound.RATE)  # the beep
    assert np.abs(samples[begins : begins + len(said)] * 32768 - said).max() < 600  # as mu-law has it
    assert not samples[:begins].any()
    assert not samples[begins + len(said) :].any()


def test_a_stream_that_the_service_closes_ends_and_the_call_goes_on(recording, ears):
    ears.hang_up_after = 20
    events = recording.call(start(ears.url) + RECORD, tone(3))
    assert happened(events, "record")[0]["ended"] == "silence"
    assert recording.service.at("recorded")


@pytest.mark.parametrize("url", ["ws://127.0.0.1:9", "http://127.0.0.1:9", "nonsense"])
def test_a_stream_that_cannot_be_opened_is_told_and_the_call_goes_on(recording, url):
    events = recording.call(start(url) + RECORD, tone(1))
    assert happened(events, "stream")[0]["code"] == 31901
    assert recording.service.at("recorded")


# ---------------------------------------------------------------- a call that goes on elsewhere


def test_a_call_that_is_told_to_go_on_leaves_what_it_was_doing(recording):
    def tell(form):
        recording.carrier.go_on(form["CallSid"][0], f"{recording.service.url}/heard")
        return f"<Response>{RECORD}</Response>"

    recording.service.documents["next"] = tell
    events = recording.call("<Play>/sound/1.0.wav</Play><Redirect>/next</Redirect>", tone(2))
    assert happened(events, "redirected")[0]["url"] == f"{recording.service.url}/heard"
    assert not happened(events, "record")
    assert recording.service.at("heard")[0]["CallStatus"] == "in-progress"


def test_a_recording_that_is_left_is_kept_and_announced_without_its_action(build, service, ears):
    service.documents |= dict.fromkeys(("recorded", "callback", "heard"), "<Response><Hangup/></Response>")
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        if len(slept) == 125:  # two seconds into the recording, after half a second of beep
            (call,) = world.network.calls
            world.carrier.go_on(call, f"{service.url}/heard")

    world = build(pace=1, sleep=sleep)
    events = world.call(start(ears.url) + RECORD, tone(40))
    (left,) = happened(events, "record")
    assert left["ended"] == "redirected"
    assert left["seconds"] == pytest.approx(2, abs=0.2)
    assert service.at("heard")
    assert service.at("callback")
    assert not service.at("recorded")


def test_a_call_that_is_over_cannot_go_on(world):
    world.call("<Hangup/>")
    (sid,) = world.network.calls
    with pytest.raises(CarrierError) as refused:
        world.carrier.go_on(sid, f"{world.service.url}/heard")
    assert (refused.value.code, refused.value.permanent) == ("21220", True)

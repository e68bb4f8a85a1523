"""Live listening, from outside: a carrier streams what she says, and the call knows it when she has said it."""

import json
from contextlib import contextmanager
from threading import Event

import pytest
from streamdouble import audio as frames_of
from streamdouble.protocol import MediaStreamEncoder, StreamIdentity
from twilio.request_validator import RequestValidator
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import connect

from app.jobs import work
from app.models import Conversation, LiveWords, Recording, Transcript
from app.services.conversation import calls
from speech_models.audio import joined, read_sound, silence, to_mulaw, write_wav
from speech_models.growing import Growing
from speech_models.scripted import as_transcript
from speech_models.speech_detection import is_speech
from speech_models.transcript import Transcript as Words
from tests.make import GRANDMA, listening
from tests.make import town as running_town
from tests.services.conversation.test_calls import LAMP, ring, said, signed_post
from tests.speech_models.test_whisper import recording

SPEECH = recording("lamp")
PAUSE = silence(3.0, 8000)


class Told:
    """A recogniser that hears what it is told to wherever somebody speaks, and counts how often it was asked."""

    name = "told"

    def __init__(self):
        self.text, self.asked = LAMP, 0

    def transcribe(self, audio, hints=()):
        self.asked += 1
        return as_transcript(self.text, audio.seconds) if is_speech(audio) else Words(engine=self.name)

    def listen(self, hints=()):
        return Growing(self, hints)


class Line:
    """The carrier's end of one stream."""

    def __init__(self, socket, call_id: str):
        self.socket = socket
        self.encoder = MediaStreamEncoder(StreamIdentity(call_sid=call_id))
        self.tell(self.encoder.connected())
        self.tell(self.encoder.start())

    def tell(self, message: dict) -> None:
        self.socket.send(json.dumps(message))

    def say(self, *sounds, lost=lambda number: False) -> None:
        for number, frame in enumerate(frames_of.frame_ulaw(to_mulaw(joined(sounds)))):
            if lost(number):
                self.encoder.skip_frame()
            else:
                self.tell(self.encoder.media(frame))

    def hang_up(self) -> None:
        self.tell(self.encoder.stop())

    def is_closed_by_the_service(self) -> bool:
        with pytest.raises(ConnectionClosed) as closed:
            self.socket.recv(timeout=60)
        return closed.value.rcvd.code == 1000


@pytest.fixture
def town(tmp_path, database_url):
    """A service that listens live; `go_on` is what its carrier was told."""
    with running_town(tmp_path / "data", database_url, live=True) as running:
        running.told, running.go_on = Told(), []
        running.parts.recogniser_for = lambda dialect: running.told
        running.parts.carrier.go_on = lambda *told: running.go_on.append(told)
        with listening(running.parts) as running.listener:
            yield running


@contextmanager
def stream(town, call_id: str, turn: int = 1, token: str = "", begun: bool = False):
    """A stream of a call at this turn, which is rung up first unless it has `begun`."""
    if not begun:
        signed_post(town, "/calls", ring(call_id))
    url = f"{town.parts.settings.stream_url}/turn/{turn}"
    signature = RequestValidator(token or town.parts.settings.carrier_secret).compute_signature(url, {})
    with connect(url, additional_headers={"x-twilio-signature": signature}, compression=None, proxy=None) as socket:
        yield Line(socket, call_id)


def until(condition) -> bool:
    """Whether this becomes true; looked at until it does."""
    for _ in range(1200):
        if condition():
            return True
        Event().wait(0.05)
    return False


def recorded(call_id: str, id: str = "RE1", **more) -> dict:
    """The fields with which a carrier tells of a recording."""
    return ring(call_id) | {"RecordingSid": id, "RecordingUrl": f"http://h/{id}", "RecordingDuration": "9"} | more


# ------------------------------------------------------------------ she stays on the line


def test_what_she_said_is_read_back_as_soon_as_she_has_said_it(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()

    base = town.parts.settings.base_url
    assert town.go_on == [("CA1", f"{base}/calls/turn/1/heard")]
    document = signed_post(town, "/calls/turn/1/heard", ring("CA1")).text
    assert "<Gather" in document
    assert "/calls/turn/2" in document
    assert "您说的是清水村三组的路灯，对吗？" in said(town)
    assert "请稍等" not in said(town)
    (case,) = town.cases()
    assert case.recordings[0].transcript.text == LAMP
    assert case.proposal.category == "路灯照明"


def test_the_sound_that_was_heard_is_the_recording_and_the_carrier_s_is_deleted(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()
    deleted = []
    town.parts.carrier.delete_recording = lambda ref: deleted.append(ref.id)
    lasts = f"{SPEECH.seconds + PAUSE.seconds:.0f}"
    signed_post(town, "/calls/turn/1/recorded", recorded("CA1", RecordingStatus="completed", RecordingDuration=lasts))

    (row,) = town.rows(Recording)
    sound = read_sound(town.parts.storage.get(row.key))
    assert sound.seconds == pytest.approx(row.seconds)
    assert sound.seconds == pytest.approx(SPEECH.seconds + PAUSE.seconds, abs=0.05)
    assert abs(sound.samples[: len(SPEECH.samples)] - SPEECH.samples).max() < 0.001
    assert (row.carrier_id, deleted, row.deleted_at_carrier) == ("RE1", ["RE1"], True)
    assert len(town.rows(Transcript)) == 1


def test_a_stream_that_is_shorter_than_the_recording_does_not_have_it_deleted(town, monkeypatch):
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()
    whole, deleted = write_wav(joined([SPEECH, PAUSE, SPEECH, PAUSE])), []
    lasts = f"{2 * (SPEECH.seconds + PAUSE.seconds):.0f}"
    monkeypatch.setattr(town.parts.carrier, "delete_recording", lambda ref: deleted.append(ref.id))
    monkeypatch.setattr(town.parts.carrier, "recording", lambda ref: whole[: len(whole) // 2])
    told = recorded("CA1", RecordingStatus="completed", RecordingDuration=lasts)
    signed_post(town, "/calls/turn/1/recorded", told)
    assert deleted == []

    monkeypatch.setattr(town.parts.carrier, "recording", lambda ref: whole)
    signed_post(town, "/calls/turn/1/recorded", told)
    (row,) = town.rows(Recording)
    assert town.parts.storage.get(row.key) == whole
    assert deleted == ["RE1"]


def test_a_recording_that_its_own_silence_ends_finds_the_transcript_there(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()
    asked = town.told.asked
    for _ in range(2):  # webhooks come twice
        document = signed_post(town, "/calls/turn/1", recorded("CA1")).text
        assert "/calls/turn/2" in document
        assert "/wait/" not in document

    assert "您说的是清水村三组的路灯，对吗？" in said(town)
    assert len(town.rows(Recording)) == 1
    assert town.told.asked == asked


def test_a_call_told_to_go_on_too_late_hears_where_it_is(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()
    signed_post(town, "/calls/turn/1", recorded("CA1"))
    signed_post(town, "/calls/turn/2", ring("CA1") | {"Digits": "1"})
    late = signed_post(town, "/calls/turn/1/heard", ring("CA1")).text

    assert late == signed_post(town, "/calls/turn/2", ring("CA1") | {"Digits": "1"}).text
    assert town.cases()[0].understood_right is True


def test_a_pause_for_breath_is_not_the_end(town):
    breath = silence(2.0, 8000)
    with stream(town, "CA1") as line:
        line.say(SPEECH, breath, SPEECH, PAUSE)
        assert line.is_closed_by_the_service()

    (row,) = town.rows(Recording)
    assert row.seconds > 2 * SPEECH.seconds + breath.seconds


# ------------------------------------------------------------------ she hangs up, presses a key, says nothing


def test_hanging_up_is_an_answer(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH)
        line.hang_up()
        assert line.is_closed_by_the_service()

    (case,) = town.cases()
    assert case.recordings[0].transcript.text == LAMP
    assert town.go_on == []


def test_a_recording_that_is_announced_first_is_left_to_whoever_listens(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH)
        assert until(lambda: town.rows(LiveWords))
        signed_post(town, "/calls/turn/1", recorded("CA1", Digits="#"))
        assert line.is_closed_by_the_service()

    (row,) = town.rows(Recording)
    assert row.state == "transcribed"
    assert row.carrier_id == "RE1"
    assert not row.error
    assert len(town.rows(Transcript)) == 1
    assert "/calls/turn/3" in signed_post(town, "/calls/turn/2/wait/1", ring("CA1")).text


def test_who_says_nothing_is_asked_again_as_ever(town):
    with stream(town, "CA1") as line:
        line.say(silence(5, 8000))
        assert until(lambda: town.rows(LiveWords))
        signed_post(town, "/calls/turn/1", ring("CA1"))
        assert line.is_closed_by_the_service()

    assert town.cases() == []
    assert said(town).count("请在嘀声后慢慢说") == 2


def test_danger_raises_the_alarm(town):
    town.told.text = "我家房子着火了快来人"
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()
    signed_post(town, "/calls/turn/1/heard", ring("CA1"))

    assert town.cases()[0].urgent
    assert "请不要挂电话" in said(town)


# ------------------------------------------------------------------ what is lost, broken or too much


def test_what_is_lost_on_the_way_is_silence_of_the_same_length(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE, lost=lambda number: number % 20 == 7)
        assert line.is_closed_by_the_service()

    (row,) = town.rows(Recording)
    assert row.transcript.text == LAMP
    assert row.seconds == pytest.approx(SPEECH.seconds + PAUSE.seconds, abs=0.05)


@pytest.fixture
def carried(town, monkeypatch):
    """The carrier's own recordings can be had."""
    monkeypatch.setattr(town.parts.carrier, "recording", lambda ref: write_wav(joined([SPEECH, PAUSE])))
    monkeypatch.setattr(town.parts.carrier, "delete_recording", lambda ref: None)


def test_a_stream_that_lost_too_much_is_left_to_the_recording(town, carried):
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE, lost=lambda number: number % 5 == 2)
        assert line.is_closed_by_the_service()
    assert town.rows(Recording) == []
    signed_post(town, "/calls/turn/1", recorded("CA1"))

    (row,) = town.rows(Recording)
    assert row.transcript.text == LAMP
    assert town.go_on == []


def test_a_stream_that_breaks_off_is_left_to_the_recording(town, carried):
    with stream(town, "CA1") as line:
        line.say(SPEECH)
    assert until(lambda: not town.rows(LiveWords))
    assert town.rows(Recording) == []
    signed_post(town, "/calls/turn/1", recorded("CA1"))

    assert town.cases()[0].recordings[0].transcript.text == LAMP


def test_a_recording_waits_no_longer_than_a_moment_for_a_stream_that_hangs(town, carried, later):
    with stream(town, "CA1") as line:
        line.say(SPEECH)
        assert until(lambda: town.rows(LiveWords))
        signed_post(town, "/calls/turn/1", recorded("CA1"))
        (row,) = town.rows(Recording)
        assert row.state == "announced"
    later(calls._FINAL_SECONDS + 1)
    work.work_on(town.parts, Recording, row.id)
    assert town.cases()[0].recordings[0].transcript.text == LAMP


def test_an_engine_that_fails_leaves_the_turn_to_the_recording(town, carried):
    def fail(audio, hints=()):
        raise RuntimeError("out of order")

    hears, town.told.transcribe = town.told.transcribe, fail
    with stream(town, "CA1") as line:
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()
    town.told.transcribe = hears
    assert town.rows(LiveWords) == []
    signed_post(town, "/calls/turn/1", recorded("CA1"))

    assert town.cases()[0].recordings[0].transcript.text == LAMP


def test_one_stream_too_many_is_refused_and_its_call_recorded(town):
    town.parts.settings.streams = 1
    with stream(town, "CA1") as line:
        assert until(lambda: town.rows(LiveWords))
        with pytest.raises(InvalidStatus) as refused, stream(town, "CA2"):
            pass
        assert refused.value.response.status_code == 503
        line.hang_up()
        assert line.is_closed_by_the_service()


# ------------------------------------------------------------------ who is let in


def test_only_the_carrier_is_listened_to(town):
    with pytest.raises(InvalidStatus) as refused, stream(town, "CA1", token="a stranger's"):
        pass
    assert refused.value.response.status_code == 403
    assert town.rows(LiveWords) == []


@pytest.mark.parametrize("turn", [2, 77])
def test_a_turn_that_does_not_wait_for_speech_is_not_listened_to(town, turn):
    with stream(town, "CA1", turn) as line:
        assert line.is_closed_by_the_service()
    assert town.rows(LiveWords) == []


def test_a_call_that_nobody_knows_is_not_listened_to(town):
    with stream(town, "CA404", begun=True) as line:
        assert line.is_closed_by_the_service()
    assert town.rows(Conversation) == []


@pytest.mark.parametrize(
    "message", ["", "[]", "7", '{"event": "media"}', '{"event": "media", "media": {"timestamp": "x"}}']
)
def test_a_message_that_makes_no_sense_is_passed_over(town, message):
    with stream(town, "CA1") as line:
        line.socket.send(message)
        line.say(SPEECH, PAUSE)
        assert line.is_closed_by_the_service()
    assert town.cases()[0].recordings[0].transcript.text == LAMP


# ------------------------------------------------------------------ the desk, and the whole way


def test_the_words_are_there_while_she_speaks_and_gone_when_she_has_spoken(town):
    with stream(town, "CA1") as line:
        line.say(SPEECH, silence(1, 8000))
        assert until(lambda: any(row.text for row in town.rows(LiveWords)))
        assert town.rows(LiveWords)[0].text == LAMP
        line.hang_up()
        assert line.is_closed_by_the_service()
    assert town.rows(LiveWords) == []


def test_a_call_over_the_simulated_network_is_heard_live_and_goes_on_at_once(tmp_path, database_url):
    with running_town(tmp_path / "data", database_url, live=True, pace=0.25) as town:
        told = Told()
        town.parts.recogniser_for = lambda dialect: told
        town.parts.flows["report"].steps["ask"].__dict__["silence_seconds"] = 30  # only live listening ends it sooner
        with listening(town.parts):
            events = town.call(write_wav(SPEECH), keys="1", caller=GRANDMA)
        (case,) = town.cases()

    assert "redirected" in [event["event"] for event in events]
    assert case.understood_right is True
    assert [recording.transcript.text for recording in case.recordings] == [LAMP]


def test_a_call_over_a_network_whose_stream_is_refused_is_recorded(tmp_path):
    with running_town(tmp_path / "data", live=True) as town:
        town.parts.settings.stream_url = "ws://127.0.0.1:9"  # nobody listens there
        events = town.call(write_wav(SPEECH), hang_up="after_speaking", heard=LAMP)
        (case,) = town.cases()
    assert [event["code"] for event in events if event["event"] == "stream"] == [31901]
    assert case.recordings[0].transcript.text == LAMP

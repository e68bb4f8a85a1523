"""The documents written for Twilio: few verbs, every one with its way onward."""

import typing
import xml.etree.ElementTree as ET

import pytest

from app.carriers.twilio import Twilio
from ivr.turn import (
    Finished,
    LookUp,
    OpenCase,
    Wait,
    WaitForKey,
    WaitForPerson,
    WaitForRecording,
    WaitForText,
    WaitForTranscript,
)

carrier = Twilio("AC1", "12345", "+8699000001", api_url=None)
PLAYS = ["http://h/a.wav?t=1&u=<2>", "http://h/b.wav"]
VERBS = {"Play", "Gather", "Record", "Redirect", "Dial", "Hangup", "Reject"}
WAITS = {
    WaitForKey: WaitForKey(("1", "2"), 7),
    WaitForRecording: WaitForRecording(120, 4),
    WaitForTranscript: WaitForTranscript(3, 1500),
    WaitForPerson: WaitForPerson("asked_for_person", 25),
    Finished: Finished(),
}
NOT_ON_THE_PHONE = {LookUp: LookUp("office"), OpenCase: OpenCase(), WaitForText: WaitForText()}


class Links:
    streams = ""

    def stream(self):
        return self.streams

    def turn(self):
        return "http://h/turn/4?a=1&b=2"

    def poll(self):
        return "http://h/turn/4/wait/2"

    def recorded(self):
        return "http://h/recorded"

    def silence(self, milliseconds):
        return f"http://h/silence/{milliseconds}.wav"

    def person(self):
        return "+8699000002"


class LiveLinks(Links):
    streams = "wss://h/stream/turn/4"


def written(wait, plays=PLAYS, links=None):
    document = carrier.write(plays, wait, links or Links())
    assert document.content_type.startswith("text/xml")
    return ET.fromstring(document.body)


def shape(root):
    return [(verb.tag, [child.tag for child in verb]) for verb in root]


def test_every_wait_there_is_has_been_thought_of():
    assert set(WAITS) | set(NOT_ON_THE_PHONE) == set(typing.get_args(Wait))


@pytest.mark.parametrize("wait", WAITS.values(), ids=lambda wait: type(wait).__name__)
def test_only_verbs_that_every_compatible_server_has_are_written(wait):
    assert {element.tag for element in written(wait).iter()} <= VERBS | {"Response"}


@pytest.mark.parametrize("wait", WAITS.values(), ids=lambda wait: type(wait).__name__)
def test_only_where_calls_are_listened_to_a_stream_is_started_beside_a_recording(wait):
    tags = {element.tag for element in written(wait, links=LiveLinks()).iter()}
    assert tags <= VERBS | {"Response", "Start", "Stream"}
    assert ("Stream" in tags) == isinstance(wait, WaitForRecording)


def test_a_stream_starts_after_the_prompt_and_the_recording_goes_on_as_without_it():
    root = written(WAITS[WaitForRecording], links=LiveLinks())
    assert shape(root) == [("Gather", ["Play", "Play"]), ("Start", ["Stream"]), ("Record", []), ("Redirect", [])]
    assert root[1][0].attrib == {"url": LiveLinks.streams, "track": "inbound_track"}
    assert root[2].attrib == written(WAITS[WaitForRecording])[1].attrib


@pytest.mark.parametrize("wait", NOT_ON_THE_PHONE.values(), ids=lambda wait: type(wait).__name__)
def test_a_wait_that_is_not_for_the_phone_is_refused(wait):
    with pytest.raises(ValueError, match=type(wait).__name__):
        carrier.write(PLAYS, wait, Links())


def test_a_key_is_asked_for_while_it_plays_and_silence_goes_on_to_the_same_turn():
    root = written(WAITS[WaitForKey])
    assert shape(root) == [("Gather", ["Play", "Play"]), ("Redirect", [])]
    assert root[0].attrib == {
        "input": "dtmf", "numDigits": "1", "finishOnKey": "", "timeout": "7", "action": Links().turn(),
        "method": "POST",
    }  # fmt: skip
    assert [play.text for play in root[0]] == PLAYS
    assert root[1].text == Links().turn()


def test_speech_is_recorded_after_a_prompt_in_which_a_key_works_and_an_empty_recording_goes_on():
    root = written(WAITS[WaitForRecording])
    assert shape(root) == [("Gather", ["Play", "Play"]), ("Record", []), ("Redirect", [])]
    assert (root[0].get("timeout"), root[0].get("numDigits"), root[0].get("finishOnKey")) == ("1", "1", "")
    assert root[1].attrib == {
        "action": Links().turn(), "method": "POST", "timeout": "4", "maxLength": "120", "finishOnKey": "0#",
        "playBeep": "true", "trim": "do-not-trim", "recordingStatusCallback": Links().recorded(),
        "recordingStatusCallbackMethod": "POST", "recordingStatusCallbackEvent": "completed absent",
    }  # fmt: skip
    assert root[2].text == Links().turn()


def test_a_recording_without_a_prompt_starts_at_once():
    assert shape(written(WAITS[WaitForRecording], [])) == [("Record", []), ("Redirect", [])]


def test_waiting_for_the_transcript_is_a_silence_and_the_next_poll():
    root = written(WAITS[WaitForTranscript])
    assert shape(root) == [("Gather", ["Play", "Play", "Play"]), ("Redirect", [])]
    assert [verb.text for verb in root.iter()][-2:] == ["http://h/silence/500.wav", Links().poll()]
    assert root[0].get("timeout") == "1"  # the rest of the 1500 ms, in which 0 still works


def test_a_person_is_dialled_and_what_became_of_it_comes_back_to_the_turn():
    root = written(WAITS[WaitForPerson])
    assert shape(root)[-1] == ("Dial", [])
    assert root[-1].text == "+8699000002"
    assert root[-1].attrib == {"action": Links().turn(), "method": "POST", "timeout": "25", "answerOnBridge": "true"}


def test_the_end_is_said_and_then_hung_up():
    assert shape(written(Finished())) == [("Gather", ["Play", "Play"]), ("Hangup", [])]


def test_a_document_larger_than_the_carrier_takes_is_refused():
    with pytest.raises(ValueError, match="64|65536"):
        carrier.write(["http://h/" + "a" * 200] * 400, Finished(), Links())


def test_nothing_is_an_empty_response():
    assert shape(ET.fromstring(carrier.write_nothing().body)) == []

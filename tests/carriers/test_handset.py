"""A telephone that somebody holds: keys, speech and hanging up as they happen, in a call over the network."""

import time

import pytest
import requests

from app.carriers.port import PRACTICE_CALLS
from app.carriers.simulator import control_token
from tests.carriers.world import HOTLINE, SECRET, happened, tone, wav

PHONE = "+8619900007001"
ASK = '<Gather numDigits="1" timeout="8" action="/key"><Play>/sound/30.0.wav</Play></Gather><Hangup/>'


class Held:
    """A handset as the page holds it."""

    def __init__(self, world):
        self.world, self.known = world, {"call": "", "events": 0, "texts": 0}
        self.url = f"{world.url}/network/handsets/{PHONE}"
        self.headers = {"Authorization": f"Bearer {control_token(SECRET)}"}
        self.happened, self.state = [], {}

    def look(self, wait_s=0.0):
        asked = self.known | {"wait_s": wait_s}
        self.state = state = requests.get(self.url, params=asked, headers=self.headers, timeout=10).json()
        self.happened = (self.happened if state["call"] == self.known["call"] else []) + state["events"]
        self.known = {"call": state["call"], "events": state["seen"], "texts": state["texts_seen"]}
        return state

    def wait_for(self, name):
        while not happened(self.happened, name):
            assert self.look(2)["going_on"] or happened(self.happened, name), f"the call ended without {name}"
        return happened(self.happened, name)[-1]

    def do(self, what, **how):
        return requests.post(f"{self.url}/{what}", headers=self.headers, timeout=10, **how)

    def dial(self, document, **form):
        self.world.service.documents["voice"] = f"<Response>{document}</Response>"
        return self.do("calls", data=form)

    def to_the_end(self):
        call = self.look()["call"]
        events = list(self.world.network.calls[call].log.follow())
        self.look()
        return events


@pytest.fixture
def held(build, service):
    """Time in its calls passes twenty times as fast."""
    service.documents["status"] = ("", 204, "text/plain")
    phone = Held(build(pace=0.05, numbers={"status_callback": f"{service.url}/status"}))
    phone.look()
    return phone


def test_a_key_cuts_the_prompt_of_a_question_short(held):
    held.world.service.documents["key"] = "<Response><Hangup/></Response>"
    held.dial(ASK)
    held.wait_for("play")
    assert held.do("keys", json={"key": "1"}).status_code == 204
    events = held.to_the_end()
    assert happened(events, "key")[0]["heard"]
    assert happened(events, "hang_up")[0]["at"] < 25, "the prompt of 30 s was heard out"
    assert held.world.service.at("key")[0]["Digits"] == "1"


def test_what_is_said_is_the_recording_and_silence_ends_it(held):
    held.world.service.documents["heard"] = "<Response><Hangup/></Response>"
    held.dial('<Record action="/heard" timeout="4" maxLength="600"/>')
    held.wait_for("beep")
    first, second = tone(8.0), tone(1.0)  # the beep, still to be heard out, may cut off the beginning
    held.do("speech", data=wav(first))
    held.do("speech", data=wav(second))
    record = next(e for e in held.to_the_end() if e["event"] == "record")
    assert record["ended"] == "silence"
    assert not record["empty"]
    webhook = held.world.service.at("heard")[0]
    assert 2 <= int(webhook["RecordingDuration"]) < 60
    recording = next(iter(held.world.network.recordings.values()))
    assert first[-8000:].tobytes() + second.tobytes() in recording.sound, "the speech came into the recording in pieces"


def test_hanging_up_while_speaking_keeps_the_recording_and_tells_of_the_hang_up(held):
    held.world.service.documents["heard"] = "<Response><Hangup/></Response>"
    held.dial('<Record action="/heard" timeout="5" maxLength="600"/>')
    held.wait_for("beep")
    held.do("speech", data=wav(tone(20.0)))
    while not held.world.network.handset(PHONE)._caller.voice(0, 500).any():
        held.look(0.1)
    held.do("hang-up")
    events = held.to_the_end()
    assert happened(events, "hang_up")[0]["by"] == "caller"
    assert next(e for e in events if e["event"] == "record")["ended"] == "hangup"


def test_a_call_of_the_service_rings_until_it_is_answered(held):
    held.world.service.documents["hello"] = f"<Response>{ASK}</Response>"
    held.world.service.documents["key"] = "<Response><Hangup/></Response>"
    held.world.carrier.call(PHONE, f"{held.world.service.url}/hello", f"{held.world.service.url}/status")
    while not held.look(1)["rings"]:
        pass
    assert held.state["going_on"]
    held.do("answer")
    held.wait_for("play")
    held.do("keys", json={"key": "2"})
    held.to_the_end()
    assert held.world.service.at("key")[0]["Digits"] == "2"


def test_a_call_that_is_refused_is_busy_and_asks_for_no_document(held):
    held.world.carrier.call(PHONE, f"{held.world.service.url}/hello", f"{held.world.service.url}/status")
    while not held.look(1)["rings"]:
        pass
    held.do("hang-up")
    events = held.to_the_end()
    assert events[-1]["status"] == "busy"
    assert held.world.service.at("hello") == []


def test_one_handset_carries_one_call(held):
    assert held.dial(ASK).status_code == 200
    assert held.dial(ASK).status_code == 400
    held.do("hang-up")
    held.to_the_end()
    assert held.dial(ASK).status_code == 200
    held.do("hang-up")
    held.to_the_end()


def test_a_practice_call_is_told_by_its_id_and_a_hidden_number_stays_hidden(held):
    held.dial("<Hangup/>", hidden="1")
    held.to_the_end()
    webhook = held.world.service.at("voice")[0]
    assert webhook["CallSid"].startswith(PRACTICE_CALLS)
    assert len(webhook["CallSid"]) == 34
    assert webhook["From"] == "anonymous"
    assert webhook["To"] == HOTLINE


def test_a_telephone_that_is_put_down_without_a_word_hangs_up(held, monkeypatch):
    monkeypatch.setattr("app.carriers.simulator.handset.LET_GO_SECONDS", 0.0)
    held.dial(ASK)
    assert happened(held.to_the_end(), "hang_up")[0]["by"] == "caller"


def test_a_call_by_plan_on_a_handset_runs_by_itself(held):
    held.world.service.documents["key"] = "<Response><Hangup/></Response>"
    form = {"by_itself": "1", "keys": "1!"}
    held.dial(ASK, **form)
    held.to_the_end()
    assert held.world.service.at("key")[0]["Digits"] == "1"


def test_texts_go_out_and_come_in(held):
    held.world.service.documents["sms"] = "<Response><Message>收到</Message></Response>"
    held.do("texts", json={"body": "路灯坏了"})
    texts, until = [], time.monotonic() + 20
    while len(texts) < 2 and time.monotonic() < until:  # the network carries texts in threads of its own
        texts += held.look()["texts"]
    assert [(text["event"], text["body"]) for text in texts] == [("sent", "路灯坏了"), ("text", "收到")]


def test_what_is_no_key_no_sound_or_no_number_is_refused(held):
    assert held.do("keys", json={"key": "12"}).status_code == 400
    assert held.do("speech", data=b"no sound").status_code == 400
    answer = requests.get(f"{held.world.url}/network/handsets/007", headers=held.headers, timeout=10)
    assert answer.status_code == 400

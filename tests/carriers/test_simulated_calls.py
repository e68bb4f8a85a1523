"""The phone network carries out each verb as Twilio does."""

import io

import numpy as np
import pytest
import soundfile

from app.carriers.port import RecordingRef
from app.carriers.simulator import Phone
from tests.carriers.world import HOTLINE, VILLAGER, happened, names, silence, tone, wav


def samples(world, sid):
    file = world.carrier.recording(RecordingRef(sid, "CA"))
    assert soundfile.info(io.BytesIO(file)).samplerate == 8000
    return soundfile.read(io.BytesIO(file), dtype="int16")[0]


def last(events):
    return events[-1]["at"]


# ---------------------------------------------------------------- the call


def test_the_first_webhook_is_a_ringing_call_with_blank_geography_and_a_token(world):
    world.call("<Hangup/>")
    first = world.service.heard[0]
    assert (first.path, first["CallStatus"], first["Direction"]) == ("voice", "ringing", "inbound")
    assert (first["From"], first["Caller"], first["To"]) == (VILLAGER, VILLAGER, HOTLINE)
    assert first["FromCity"] == first["ToZip"] == ""
    assert first.headers["I-Twilio-Idempotency-Token"]


def test_the_call_ends_with_its_document_and_its_status_is_told(world):
    events = world.call("<Play>/sound/2.0.wav</Play>")
    assert names(events) == ["calling", "answered", "play", "hang_up", "end"]
    assert happened(events, "hang_up")[0]["by"] == "service"
    status = world.service.at("status")[0]
    assert (status["CallStatus"], status["CallDuration"]) == ("completed", "2")
    assert status["CallbackSource"] == "call-progress-events"


def test_play_lasts_as_long_as_its_sound_as_often_as_it_loops(world):
    events = world.call('<Play loop="3">/sound/1.5.wav</Play>')
    assert last(events) == 4.5
    assert [event["seconds"] for event in happened(events, "play")] == [1.5, 1.5, 1.5]


def test_addresses_are_relative_to_the_document_they_stand_in(world):
    world.service.documents["a/b/next"] = "<Response><Redirect>last?x=1</Redirect></Response>"
    world.service.documents["a/b/last"] = "<Response><Hangup/></Response>"
    world.call("<Redirect>/a/b/next</Redirect>")
    assert world.service.paths()[:3] == ["voice", "a/b/next", "a/b/last"]
    assert "Digits" not in world.service.heard[1].form


def test_a_get_redirect_carries_its_fields_in_the_signed_address(world):
    world.service.documents["next"] = "<Response><Hangup/></Response>"
    world.call('<Redirect method="GET">/next?x=1</Redirect>')
    assert world.service.at("next")[0]["x"] == "1"
    assert world.service.at("next")[0]["From"] == VILLAGER


def test_a_sound_that_is_not_there_ends_the_call(world):
    events = world.call("<Play>/missing.wav</Play><Play>/sound/1.0.wav</Play>")
    assert [(error["code"]) for error in happened(events, "error")] == [11200]
    assert happened(events, "hang_up")[0]["by"] == "network"
    assert happened(events, "play") == []


def test_a_rejected_call_is_never_answered(world):
    events = world.call('<Reject reason="busy"/>')
    assert "answered" not in names(events)
    assert world.service.at("status")[0]["CallStatus"] == "busy"


@pytest.mark.parametrize("when", [1.0, 2.5])
def test_a_caller_hangs_up_at_their_time(world, when):
    events = world.call("<Play>/sound/9.0.wav</Play>", hang_up=when)
    assert happened(events, "hang_up")[0]["by"] == "caller"
    assert last(events) == when


def test_a_service_that_redirects_in_a_circle_is_cut_off(world):
    events = world.call("<Redirect>/voice?secret=a%20b</Redirect>")
    assert happened(events, "error")[0]["code"] == 12000


# ---------------------------------------------------------------- broken documents


BROKEN = [
    ("<Response><Hangup/></Response>", 500, "text/xml", 11200),
    ("gone", 404, "text/plain", 11200),
    ("not xml", 200, "text/xml", 12100),
    ("", 200, "text/xml", 12100),
    ("<Other/>", 200, "text/xml", 12100),
    ("<Response><Dance/></Response>", 200, "text/xml", 12200),
    ("<Response><Hangup><Play>x</Play></Hangup></Response>", 200, "text/xml", 12200),
    ("<Response><Hangup/></Response>", 200, "application/json", 12300),
    ("<Response>" + " " * 65536 + "</Response>", 200, "text/xml", 11750),
]


@pytest.mark.parametrize(("body", "status", "kind", "code"), BROKEN)
def test_a_broken_document_ends_the_call(world, body, status, kind, code):
    world.service.documents["voice"] = (body, status, kind)
    events = world.call(None)
    assert [error["code"] for error in happened(events, "error")] == [code]
    assert names(events)[-2:] == ["hang_up", "end"]


@pytest.mark.parametrize(("body", "status", "kind", "code"), BROKEN)
def test_a_broken_document_goes_to_the_fallback_with_what_was_wrong(build, service, body, status, kind, code):
    world = build(numbers={"voice_fallback_url": f"{service.url}/fallback"})
    service.documents |= {"voice": (body, status, kind), "fallback": "<Response><Play>/sound/1.0.wav</Play></Response>"}
    events = world.call(None)
    assert service.at("fallback")[0]["ErrorCode"] == str(code)
    assert service.at("fallback")[0]["ErrorUrl"].endswith("/voice?secret=a%20b")
    assert len(happened(events, "play")) == 1


def test_the_fallback_is_there_for_every_document_of_the_call(build, service):
    world = build(numbers={"voice_fallback_url": f"{service.url}/fallback"})
    service.documents["fallback"] = "<Response><Hangup/></Response>"
    world.call('<Gather numDigits="1" action="/missing"/>', keys="4")
    assert service.at("fallback")[0]["Digits"] == "4"


# ---------------------------------------------------------------- gather


GATHER = '<Gather numDigits="1" timeout="4" finishOnKey="" action="/key"><Play>/sound/3.0.wav</Play></Gather>'


@pytest.fixture
def keys(world):
    """Call with these keys; (Digits that came or None, seconds of the call)."""
    world.service.documents["key"] = world.service.documents["none"] = "<Response><Hangup/></Response>"

    def press(pressed, document=GATHER + "<Redirect>/none</Redirect>", **how):
        events = world.call(document, keys=pressed, **how)
        came = world.service.at("key")
        return (came[0]["Digits"] if came else None), last(events)

    return press


def test_a_key_after_the_question(keys):
    assert keys("2") == ("2", 3.5)


def test_a_key_cuts_the_prompt_short(keys):
    assert keys("2!") == ("2", 0.3)


def test_a_key_by_the_clock(keys):
    assert keys("2@1.2") == ("2", 1.2)


def test_no_key_falls_through_after_the_timeout(keys, world):
    assert keys("") == (None, 7.0)
    assert world.service.paths()[:2] == ["voice", "none"]
    assert "Digits" not in world.service.at("none")[0].form


def test_a_key_that_is_let_pass_is_pressed_at_the_next_question(keys):
    assert keys("-,7", GATHER + GATHER) == ("7", 3 + 4 + 3.5)


def test_the_finishing_key_ends_the_digits_and_is_not_one(keys):
    assert keys("1,2,#", '<Gather timeout="4" action="/key"/>') == ("12", 1.5)


def test_the_finishing_key_alone_is_ignored(keys):
    assert keys("#", '<Gather timeout="4" action="/key"/>')[0] is None


def test_digits_may_follow_a_finishing_key_that_came_too_soon(keys):
    assert keys("#,5", '<Gather timeout="4" action="/key"/>') == ("5", 5.0)


def test_without_a_finishing_key_a_hash_is_a_digit(keys):
    assert keys("#", GATHER)[0] == "#"


def test_digits_are_complete_at_their_number(keys):
    assert keys("1,2,3", '<Gather numDigits="2" timeout="4" action="/key"/>') == ("12", 1.0)


def test_digits_that_stop_are_sent_after_the_timeout(keys):
    assert keys("1", '<Gather numDigits="2" timeout="4" action="/key"/>') == ("1", 4.5)


def test_an_empty_result_is_sent_where_it_is_asked_for(keys):
    assert keys("", '<Gather timeout="4" actionOnEmptyResult="true" action="/key"/>') == ("", 4.0)


def test_a_gather_without_an_action_asks_the_same_address(world):
    replies = iter(["<Response><Gather numDigits='1'/></Response>", "<Response><Hangup/></Response>"])
    world.service.documents["voice"] = lambda form: next(replies)
    world.call(None, keys="5")
    assert [hook.form.get("Digits") for hook in world.service.at("voice")] == [None, ["5"]]


def test_a_key_while_nobody_listens_is_lost(world):
    events = world.call("<Play>/sound/3.0.wav</Play>", keys="1@1")
    assert [(key["key"], key["heard"]) for key in happened(events, "key")] == [("1", False)]
    assert last(events) == 3.0


def test_a_caller_presses_nothing_where_the_question_leads_to_a_recording(world):
    world.service.documents["key"] = "<Response><Hangup/></Response>"
    events = world.call(GATHER + '<Record playBeep="false" timeout="2"/>' + GATHER, keys="1")
    assert names(events)[2:5] == ["play", "record", "play"]
    assert world.service.at("key")[0]["Digits"] == "1"


# ---------------------------------------------------------------- record


RECORD = (
    '<Record action="/recorded" timeout="3" maxLength="60" finishOnKey="0#" trim="do-not-trim"'
    ' recordingStatusCallback="/callback" recordingStatusCallbackEvent="completed absent"/><Redirect>/none</Redirect>'
)


@pytest.fixture
def recording(world):
    world.service.documents |= dict.fromkeys(("recorded", "none", "callback"), "<Response><Hangup/></Response>")
    return world


def test_what_is_recorded_is_what_the_caller_said(recording):
    said = tone(4)
    events = recording.call(RECORD, said)
    action = recording.service.at("recorded")[0]
    kept = samples(recording, action["RecordingSid"])
    assert np.array_equal(kept[: len(said)], said)
    assert not kept[len(said) :].any()
    assert len(kept) == 7 * 8000  # three seconds of silence ended it
    assert (action["RecordingDuration"], "Digits" in action.form) == ("7", False)
    assert happened(events, "record")[0]["ended"] == "silence"


def test_a_recording_of_another_rate_and_two_channels_becomes_a_telephone_recording(recording):
    stereo = np.stack([tone(2, 44100), tone(2, 44100)], axis=1)
    recording.call(RECORD, wav(stereo, 44100))
    kept = samples(recording, recording.service.at("recorded")[0]["RecordingSid"])[:16000]
    assert np.abs(kept[1000:15000].astype(float) - tone(2)[1000:15000]).mean() < 300


def test_a_pause_shorter_than_the_timeout_goes_on_and_a_longer_one_ends_it(recording):
    recording.call(RECORD, np.concatenate([tone(1), silence(2.5), tone(1), silence(3.5), tone(9)]))
    assert recording.service.at("recorded")[0]["RecordingDuration"] == "8"  # round(1 + 2.5 + 1 + 3)


def test_silence_of_any_length_is_kept_where_the_timeout_is_off(recording):
    recording.call(RECORD.replace('timeout="3"', 'timeout="0"'), np.concatenate([tone(1), silence(20), tone(1)]))
    assert recording.service.at("recorded")[0]["RecordingDuration"] == "60"


def test_a_recording_stops_at_its_limit(recording):
    events = recording.call(RECORD.replace('maxLength="60"', 'maxLength="5"'), tone(30))
    assert recording.service.at("recorded")[0]["RecordingDuration"] == "5"
    assert happened(events, "record")[0]["ended"] == "limit"


def test_silence_is_trimmed_unless_it_is_asked_for(recording):
    recording.call(RECORD.replace("do-not-trim", "trim-silence"), np.concatenate([silence(1), tone(4)]))
    assert recording.service.at("recorded")[0]["RecordingDuration"] == "4"


@pytest.mark.parametrize("said", [[], [silence(2)], [tone(2, level=20)]], ids=["nothing", "silence", "hardly a sound"])
def test_an_empty_recording_falls_through_and_never_calls_the_action(recording, said):
    recording.call(RECORD, *said)
    assert recording.service.at("recorded") == []
    assert recording.service.paths()[1] == "none"
    assert recording.service.at("callback")[0]["RecordingStatus"] == "absent"


def test_a_finishing_key_ends_the_recording_and_is_sent(recording):
    recording.call(RECORD, tone(9), keys="0~2.5")
    action = recording.service.at("recorded")[0]
    assert action["Digits"] == "0"
    assert len(samples(recording, action["RecordingSid"])) == 2.5 * 8000


def test_another_key_does_not_end_the_recording(recording):
    events = recording.call(RECORD, tone(5), keys="7~2.5")
    assert recording.service.at("recorded")[0]["RecordingDuration"] == "8"
    assert happened(events, "key")[0]["heard"] is False


def test_a_finishing_key_before_a_word_still_reaches_the_action(recording):
    recording.call(RECORD, keys="0~1")
    action = recording.service.at("recorded")[0]
    assert (action["Digits"], "RecordingSid" in action.form) == ("0", False)


def test_a_hang_up_after_speaking_brings_action_callback_and_completion(recording):
    events = recording.call(RECORD, tone(4), hang_up="after_speaking")
    assert recording.service.paths() == ["voice", "recorded", "status", "callback"]
    action = recording.service.at("recorded")[0]
    assert (action["Digits"], action["CallStatus"], action["RecordingDuration"]) == ("hangup", "completed", "4")
    assert recording.service.at("callback")[0]["RecordingSid"] == action["RecordingSid"]
    assert happened(events, "hang_up")[0]["by"] == "caller"
    assert len(samples(recording, action["RecordingSid"])) == 4 * 8000


def test_a_hang_up_before_a_word_brings_only_the_completion(recording):
    recording.call(RECORD, hang_up=2)
    assert recording.service.paths() == ["voice", "status", "callback"]
    assert recording.service.at("callback")[0]["RecordingStatus"] == "absent"


def test_the_callback_comes_when_the_recording_is_there(recording):
    events = recording.call(RECORD, tone(2))
    callback = recording.service.at("callback")[0]
    assert (callback["RecordingStatus"], callback["RecordingSource"]) == ("completed", "RecordVerb")
    assert callback["RecordingDuration"] == "5"
    order = [event["event"] for event in events]
    assert order.index("recording") < next(i for i, e in enumerate(events) if e.get("what") == "recording")


def test_every_recording_of_a_call_has_its_own_speech(recording):
    recording.service.documents["recorded"] = f"<Response>{RECORD.replace('/recorded', '/again')}</Response>"
    recording.service.documents["again"] = "<Response><Hangup/></Response>"
    recording.call(RECORD, tone(2), tone(6))
    assert recording.service.at("recorded")[0]["RecordingDuration"] == "5"
    assert recording.service.at("again")[0]["RecordingDuration"] == "9"


# ---------------------------------------------------------------- dial


DIAL = '<Dial timeout="20" action="/dialled" answerOnBridge="true">+8699000002</Dial>'


@pytest.mark.parametrize(
    ("voice", "status", "seconds"),
    [
        ("answers", "completed", 13.0),
        ("busy", "busy", 1.0),
        ("no-answer", "no-answer", 20.0),
        ("failed", "failed", 1.0),
    ],
)
def test_a_transfer_ends_as_the_other_phone_does(world, voice, status, seconds):
    world.service.documents["dialled"] = "<Response><Hangup/></Response>"
    world.network.set_phone("+8699000002", Phone(voice=voice))
    events = world.call(DIAL)
    assert world.service.at("dialled")[0]["DialCallStatus"] == status
    assert last(events) == seconds


def test_a_transfer_without_an_action_goes_on_with_the_document(world):
    events = world.call("<Dial><Number>+8699000002</Number></Dial><Play>/sound/1.0.wav</Play>")
    assert names(events)[-3:] == ["play", "hang_up", "end"]


def test_a_caller_who_hangs_up_while_it_rings_cancels_the_transfer(world):
    world.service.documents["dialled"] = "<Response><Hangup/></Response>"
    world.call(DIAL, hang_up=2)
    assert world.service.at("dialled")[0]["DialCallStatus"] == "canceled"
    assert world.service.at("dialled")[0]["CallStatus"] == "completed"

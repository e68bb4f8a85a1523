"""Twilio's webhooks: whom to trust, and what was heard."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from app.carriers.port import CALL_STATUSES, MESSAGE_STATUSES, CallHeard, RecordingRef, TextHeard
from app.carriers.twilio import Twilio
from ivr.turn import HungUp, Key, PersonAbsent, PersonAnswered, Recorded, Silence

HOTLINE, VILLAGER = "+8699000001", "+8619900000001"
URL = "https://hotline.example/calls/7?token=a%20b"
carrier = Twilio("AC1", "12345", HOTLINE, api_url="http://127.0.0.1:9")


def form(**fields):
    return {name: [value] for name, value in fields.items()}


def heard(**fields):
    base = {"CallSid": "CA1", "From": VILLAGER, "To": HOTLINE, "CallStatus": "in-progress", "Direction": "inbound"}
    return carrier.read_call(form(**{name: value for name, value in (base | fields).items() if value is not None}))


def signature(url, fields):
    class Fields(dict):
        def getlist(self, name):
            return self[name]

    return {"X-Twilio-Signature": RequestValidator("12345").compute_signature(url, Fields(fields))}


# ---------------------------------------------------------------- trust


def test_both_published_signatures_are_trusted():
    fields = form(
        CallSid="CA1234567890ABCDE", Digits="1234", From="+14158675309", To="+18005551212", Caller="+14158675309"
    )
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert carrier.trusts(url, fields, {"X-Twilio-Signature": "RSOYDt4T1cUTdK1PDd93/VVr8B8="})
    twice = {"Sid": ["CA123"], "SidAccount": ["AC123"], "Digits": ["5678", "1234", "1234"]}
    assert carrier.trusts(url, twice, {"x-twilio-signature": "IK+Dwps556ElfBT0I3Rgjkr1wJU="})


def test_blank_and_repeated_fields_are_part_of_what_is_signed():
    fields = {"From": [VILLAGER], "FromCity": [""], "StatusCallbackEvent": ["b", "a", "b"]}
    signed = signature(URL, fields)
    assert carrier.trusts(URL, fields, signed)
    assert not carrier.trusts(URL, {"From": [VILLAGER]}, signed)
    assert not carrier.trusts(URL, fields | {"StatusCallbackEvent": ["a"]}, signed)
    assert not carrier.trusts(URL, fields | {"Extra": [""], "From": ["+1"]}, signed)


@pytest.mark.parametrize(
    ("signed", "reached"),
    [
        ("https://hotline.example/a", "https://hotline.example:443/a"),
        ("https://hotline.example:443/a", "https://hotline.example/a"),
        ("http://127.0.0.1:8000/a?b=c", "http://127.0.0.1:8000/a?b=c"),
    ],
)
def test_the_signature_holds_with_and_without_a_port(signed, reached):
    assert carrier.trusts(reached, form(CallSid="CA1"), signature(signed, form(CallSid="CA1")))


@pytest.mark.parametrize("other", ["http://hotline.example/a", "https://hotline.example/a/", "https://other.example/a"])
def test_another_address_is_not_trusted(other):
    assert not carrier.trusts(other, form(CallSid="CA1"), signature("https://hotline.example/a", form(CallSid="CA1")))


@pytest.mark.parametrize("headers", [{}, {"X-Twilio-Signature": ""}, {"X-Twilio-Signature": "nonsense"}, {"X": "嗨"}])
def test_without_a_right_signature_nothing_is_trusted(headers):
    assert not carrier.trusts(URL, form(CallSid="CA1"), headers)


def test_a_json_body_is_trusted_only_with_its_signed_hash():
    body = json.dumps({"a": "乡音"}).encode()
    url = f"{URL}&bodySHA256={hashlib.sha256(body).hexdigest()}"
    assert carrier.trusts(url, {}, signature(url, {}), body)
    assert not carrier.trusts(url, {}, signature(url, {}), body + b" ")
    assert not carrier.trusts(URL, {}, signature(URL, {}), body)
    assert not carrier.trusts(url, {}, signature(url, {}), b"\xff\xfe")


@pytest.mark.parametrize("url", ["", "http://[", "http://h:port/x", "http://[::1]:8000/x", "\ud800", "x" * 9000])
def test_a_malformed_request_is_refused_without_an_exception(url):
    assert carrier.trusts(url, {"a": ["\ud800"]}, {"X-Twilio-Signature": "x"}) is False
    assert carrier.trusts(url, {}, {"X-Twilio-Signature": "é"}, b"{}") is False


# ---------------------------------------------------------------- calls


def test_the_first_webhook_of_a_call_says_who_calls():
    assert heard(CallStatus="ringing") == CallHeard("CA1", VILLAGER, HOTLINE, status="ringing")


@pytest.mark.parametrize(
    "hidden",
    [
        "anonymous", "Anonymous", "Restricted", "unknown", "unavailable", "Private", "+266696687", "+7378742833", "",
        None, "anonymous@anonymous.invalid", "sip:anonymous@192.0.2.1", "  ", "+",
    ],
)  # fmt: skip
def test_a_hidden_number_is_empty(hidden):
    assert heard(From=hidden).caller == ""


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ("+8619900000001", VILLAGER),
        (" +86 199 0000 0001", VILLAGER),
        ("12345", "12345"),
        ("sip:li@example.com", "sip:li@example.com"),
        ("+1", "+1"),
    ],
)
def test_a_number_is_e164_where_it_can_be_and_else_stays_as_it_came(raw, read):
    assert heard(From=raw).caller == read


@pytest.mark.parametrize(("digits", "key"), [("1", "1"), ("0", "0"), ("*", "*"), ("#", "#"), ("21", "2"), ("x3", "3")])
def test_a_pressed_key_is_heard(digits, key):
    assert heard(Digits=digits).heard == Key(key)


@pytest.mark.parametrize("digits", [None, "", "abc", "٣"])
def test_nothing_pressed_is_silence(digits):
    assert heard(Digits=digits).heard == Silence()


RECORDED = {"RecordingUrl": "https://api.twilio.com/2010-04-01/Accounts/AC1/Recordings/RE9", "RecordingSid": "RE9"}


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"RecordingDuration": "7"}, Recorded(7.0)),
        ({"RecordingDuration": "7", "Digits": "0"}, Recorded(7.0, key="0")),
        ({"RecordingDuration": "7", "Digits": "#"}, Recorded(7.0, key="#")),
        ({"RecordingDuration": "7", "Digits": "hangup", "CallStatus": "completed"}, Recorded(7.0, hung_up=True)),
        ({"RecordingDuration": "0"}, Silence()),
        ({"RecordingDuration": ""}, Silence()),
        ({"RecordingDuration": "0", "Digits": "#"}, Silence()),
        ({"RecordingDuration": "0", "Digits": "0"}, Key("0")),
        ({"RecordingDuration": "0", "Digits": "hangup", "CallStatus": "completed"}, HungUp()),
    ],
)
def test_a_recording_that_ended_is_heard_and_announced(fields, expected):
    result = heard(**RECORDED, **fields)
    assert result.heard == expected
    assert result.recording.id == "RE9"
    assert result.recording.call_id == "CA1"
    assert result.ended == (fields.get("CallStatus") == "completed")


def test_a_recording_without_its_sid_is_known_by_its_address():
    assert heard(RecordingUrl=RECORDED["RecordingUrl"], RecordingDuration="3").recording == RecordingRef(
        "RE9", "CA1", 3
    )


def test_the_recording_callback_announces_and_hears_nothing():
    fields = form(CallSid="CA1", RecordingStatus="completed", RecordingDuration="4", **RECORDED)
    assert carrier.read_call(fields) == CallHeard("CA1", "", "", recording=RecordingRef("RE9", "CA1", 4))


@pytest.mark.parametrize("status", ["absent", "failed", "in-progress"])
def test_a_recording_that_is_not_complete_is_not_announced(status):
    result = carrier.read_call(form(CallSid="CA1", RecordingStatus=status, **RECORDED))
    assert (result.recording, result.heard) == (None, None)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("completed", PersonAnswered()),
        ("answered", PersonAnswered()),
        ("busy", PersonAbsent()),
        ("no-answer", PersonAbsent()),
        ("failed", PersonAbsent()),
        ("canceled", PersonAbsent()),
    ],
)
def test_a_transfer_was_answered_or_not(status, expected):
    assert heard(DialCallStatus=status).heard == expected


@pytest.mark.parametrize(
    ("status", "read", "ended"),
    [
        ("initiated", "queued", False),
        ("queued", "queued", False),
        ("ringing", "ringing", False),
        ("in-progress", "answered", False),
        ("completed", "completed", True),
        ("busy", "busy", True),
        ("no-answer", "no_answer", True),
        ("failed", "failed", True),
        ("canceled", "canceled", True),
    ],
)
def test_a_status_webhook_says_how_the_call_stands_and_hears_nothing(status, read, ended):
    result = heard(CallStatus=status, CallbackSource="call-progress-events", SequenceNumber="0")
    assert (result.status, result.ended, result.heard) == (read, ended, None)
    assert result.status in CALL_STATUSES


WORDS = st.sampled_from(
    ["CallSid", "From", "To", "CallStatus", "Digits", "RecordingSid", "RecordingUrl", "RecordingDuration",
     "RecordingStatus", "DialCallStatus", "MessageStatus", "SmsStatus", "Body", "ErrorCode"]
)  # fmt: skip


@given(st.dictionaries(WORDS, st.lists(st.text(), max_size=3)))
def test_no_form_whatever_raises(fields):
    assert isinstance(carrier.read_call(fields), CallHeard)
    assert isinstance(carrier.read_text(fields), TextHeard)
    assert carrier.trusts(URL, fields, {"X-Twilio-Signature": "no"}) is False


# ---------------------------------------------------------------- texts


def test_an_incoming_text_is_read_as_it_was_written():
    fields = form(
        MessageSid="SM1",
        SmsSid="SM1",
        From=VILLAGER,
        To=HOTLINE,
        Body="家里老屋漏雨 清水村三组\n",
        SmsStatus="received",
    )
    assert carrier.read_text(fields) == TextHeard("SM1", VILLAGER, HOTLINE, "家里老屋漏雨 清水村三组\n")


def test_a_text_of_only_pictures_has_an_empty_body():
    assert carrier.read_text(form(MessageSid="SM1", From=VILLAGER, NumMedia="1")).body == ""


@pytest.mark.parametrize(
    ("status", "code", "read", "permanent"),
    [
        ("queued", "", "queued", False),
        ("sent", "", "sent", False),
        ("delivered", "", "delivered", False),
        ("read", "", "delivered", False),
        ("undelivered", "30003", "failed", False),
        ("undelivered", "30005", "failed", True),
        ("failed", "21610", "failed", True),
        ("failed", "30001", "failed", False),
        ("something-new", "", "queued", False),
    ],
)
def test_a_receipt_says_what_became_of_a_text_and_whether_to_try_again(status, code, read, permanent):
    receipt = carrier.read_text(form(SmsSid="SM1", MessageStatus=status, To=VILLAGER, From=HOTLINE, ErrorCode=code))
    assert (receipt.message_id, receipt.status, receipt.permanent) == ("SM1", read, permanent)
    assert receipt.error_code == code
    assert receipt.status in MESSAGE_STATUSES

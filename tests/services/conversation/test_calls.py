"""Calls, from outside: a telephone rings, signed webhooks run, a case stands."""

import re
from dataclasses import replace

import pytest
import requests
from twilio.request_validator import RequestValidator

from app.models import CallBackTask, Conversation, Recording, Turn
from app.services.deadlines import business_hours
from app.services.wording import prompts
from app.telephone import fallback
from tests.make import GRANDMA, LANDLINE, quiet, served, settle, speech

LAMP = "清水村三组路灯坏了三天"


def said(town, number: int = -1) -> str:
    """Everything that was said in the last conversation (or the one at that place), in writing."""
    conversation = sorted(town.rows(Conversation), key=lambda c: c.started_at)[number]
    turns = sorted((t for t in town.rows(Turn) if t.conversation_id == conversation.id), key=lambda t: t.number)
    return "\n".join(e["text"] for t in turns for e in t.turn["events"] if e["is"] == "Speak")


def signed_post(town, path: str, fields: dict) -> requests.Response:
    url = town.parts.settings.base_url + path
    signature = RequestValidator(town.parts.settings.carrier_secret).compute_signature(url, fields)
    return requests.post(url, data=fields, headers={"X-Twilio-Signature": signature}, timeout=10)


def ring(call_id: str, caller: str = GRANDMA) -> dict:
    return {
        "CallSid": call_id,
        "AccountSid": "AC" + "0" * 32,
        "From": caller,
        "To": "+869900000001",
        "CallStatus": "in-progress",
        "Direction": "inbound",
        "ApiVersion": "2010-04-01",
        "FromCity": "",
    }


def test_she_speaks_and_hangs_up_and_the_case_stands_with_her_recording_and_its_words(town):
    town.call(speech(), hang_up="after_speaking", heard=LAMP)

    (case,) = town.cases()
    (recording,) = case.recordings
    assert recording.transcript.text == LAMP
    assert case.caller.number == GRANDMA
    assert town.parts.storage.get(recording.key)[:4] == b"RIFF"
    assert case.proposal.place == "清水村三组"
    assert case.proposal.category == "路灯照明"


def test_she_stays_hears_what_was_understood_presses_one_and_is_told_her_number(town):
    town.call(speech(), keys="1", heard=LAMP)

    (case,) = town.cases()
    assert "您说的是清水村三组的路灯，对吗？" in said(town)
    assert case.understood_right is True
    assert f"您的编号是{case.number}" in said(town)
    assert said(town).endswith("再见。")


def test_what_was_misunderstood_is_said_again_into_the_same_case(town):
    town.recogniser.texts = ["石桥村停电了"]
    town.call(speech(), speech(seed=3), keys="2,1", heard=LAMP)

    (case,) = town.cases()
    assert len(case.recordings) == 2
    assert case.understood_right is True
    assert case.proposal.place == "清水村三组"


def test_nothing_is_said_back_of_what_was_not_heard_well(town):
    town.recogniser.confidence = 0.2
    town.call(speech(), heard="轻水村露登坏了")

    assert "您说的是" not in said(town)
    assert "工作人员会听您的录音" in said(town)
    assert len(town.cases()) == 1


def test_a_recording_without_speech_is_kept_and_its_case_marked_as_not_understood(town):
    town.call(speech(), hang_up="after_speaking", heard="")

    (case,) = town.cases()
    assert case.unclear
    assert case.recordings[0].key


def test_silence_is_asked_three_times_and_ends_with_a_call_back_task(town, monkeypatch):
    monkeypatch.setattr(business_hours, "is_open", lambda at: False)
    town.call(quiet(), quiet(), quiet(), quiet(), quiet(), quiet())

    assert said(town).count("请在嘀声后慢慢说") == 3
    assert said(town).endswith("再见。")
    assert town.cases() == []
    (task,) = town.rows(CallBackTask)
    assert task.reason == "silent"


def test_zero_reaches_a_person_in_office_hours(town, monkeypatch):
    monkeypatch.setattr(business_hours, "is_open", lambda at: True)
    town.call(keys="0!")

    assert "给您转接" in said(town)
    assert town.rows(CallBackTask) == []


def test_a_transfer_that_nobody_answers_leaves_a_call_back_task(town, monkeypatch):
    from app.carriers.simulator import Phone

    monkeypatch.setattr(business_hours, "is_open", lambda at: True)
    town.network.set_phone(town.parts.settings.person, Phone(voice="no-answer"))
    town.call(keys="0!")

    (task,) = town.rows(CallBackTask)
    assert task.reason == "nobody_answered"
    assert "工作人员会给您回电话" in said(town)


def test_out_of_hours_zero_leaves_a_call_back_task(town, monkeypatch):
    monkeypatch.setattr(business_hours, "is_open", lambda at: False)
    town.call(keys="0!")

    (task,) = town.rows(CallBackTask)
    assert task.reason == "asked_for_person"


def test_danger_heard_on_the_line_is_put_through_at_once_whatever_the_hour(town, monkeypatch):
    monkeypatch.setattr(business_hours, "is_open", lambda at: False)
    town.call(speech(), heard="我家房子着火了快来人")

    (case,) = town.cases()
    assert case.urgent
    assert "请不要挂电话" in said(town)


def test_danger_heard_after_she_hung_up_stands_as_an_urgent_task(town):
    town.call(speech(), hang_up="after_speaking", heard="老头子喝农药了")

    (case,) = town.cases()
    (task,) = town.rows(CallBackTask)
    assert case.urgent
    assert task.urgent
    assert "alerted" in [event.kind for event in case.events]


def test_a_caller_with_an_open_case_first_hears_how_it_stands(town):
    town.call(speech(), keys="1", heard=LAMP)
    town.call(hang_up=30)

    assert "您上次说的路灯，已经收到" in said(town)
    assert len(town.cases()) == 1


def test_a_mobile_caller_is_sent_the_number_of_the_case_once(town):
    town.call(speech(), keys="1", heard=LAMP)

    (text,) = town.phone(GRANDMA)
    assert town.cases()[0].number in text


def test_a_landline_is_sent_no_text(town):
    town.call(speech(), caller=LANDLINE, heard=LAMP)

    assert town.phone(LANDLINE) == []


def test_a_hidden_number_opens_a_case_without_a_caller(town):
    town.call(speech(), caller="anonymous", keys="1", heard=LAMP)

    (case,) = town.cases()
    assert case.caller is None
    assert "没有显示号码" in said(town)


@pytest.mark.parametrize("lost", [("recording",), ("status",), ("hangup_action",), ("recording", "hangup_action")])
def test_whatever_callback_is_lost_the_hang_up_opens_the_case(town, lost, later):
    town.network.change_faults(lost=lost)
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    town.queue.recover()
    later(60)
    town.queue.sweep()

    (case,) = town.cases()
    assert case.recordings[0].transcript.text == LAMP


def test_when_every_callback_is_lost_the_sweep_finds_the_recording_at_the_carrier(town):
    town.network.change_faults(lost=("hangup_action", "recording", "status"))
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    assert town.cases() == []

    town.queue.recover()
    town.queue.recover()

    (case,) = town.cases()
    assert case.caller.number == GRANDMA
    assert case.recordings[0].transcript.text == LAMP


def test_every_webhook_twice_makes_one_case_one_transcript_and_one_text(town):
    town.network.change_faults(duplicate=1.0)
    town.call(speech(), keys="1", heard=LAMP)

    (case,) = town.cases()
    assert len(case.recordings) == 1
    assert len(case.recordings[0].transcripts) == 1
    assert len(town.phone(GRANDMA)) == 1


def test_a_recording_that_is_not_there_yet_is_fetched_later(town, later):
    town.network.change_faults(not_ready=2)
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    for _ in range(3):
        later(60)
        town.queue.sweep()

    assert town.cases()[0].recordings[0].transcript.text == LAMP


def test_the_recording_is_deleted_at_the_carrier_once_it_is_ours(town):
    town.call(speech(), hang_up="after_speaking", heard=LAMP)

    assert town.rows(Recording)[0].deleted_at_carrier
    assert town.network.recordings == {}


def test_a_repeated_webhook_is_answered_with_the_same_document_and_does_not_advance(town):
    first = signed_post(town, "/calls", ring("CA1"))
    again = signed_post(town, "/calls", ring("CA1"))
    assert first.text == again.text

    pressed = ring("CA1") | {"Digits": "5"}
    second = signed_post(town, "/calls/turn/1", pressed)
    assert second.text == signed_post(town, "/calls/turn/1", pressed).text
    assert "/calls/turn/2" in second.text
    assert len(town.rows(Turn)) == 2


def test_a_repeated_poll_is_answered_the_same_even_when_the_transcript_came_meanwhile(town):
    town.parts.nudge = lambda row: None  # the worker is busy
    signed_post(town, "/calls", ring("CA2"))
    spoke = {"RecordingSid": "RE1", "RecordingUrl": "http://127.0.0.1/RE1", "RecordingDuration": "3", "Digits": ""}
    waiting = signed_post(town, "/calls/turn/1", ring("CA2") | spoke)
    assert "/calls/turn/2/wait/1" in waiting.text

    polled = signed_post(town, "/calls/turn/2/wait/1", ring("CA2"))
    assert "/calls/turn/2/wait/2" in polled.text
    from app.services.conversation.transcription import attach_transcript
    from speech_models.transcript import Transcript, Word

    with town.parts.database.session() as session:
        row = session.query(Recording).one()
        heard = Transcript(tuple(Word(c, 0, 1, 0.9) for c in LAMP), (), "told", 0.9)
        attach_transcript(town.parts, session, row.id, heard)

    assert signed_post(town, "/calls/turn/2/wait/1", ring("CA2")).text == polled.text
    assert "/calls/turn/3" in signed_post(town, "/calls/turn/2/wait/2", ring("CA2")).text


def test_a_transcript_that_is_too_late_is_not_waited_for(town):
    town.parts.nudge = lambda row: None
    town.call(speech(), heard=LAMP)

    assert "工作人员会听您的录音" in said(town)
    assert len(town.cases()) == 1


def test_an_unsigned_webhook_is_refused_and_nothing_is_stored(town):
    base = town.parts.settings.base_url
    for path in ("/calls", "/calls/turn/1", "/calls/recorded", "/calls/ended", "/texts"):
        assert requests.post(base + path, data=ring("CA3") | {"Body": "你好"}, timeout=10).status_code == 403
        assert requests.post(base + path, json={"CallSid": "CA3"}, timeout=10).status_code == 403
        wrong = {"X-Twilio-Signature": "AAAA"}
        assert requests.post(base + path, data=ring("CA3"), headers=wrong, timeout=10).status_code == 403
    assert town.rows(Conversation) == []


def test_a_turn_of_a_call_nobody_knows_begins_a_fresh_conversation(town):
    answer = signed_post(town, "/calls/turn/7", ring("CA4"))

    assert answer.status_code == 200
    assert "<Record" in answer.text


def test_a_failure_inside_a_call_asks_for_a_message_whose_recording_opens_the_case(town, monkeypatch):
    from app.services.conversation import calls

    def broken(*args, **kwargs):
        raise RuntimeError("the database is away")

    monkeypatch.setattr(calls, "answer_call", broken)
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    monkeypatch.undo()
    town.queue.recover()

    (case,) = town.cases()
    assert case.recordings[0].transcript.text == LAMP


def test_the_busy_answer_needs_neither_store_nor_database(town, monkeypatch):
    monkeypatch.setattr(town.parts, "database", None)
    monkeypatch.setattr(town.parts, "storage", None)
    answer = signed_post(town, "/calls", ring("CA5"))

    assert answer.status_code == 200
    assert "<Record" in answer.text
    assert "busy" in answer.text


def test_every_play_address_of_a_call_is_a_sound_that_exists(town):
    answer = signed_post(town, "/calls", ring("CA6"))
    addresses = re.findall(r"<Play>(.*?)</Play>", answer.text)

    assert addresses
    for address in addresses:
        sound = requests.get(address, timeout=10)
        assert sound.status_code == 200
        assert sound.content[:4] == b"RIFF"


def test_a_sound_that_is_not_made_yet_is_left_out_never_named(town):
    key = prompts.spoken_key(town.parts.settings.town)
    (town.parts.storage.root / key).unlink()
    answer = signed_post(town, "/calls", ring("CA8"))

    assert key not in answer.text
    assert "<Play>" in answer.text
    for address in re.findall(r"<Play>(.*?)</Play>", answer.text):
        assert requests.get(address, timeout=10).status_code == 200


def test_a_private_sound_is_not_served_without_its_token(town):
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    key = town.rows(Recording)[0].key
    base = town.parts.settings.base_url

    assert requests.get(f"{base}/audio/kept/{key}", timeout=10).status_code == 404
    assert requests.get(f"{base}/audio/private/{key}.wav", timeout=10).status_code == 404
    assert requests.get(f"{base}/audio/kept/spoken/../{key}", timeout=10).status_code == 404


@pytest.mark.parametrize("when", ["0@13", "0@15.5"])
def test_zero_works_while_she_waits_and_while_she_is_told_her_number(town, monkeypatch, when):
    monkeypatch.setattr(business_hours, "is_open", lambda at: False)
    town.call(speech(), keys=f"{when},1", heard=LAMP)

    assert [t.reason for t in town.rows(CallBackTask)] == ["asked_for_person"]
    assert len(town.cases()) == 1


def test_a_cheek_on_the_keys_while_she_waits_or_is_told_her_number_changes_nothing(town):
    waiting = signed_post(town, "/calls", ring("CA7"))
    assert waiting.status_code == 200
    town.parts.nudge = lambda row: None
    spoke = {"RecordingSid": "RE7", "RecordingUrl": "http://127.0.0.1/RE7", "RecordingDuration": "3"}
    signed_post(town, "/calls/turn/1", ring("CA7") | spoke)

    assert "/calls/turn/2/wait/2" in signed_post(town, "/calls/turn/2", ring("CA7") | {"Digits": "5"}).text
    signed_post(town, "/calls/turn/2/wait/2", ring("CA7"))
    told = signed_post(town, "/calls/turn/2/wait/3", ring("CA7"))
    assert "<Hangup" in told.text
    assert signed_post(town, "/calls/turn/3", ring("CA7") | {"Digits": "5"}).text == told.text


def test_the_duty_telephone_is_texted_once_about_danger(town):
    town.call(speech(), hang_up="after_speaking", heard="我家房子着火了快来人")
    town.queue.sweep()
    settle()

    (alarm,) = town.phone(town.parts.settings.person)
    assert town.cases()[0].number in alarm
    assert GRANDMA[3:] not in alarm


def test_a_call_whose_end_was_never_told_is_ended_and_confirmed(town, later):
    town.network.change_faults(lost=("status",))
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    assert town.phone(GRANDMA) == []

    later(3600)
    town.queue.recover()
    settle()
    assert len(town.phone(GRANDMA)) == 1
    assert all(c.ended_at for c in town.rows(Conversation))


def test_a_recording_of_a_call_that_only_the_fallback_answered_becomes_a_case(town):
    with served(fallback.application) as url:
        nowhere = town.parts.settings.base_url + "/nowhere"
        town.network.hotline = replace(town.network.hotline, voice_url=nowhere, voice_fallback_url=url + "/busy")
        town.call(speech(), hang_up="after_speaking", heard=LAMP)
    assert town.cases() == []

    town.queue.recover()
    (case,) = town.cases()
    assert case.caller.number == GRANDMA
    assert case.recordings[0].transcript.text == LAMP

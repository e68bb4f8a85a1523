"""What goes wrong out there, and what must not come of it."""

import http.client
from concurrent.futures import ThreadPoolExecutor
from random import Random
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from app.carriers.port import CarrierError, RecordingRef, Sent
from app.jobs import reach, work
from app.jobs.lease import Lost
from app.models import CallBackTask, Caller, Conversation, Message, Recording, SpokenReply
from app.services.cases import answering
from app.services.deadlines import business_hours
from app.services.directory import callers, operators
from app.services.outreach import delivery_status
from app.services.wording import outbox
from tests.make import GRANDMA, settle, speech
from tests.services.conversation.test_calls import LAMP, ring, signed_post


def spoken_reply(town) -> SpokenReply:
    """An operator's answer that waits to be rung through."""
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    town.parts.nudge = lambda row: None
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        return answering.reply_by_voice(session, session.merge(town.cases()[0]), operator, "路灯明天就修。")


def test_a_recording_is_not_to_be_had_by_climbing_out_of_the_public_folder(town):
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    address = urlsplit(town.parts.settings.base_url)
    connection = http.client.HTTPConnection(address.hostname, address.port)
    connection.request("GET", f"/audio/kept/spoken/../{town.rows(Recording)[0].key}")  # sent as it stands
    assert connection.getresponse().status == 404
    connection.close()


def test_webhooks_of_three_calls_all_at_once_make_three_cases(town):
    town.parts.nudge = lambda row: None
    spoke = {"RecordingUrl": "http://127.0.0.1/x", "RecordingDuration": "4"}
    requests = []
    for call in ("CAx", "CAy", "CAz"):
        recorded = ring(call) | spoke | {"RecordingSid": f"RE{call}"}
        requests += 3 * [
            ("/calls", ring(call)),
            ("/calls/turn/1", recorded),
            ("/calls/recorded", recorded | {"RecordingStatus": "completed"}),
            ("/calls/ended", ring(call) | {"CallStatus": "completed", "CallDuration": "9"}),
        ]
    Random(3).shuffle(requests)
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda request: signed_post(town, *request), requests))

    assert {answer.status_code for answer in answers} == {200}
    assert not any("busy" in answer.text for answer in answers)
    assert len(town.cases()) == 3
    assert len(town.rows(Caller)) == 1
    assert len([m for m in town.rows(Message) if m.outgoing]) == 3


def test_a_villager_who_never_picks_up_is_rung_three_times_then_a_person_must(town, later, monkeypatch):
    reply, rung = spoken_reply(town), []
    monkeypatch.setattr(town.parts.carrier, "call", lambda *args: rung.append(1) or Sent(f"CAout{len(rung)}"))
    for _ in range(7):
        work.work_on(town.parts, SpokenReply, reply.id)
        with town.parts.database.session() as session:
            delivery_status.note_call(session, session.get_one(SpokenReply, reply.id), "no_answer")
        later(4 * 3600)

    assert len(rung) == 3
    assert "not_reached" in [task.reason for task in town.rows(CallBackTask)]


def test_a_busy_line_that_is_told_before_the_call_is_confirmed_is_rung_again(town, monkeypatch):
    reply = spoken_reply(town)

    def call(*args):
        with town.parts.database.session() as session:
            delivery_status.note_call(session, session.get_one(SpokenReply, reply.id), "busy")
        return Sent("CAx")

    monkeypatch.setattr(town.parts.carrier, "call", call)
    work.work_on(town.parts, SpokenReply, reply.id)

    (reply,) = town.rows(SpokenReply)
    assert reply.state == "no_answer"
    assert reply.due_at is not None


def test_an_answer_that_nobody_picked_up_makes_no_caller_of_the_hotline(town):
    reply = spoken_reply(town)
    ours = {"CallSid": "CAo", "From": town.parts.settings.hotline, "To": GRANDMA, "Direction": "outbound-api"}
    signed_post(town, f"/calls/reply/{reply.id}/status", ours | {"CallStatus": "no-answer", "CallDuration": "0"})

    assert town.parts.settings.hotline not in [caller.number for caller in town.rows(Caller)]
    assert "CAo" not in [conversation.carrier_id for conversation in town.rows(Conversation)]


def test_a_copy_that_cannot_be_deleted_at_the_carrier_does_not_make_a_case_unclear(town, monkeypatch):
    def refused(ref):
        raise CarrierError("no", permanent=True, code="403")

    monkeypatch.setattr(town.parts.carrier, "delete_recording", refused)
    town.call(speech(), hang_up="after_speaking", heard=LAMP)

    (case,) = town.cases()
    assert not case.unclear
    assert "failed" not in [event.kind for event in case.events]


def test_stop_also_stops_what_still_waits_to_be_sent(town):
    town.text(LAMP)
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        waiting = answering.reply_by_text(session, session.merge(town.cases()[0]), operator, "明天修")
    town.text("停")
    work.work_on(town.parts, Message, waiting.id)
    settle()

    assert "明天修" not in "".join(town.phone(GRANDMA))


def test_a_cry_for_help_is_answered_even_after_stop(town):
    town.text("停")
    (answer,) = town.text("我家着火了")

    assert "119" in answer


def test_a_key_or_silence_in_the_busy_prompt_is_no_dead_end(town):
    assert "<Record" in signed_post(town, "/calls/busy", ring("CAb") | {"Digits": "5"}).text
    assert "busy_bye" in signed_post(town, "/calls/busy", ring("CAb")).text


def test_recordings_of_other_numbers_of_the_account_are_left_alone(town, monkeypatch):
    monkeypatch.setattr(town.parts.carrier, "recordings", lambda **asked: [RecordingRef("REother", "CAother", 5)])
    monkeypatch.setattr(town.parts.carrier, "caller_of", lambda call: ("+8619900007777", "+15005550006"))
    town.queue.recover()

    assert town.cases() == []


def test_a_recording_whose_call_is_gone_does_not_hide_the_next(town, monkeypatch):
    refs = [RecordingRef("REbad", "CAbad", 5), RecordingRef("REgood", "CAgood", 5)]

    def caller_of(call):
        if call == "CAbad":
            raise CarrierError("gone", permanent=True, code="20404")
        return GRANDMA, town.parts.settings.hotline

    monkeypatch.setattr(town.parts.carrier, "recordings", lambda **asked: refs)
    monkeypatch.setattr(town.parts.carrier, "caller_of", caller_of)
    town.queue.recover()

    assert len(town.cases()) == 1


def test_a_lost_create_is_not_taken_for_an_older_text_in_the_same_words(town, later):
    town.parts.nudge = lambda row: None
    with town.parts.database.session() as session:
        caller = callers.caller_of(session, GRANDMA)
        first, second = (outbox.queue(session, caller, None, "有事直接发") for _ in "ab")
    work.work_on(town.parts, Message, first.id)
    settle()
    send, tries = town.parts.carrier.send_text, []

    def lost_once(*args):
        tries.append(1)
        if len(tries) == 1:
            raise CarrierError("time-out", permanent=False, unknown=True)
        return send(*args)

    town.parts.carrier.send_text = lost_once
    for _ in range(3):
        work.work_on(town.parts, Message, second.id)
        settle()
        later(3700)

    assert len(town.phone(GRANDMA)) == 2


def test_a_worker_that_lost_its_lease_sends_nothing(town):
    town.parts.nudge = lambda row: None
    with town.parts.database.session() as session:
        message = outbox.queue(session, callers.caller_of(session, GRANDMA), None, "你好")
    with pytest.raises(Lost):
        reach.send(town.parts, town.rows(Message)[0], uuid4())
    settle()
    assert town.phone(GRANDMA) == []
    assert message.state == "waiting"


def test_whoever_was_put_through_is_not_also_rung_back(town, monkeypatch):
    monkeypatch.setattr(business_hours, "is_open", lambda at: True)
    town.call(speech(), heard="我家房子着火了快来人")

    assert [task.done_by for task in town.rows(CallBackTask)] == ["转接"]
    assert [e.data["answered"] for e in town.cases()[0].events if e.kind == "transferred"] == [True]


def test_an_answered_matter_is_no_news_after_two_weeks(town, later):
    town.text(LAMP)
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        answering.reply_by_text(session, session.merge(town.cases()[0]), operator, "明天修")
    (told,) = town.text("查")
    assert "明天修" in told

    def asked(moment: str) -> str:
        return signed_post(town, "/calls", ring(moment)).text

    assert "standing" in asked("CA-now")
    later(15 * 24 * 3600)
    assert "standing" not in asked("CA-later")


def test_the_ledger_read_back_from_the_database_proves_itself_and_shows_an_altered_row(town):
    town.call(speech(), keys="1", heard=LAMP)

    events = town.cases()[0].events
    assert len(events) > 4
    assert [event.previous_hash for event in events] == ["", *(event.hash for event in events[:-1])]
    assert all(event.computed_hash() == event.hash for event in events)
    for event in events:
        event.data = event.data | {"altered": "yes"}
        assert event.computed_hash() != event.hash

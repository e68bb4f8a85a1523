"""Whose call it is and that its receipt goes out, whichever of its webhooks come, in whatever order."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import permutations
from random import Random
from uuid import UUID, uuid4

import numpy as np
import pytest
from alembic import command
from sqlalchemy import MetaData, Table, select

from app import schema
from app.carriers.simulator.records import Call
from app.carriers.simulator.timeline import Timeline
from app.db import Database, now
from app.models import CallBackTask, Caller, Case, Conversation, Message, Village
from app.services.cases import decisions
from app.services.conversation import whose_call
from app.services.directory import callers, operators
from app.services.duplicates import joining
from app.settings import Settings
from app.telephone import fallback
from tests.make import GRANDMA, served, settle, speech
from tests.services.conversation.test_calls import LAMP, ring, said, signed_post

ENDED = {"CallStatus": "completed", "CallDuration": "9", "CallbackSource": "call-progress-events"}


def at_the_carrier(town, caller: str = GRANDMA, status: str = "completed") -> tuple[str, dict]:
    """A call that left a recording, as the carrier knows it: its id, and the fields that announce the recording."""
    call = Call("AC" + "0" * 32, caller, town.parts.settings.hotline, "inbound", Timeline(0, lambda seconds: None))
    call.status = status
    town.network.calls[call.sid] = call
    hum = (8000 * np.sin(np.arange(16000) / 5)).astype(np.int16)
    recording = town.network.keep_recording(call, hum)
    recording.status = "completed"
    return call.sid, town.network.recording_params(recording, town.network_url)


def webhooks(sid: str, left: dict, caller: str = GRANDMA) -> dict[str, tuple[str, dict]]:
    """Every webhook of a call in which she spoke and hung up; of the recording's own callback the carrier leaves out
    who calls (REFERENCE 1.1)."""
    hung_up = {"CallStatus": "completed", "Digits": "hangup"}
    ready = {"CallSid": sid, "AccountSid": "AC" + "0" * 32, "RecordingStatus": "completed", **left}
    return {
        "ring": ("/calls", ring(sid, caller)),
        "turn": ("/calls/turn/1", ring(sid, caller) | left | hung_up),
        "busy": ("/calls/busy", ring(sid, caller) | left | hung_up),
        "recorded": ("/calls/turn/1/recorded", ready),
        "recorded_busy": ("/calls/recorded", ready),
        "ended": ("/calls/ended", ring(sid, caller) | ENDED),
    }


def receipts(town, number: str = GRANDMA) -> int:
    return sum("编号" in text for text in town.phone(number))


def rounds(town, later, *seconds: float) -> None:
    """The worker's rounds, so many seconds after each other."""
    for wait in seconds:
        later(wait)
        town.queue.recover()
        town.queue.sweep()
        settle()


@pytest.mark.parametrize("kinds", [("ring", "turn", "recorded", "ended"), ("busy", "recorded_busy", "ended")], ids=len)
def test_with_any_one_webhook_missing_in_any_order_the_receipt_is_out_within_three_minutes(town, later, kinds):
    chance, calls = Random(1), {}
    for missing in (None, *kinds):
        orders = list(permutations([kind for kind in kinds if kind != missing]))
        for order in chance.sample(orders, min(6, len(orders))):
            number = f"+8619900001{len(calls):03}"
            sid, left = at_the_carrier(town, number)
            calls[number] = (sid, order)
            for kind in order:
                assert signed_post(town, *webhooks(sid, left, number)[kind]).status_code == 200
    settle()
    rounds(town, later, 59, 60, 60)

    with town.parts.database.reading() as session:
        for number, (sid, order) in calls.items():
            conversation = session.query(Conversation).filter_by(carrier_id=sid).one()
            assert conversation.case is not None, order
            assert conversation.case.caller.number == conversation.caller.number == number, order
            assert len(conversation.case.recordings) == 1, order
            assert receipts(town, number) == 1, order
    assert len(town.cases()) == len(calls)


@pytest.mark.parametrize("lost", ["voice", "hangup_action", "recording", "status"])
def test_with_any_one_webhook_of_a_real_call_lost_she_gets_her_receipt_within_three_minutes(town, later, lost):
    town.network.change_faults(lost=(lost,), reorder=0.5)
    with served(fallback.application) as url:
        town.network.hotline = replace(town.network.hotline, voice_fallback_url=url + "/busy")
        town.call(speech(), hang_up="after_speaking", heard=LAMP)
    rounds(town, later, 59, 60, 60)

    (case,) = town.cases()
    assert case.caller.number == GRANDMA
    assert receipts(town) == 1


def test_a_call_still_in_progress_gets_its_receipt_only_when_it_is_over(town, later):
    sid, left = at_the_carrier(town, status="in-progress")
    every = webhooks(sid, left)
    for kind in ("ring", "turn", "recorded"):
        path, fields = every[kind]
        signed_post(town, path, fields | ({"CallStatus": "in-progress", "Digits": ""} if kind == "turn" else {}))
    rounds(town, later, 59, 60, 60, 1800)
    assert receipts(town) == 0
    assert town.rows(Conversation)[0].ended_at is None

    town.network.calls[sid].status = "completed"
    rounds(town, later, 60)
    assert receipts(town) == 1


def test_a_carrier_that_is_away_does_not_end_a_quiet_call_and_ends_one_that_no_call_lasts_as_long_as(town, later):
    sid, left = at_the_carrier(town)
    signed_post(town, *webhooks(sid, left)["busy"])
    town.network.change_faults(rest_status=503)
    rounds(town, later, 120)
    assert town.rows(Conversation)[0].ended_at is None

    rounds(town, later, 1800)
    assert town.rows(Conversation)[0].ended_at is not None


@pytest.mark.parametrize("later_one", ["ring", "turn", "busy", "ended"])
def test_the_number_is_filled_in_from_any_later_webhook(town, later_one):
    sid, left = at_the_carrier(town)
    every = webhooks(sid, left)
    signed_post(town, *every["recorded"])
    (case,) = town.cases()
    assert (case.caller, case.no_number) == (None, "awaited")

    signed_post(town, *every[later_one])
    signed_post(town, *every[later_one])
    (case,) = town.cases()
    (conversation,) = town.rows(Conversation)
    assert case.caller.number == GRANDMA
    assert (case.no_number, conversation.no_number, conversation.caller_id) == ("", "", case.caller_id)
    assert [(e.by, e.data) for e in case.events if e.kind == "caller_known"] == [
        ("hotline", {"number": "shown", "how": "webhook"})
    ]


def test_nobody_is_called_hidden_before_the_carrier_was_asked(town, later):
    sid, left = at_the_carrier(town, "anonymous")
    signed_post(town, *webhooks(sid, left)["recorded"])
    town.network.change_faults(rest_status=503)
    rounds(town, later, 60)
    assert town.cases()[0].no_number == "awaited"

    town.network.change_faults(rest_status=0)
    rounds(town, later, 60)
    (case,) = town.cases()
    assert (case.caller, case.no_number) == (None, "")
    assert [e.data for e in case.events if e.kind == "caller_known"] == [{"number": "hidden", "how": "carrier"}]


def test_a_call_that_the_carrier_knows_nothing_of_is_not_asked_about_for_ever(town, later, monkeypatch):
    sid, left = at_the_carrier(town)
    signed_post(town, *webhooks(sid, left)["recorded"])
    del town.network.calls[sid]
    rounds(town, later, 60)
    assert town.cases()[0].no_number == "unfound"

    asked = []
    monkeypatch.setattr(town.parts.carrier, "caller_of", lambda call: asked.append(call) or ("", ""))
    rounds(town, later, 60)
    assert asked == []


def test_a_number_that_is_hidden_stays_hidden(town):
    sid, left = at_the_carrier(town, "anonymous")
    signed_post(town, "/calls", ring(sid, "anonymous"))
    signed_post(town, *webhooks(sid, left, GRANDMA)["ended"])

    assert [c.caller_id for c in town.rows(Conversation)] == [None]
    assert town.rows(Caller) == []


def test_on_the_phone_a_number_that_is_not_told_yet_is_not_called_hidden(town):
    nameless = ring("CAnone") | {"From": ""}
    signed_post(town, "/calls", nameless)
    for turn in (1, 2, 3):
        signed_post(town, f"/calls/turn/{turn}", nameless)

    assert "没有显示号码" not in said(town)
    assert [task.caller_id for task in town.rows(CallBackTask)] == [None]
    signed_post(town, "/calls/ended", ring("CAnone") | ENDED)
    assert [task.caller.number for task in loaded(town, CallBackTask)] == [GRANDMA]


def loaded(town, model) -> list:
    with town.parts.database.reading() as session:
        rows = session.query(model).all()
        assert all(row.caller for row in rows)
        return rows


def test_webhooks_of_one_call_all_at_once_fill_it_in_once(town):
    sid, left = at_the_carrier(town)
    town.parts.nudge = lambda row: None
    every = webhooks(sid, left)
    wanted = 3 * [every[kind] for kind in ("recorded", "turn", "busy", "ended")]
    Random(2).shuffle(wanted)
    signed_post(town, *every["recorded"])
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda request: signed_post(town, *request), wanted))

    assert {answer.status_code for answer in answers} == {200}
    (case,) = town.cases()
    assert case.caller.number == GRANDMA
    assert len(case.recordings) == 1
    assert [event.kind for event in case.events].count("caller_known") == 1
    assert len([message for message in town.rows(Message) if message.outgoing]) == 1


def test_who_becomes_known_late_is_heard_as_somebody_of_her_village(town):
    with town.parts.database.session() as session:
        home = session.query(Village).filter_by(name="清水村").one()
        callers.settle(callers.caller_of(session, GRANDMA), village=home, dialect="")
    sid, left = at_the_carrier(town)
    town.recogniser.texts = ["三组路灯坏了三天", "三组路灯坏了三天"]
    signed_post(town, *webhooks(sid, left)["recorded"])
    assert not town.cases()[0].proposal.place

    signed_post(town, *webhooks(sid, left)["ended"])
    town.queue.sweep()
    assert town.cases()[0].proposal.place == "清水村三组"


def test_what_a_person_has_corrected_is_not_heard_again(town):
    with town.parts.database.session() as session:
        home = session.query(Village).filter_by(name="清水村").one()
        callers.settle(callers.caller_of(session, GRANDMA), village=home, dialect="")
    sid, left = at_the_carrier(town)
    town.recogniser.texts = [LAMP, "another"]
    signed_post(town, *webhooks(sid, left)["recorded"])
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        case = session.query(Case).one()
        decisions.correct(session, case.recordings[0], operator, LAMP)
    signed_post(town, *webhooks(sid, left)["ended"])
    town.queue.sweep()

    assert [t.text for t in town.cases()[0].recordings[0].transcripts] == [LAMP, LAMP]


def test_who_becomes_known_late_and_spoke_of_her_open_case_again_has_urged_it(town):
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    town.queue.compare()
    sid, left = at_the_carrier(town)
    town.recogniser.texts = [LAMP]
    signed_post(town, *webhooks(sid, left)["recorded"])
    town.queue.compare()
    first, again = town.cases()
    assert "called_again" not in [event.kind for event in first.events]

    signed_post(town, *webhooks(sid, left)["ended"])
    first, again = town.cases()
    assert "called_again" in [event.kind for event in first.events]
    with town.parts.database.reading() as session:
        assert joining.joined_to(session, session.get_one(Case, again.id)).id == first.id


def test_a_call_that_only_the_fallback_answered_gets_its_receipt_too(town, later):
    at_the_carrier(town)
    rounds(town, later, 59)

    assert receipts(town) == 1
    assert town.rows(Conversation)[0].ended_at is not None


def test_the_practice_phones_call_stays_practice_when_its_number_comes_late(town):
    sid, left = at_the_carrier(town, "+8619900007001")
    signed_post(town, *webhooks(sid, left, "+8619900007001")["recorded"])
    signed_post(town, *webhooks(sid, left, "+8619900007001")["ended"])

    assert town.cases()[0].practice


def test_an_upgrade_has_the_carrier_asked_about_calls_that_lately_came_without_a_number(empty_database_url):
    database = Database(Settings(_env_file=None, database_url=empty_database_url).database)
    command.upgrade(schema.config(database), "0017")
    before = Table("conversations", MetaData(), autoload_with=database.engine)
    calls = {"voice": 1, "ours": 1, "long_ago": 40, "sms": 1}
    with database.engine.begin() as connection:
        for name, days in calls.items():
            row = {"id": uuid4() if before.c.id.type.python_type is UUID else uuid4().hex, "carrier_id": name}
            row |= {"channel": "sms" if name == "sms" else "voice", "outgoing": name == "ours", "dialect": "mandarin"}
            connection.execute(before.insert(), row | {"edition": 0, "started_at": now() - timedelta(days=days)})
    schema.upgrade(database)

    with database.reading() as session:
        rows = session.scalars(select(Conversation)).all()
        assert {row.carrier_id: row.no_number for row in rows} == dict.fromkeys(calls, "") | {"voice": "awaited"}
        assert whose_call.awaited(session) == ["voice"]
    database.close()

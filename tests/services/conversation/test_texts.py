"""Texts, from outside: a phone texts, an answer comes back."""

import pytest

from app.carriers.simulator import Phone, Plan, parse_keys
from app.models import CallBackTask, Consent, Conversation, Message
from app.services.cases import answering
from app.services.conversation import texts
from app.services.directory import operators
from tests.make import GRANDMA, settle, speech
from tests.services.conversation.test_calls import signed_post

LI = "+8619900000002"
LAMP = "清水村三组路灯坏了三天"


def text_form(sid: str, body: str, sender: str = LI) -> dict:
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": "AC" + "0" * 32,
        "From": sender,
        "To": "+869900000001",
        "Body": body,
        "NumMedia": "0",
        "SmsStatus": "received",
        "ToCity": "",
    }


def test_a_text_becomes_a_case_with_its_place_and_matter_and_is_answered(town):
    (answer,) = town.text(LAMP, LI)

    (case,) = town.cases()
    assert case.text == LAMP
    assert case.proposal.place == "清水村三组"
    assert case.proposal.category in ("路灯照明", "道路桥梁")
    assert case.number in answer


def test_asking_tells_how_the_case_stands(town):
    town.text(LAMP, LI)
    number = town.cases()[0].number

    for question in ("查", "进度", "怎么样了", "cha", "查 " + number):
        (answer,) = town.text(question, LI)
        assert number in answer
        assert "已经收到" in answer
    assert len(town.cases()) == 1


def test_an_addition_goes_to_the_open_case(town):
    town.text(LAMP, LI)
    town.text("加 昨晚有人摔了", LI)

    (case,) = town.cases()
    assert [e.data["text"] for e in case.events if e.kind == "added"] == ["昨晚有人摔了"]


def test_two_matters_are_two_cases(town):
    town.text(LAMP, LI)
    town.text("石桥村停水了", LI)

    assert len(town.cases()) == 2


def test_stop_is_confirmed_once_final_and_provable_until_resumed(town):
    (confirmed,) = town.text("停", LI)
    assert "不再给您发短信" in confirmed
    assert town.text(LAMP, LI) == []
    assert len(town.cases()) == 1
    (proof,) = town.rows(Consent)
    assert (proof.texts_allowed, proof.words) == (False, "停")
    assert proof.message_id

    assert len(town.text("恢复", LI)) == 1
    assert len(town.text("查", LI)) == 1
    assert [c.texts_allowed for c in sorted(town.rows(Consent), key=lambda c: c.at)] == [False, True]


def test_a_power_cut_is_no_wish_to_stop(town):
    town.text("清水村停电三天了", LI)

    assert town.rows(Consent) == []
    assert town.cases()[0].proposal.category == "供电"


def test_danger_in_a_text_alerts_an_operator_and_says_whom_to_ring(town):
    (answer,) = town.text("清水村老王家着火了", LI)

    (task,) = town.rows(CallBackTask)
    assert task.urgent
    assert town.cases()[0].urgent
    assert "119" in answer


@pytest.mark.parametrize(
    "body",
    ["", "   ", "😀😀", "?" * 1600, "说" * 1600, "hello is anybody there", "http://example.invalid/x", "滚蛋", "\x07‮"],
)
def test_any_text_is_kept_and_never_an_exception(town, body):
    assert signed_post(town, "/texts", text_form("SM1", body)).status_code == 204

    (message,) = [m for m in town.rows(Message) if not m.outgoing]
    assert message.state == "answered"
    assert message.error == ""
    assert len(town.phone(LI)) <= 1


def test_the_same_text_delivered_twice_is_answered_once(town):
    signed_post(town, "/texts", text_form("SM2", LAMP))
    signed_post(town, "/texts", text_form("SM2", LAMP))
    settle()

    assert len(town.cases()) == 1
    assert len(town.phone(LI)) == 1


def test_a_text_whose_answer_fails_is_kept_and_answered_later(town, monkeypatch, later):
    def broken(*args, **kwargs):
        raise RuntimeError("out of order")

    monkeypatch.setattr(texts, "hear", broken)
    assert signed_post(town, "/texts", text_form("SM3", LAMP)).status_code == 204
    assert town.cases() == []
    monkeypatch.undo()
    later(60)
    town.queue.sweep()
    settle()

    assert len(town.cases()) == 1
    assert len(town.phone(LI)) == 1


def test_two_machines_texting_each_other_come_to_an_end(town):
    answers = [answer for n in range(30) for answer in town.text(f"自动回复第{n}条，您好", LI)]

    assert len(answers) == 20
    assert len(town.rows(Conversation)) == 1


def test_a_receipt_moves_the_message_forward_never_back(town):
    town.text(LAMP, LI)
    (message,) = [m for m in town.rows(Message) if m.outgoing]
    assert message.state == "delivered"
    base = {"MessageSid": message.carrier_id, "To": LI, "From": "+869900000001"}

    signed_post(town, f"/texts/{message.id}/receipt", base | {"MessageStatus": "sent"})
    (message,) = [m for m in town.rows(Message) if m.outgoing]
    assert message.state == "delivered"


def test_a_create_whose_answer_was_lost_is_looked_for_and_not_sent_twice(town, later):
    town.network.change_faults(answers_lost=1.0)
    town.text(LAMP, LI)
    town.network.change_faults(answers_lost=0.0)
    for _ in range(3):
        later(120)
        town.queue.sweep()
        settle()

    assert len(town.phone(LI)) == 1
    (message,) = [m for m in town.rows(Message) if m.outgoing]
    assert message.carrier_id


def test_a_number_that_refuses_texts_for_good_is_shown_to_a_person(town):
    town.network.set_phone(LI, Phone(text_error="21610"))
    town.text(LAMP, LI)

    (message,) = [m for m in town.rows(Message) if m.outgoing]
    assert message.failed
    assert message.state == "failed"
    assert [t.reason for t in town.rows(CallBackTask)] == ["not_reached"]


def test_an_operators_spoken_answer_rings_says_her_own_words_and_is_heard(town):
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        case = session.merge(town.cases()[0])
        reply = answering.reply_by_voice(session, case, operator, "路灯明天就修。")
    town.parts.nudge(reply)
    settle()
    calls = [call for call in town.network.calls.values() if call.direction == "outbound-api"]

    (case,) = town.cases()
    (reply,) = case.spoken_replies
    assert reply.state == "heard"
    assert case.state == "replied"
    played = [event["url"] for event in calls[0].log.so_far() if event["event"] == "play"]
    assert sum("/audio/private/" in url for url in played) >= 2
    assert len(town.cases()) == 1
    assert calls[0].to == GRANDMA


@pytest.mark.parametrize("says", [(), (speech(),)])
def test_who_presses_not_solved_at_the_answer_has_his_case_taken_up_again(town, says):
    town.network.set_phone(GRANDMA, Phone(plan=Plan(says, parse_keys("2"))))
    town.call(speech(), hang_up="after_speaking", heard=LAMP)
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        reply = answering.reply_by_voice(session, session.merge(town.cases()[0]), operator, "路灯修好了。")
    town.parts.nudge(reply)
    settle()

    (case,) = town.cases()
    assert (case.state, case.reopens) == ("received", 1)
    assert [e.by for e in case.events if e.kind == "reopened"] == ["caller"]


@pytest.mark.parametrize(("said", "again"), [("还没修好", 1), ("还没人来", 1), ("修好了没", 0), ("修好了，谢谢", 0)])
def test_who_texts_that_it_is_not_solved_has_his_case_taken_up_again(town, said, again):
    town.text(LAMP, LI)
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        answering.reply_by_text(session, session.merge(town.cases()[0]), operator, "路灯修好了。")
    assert town.text(said, LI)

    (case,) = town.cases()
    assert case.reopens == again
    assert case.state == ("received" if again else "replied")

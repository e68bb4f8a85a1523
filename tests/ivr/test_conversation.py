"""The engine keeps its promises whatever is heard, in whatever order."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.conversation import TURNS_PER_CALL, resume, start
from ivr.flow import DEFAULT, FOLDER, FlowError, load_flow
from ivr.turn import (
    Alert,
    CallBack,
    Finished,
    Found,
    HungUp,
    Key,
    LookUp,
    OpenCase,
    PersonAbsent,
    PersonAnswered,
    Recorded,
    Silence,
    Speak,
    State,
    Texted,
    TooLate,
    Understood,
    WaitForKey,
    WaitForPerson,
    WaitForRecording,
    WaitForText,
    WaitForTranscript,
    from_json,
    to_json,
)
from ivr.words import load_words

WORDS = load_words()
FLOW = load_flow(words=WORDS)
ANSWER = load_flow(FOLDER / "answer.yaml", WORDS)
VALUES = {"town": "青禾镇", "hotline": "0990000000"}


def ring(flow=FLOW, **values):
    return start(flow, WORDS, channel="voice", dialect="mandarin", values=VALUES | values)


def after(turn, *heard, flow=FLOW):
    for one in heard:
        turn = resume(flow, WORDS, turn.state, one)
    return turn


def said(turn):
    return "".join(event.text for event in turn.events if isinstance(event, Speak))


def test_the_first_thing_asked_is_whether_a_case_is_open_and_nothing_is_said_before():
    assert ring().wait == LookUp("open_case")
    assert ring().events == ()


def test_a_new_caller_hears_who_we_are_that_it_is_recorded_and_one_question():
    turn = after(ring(), Found(False))
    assert turn.wait == WaitForRecording(max_seconds=180, silence_seconds=4, person_key="0")
    assert "青禾镇" in said(turn)
    assert "录音" in said(turn)
    assert "找人，请按 0" in said(turn)


def test_silence_repeats_the_question_shorter_and_slower_and_after_the_third_time_a_person_rings_back():
    turn = after(ring(), Found(False))
    for _ in range(2):
        before, turn = turn, after(turn, Silence())
        assert isinstance(turn.wait, WaitForRecording)
        assert len(said(turn)) <= len(said(before))
        assert all(fragment.slow for fragment in turn.speech)
        assert said(turn).startswith("没有听到您说话。")
    turn = after(turn, Silence())
    assert CallBack("silent") in turn.events
    assert turn.wait == Finished()


def test_a_silent_caller_whose_number_is_hidden_is_promised_nothing():
    turn = after(ring(caller_known="no"), Found(False), Silence(), Silence(), Silence())
    assert not any(isinstance(event, CallBack) for event in turn.events)
    assert said(turn) == "还是没听到。请您再打来。再见。"


@pytest.mark.parametrize("heard", [TooLate(), Understood(""), Understood("屋头那个"), Understood("", "", "")])
def test_what_was_not_understood_surely_is_not_read_back(heard):
    turn = after(ring(), Found(False), Recorded(5), Found(True, {"number": "1234"}), heard)
    assert isinstance(turn.wait, Finished)
    assert "工作人员会听您的录音" in said(turn)
    assert "1234" in said(turn)


def test_the_wait_for_the_transcript_stays_below_six_seconds():
    wait = after(ring(), Found(False), Recorded(5), Found(True, {"number": "1"})).wait
    assert isinstance(wait, WaitForTranscript)
    assert wait.polls <= 3
    assert wait.polls * wait.poll_ms <= 4500


def test_a_recording_that_ends_in_a_hang_up_opens_the_case_and_nothing_more_is_said():
    turn = after(ring(), Found(False), Recorded(9, hung_up=True))
    assert turn.wait == OpenCase()
    turn = after(turn, Found(True, {"number": "1"}))
    assert (turn.wait, turn.events) == (Finished(), ())


def test_the_read_back_says_only_what_was_understood_now():
    turn = after(ring(), Found(True, {"number": "9", "matter": "路灯", "state": "已受理", "place": "清水村"}))
    turn = after(turn, Recorded(5), Found(True, {"number": "10"}), Understood("水管", "", "水管漏水"))
    turn = after(turn, Found(False), Silence())  # not two villages of one name; nothing when asked where it is
    assert "水管漏水的事" in said(turn)
    assert "清水村" not in said(turn)


@pytest.mark.parametrize("office", [True, False])
@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_0_finds_a_person_or_leaves_a_call_back_from_every_wait_on_the_caller(before, office):
    way = [Found(False), Recorded(5), Found(True, {"number": "1"}), Understood("路灯", "清水村", "路灯"), Found(False)]
    stops = [1, 1, 3, 5]
    turn = after(ring(), *way[: stops[before]], Key("0"))
    assert turn.wait == LookUp("office")
    turn = after(turn, Found(office))
    if office:
        assert isinstance(turn.wait, WaitForPerson)
        turn = after(turn, PersonAbsent())
    assert any(isinstance(event, CallBack) for event in turn.events)
    assert "回电话" in said(turn)


def test_an_emergency_on_the_line_is_put_through_at_once_and_the_hours_are_not_asked():
    turn = after(ring(), Found(False), Recorded(5), Found(True, {"number": "1"}), Understood("我屋头着火了"))
    assert turn.wait == WaitForPerson("emergency", 30)
    assert Alert("着火", "火灾") in turn.events
    turn = after(turn, PersonAbsent())
    assert CallBack("emergency", urgent=True) in turn.events
    assert "119" in said(turn)


def test_an_emergency_by_text_becomes_a_case_an_alert_and_an_urgent_call_back():
    turn = start(FLOW, WORDS, channel="sms", dialect="mandarin", values=VALUES)
    turn = after(turn, Texted("我妈喝农药了"))
    assert turn.wait == OpenCase("我妈喝农药了")
    turn = after(turn, Found(True, {"number": "77"}))
    assert Alert("喝农药", "中毒") in turn.events
    assert CallBack("emergency", urgent=True) in turn.events
    assert "120" in said(turn)
    assert isinstance(turn.wait, WaitForText)


@pytest.mark.parametrize("values", [{"caller_known": "no"}, {"texts": "no"}])
def test_nothing_is_promised_that_cannot_be_kept(values):
    turn = after(ring(**values), Found(False), Recorded(5), Found(True, {"number": "1"}))
    turn = after(turn, Understood("路灯", "清水村", "路灯"), Key("1"))
    assert "短信" not in said(turn)
    assert "告诉您" not in said(turn)


def test_a_hidden_number_is_promised_no_call_back():
    turn = after(ring(caller_known="no"), Found(False), Key("0"), Found(True), PersonAbsent())
    assert "会给您回电话" not in said(turn)


def test_a_stray_answer_changes_nothing_and_counts_as_no_miss():
    turn = after(ring(), Found(False))
    for stray in (TooLate(), Found(True), PersonAnswered(), Texted("路灯"), Understood("")):
        repeated = after(turn, stray)
        assert (repeated.wait, repeated.state.step, repeated.state.tries) == (turn.wait, "ask", 0)


def test_a_stray_answer_to_the_read_back_counts_as_no_miss_either():
    turn = after(ring(), Found(False), Recorded(5), Found(True, {"number": "1"}), Understood("路灯", "清水村", "路灯"))
    turn = after(turn, Found(False))
    repeated = after(turn, TooLate(), Found(True), TooLate())
    assert (repeated.wait, repeated.state.tries, repeated.events) == (turn.wait, 0, ())


def test_the_same_state_and_the_same_heard_give_the_same_turn_and_leave_the_state_alone():
    turn = after(ring(), Found(False))
    before = json.dumps(to_json(turn.state))
    assert after(turn, Recorded(5)) == after(turn, Recorded(5))
    assert json.dumps(to_json(turn.state)) == before


def test_a_conversation_that_goes_on_for_ever_ends_with_a_call_back_and_a_goodbye():
    turn = after(ring(), Found(False))
    ended = turn
    for _ in range(TURNS_PER_CALL):
        ended = after(turn, TooLate())
        if isinstance(ended.wait, Finished):
            break
        turn = ended
    assert any(isinstance(event, CallBack) for event in ended.events)
    assert "再见" in said(ended)
    assert after(ended, Key("1")).wait == Finished()


def test_a_thread_of_texts_never_ends():
    turn = start(FLOW, WORDS, channel="sms", dialect="mandarin", values=VALUES)
    for _ in range(3 * TURNS_PER_CALL):
        turn = after(turn, Texted("帮助"))
        assert "乡音热线" in said(turn)


def test_a_picture_is_answered_every_time():
    turn = start(FLOW, WORDS, channel="sms", dialect="mandarin", values=VALUES)
    for text in ("😀", "😀", "帮助", "😀"):
        turn = after(turn, Texted(text))
        assert said(turn) != ""


def test_a_limit_in_a_thread_of_texts_counts_anew_after_a_text_with_words(tmp_path):
    path = tmp_path / "report.yaml"
    once = "unclear: once\n  once: {do: limit, times: 1, then: ask_what, past: read}\n"
    path.write_text(DEFAULT.read_text(encoding="utf-8").replace("unclear: ask_what\n", once), encoding="utf-8")
    flow = load_flow(path, WORDS)
    turn = start(flow, WORDS, channel="sms", dialect="mandarin", values=VALUES)
    answers = []
    for text in ("😀", "😀", "帮助", "😀"):
        turn = after(turn, Texted(text), flow=flow)
        answers.append(said(turn))
    assert answers[0] == answers[3] != ""
    assert answers[1] == ""


@pytest.mark.parametrize("office", [True, False])
def test_who_answers_no_transfer_is_said_only_where_there_was_one(office):
    turn = after(ring(), Found(False), Key("0"), Found(office), *([PersonAbsent()] if office else []))
    assert ("没有人接" in said(turn)) == office
    assert ("下班" in said(turn)) != office


def test_what_was_known_of_one_case_is_not_said_of_another():
    turn = start(FLOW, WORDS, channel="sms", dialect="mandarin", values=VALUES)
    turn = after(turn, Texted("查"), Found(True, {"number": "1", "matter": "路灯", "state": "好", "answer": "已换"}))
    assert "我们的答复：已换" in said(turn)
    turn = after(turn, Texted("查"), Found(True, {"number": "2", "state": "正在办"}))
    assert said(turn) == "您反映的事（编号2）：正在办。要补充请回“加”和要说的话。"


def test_a_person_who_answered_is_known_to_whoever_writes_the_receipt():
    turn = after(ring(), Found(False), Key("0"), Found(True))
    assert "answered" not in turn.state.values
    assert after(turn, PersonAnswered()).state.values["answered"] == "yes"


def test_a_state_of_another_version_goes_on_where_its_step_still_exists():
    state = State("report", "older", "voice", "mandarin", "read_back", values={"place": "清水村", "matter": "路灯"})
    turn = resume(FLOW, WORDS, state, Key("1"))
    turn = resume(FLOW, WORDS, turn.state, Found(False))
    assert "记下了" in said(turn)
    assert turn.state.version == FLOW.version


def test_a_state_whose_step_is_gone_is_never_an_error_to_the_caller():
    turn = resume(FLOW, WORDS, State("report", "older", "voice", "mandarin", "menu"), Key("1"))
    assert any(isinstance(event, CallBack) for event in turn.events)
    turn = resume(FLOW, WORDS, State("report", "older", "sms", "mandarin", "menu"), Texted("路灯坏了"))
    assert turn.wait == OpenCase("路灯坏了")


def test_a_flow_without_this_channel_says_so():
    with pytest.raises(FlowError, match="no start for the channel sms"):
        start(ANSWER, WORDS, channel="sms", dialect="mandarin", values={})


def test_a_dialect_nobody_has_written_falls_back_to_mandarin():
    turn = start(FLOW, WORDS, channel="voice", dialect="klingon", values=VALUES)
    assert "乡音热线" in said(after(turn, Found(False)))


def test_the_answer_asks_for_nothing_and_plays_her_own_words_first():
    turn = ring(ANSWER, own_words="rec-1", reply="reply-1")
    sounds = [fragment.id for fragment in turn.speech if fragment.kind == "audio"]
    assert sounds == ["rec-1", "reply-1"]
    assert turn.wait == WaitForKey(("1", "2", "0"), 6)


ANYTHING = st.one_of(
    st.builds(Key, st.sampled_from("0123456789*#")),
    st.just(Silence()),
    st.builds(Recorded, st.just(3.0), st.sampled_from(["", "0", "#"]), st.booleans()),
    st.builds(
        Understood, st.sampled_from(["", "路灯坏了", "着火了"]), st.sampled_from(["", "清水村"]), st.just("路灯")
    ),
    st.sampled_from([TooLate(), PersonAnswered(), PersonAbsent(), HungUp()]),
    st.builds(Texted, st.sampled_from(["", "查", "加 水", "停", "恢复", "?", "😀", "路灯坏了", "着火了"]) | st.text()),
)


@settings(max_examples=150, deadline=None)
@given(
    channel=st.sampled_from(["voice", "sms"]),
    found=st.booleans(),
    heard=st.lists(ANYTHING, max_size=25),
    known=st.sampled_from(["", "no"]),
)
def test_whatever_is_heard_there_is_an_answer_and_nobody_is_cut_off_without_a_word(channel, found, heard, known):
    turn = start(FLOW, WORDS, channel=channel, dialect="mandarin", values=VALUES | {"caller_known": known})
    words = ""
    for one in heard:
        while isinstance(turn.wait, LookUp | OpenCase):
            words += said(turn)
            turn = resume(FLOW, WORDS, turn.state, Found(found, {"number": "12"} if found else {}))
            assert from_json(json.loads(json.dumps(to_json(turn)))) == turn
        words += said(turn)
        if isinstance(turn.wait, Finished):
            assert channel == "sms" or turn.state.values.get("gone") or words.endswith(("再见。", "电话。", "119。"))
            return
        words = ""
        turn = resume(FLOW, WORDS, turn.state, one)

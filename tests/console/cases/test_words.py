"""How the console writes things: the story of a case, times, numbers, words."""

from datetime import datetime

import pytest
import time_machine

from app.console.cases.case_words import lit, place_of
from app.console.cases.story import told
from app.console.shell.template_words import phone, when
from app.db import now
from app.models import Caller, Case, CaseEvent, Village
from speech_models.transcript import SURE
from tests.console import make

STORY = [
    ("received", {"channel": "voice"}, "电话打来了。"),
    ("received", {"channel": "sms"}, "短信发来了。"),
    ("recorded", {}, "留下了录音。"),
    ("transcribed", {"text": "路灯坏了"}, "机器听写好了。"),
    ("transcribed", {"text": ""}, "机器没有听出话来。"),
    ("understood", {"category": "路灯照明", "place": "清水村"}, "机器的建议：路灯照明，清水村。"),
    ("understood", {}, "机器没有听出是什么事。"),
    ("understood", {"category": "其他", "place": ""}, "机器没有听出是什么事。"),
    ("confirmed", {"right": True}, "按键说：听对了。"),
    ("confirmed", {"right": False}, "按键说：听得不对。"),
    ("corrected", {"text": "路灯坏了"}, "改正了听写的话。"),
    ("decided", {"category": "供电", "place": "", "urgent": True}, "定为：供电，急。"),
    ("texted", {"body": "好"}, "写了短信回复。"),
    ("spoken", {"text": "好"}, "写了电话播报的回复。"),
    ("added", {"text": "还有二组"}, "又补充了几句。"),
    ("call_back", {"reason": "emergency", "urgent": True}, "要给来电人打电话：说到了紧急的事。"),
    ("alerted", {"word": "着火", "matter": "fire"}, "听到了紧急的词：“着火”。请马上处理。"),
    ("delivered", {"what": "text"}, "短信送到了。"),
    ("delivered", {"what": "call"}, "电话播报，对方听到了。"),
    ("failed", {"what": "text", "error": "30006"}, "短信没有送到，请换个办法联系。"),
    ("failed", {"what": "recording"}, "录音没有处理成。请听一听，听不到就打过去问。"),
    ("called_back", {"reason": "silent"}, "已经给来电人打过电话（打进来没有说话）。"),
    ("call_tried", {"reason": "silent"}, "给来电人打过电话，没打通。"),
    ("transferred", {"answered": True}, "转给了值班电话，有人接了。"),
    ("transferred", {"answered": False}, "转给了值班电话，没人接。"),
    ("moved_to_the_moon", {"by": "rocket"}, "有新的进展（moved_to_the_moon）。"),
]


@pytest.mark.parametrize(("kind", "data", "sentence"), STORY)
def test_an_event_is_told_in_plain_chinese(kind, data, sentence):
    assert told(CaseEvent(kind=kind, by="hotline", data=data)).sentence == sentence


@pytest.mark.parametrize("kind", sorted({kind for kind, _, _ in STORY}))
def test_an_event_without_its_data_is_told_all_the_same(kind):
    assert told(CaseEvent(kind=kind, by="caller", data={})).sentence.endswith("。")


def test_the_words_of_an_event_and_who_said_them_are_shown():
    event = told(CaseEvent(kind="texted", by="小张", data={"body": "明天来修"}))
    assert (event.who, event.words) == ("小张", "明天来修")
    assert told(CaseEvent(kind="added", by="caller", data={"text": "二组也坏了"})).who == "来电人"


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-11-23T01:12:00+00:00", "今天 09:12"),
        ("2026-11-22T16:30:00+00:00", "今天 00:30"),
        ("2026-11-22T09:40:00+00:00", "昨天 17:40"),
        ("2026-11-20T00:05:00+00:00", "11月20日 周五 08:05"),
        ("2025-03-01T00:05:00+00:00", "2025年3月1日 08:05"),
    ],
)
def test_times_are_those_of_the_town(moment, written):
    with time_machine.travel("2026-11-23T04:00:00+00:00", tick=False):
        assert when(datetime.fromisoformat(moment)) == written


def test_a_number_is_written_as_it_is_dialled_here(desk):
    with desk.app.app_context():
        assert phone(Caller(number="+8619900000001")) == "199 0000 0001"
        assert phone(Caller(number="+12025550123")) == "+1 202-555-0123"
        assert phone(Caller(number="12345")) == "12345"
        assert phone(None) == "号码未显示"
        assert phone(None, "awaited") == "号码还没查到"
        assert phone(None, "unfound") == "号码查不到"


def test_a_place_names_its_village_once():
    village = Village(name="清水村")
    assert place_of(Case(village=village, place="清水村三组")) == "清水村三组"
    assert place_of(Case(village=village, place="村口")) == "清水村村口"
    assert place_of(Case(village=None, place="")) == ""


def test_latin_words_are_spaced_and_doubtful_ones_marked():
    words = lit(
        {"text": text, "start": 0.0, "end": 0.1, "confidence": sure}
        for text, sure in (("装", 0.99), ("wifi", SURE - 0.01), ("box", SURE), ("坏", 1.0))
    )
    assert [(word.text, word.gap, word.unsure) for word in words] == [
        ("装", False, False),
        ("wifi", False, True),
        ("box", True, False),
        ("坏", False, False),
    ]


def test_an_unknown_event_does_not_keep_a_case_from_opening(desk, operator):
    with desk.session() as session:
        case = make.case(session, number="10247")
        event = CaseEvent(case_id=case.id, number=2, kind="moved_to_the_moon", by="hotline", at=now(), data={"x": [1]})
        event.previous_hash, event.hash = case.events_head, ""
        session.add(event)
    assert "有新的进展" in operator.get("/cases/10247").text


def test_a_word_says_what_was_heard_and_what_else_it_may_be():
    word = {"text": "保", "start": 0, "end": 1, "confidence": 0.4, "heard": "报", "others": [["饱", 0.2], ["报", 0.1]]}
    [shown] = lit([word])
    assert (shown.chosen, shown.unsure, shown.note) == (True, True, "没把握，原来听成“报”，也可能是“饱”")
    [sure] = lit([word | {"confidence": 0.95}])
    assert (sure.chosen, sure.note) == (True, "原来听成“报”")
    [plain] = lit([{"text": "水", "start": 0, "end": 1, "confidence": 0.95}])
    assert (plain.chosen, plain.note) == (False, "")

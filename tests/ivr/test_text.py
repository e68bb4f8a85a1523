"""A text's parts are counted as carriers charge them, and it is cut where it is polite."""

import pytest

from ivr.text import as_text, cut, length, sms_parts
from ivr.turn import Finished, Fragment, Speak, State, Turn


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", 0),
        ("路", 1),
        ("路" * 70, 1),
        ("路" * 71, 2),
        ("路" * 134, 2),
        ("路" * 135, 3),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 69 + "，", 1),
        ("a" * 70 + "，", 2),
        ("😀" * 35, 1),
        ("😀" * 36, 2),
    ],
)
def test_parts_are_counted_as_carriers_charge_them(text, parts):
    assert sms_parts(text) == parts


def test_a_picture_counts_two_and_is_never_split_between_parts():
    assert length("😀路") == 3
    assert sms_parts("路" * 65 + "😀" + "路" * 67) == 2
    assert sms_parts("路" * 66 + "😀" + "路" * 66) == 3  # as long, but the picture moves whole into part two


def test_a_long_text_is_cut_behind_a_sentence_and_says_so():
    said = cut("清水村路灯坏了。" * 40)
    assert sms_parts(said) == 2
    assert said.endswith("。…")


def test_a_long_text_without_a_sentence_fills_its_parts():
    assert length(cut("路" * 1600)) == 134
    assert sms_parts(cut("😀" * 800)) == 2
    cut("😀" * 800).encode("utf-8")  # no half picture


def test_a_turn_is_one_text_and_a_silent_turn_is_none():
    state = State("report", "v", "sms", "mandarin", "read")
    speaks = (Speak("a", (), "收到。"), Speak("b", (Fragment("words", "b.1", "再见。"),), "再见。"))
    assert as_text(Turn(state, speaks, Finished())) == "收到。再见。"
    assert as_text(Turn(state, (), Finished())) is None

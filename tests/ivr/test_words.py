"""Every fixed piece of sound is listed beforehand, and what is said is never built from anything else."""

import re

import pytest

from ivr.conversation import start
from ivr.flow import FOLDER, FlowError, load_flow
from ivr.turn import Fragment, Speak
from ivr.words import SPOKEN_DIGITS, audio_name, cut, digit_fragment, fragments, load_words

WORDS = load_words()
FLOWS = [load_flow(path, WORDS) for path in FOLDER.glob("*.yaml")]
EVERYTHING = dict.fromkeys(
    ("number", "place", "matter", "state", "town", "hotline", "emergency_number", "own_words", "reply"), "1"
)


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
@pytest.mark.parametrize("again", [False, True])
@pytest.mark.parametrize("values", [EVERYTHING, {}, {"number": "12"}, {"matter": "路灯"}])
def test_whatever_a_step_says_was_listed_to_be_rendered(flow, again, values):
    listed = {(fragment.id, fragment.slow): fragment for fragment in fragments(flow, WORDS)}
    for step in flow.reachable("voice"):
        if again and not step.repeats_itself:
            continue
        for fragment in WORDS.say(step, flow.person_label, "voice", "mandarin", values, again).fragments:
            if fragment.kind == "words":
                assert listed[fragment.id, fragment.slow] == fragment


def test_ids_are_unique_across_the_flows_because_they_share_one_folder():
    texts: dict[tuple[str, bool], str] = {}
    for flow in FLOWS:
        for fragment in fragments(flow, WORDS):
            assert texts.setdefault((fragment.id, fragment.slow), fragment.text) == fragment.text


def test_pieces_are_named_by_step_and_place_and_begin_with_a_sound():
    listed = fragments(FLOWS[0], WORDS)
    assert all(re.fullmatch(r"[a-z_]+(\.again)?\.\d+|[a-z_]+\.key\.[0-9*#]|digit\.\d", f.id) for f in listed)
    assert all(f.text[0] not in "，。、；：！？ " for f in listed)


def test_digits_are_said_one_by_one_and_one_as_yao():
    assert digit_fragment("1") == Fragment("words", "digit.1", "幺")
    listed = {fragment.id for fragment in fragments(FLOWS[0], WORDS)}
    assert {f"digit.{digit}" for digit in SPOKEN_DIGITS} <= listed


def test_the_slow_rendering_has_a_file_of_its_own():
    assert audio_name(Fragment("words", "ask.1")) == "ask.1.wav"
    assert audio_name(Fragment("words", "ask.again.1", slow=True)) == "ask.again.1.slow.wav"


def test_a_placeholder_nobody_knows_is_refused():
    with pytest.raises(ValueError, match="{weather}"):
        cut("今天{weather}")


def test_a_value_cannot_smuggle_in_a_placeholder():
    flow = next(flow for flow in FLOWS if flow.name == "report")
    said = WORDS.say(flow.steps["taken"], "找人", "sms", "mandarin", {"number": "{town}", "town": "青禾镇"}, False)
    assert "{town}" in said.text


def write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")


MANDARIN = "dialect: mandarin\nname: 普通话\nsteps:\n  ask: {voice: 您好, again: 请说}\n  bye: {voice: 再见}\n"


def test_a_dialect_may_hold_only_some_steps_and_has_the_rest_from_mandarin(tmp_path):
    write(tmp_path, "mandarin.yaml", MANDARIN)
    write(tmp_path, "sichuan.yaml", "dialect: sichuan\nname: 四川话\nsteps:\n  ask: {voice: 您好哦, again: 您说嘛}\n")
    words = load_words(tmp_path)
    assert words.texts("ask", "voice", "sichuan") == ["您好哦"]
    assert words.texts("bye", "voice", "sichuan") == ["再见"]


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("dialect: mandarin\nname: x\n", 1, "needs `steps:`"),
        (MANDARIN + "  ask: {voice: 又}\n", 6, "stands twice"),
        (MANDARIN.replace("再见", "'再见{weather}'"), 5, "no placeholder {weather}"),
        (MANDARIN.replace("再见", "'再见{town'"), 5, "without its partner"),
        (MANDARIN.replace("bye: {voice", "bye: {shout"), 5, "does not know `shout`"),
        (MANDARIN.replace("bye: {voice: 再见}", "bye: 再见"), 5, "needs voice, again or sms"),
        (MANDARIN.replace("再见", "[]").replace("{voice: []}", "{voice: ''}"), 5, "must be a text"),
        (MANDARIN + "colour: red\n", 6, "does not know `colour`"),
        ("key: '请按 {key}'\n" + MANDARIN, 1, "{label} and {key}"),
    ],
)
def test_a_broken_words_file_is_refused_with_its_line(tmp_path, text, line, sentence):
    write(tmp_path, "mandarin.yaml", text)
    with pytest.raises(FlowError, match=re.escape(sentence)) as refused:
        load_words(tmp_path)
    assert refused.value.line == line


def test_words_without_mandarin_are_refused(tmp_path):
    write(tmp_path, "sichuan.yaml", "dialect: sichuan\nname: 四川话\nsteps: {ask: {voice: 您好哦}}\n")
    with pytest.raises(FlowError, match="dialect: mandarin"):
        load_words(tmp_path)


def test_a_text_is_written_whole_and_has_no_sounds():
    receipt = next(flow for flow in FLOWS if flow.name == "receipt")
    turn = start(receipt, WORDS, channel="sms", dialect="mandarin", values={"town": "青禾镇", "number": "1"})
    speaks = [event for event in turn.events if isinstance(event, Speak)]
    assert speaks
    assert all(not speak.fragments for speak in speaks)

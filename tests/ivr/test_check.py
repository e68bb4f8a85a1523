"""The lint finds what a caller would suffer from, and says in which line it stands."""

import pytest

from ivr.check import check, load, main
from ivr.flow import DEFAULT, FOLDER, FlowError, load_flow
from ivr.words import DIALECT, load_words

WORDS = """dialect: mandarin
name: 普通话
steps:
  ask: {voice: 有什么事？, again: 请说。}
  connect: {voice: 请稍等。}
  bye: {voice: 再见。}
  taken: {sms: 收到。}
"""
FLOW = """name: small
start: {voice: ask, sms: read}
person: {go: connect, label: 找人}
emergency: {voice: connect, sms: read}
give_up: bye
steps:
  ask: {do: record, recorded: bye, recorded_0: connect, silent: bye}
  connect: {do: person, answered: bye, absent: nobody}
  nobody: {do: call_back, reason: nobody_answered, then: bye}
  bye: {do: say, then: end}
  end: {do: finish}
  read: {do: read, intents: {}, otherwise: taken, unclear: taken}
  taken: {do: say, then: read}
"""
BYE_SMS = WORDS.replace("bye: {voice: 再见。}", "bye: {voice: 再见。, sms: 再见。}")


def findings(tmp_path, flow=FLOW, words=BYE_SMS):
    (tmp_path / "flow.yaml").write_text(flow, encoding="utf-8")
    (tmp_path / "mandarin.yaml").write_text(words, encoding="utf-8")
    loaded = load_words(tmp_path)
    return check(load_flow(tmp_path / "flow.yaml", loaded), loaded)


def test_a_sound_flow_has_no_findings(tmp_path):
    assert findings(tmp_path) == []


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_flows_that_come_with_it_are_sound(path):
    words = load_words()
    assert check(load_flow(path, words), words) == []


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("  end: {do: finish}\n", "  end: {do: finish}\n  old: {do: say, then: end}\n", 12, "leads to step `old`."),
        ("then: end}", "then: ask}", 7, "No way leads from step `ask` to the end"),
        ("absent: nobody}", "absent: bye}", 8, "without `do: call_back`"),
        ("recorded: bye", "recorded: told", 14, "`told` has no words for voice."),
        ("recorded: bye", "recorded: wait", 15, "above 4500 ms"),
    ],
)  # fmt: skip
def test_a_flow_a_caller_would_suffer_from_is_found(tmp_path, old, new, line, sentence):
    flow = FLOW.replace(old, new) + "  told: {do: say, then: end}\n" * ("told" in new)
    if "wait" in new:
        flow += "  told: {do: finish}\n  wait: {do: transcript, understood: told, unclear: told, polls: 9}\n"
    if new == "then: ask}":
        flow = flow.replace("give_up: bye", "give_up: end")
    found = [finding for finding in findings(tmp_path, flow) if sentence in finding.sentence]
    assert [finding.line for finding in found] == [line]
    assert found[0].file.endswith("flow.yaml")


@pytest.mark.parametrize(
    ("words", "line", "sentence"),
    [
        (BYE_SMS.replace("收到。", "收到。" * 50), 7, "may take 3 parts"),
        (BYE_SMS.replace("收到。", "'{reply:audio}'"), 7, "cannot say {reply}"),
        (BYE_SMS.replace("收到。", "'{keys}'"), 7, "cannot say {keys}"),
        (BYE_SMS.replace("收到。", "'" + "好" * 110 + "{place}{state}'"), 7, "may take 3 parts"),
    ],
)
def test_words_that_do_not_fit_a_text_are_found(tmp_path, words, line, sentence):
    found = [finding for finding in findings(tmp_path, words=words) if sentence in finding.sentence]
    assert [finding.line for finding in found] == [line]
    assert found[0].file.endswith("mandarin.yaml")


def test_missing_words_are_found_per_channel(tmp_path):
    assert [str(finding) for finding in findings(tmp_path, words=WORDS)] == [
        f"{tmp_path / 'flow.yaml'}:10: Step `bye` has no words for sms."
    ]


def test_a_dialect_cut_into_other_pieces_is_found(tmp_path):
    text = "dialect: sichuan\nname: 四川话\nsteps:\n  ask: {voice: '{town}的，啥子事？'}\n"
    (tmp_path / "sichuan.yaml").write_text(text, encoding="utf-8")
    assert [finding.line for finding in findings(tmp_path)] == [4]


def test_the_command_says_file_line_and_sentence_and_fails(tmp_path, capsys):
    findings(tmp_path, FLOW.replace("absent: nobody}", "absent: bye}"), BYE_SMS)
    assert main([str(tmp_path / "flow.yaml"), "--words", str(tmp_path)]) == 1
    assert f"{tmp_path / 'flow.yaml'}:8: When nobody answers" in capsys.readouterr().out


def test_the_command_is_content_with_the_default_flow(capsys):
    assert main([]) == 0
    assert "nothing wrong" in capsys.readouterr().out


def test_a_flow_that_cannot_even_be_read_fails_the_command_too(tmp_path, capsys):
    findings(tmp_path)
    (tmp_path / "flow.yaml").write_text(FLOW.replace("do: finish", "do: sing"), encoding="utf-8")
    assert main([str(tmp_path / "flow.yaml"), "--words", str(tmp_path)]) == 1
    assert ":11: Step `end` must `do:`" in capsys.readouterr().out


def test_what_is_loaded_for_the_service_has_passed_every_check(tmp_path):
    flow, words = load()
    assert flow == load_flow(DEFAULT, words)
    assert DIALECT in words.dialects
    findings(tmp_path, words=WORDS)
    with pytest.raises(FlowError, match="no words for sms"):
        load(tmp_path / "flow.yaml", tmp_path)

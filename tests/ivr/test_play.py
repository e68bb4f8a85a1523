"""One talks to a flow in the terminal, and the talk saved is a test that passes."""

import io

import pytest

from ivr.dialogue import play, read_dialogue
from ivr.flow import load_flow
from ivr.play import main
from ivr.words import load_words


def type_in(monkeypatch, *lines):
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_a_saved_talk_is_a_test_that_passes(tmp_path, monkeypatch, capsys):
    type_in(monkeypatch, "(不说话)", "(说) 路灯坏了 {place: 清水村, matter: 路灯}", "1")
    saved = tmp_path / "talk.txt"
    assert (
        main(["--save", str(saved), "--title", "试一次", "--office", "closed", "--open-case", "4012 路灯 已受理"]) == 0
    )
    assert "您上次说的路灯，已受理。" in capsys.readouterr().out
    dialogue = read_dialogue(saved.read_text(encoding="utf-8"))
    assert dialogue.title == "试一次"
    assert dialogue.facts["office"] == "closed"
    words = load_words()
    assert play(dialogue, load_flow(words=words), words) == dialogue.lines
    assert dialogue.lines[-1] == ("*", "结束")


def test_texts_are_played_too(tmp_path, monkeypatch, capsys):
    type_in(monkeypatch, "清水村三组路灯坏了三天", "查", "")
    saved = tmp_path / "talk.txt"
    assert main(["--channel", "sms", "--save", str(saved)]) == 0
    assert "编号1001" in capsys.readouterr().out
    words = load_words()
    dialogue = read_dialogue(saved.read_text(encoding="utf-8"))
    assert play(dialogue, load_flow(words=words), words) == dialogue.lines


def test_a_slip_of_the_fingers_is_explained_and_the_talk_goes_on(monkeypatch, capsys):
    type_in(monkeypatch, "12", "(唱歌)", "0", "(有人接)")
    assert main([]) == 0
    out = capsys.readouterr().out
    assert "`12` is no key" in out
    assert "`(唱歌)` is none of" in out
    assert "再见" in out


def test_words_without_brackets_are_what_she_says(tmp_path, monkeypatch, capsys):
    type_in(monkeypatch, "路灯坏了 {place: 清水村, matter: 路灯}", "1")
    saved = tmp_path / "talk.txt"
    assert main(["--save", str(saved)]) == 0
    assert "您说的是清水村的路灯" in capsys.readouterr().out
    assert "> (说) 路灯坏了" in saved.read_text(encoding="utf-8")


@pytest.mark.parametrize("arguments", [["none.yaml"], ["--channel", "fax"]])
def test_a_flow_that_cannot_be_talked_to_says_why(arguments, monkeypatch, capsys):
    type_in(monkeypatch)
    assert main(arguments) == 1
    assert capsys.readouterr().err

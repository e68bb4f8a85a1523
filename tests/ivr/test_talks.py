"""Every dialogue in ivr/talks goes as it is written."""

import pytest

from ivr.dialogue import FACTS, matches, play, read_dialogue
from ivr.dialogue import TALKS as FOLDER_OF_TALKS
from ivr.flow import FOLDER, load_flow
from ivr.words import load_words

TALKS = sorted(FOLDER_OF_TALKS.glob("*.txt"))
WORDS = load_words()
FLOWS = {path.stem: load_flow(path, WORDS) for path in FOLDER.glob("*.yaml")}


@pytest.mark.parametrize("path", TALKS, ids=lambda path: path.stem)
def test_the_talk_goes_as_written(path):
    dialogue = read_dialogue(path.read_text(encoding="utf-8"))
    really = play(dialogue, FLOWS[dialogue.facts["flow"]], WORDS)
    assert dialogue.title, "a talk begins with a line that says what it is about"
    assert [sign for sign, _ in really] == [sign for sign, _ in dialogue.lines], as_text(really)
    for (_, expected), (_, said) in zip(dialogue.lines, really, strict=True):
        assert matches(expected, said), as_text(really)


def test_both_channels_and_both_flows_are_talked_through():
    facts = [read_dialogue(path.read_text(encoding="utf-8")).facts for path in TALKS]
    assert len(TALKS) >= 15
    assert {fact["channel"] for fact in facts} == {"voice", "sms"}
    assert {fact["flow"] for fact in facts} >= {"report", "answer"}


def test_every_step_of_the_default_flow_is_reached_by_some_talk():
    said = "\n".join(path.read_text(encoding="utf-8") for path in TALKS)
    texts = WORDS.dialects["mandarin"]["steps"]
    unsaid = [
        name
        for name, step in FLOWS["report"].steps.items()
        if step.speaks == "must"
        and not any(_opening(text) in said for field in texts[name] for text in WORDS.texts(name, field))
    ]
    assert unsaid == ["gave_up"]  # sixty turns long: see test_conversation


def test_a_written_line_may_leave_out_what_does_not_matter():
    assert matches("您好…慢慢说。", "您好，有事请慢慢说。")
    assert not matches("您好", "您好，有事请慢慢说。")


def test_a_line_that_is_nothing_is_refused_with_its_number():
    with pytest.raises(ValueError, match="Line 2"):
        read_dialogue("# 试\n你好\n")
    assert read_dialogue("# 试\n").facts == FACTS


def _opening(text: str) -> str:
    return text.split("{")[0][:12] or "…"


def as_text(lines: list[tuple[str, str]]) -> str:
    return "\n" + "\n".join(" ".join(line) for line in lines)

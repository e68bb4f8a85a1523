"""A flow that cannot work is refused with its file, its line and one sentence."""

import pytest

from ivr.flow import DEFAULT, FOLDER, FlowError, load_flow
from ivr.words import load_words

HEAD = """name: small
start: {voice: ask}
person: {go: end, label: 找人}
emergency: {voice: end}
give_up: end
steps:
"""
GOOD = """  ask: {do: ask, keys: {1: {label: 对了, go: end}}, otherwise: end}
  end: {do: finish}
"""


def write(tmp_path, text):
    path = tmp_path / "small.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_the_flows_that_come_with_it_load():
    for path in FOLDER.glob("*.yaml"):
        assert load_flow(path).steps


def test_every_scalar_stays_text(tmp_path):
    steps = GOOD + "  on: {do: choose, value: yes, cases: {012: end, off: end}, otherwise: end}\n"
    flow = load_flow(write(tmp_path, HEAD + steps))
    assert flow.steps["on"].value == "yes"
    assert set(flow.steps["on"].cases) == {"012", "off"}


@pytest.mark.parametrize(
    ("steps", "line", "sentence"),
    [
        (GOOD + "  end: {do: finish}\n", 9, "`end` stands twice"),
        ("  ask: {do: sing}\n  end: {do: finish}\n", 7, "must `do:` one of"),
        ("  ask: {do: say, then: nowhere}\n  end: {do: finish}\n", 7, "`nowhere`, which is no step"),
        ("  ask: {do: say}\n  end: {do: finish}\n", 7, "lacks then"),
        ("  ask: {do: say, then: end, loud: yes}\n  end: {do: finish}\n", 7, "does not know `loud`"),
        ("  ask: {do: say, then: two}\n  two: {do: say, then: ask}\n  end: {do: finish}\n", 7, "go round"),
        ("  ask: {do: look_up, what: office, found: ask, missing: end}\n  end: {do: finish}\n", 7, "go round"),
        (GOOD.replace("1: {label", "0: {label"), 7, "key 0, which always reaches a person"),
        (GOOD.replace("1: {label", "12: {label"), 7, "no key of a telephone"),
        (GOOD.replace("1: {label", "'²': {label"), 7, "no key of a telephone"),
        (GOOD.replace("otherwise: end}", "otherwise: end, seconds: soon}"), 7, "whole number from 1 to 30"),
        (GOOD.replace("otherwise: end}", "otherwise: end, seconds: ²}"), 7, "whole number from 1 to 30"),
        ("  ask: just text\n  end: {do: finish}\n", 7, "must be a mapping"),
        ("  ask: {do: confirm, right: maybe, then: end}\n  end: {do: finish}\n", 7, "must be yes or no"),
        ("  ask: {do: look_up, what: weather, found: end, missing: end}\n  end: {do: finish}\n", 7, "one of open_case"),
        ("  ask: {do: read, intents: {sing: end}, otherwise: end, unclear: end}\n  end: {do: finish}\n", 7, "`sing`"),
        ("  ask: [1, 2\n", 8, "not YAML"),
        ("  ask: &a {do: say, then: *a}\n  end: {do: finish}\n", 7, "part of"),
    ],
)
def test_a_broken_flow_is_refused_with_its_line(tmp_path, steps, line, sentence):
    path = write(tmp_path, HEAD + steps)
    with pytest.raises(FlowError, match=sentence) as refused:
        load_flow(path)
    assert refused.value.line == line
    assert refused.value.file == str(path)
    assert str(refused.value).startswith(f"{path}:{line}: ")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("give_up: end", "give_up: ask", "must lead to the end"),
        ("give_up: end", "", "lacks `give_up`"),
        ("give_up: end", "give_up: nowhere", "no step"),
        ("start: {voice: ask}", "start: {fax: ask}", "`fax` is no channel"),
        ("start: {voice: ask}", "start: {voice: ask, sms: ask}", "lacks the channel sms"),
        ("person: {go: end, label: 找人}", "person: {go: end}", "`person` needs"),
        ("name: small", "name: small\ncolour: red", "does not know `colour`"),
    ],
)
def test_a_flow_without_its_doors_is_refused(tmp_path, old, new, sentence):
    with pytest.raises(FlowError, match=sentence):
        load_flow(write(tmp_path, HEAD.replace(old, new) + GOOD))


def test_a_missing_or_unreadable_file_is_refused(tmp_path):
    with pytest.raises(FlowError, match="cannot be read"):
        load_flow(tmp_path / "none.yaml")
    (tmp_path / "gbk.yaml").write_bytes("名字: 流程".encode("gbk"))
    with pytest.raises(FlowError, match="not UTF-8"):
        load_flow(tmp_path / "gbk.yaml")
    with pytest.raises(FlowError, match="mapping"):
        load_flow(write(tmp_path, "- a\n"))
    with pytest.raises(FlowError, match="mapping"):
        load_flow(write(tmp_path, ""))


def test_the_version_changes_with_the_flow_and_with_the_words(tmp_path):
    words = load_words()
    path = write(tmp_path, HEAD + GOOD)
    first = load_flow(path, words).version
    assert load_flow(path, words).version == first
    assert load_flow(path).version != first
    assert load_flow(write(tmp_path, HEAD + GOOD.replace("对了", "对的")), words).version != first
    assert int(load_flow(DEFAULT, words).version, 16)

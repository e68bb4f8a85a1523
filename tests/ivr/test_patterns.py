"""Patterns of staff: what they may say, what they find, and that no text can hold them up."""

import re
import time

import pytest
import yaml

from app.services.editing.catalogue import kinds
from ivr import understand
from ivr.document import Sheet
from ivr.patterns import LONGEST, LONGEST_TEXT, Patterns, PatternUnusable, read
from ivr.words import FOLDER

KNOWN = [kind for kind in kinds().values() if kind.patterns]


def seconds(do, *given) -> float:
    began = time.thread_time()
    do(*given)
    return time.thread_time() - began


def runs(pattern: str) -> list[str]:
    """The longest text, made of the signs of a pattern and of what texts are made of."""
    signs = [sign for sign in dict.fromkeys(pattern) if sign.isalnum()]
    pieces = ["".join(signs), *signs, "没", "还没有修好", "a", "1", "，"]
    return [(piece * LONGEST_TEXT)[:LONGEST_TEXT] for piece in pieces if piece]


@pytest.mark.parametrize(
    "pattern", ["(没+)+好", "(没|没有|没没)*好", "(.*)*好", "(a?){30}a{30}", "没*没*没*没*没*没*好"]
)
def test_a_pattern_that_fits_in_many_ways_reads_the_longest_text_at_once(pattern):
    found = Patterns([pattern])
    assert max(seconds(found.search, text) for text in runs(pattern)) < 0.1
    assert max(seconds(found.struck_out, text, "，") for text in runs(pattern)) < 0.1


@pytest.mark.parametrize(
    ("pattern", "why"),
    [
        ("(没", "cannot be read"),
        ("没)", "cannot be read"),
        ("*没", "cannot be read"),
        (r"(没)\1", r"nothing is known of \\1"),
        (r"\b没", r"nothing is known of \\b"),
        ("没\\", "nothing is known of"),
        ("(?<=还)没", r"may use \( and"),
        ("(?i)ok", r"may use \( and"),
        ("没(?!了).", r"may use \( and"),
        ("(没(?!了))好", r"may use \( and"),
        ("没(?!了|)", r"may use \( and"),
        ("(没(好){0,90}){0,90}坏", "repeats too much"),
        ("没{2000}", "repeats too much"),
        ("没" * (LONGEST + 1), f"longer than {LONGEST}"),
        ("没?", "fits every text"),
        ("没|", "fits every text"),
        ("", "fits every text"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_with_its_place_and_why(pattern, why):
    with pytest.raises(PatternUnusable, match=f"^x.yaml, entry 2: .*{why}"):
        read([("x.yaml, entry 1", "没好"), ("x.yaml, entry 2", pattern)])


def test_of_patterns_in_use_only_the_unusable_ones_are_left_out():
    aside: list[PatternUnusable] = []
    left = read([("x.yaml, entry 1", "没好"), ("x.yaml, entry 2", r"(没)\1"), ("x.yaml, entry 3", "又坏")], aside)
    assert [str(error).split(":")[0] for error in aside] == ["x.yaml, entry 2"]
    assert (left.search("没没"), left.search("又坏了"), left.search("没好")) == (None, "又坏", "没好")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("没修(?!了吗)", "没修了吗", None),
        ("没修(?!了吗)", "没修了", "没修"),
        ("没修(?!了吗)", "没修", "没修"),
        ("(没|没有)(水|电)(?!费|管)|跳闸", "没水费，没有电管，跳闸", "跳闸"),
        ("(没|没有)(水|电)(?!费|管)|跳闸", "没水管，没有电，跳闸", "没有电"),
        ("(没.)(?!a|ab|b-)", "没1ac没2b-没3b", "没3"),
        (r"\d{2}没", "12没", "12没"),
        (r"\w{2}没", "还是没", "还是没"),
        (r"[\w，]+没", "还，没", "还，没"),
        (r"还\W没", "还，没", "还，没"),
        (r"还\s没", "还\u3000没", "还\u3000没"),
        (r"[\u4e00-\u9fff]没", "还没", "还没"),
        ("没{,2}好", "没没没好", "没没好"),
        ("[]甲]乙", "]乙", "]乙"),
        ("没好$", "没好", "没好"),
        ("没好", "\ud800没好", "没好"),
    ],
)
def test_a_pattern_means_what_it_did_in_pythons_words(pattern, text, found):
    with_re = re.search(pattern, text)
    assert Patterns([pattern]).search(text) == found == (with_re and with_re[0])


def test_of_a_text_without_end_the_beginning_is_looked_at():
    assert Patterns(["没好"]).search("啊" * (LONGEST_TEXT - 2) + "没好") == "没好"
    assert Patterns(["没好"]).search("啊" * LONGEST_TEXT + "没好") is None


def test_what_is_struck_out_goes_wherever_it_stands():
    patterns = Patterns(["不?表扬", "谢谢$", "没水(?!费)"])
    assert patterns.struck_out("不表扬没水费表扬没水谢谢", "，") == "，没水费，，，"


@pytest.mark.parametrize("kind", KNOWN, ids=lambda kind: kind.key)
def test_what_is_shipped_reads_every_long_text_at_once(kind):
    assert kind.read(Sheet(kind.key, kind.shipped)) is not None  # tried as before a publication
    assert kind.unusable(Sheet(kind.key, kind.shipped)) == []


def shipped() -> list[str]:
    """Every pattern of the tables of ivr/words that staff do not edit."""
    intents = yaml.safe_load((FOLDER / "intents.yaml").read_text("utf-8"))
    dangers = yaml.safe_load((FOLDER / "emergencies.yaml").read_text("utf-8"))
    found = [*intents["add"]["loose"], intents["fixed"]["not"]]
    found += [pattern for rules in intents.values() for pattern in rules.get("inside", [])]
    return [*found, *(p for rules in dangers.values() for part in ("patterns", "not") for p in rules.get(part, []))]


def test_the_patterns_of_what_is_meant_and_of_danger_read_every_long_text_at_once():
    assert len(shipped()) > 150
    slow = []
    for pattern in shipped():
        compiled = re.compile(pattern)
        slow += [(pattern, text[:9]) for text in runs(pattern) if seconds(compiled.sub, "|", text) > 0.25]
    assert slow == []


@pytest.mark.parametrize(
    "piece", ["没", "一", "老人不见", "去年一", "好的", "谢谢你们", "辛苦了", "要是不", "ni", "1", "，"]
)
def test_what_is_meant_is_found_in_a_long_text_before_anybody_waits(piece):
    text = (piece * 1600)[:1600]  # as long as a text may be
    assert seconds(understand.emergency, text) < 0.5
    assert max(seconds(understand.intent, text[:length]) for length in (24, 200, 1600)) < 0.5

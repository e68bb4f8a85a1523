"""Patterns at the desk: a broken one is refused in a sentence, and what cannot be used any more is told."""

import time

import pytest

from app.errors import Refused
from app.models import Document, DocumentVersion
from app.services.editing import documents
from app.services.sorting import asks, unsolved
from tests.services.wording.test_editions import publish

NOT_SOLVED, STATES = "data/not_solved.yaml", "data/states.yaml"


@pytest.mark.parametrize("name", [NOT_SOLVED, "data/asks.yaml", "data/urgency.yaml"])
def test_the_same_pattern_in_any_document_of_patterns_reads_a_long_text_at_once(desk, name):
    def with_bad(text: str) -> str:
        if name == "data/asks.yaml":
            return text.replace('patterns: ["表扬"', 'patterns: ["(没+)+好", "表扬"').replace(
                'not: ["谢谢$"', 'not: ["(谢+)+好", "谢谢$"'
            )
        return text + ("- (没+)+好\n" if name == NOT_SOLVED else '    - "(没+)+好"\n')

    publish(desk.parts, name, with_bad)
    began = time.thread_time()
    for text in ("没" * 1600, "谢" * 1600):
        unsolved.says_not_solved(text)
        asks.ask(text)
        asks.urgency(text, "农村农业/水利水电/农村饮水", "求助")
    assert time.thread_time() - began < 2


@pytest.mark.parametrize(
    ("pattern", "told"),
    [
        (r"'(没)\1'", r"第 \d+ 行：“\(没\)\\1”里的 \\1 认不了，请换一种写法"),
        ("(?<=还)没", r"第 \d+ 行：“\(\?<=还\)没”里有认不了的写法：括号后面不能写问号"),
        ("(没(好){0,90}){0,90}坏", "重复的次数太多了"),
        ("'" + "没" * 500 + "'", "“没没.*……”这条说法太长，最多 400 个字"),
        ("没?", "“没\\?”这条说法什么话都对得上"),
        ("(没", "“\\(没”的括号或符号不成对，认不了"),
    ],
)
def test_a_pattern_that_cannot_be_used_is_refused_in_a_clear_sentence(desk, pattern, told):
    for name in (NOT_SOLVED, "data/urgency.yaml"):
        indent = "    " if name == "data/urgency.yaml" else ""
        with pytest.raises(Refused, match=told):
            publish(desk.parts, name, lambda text, indent=indent: text + f"{indent}- {pattern}\n")
        with desk.session() as session:
            assert documents.live(session, name).number == 0
            documents.discard(session, name)


def test_what_an_upgrade_can_no_longer_use_is_told_at_the_desk_until_it_is_mended(desk, operator):
    assert "先放在一边" not in operator.get("/cases").text
    written = {NOT_SOLVED: "- '(没)\\1'\n- 又坏了\n- (没+)+好\n", STATES: "received: ["}
    with desk.session() as session:
        for number, (name, text) in enumerate(written.items(), 1):
            session.add(Document(name=name, newest=1))
            session.flush()
            session.add(DocumentVersion(name=name, number=1, edition=number, text=text, sha256="x", by="小张"))

    assert "有用不了的，先放在一边" in operator.get("/cases").text
    page = operator.get("/said").text
    assert page.count("有一处用不了，先放在一边") == 2
    assert "第 1 行：“(没)\\1”里的 \\1 认不了，请换一种写法。" in page
    assert "(没+)+好" not in page

    for name in written:
        documents.go_back(desk.parts, name, 0, "小李")
    assert "先放在一边" not in operator.get("/cases").text
    assert "先放在一边" not in operator.get("/said").text

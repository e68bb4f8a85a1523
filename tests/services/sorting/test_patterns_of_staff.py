"""A pattern that staff published and a text that is bad for it: calls, texts and the desk go on."""

import time

import pytest

from app.jobs import work
from app.models import Document, DocumentVersion
from app.services.cases import answering
from app.services.directory import operators
from app.services.editing import documents
from app.services.sorting import unsolved
from app.services.wording import editions
from tests.make import GRANDMA, speech
from tests.services.conversation.test_calls import LAMP
from tests.services.wording.test_editions import publish

LI = "+8619900001235"
BAD = "还没修好 " + "没" * 40
NOT_SOLVED = "data/not_solved.yaml"


def answered(town) -> None:
    """Li's case has its answer."""
    town.text(LAMP, LI)
    with town.parts.database.session() as session:
        operator = operators.add_operator(session, "desk", "值班员", "long enough")
        answering.reply_by_text(session, session.merge(town.cases()[0]), operator, "路灯修好了。")


def published_before(town, name: str, text: str) -> None:
    """A version that an earlier release let through."""
    with town.parts.database.session() as session:
        session.add(Document(name=name, newest=1))
        session.flush()
        session.add(
            DocumentVersion(name=name, number=1, edition=editions.newest(session) + 1, text=text, sha256="x", by="小张")
        )


@pytest.mark.parametrize("how", ["published", "published before the upgrade"])
def test_a_text_that_a_pattern_may_fit_in_a_million_ways_stops_nobody(town, how):
    if how == "published":
        publish(town.parts, NOT_SOLVED, lambda text: text + "- (没+)+好\n")
    else:
        published_before(town, NOT_SOLVED, "- (没+)+好\n- 没(人|来)+修\n")
    answered(town)
    began = time.thread_time()
    assert town.text(BAD, LI)
    assert town.text("没没没没好", LI)
    assert time.thread_time() - began < 20

    town.call(speech(), hang_up="after_speaking", caller=GRANDMA, heard="石桥村停水了")
    assert len(town.cases()) >= 2
    documents.go_back(town.parts, NOT_SOLVED, 0, "小李")
    assert not unsolved.says_not_solved("没没没没好")


def test_of_a_published_file_that_an_upgrade_cannot_read_whole_the_rest_is_in_use(town):
    published_before(town, NOT_SOLVED, "- '(没)\\1'\n- 还没好\n")
    answered(town)
    town.text("还没好", LI)  # no pattern that is shipped fits it
    assert town.cases()[0].reopens == 1


def test_whether_a_text_says_not_solved_is_read_with_no_transaction_open(town, monkeypatch):
    answered(town)
    open_then = []

    def says(text: str) -> bool:
        open_then.append(town.parts.database.engine.pool.checkedout())
        return unsolved.says_not_solved(text)

    monkeypatch.setattr(work, "says_not_solved", says)
    town.text("还没修好", LI)
    assert open_then == [0]
    assert town.cases()[0].reopens == 1

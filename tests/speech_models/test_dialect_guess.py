"""A guess at what somebody speaks: seldom, and then rightly."""

import pytest

from speech_models.dialects import load_dialects
from speech_models.dialects.guess import guess


@pytest.mark.parametrize(
    ("text", "dialect", "words"),
    [
        ("屋企漏水，冇人理", "cantonese", ("屋企", "冇")),
        ("侬帮阿拉看看路灯", "wu", ("侬", "阿拉")),
        ("我屋头这个墙巴到起，焦湿，要不得哦，莫得法", "sichuan", None),
    ],
)
def test_words_that_only_one_dialect_has_speak_for_it(text, dialect, words):
    found = guess(text)
    assert found is not None
    assert found.dialect.key == dialect
    assert words is None or found.words == words


@pytest.mark.parametrize(
    "text",
    [
        "",
        "路灯坏了三天了，请来看看",
        "他们就是忽悠老百姓",  # everybody says it by now
        "屋头漏雨，没得人管",  # several dialects say so
        "混凝土道路开裂",  # 土道 is no word of it
        "我老汉走不动",  # ordinary Mandarin, too
    ],
)
def test_mandarin_and_what_several_dialects_share_give_no_guess(text):
    assert guess(text) is None


def test_the_lists_own_examples_are_hardly_ever_taken_for_another_dialect():
    guessed = [
        (dialect.key, found.dialect.key)
        for dialect in load_dialects().values()
        for entry in dialect.entries
        if (found := guess(entry.example))
    ]
    assert len(guessed) > 300
    assert sum(one != other for one, other in guessed) <= len(guessed) * 0.02

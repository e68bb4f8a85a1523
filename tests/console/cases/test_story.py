"""Every kind of event has a sentence of its own in the story of a case."""

import pytest

from app.console.cases.story import _STORY, told
from app.models import CaseEvent
from app.services.events import KINDS


def test_every_kind_that_can_be_recorded_is_told_with_its_words():
    assert set(_STORY) == set(KINDS)
    for name, (_, words, _) in _STORY.items():
        assert not words or words in KINDS[name].words, name


@pytest.mark.parametrize("kind", sorted(_STORY))
def test_a_kind_reads_as_a_sentence_even_where_its_data_says_nothing(kind):
    it = told(CaseEvent(kind=kind, by="hotline", data={}))
    assert it.who == "热线"
    assert it.sentence.endswith("。")
    assert "None" not in it.sentence
    assert kind not in it.sentence

"""Tests of correction by sound, with the installed language model: transcripts as an engine writes them, and what
becomes of them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from speech_models import correction
from speech_models.catalogue import ModelMissing
from speech_models.correction import LEFT_ALONE, Corrector, Knowledge, corrected
from speech_models.syllables import syllables
from speech_models.transcript import Transcript, Word
from speech_models.village_words import BadWords, village_words


def heard(text: str, doubtful: str = "", *, sure: float = 0.99, unsure: float = 0.4, **others: dict) -> Transcript:
    """A transcript of a word a character; those in `doubtful` are unsure, `others` says what else may stand there."""
    words = [
        Word(
            sign,
            place / 4,
            place / 4 + 0.25,
            unsure if sign in doubtful else sure,
            tuple(others.get(sign, {}).items()),
        )
        for place, sign in enumerate(text)
    ]
    return Transcript(tuple(words), engine="whisper", confidence=0.7)


@pytest.mark.parametrize(
    ("text", "doubtful", "meant"),
    [
        ("我要申请低报", "低报", "我要申请低保"),
        ("我家的房子是微房", "微", "我家的房子是危房"),
        ("村里的路等坏了", "路等", "村里的路灯坏了"),
        ("化飞太贵了买不起", "飞", "化肥太贵了买不起"),
    ],
)
def test_the_right_sound_with_the_wrong_character_is_chosen_again(text, doubtful, meant):
    assert Corrector(Knowledge(village_words())).correct(heard(text, doubtful)).text == meant


def test_every_changed_word_keeps_what_was_heard():
    found = Corrector().correct(heard("我要申请低报", "低报"))
    assert [word.heard for word in found.words] == ["", "", "", "", "", "报"]
    assert found.as_heard == "我要申请低报"


def test_words_keep_their_times_and_their_signs():
    before = heard("我要申请低报", "低报")
    before = replace(before, words=(*before.words[:-1], replace(before.words[-1], text="报。")))
    after = Corrector().correct(before)
    assert after.text == "我要申请低保。"
    assert [(w.start, w.end) for w in after.words] == [(w.start, w.end) for w in before.words]


def test_sure_words_are_left_alone():
    before = heard("我要申请低报", sure=0.97)
    assert Corrector().correct(before).text == before.text


def test_a_near_sound_is_taken_for_what_makes_sense():
    assert Corrector().correct(heard("老人没有人造顾", "造")).text == "老人没有人照顾"


def test_a_name_of_the_county_is_chosen_where_it_sounds_like_what_was_heard():
    text = heard("我是青睡村的", "青睡")
    assert Corrector(Knowledge({"清水村": 4.0})).correct(text).text == "我是清水村的"


def test_a_confusion_that_was_learnt_leads_to_another_sound():
    text = heard("我们村停匪了", "匪", unsure=0.2)
    assert Corrector().correct(text).text != "我们村停水了"
    assert Corrector(Knowledge({}, {("fei", "shui"): 0.0})).correct(text).text == "我们村停水了"


def test_what_the_other_readings_have_may_be_chosen_whatever_it_sounds_like():
    text = heard("今天停店了", "店", 店={"电": 0.3, "水": 0.5})
    assert Corrector().correct(text).text in ("今天停电了", "今天停水了")


def test_letters_and_numbers_stay():
    text = heard("一三八零A五5", "一三八零五", unsure=0.6)
    found = Corrector().correct(text)
    assert "A" in found.text
    assert "5" in found.text


def test_words_of_several_characters_change_as_a_whole():
    words = (Word("申请", 0, 0.5, 0.99), Word("低报", 0.5, 1, 0.3))
    found = Corrector().correct(Transcript(words, engine="vosk", confidence=0.6))
    assert [(word.text, word.heard) for word in found.words] == [("申请", ""), ("低保", "低报")]


def test_an_empty_transcript_stays_empty():
    assert Corrector().correct(Transcript(engine="whisper")) == Transcript(engine="whisper")


def test_without_a_language_model_the_transcript_stays_and_the_log_says_so(monkeypatch, caplog):
    def missing():
        raise ModelMissing("The model libime-zh is not installed; run: …")

    monkeypatch.setattr(correction, "language_model", missing)
    before = heard("我要申请低报", "低报")
    assert corrected(before, Knowledge()) == before
    assert "libime-zh" in caplog.text


signs = st.sampled_from("我你他村水电路灯低保报危房微飞肥的了一二三是不有在上下大小人到说要去")


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(signs, st.floats(0.01, 0.999)), min_size=1, max_size=14))
def test_correction_never_changes_how_many_syllables_were_said_nor_a_sure_word(pairs):
    words = tuple(Word(sign, place, place + 1, sure) for place, (sign, sure) in enumerate(pairs))
    after = Corrector().correct(Transcript(words, engine="whisper", confidence=0.5))
    assert len(after.words) == len(words)
    for before, now in zip(words, after.words, strict=True):
        assert len(syllables(now.text)) == 1
        assert before.confidence < LEFT_ALONE or now.text == before.text
        assert 0 <= now.confidence <= 1


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("- 低保", "each group must be"),
        ("a: 低保 低", "'低' is not a word"),
        ("a: 低保\nb: 低保", "stands in the file twice"),
        ("a: 低保 lamp", "'lamp' is not a word"),
        ("a: [", "is not YAML"),
    ],
)
def test_a_broken_file_of_village_words_is_refused_in_one_sentence(tmp_path, content, sentence):
    file = tmp_path / "words.yaml"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadWords, match=sentence):
        village_words(file)

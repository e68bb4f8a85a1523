"""Dialect words at the desk: the gloss under what was said, and the lists to read through."""

from speech_models.dialects import load_dialects
from tests.console import make


def test_the_gloss_stands_under_the_words_of_a_text_and_says_that_it_is_unchecked(desk, operator):
    with desk.session() as session:
        make.case(session, number="10247", channel="sms", text="屋头漏雨", by=make.caller(session))
    page = operator.get("/cases/10247").text
    assert "“屋头”：家里<" in page
    assert "未经当地人核对" in page
    assert '<p class="said" translate="no">屋头漏雨</p>' in page


def test_the_gloss_goes_by_the_dialect_of_the_caller(desk, operator):
    with desk.session() as session:
        for number, dialect in (("10247", "sichuan"), ("10248", "shaanxi"), ("10249", "mandarin")):
            by = make.caller(session, dialect=dialect)
            make.case(session, number=number, channel="sms", text="我老汉走不动", by=by)
        make.case(session, number="10250", channel="sms", text="屋头漏雨，屋头停电")
    assert "“老汉”：爸爸" in operator.get("/cases/10247").text
    assert "“老汉”：老头、丈夫" in operator.get("/cases/10248").text
    assert "“老汉”" not in operator.get("/cases/10249").text
    assert operator.get("/cases/10250").text.count("“屋头”：家里") == 1


def test_a_correction_is_glossed_in_the_place_of_what_was_heard(desk, operator):
    with desk.session() as session:
        case = make.case(session, number="10247", by=make.caller(session))
        recording = make.recording(session, case, words=make.spread("乌头 漏雨"))
    assert "“屋头”" not in operator.get("/cases/10247").text
    operator.post(f"/cases/10247/recordings/{recording.id}/correction", data={"text": "屋头漏雨"})
    assert "“屋头”：家里" in operator.get("/cases/10247").text


def test_a_case_without_dialect_words_has_no_gloss(desk, operator):
    with desk.session() as session:
        make.case(session, number="10247", channel="sms", text="路灯坏了")
    assert 'class="gloss"' not in operator.get("/cases/10247").text


def test_the_lists_show_every_word_of_every_dialect(operator):
    for dialect in load_dialects().values():
        page = operator.get("/dialects", query_string={"of": dialect.key}).text
        assert page.count("未经当地人核对") == 1
        assert all(f'<th scope="row">{entry.word}</th><td>{entry.means}</td>' in page for entry in dialect.entries)
        assert all(each.name in page for each in load_dialects().values())
    assert "<form" not in page.split("<main")[1].split("</main>")[0]


def test_the_lists_are_for_operators(stranger):
    assert stranger.get("/dialects").status_code == 302

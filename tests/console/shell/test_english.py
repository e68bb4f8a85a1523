"""The console in English: every sentence of ours is known, and what people said stays as it is."""

import re

import pytest

from app.console.shell import english
from app.console.shell.english import HAN, CatalogueUnusable, in_english, read_catalogue, translated
from app.models.case import STATES
from app.services.cases.transitions import MOVES
from app.services.deadlines.clock_rules import rules
from app.services.directory.roles import roles
from app.services.editing.form_layouts import SHAPES
from app.services.sorting.asks import ASKS
from tests.console import make
from tests.test_docs import ROOT

TEMPLATES = sorted((ROOT / "app/console/templates/console").rglob("*.html"))
SCRIPTS = sorted((ROOT / "app/console/static").rglob("*.js"))


@pytest.fixture
def foreigner(desk, operator):
    """The operator, who reads English."""
    operator.post("/me/looks", data={"language": "en"})
    return operator


def sentences(template: str) -> set[str]:
    """The texts of a template that stand between tags, what is filled in as 7; pieces between conditions apart."""
    text = re.sub(r'<(\w+)[^>]*translate="no"[^>]*>.*?</\1>', "", template, flags=re.DOTALL)
    text = re.sub(r"\{%.*?%\}", "\0", re.sub(r"\{\{.*?\}\}", "7", text, flags=re.DOTALL), flags=re.DOTALL)
    text = re.sub(r"<[^>]*>", lambda tag: tag[0].replace("\0", ""), text).replace("\0", "<>")
    pieces = re.findall(r">([^<]*)", text) + re.findall(r'(?:aria-label|title)="([^"]*)"', text)
    return {" ".join(piece.split()) for piece in pieces if HAN.search(piece)}


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_sentence_of_a_page_is_known_in_english(template):
    assert [text for text in sentences(template.read_text("utf-8")) if translated(text) == text] == []


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_sentence_of_a_script_is_known_in_english(script):
    known = re.findall(r'^  "(.*?)": ', (ROOT / "app/console/static/shell/english.js").read_text("utf-8"), re.MULTILINE)
    for line in script.read_text("utf-8").splitlines() if script.name != "english.js" else ():
        code = not line.lstrip().startswith(("//", "/*", "*")) and " // no sentence" not in line
        said = line.partition(" // ")[0] if code else ""
        for text in re.findall(r"zh`(.*?)`", said):
            assert re.sub(r"\$\{.*?\}+", "{}", text.replace("${parts(body)}", "{}")) in known
        assert not HAN.search(re.sub(r"zh`.*?`", "", said)), line


def test_the_names_that_rules_give_are_known_in_english():
    moves = [word for move in MOVES.values() for word in (move.name, move.why)]
    names = [*roles().names.values(), *(role.name for role in roles().roles.values()), *STATES.values(), *ASKS]
    for text in [*moves, *names, *(kind.name for kind in rules().kinds.values())]:
        assert not HAN.search(translated(text)), text


def test_every_sentence_of_a_form_is_known_in_english():
    for group in (group for groups in SHAPES.values() for group in groups):
        said = [group.title, group.about, *group.names.values()]
        for blank in group.blanks:
            said += [blank.label, blank.hint, *blank.labels.values()]
            said += [word for into in blank.cell.inputs for word in (into.name, into.after, *into.options.values())]
        assert [text for text in said if HAN.search(translated(text))] == []


@pytest.mark.parametrize(
    ("chinese", "said"),
    [
        ("签收还剩 2 天 3 小时", "to sign: 2 days 3 hours left"),
        ("一般，今天 09:12 起算，12月1日 周二 09:12 前签收", "ordinary, from today 09:12, sign by Tue 12-1 09:12"),
        ("11月20日 周五 08:05", "Fri 11-20 08:05"),
        ("改成部门经办人，水务站", "changed to Department staff, 水务站"),
        ("路灯坏了，请来看看", "路灯坏了，请来看看"),
        ("没打通 2 次，最近 今天 09:12", "no answer 2 times, last today 09:12"),
    ],
)
def test_a_sentence_that_was_put_together_is_understood(chinese, said):
    assert translated(chinese) == said


def test_what_people_said_is_not_translated_and_is_marked_as_chinese():
    page = in_english(
        '<html lang="zh-CN"><p>短信</p><p translate="no">短信 <b>电话</b> 短信</p><textarea>短信</textarea><p>短信</p>'
    )
    assert page == (
        '<html lang="en"><p>SMS</p><p translate="no" lang="zh-CN">短信 <b>电话</b> 短信</p>'
        "<textarea>短信</textarea><p>SMS</p>"
    )


def test_nothing_that_was_escaped_becomes_markup():
    assert translated("找“&lt;script&gt;”") == "Find &#34;&lt;script&gt;&#34;"


def test_the_pages_are_in_english_for_whoever_chose_it_and_in_chinese_for_the_others(desk, foreigner):
    with desk.session() as session:
        make.case(session, number="10247", channel="sms", text="短信", by=make.caller(session))
        make.person(session, "operator")
    html = foreigner.get("/cases/10247").text
    assert '<html lang="en"' in html
    assert "<title>Case 10247 · Xiangyin hotline</title>" in html
    assert 'translate="no" lang="zh-CN">短信<' in html
    client = desk.app.test_client()
    client.set_cookie("session", make.login_cookie(desk, "operator"))
    assert "<title>事项 10247 · 乡音热线</title>" in client.get("/cases/10247").text


def test_a_refusal_is_in_english_too(foreigner):
    answer = foreigner.post("/me/password", data={"old": "x", "new": "y", "again": "y"})
    assert "The present password is wrong" in answer.text


def test_the_login_page_has_both_languages(stranger):
    assert 'href="/desk/login?language=en"' in stranger.get("/desk/login").text
    html = stranger.get("/desk/login?language=en").text
    assert "Password" in html
    answer = stranger.post("/desk/login?language=en", data={"login": "zhang", "password": "wrong"})
    assert "Login or password is wrong" in answer.text


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("没有英文", "a tab"),
        ("有\t\t有", "a tab"),
        ("有 {}\t{} {}", "fills in more"),
        ("短信\tSMS\n短信\tText", "twice"),
    ],
)
def test_a_catalogue_that_cannot_work_is_refused_with_its_line(tmp_path, line, sentence):
    (tmp_path / "english.tsv").write_text(line + "\n", encoding="utf-8")
    with pytest.raises(CatalogueUnusable, match=f"line .*{sentence}"):
        read_catalogue(tmp_path / "english.tsv")


def test_the_catalogue_has_no_sentence_that_is_still_chinese():
    left = {zh: en for zh, en in read_catalogue(english._FILE).items() if HAN.search(en)}
    assert set(left) <= {"语言 Language"} | {zh for zh in left if "“停”" in zh}

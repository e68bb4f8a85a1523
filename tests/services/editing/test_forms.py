"""Documents as forms: only what was changed is written, what cannot be is told at its field."""

from datetime import date

import pytest

from app.files import DATA
from app.services.deadlines import business_hours
from app.services.editing import documents, forms
from app.services.editing.catalogue import kinds
from app.services.editing.form_layouts import SHAPES
from app.services.editing.said import Said
from app.services.editing.yaml_text import Plain, read_value, value_at, with_value
from ivr.document import Sheet
from tests.services.wording.test_editions import publish

CLOCKS, HOURS, ASKS = "data/clocks.yaml", "data/office_hours.yaml", "data/asks.yaml"


def shipped(name: str) -> Said:
    return Said(kinds()[name], kinds()[name].shipped)


def as_shown(name: str, **fields: list[str]) -> dict[str, list[str]]:
    """What the browser sends of a form, these fields (`.` for the sign between keys) filled in otherwise."""
    typed = {f.name: [text for row in f.rows for text in row] for f in forms.fields_of(name, shipped(name).text)}
    return typed | {key.replace(".", ":"): value for key, value in fields.items()}


def fill_in(name: str, **fields: list[str]) -> list[tuple[str, str]]:
    """The lines that differ from what is shipped."""
    said = shipped(name)
    text = forms.filled_in(said, as_shown(name, **fields))
    return [(sign, line.strip()) for sign, line in documents.difference(said.text, text) if sign in "+-"]


@pytest.mark.parametrize("name", SHAPES)
def test_a_form_that_nobody_changed_changes_nothing(name):
    assert fill_in(name) == []


@pytest.mark.parametrize("name", SHAPES)
def test_every_value_of_a_document_is_in_its_form(name):
    shown = {f.path for f in forms.fields_of(name, shipped(name).text)}

    def walk(value, path):
        if path in shown:
            return
        inner = value.items() if isinstance(value, dict) else enumerate(value if isinstance(value, list) else ())
        inner = list(inner)
        assert inner, path
        for key, each in inner:
            walk(each, (*path, key))

    read = read_value(shipped(name).text)
    for entry in ("timezone", "events") if isinstance(read, dict) else ():  # the technician's
        read.pop(entry, None)
    for number, entry in enumerate(read if name == ASKS else ()):
        assert entry.pop("name"), number  # the six of the national standard
    walk(read, ())


@pytest.mark.parametrize(
    ("name", "fields", "lines"),
    [
        (
            CLOCKS,
            {"classes.ordinary.sign": ["２", "workdays"]},
            [
                ("-", "ordinary: {name: 一般, sign: 1 workdays, answer: 7 days}"),
                ("+", "ordinary: {name: 一般, sign: 2 workdays, answer: 7 days}"),
            ],
        ),
        (
            CLOCKS,
            {"raise": ["1", "workdays", "承办部门负责人", "5", "workdays", "镇主要领导", "", "minutes", ""]},
            [("-", "- {after: 3 workdays, to: 分管领导}")],
        ),
        (
            HOURS,
            {"open": ["08:30", "12:00", "14:30", "18:00", "", ""], "off": ["2026-12-01", "", "2026-12-02"]},
            [
                ("-", "- 14:00-17:30"),
                ("+", "- 14:30-18:00"),
                ("-", "off: []"),
                ("+", "off: [2026-12-01, 2026-12-02]"),
            ],
        ),
        (
            "data/prices.yaml",
            {"call_minute_out": ["0.2"]},
            [
                ("-", "call_minute_out: 0.15    # 热线打出去，每分钟（不满一分钟算一分钟）"),
                ("+", "call_minute_out: 0.2    # 热线打出去，每分钟（不满一分钟算一分钟）"),
            ],
        ),
        ("data/card.yaml", {"key_1": ["119"]}, [("-", "key_1: 对了"), ("+", "key_1: '119'")]),
        (
            "data/week_sheet.yaml",
            {"again": ["老来电人 {件数} 件。"]},
            [("-", "again: 有 {count} 件是以前来反映过的人又来的。"), ("+", "again: '老来电人 {count} 件。'")],
        ),
        ("data/departments.yaml", {"+": ["民政/社会救助", "民政办"]}, [("+", "民政/社会救助: 民政办")]),
        ("data/departments.yaml", {"民政/优抚": [""]}, [("-", "民政/优抚: 退役军人服务站")]),
        ("data/seeds.yaml", {"党务政务.群众团体": ["工会 妇联，团委"]}, None),
        (
            "data/not_solved.yaml",
            {":": ["(没|没有|没得|冇|未)人(来|管|理)\r\n修了又坏"]},
            [
                (
                    "-",
                    '- "(没|没有|没得|冇|未)(给|帮|人|来|去)?(我|我们|人)?(来|去)?(修|办|弄|搞|整|处理|解决)(?!了吗)"',
                ),
                ("-", '- "(还是|仍然|仍旧|依然|又)(不|没|没有|坏|停|断|漏|堵|黑)"'),
                ("+", '- "修了又坏"'),
            ],
        ),
    ],
)
def test_only_what_was_changed_is_written(name, fields, lines):
    changed = fill_in(name, **fields)
    assert changed == lines if lines else [sign for sign, _ in changed] == ["-", "+"]


def test_a_saying_is_added_to_a_heading_and_a_list_that_was_not_there_begins():
    said = shipped(ASKS)
    patterns = value_at(read_value(said.text), (0, "patterns"))
    text = forms.filled_in(
        said, as_shown(ASKS, **{"0.patterns": ["\n".join([*patterns, "顶呱呱"])], "5.not": ["不求助"]})
    )
    read = read_value(text)
    assert read[0]["patterns"] == [*patterns, "顶呱呱"]
    assert read[5]["not"] == ["不求助"]
    assert sum(sign == "-" for sign, _ in documents.difference(said.text, text)) == 1


@pytest.mark.parametrize(
    ("name", "fields", "field", "sentence"),
    [
        (CLOCKS, {"classes.ordinary.sign": ["两", "workdays"]}, "classes:ordinary:sign", "请填 1 到 9999 的整数"),
        (CLOCKS, {"classes.ordinary.sign": ["8", "days"]}, "classes:ordinary:sign", "签收的时限不能比答复的长"),
        (CLOCKS, {"remind": ["80", "50", ""]}, "remind", "从小到大"),
        (CLOCKS, {"remind": ["", "", ""]}, "remind", "至少要填一行"),
        (CLOCKS, {"raise": ["3", "workdays", "甲", "1", "workdays", "乙"]}, "raise", "越往下要越晚"),
        (CLOCKS, {"raise": ["3", "workdays", ""]}, "raise", "不能空着"),
        (CLOCKS, {"returns": ["12"]}, "returns", "0 到 9 的整数"),
        (HOURS, {"open": ["12:00", "08:30"]}, "open", "结束要比开始晚"),
        (HOURS, {"open": ["08:30", ""]}, "open", "两头都要填"),
        (HOURS, {"open": ["08:30", "12:00", "11:00", "13:00"]}, "open", "和别的一段重了"),
        (HOURS, {"off": ["2026-12-01"], "worked": ["2026-12-01"]}, "off", "又放假又上班"),
        (HOURS, {"workdays": ["maybe"]}, "workdays", "请选一项"),
        ("data/call_backs.yaml", {"apart": ["12", "hours"]}, "apart", "排不下 3 次"),
        ("data/call_backs.yaml", {"tries": ["99"]}, "tries", "次数要在 1 到"),
        ("data/states.yaml", {"closed": [""]}, "closed", "不能空着"),
        ("data/prices.yaml", {"text_part_out": ["-1"]}, "text_part_out", "请填 0 到"),
        ("data/prices.yaml", {"text_part_out": ["五分"]}, "text_part_out", "请填一个数"),
        ("data/prices.yaml", {"currency": ["人民币块钱"]}, "currency", "1 到 4 个字"),
        ("data/week_sheet.yaml", {"again": ["{村}"]}, "again", "填不了 {村}"),
        ("data/week_sheet.yaml", {"again": ["{件数"]}, "again", "花括号要成对"),
        ("data/gaming.yaml", {"bunched": ["900", "minutes"]}, "bunched", "1 到 720 分钟"),
        (ASKS, {"2.patterns": ["(坏"]}, "2:patterns", "不成对"),
        ("data/urgency.yaml", {"utility.topics": ["没有这一类"]}, "utility:topics", "没有“没有这一类”这个类别"),
        ("data/not_solved.yaml", {":": ["(坏"]}, ":", "不成对"),
        ("data/not_solved.yaml", {":": ["没修\n没修"]}, ":", "写了两遍"),
        ("data/seeds.yaml", {"党务政务.党的建设": ["入党 ABC"]}, "党务政务:党的建设", "只能写汉字"),
        ("data/departments.yaml", {"民政": [""]}, "民政", "“民政”还没有写归哪个部门"),
        ("data/departments.yaml", {"+": ["民政", "民政办"]}, "+", "上面已经有了"),
        ("data/departments.yaml", {"+": ["天上", "民政办"]}, "+", "没有“天上”这个类别"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_at_its_field(name, fields, field, sentence):
    with pytest.raises(forms.WronglyFilledIn) as refused:
        fill_in(name, **fields)
    assert list(refused.value.problems) == [field]
    assert sentence in str(refused.value)


def test_every_wrong_field_is_told_at_once():
    with pytest.raises(forms.WronglyFilledIn) as refused:
        fill_in("data/prices.yaml", call_minute_in=["x"], call_minute_out=["y"])
    assert list(refused.value.problems) == ["call_minute_in", "call_minute_out"]


@pytest.mark.parametrize("text", ["open: [", "just words"])
def test_a_text_that_is_built_otherwise_is_left_to_whoever_edits_text(text):
    said = Said(kinds()[CLOCKS], text)
    with pytest.raises(forms.Unreadable):
        forms.filled_in(said, {f.name: ["1"] * len(f.cell.inputs) for f in forms.fields_of(CLOCKS, text)})


@pytest.mark.parametrize(
    ("text", "path", "value", "after"),
    [
        ("a: 1  # one\nb: 2\n", ("a",), Plain("3"), "a: 3  # one\nb: 2\n"),
        ("a:\nb: 2\n", ("a",), "x", "a: x\nb: 2\n"),
        ("a: |\n  x\n  y\nb: 2\n", ("a",), "z", "a: z\nb: 2\n"),
        ("a: {b: 1}\n", ("a", "c"), "x", "a: {b: 1, c: x}\n"),
        ("a:\n  b: 1\n\n# end\n", ("a", "c"), "x: y", "a:\n  b: 1\n  c: 'x: y'\n\n# end\n"),
        ("a:\n- x  # first\n- y\n", ("a",), ["x", "z"], "a:\n- x  # first\n- z\n"),
        ("a:\n- x\n- y\n", ("a",), [], "a:\n  []\n"),
        ("a: ['x', \"y\"]\n", ("a",), ["y", "z"], "a: [\"y\", 'z']\n"),
        ("a:\n  - {b: 1}\n  - {b: 2}\n", ("a",), [{"b": Plain("2")}], "a:\n  - {b: 2}\n"),
        ("a: x", ("a",), None, ""),
    ],
)
def test_a_value_is_exchanged_and_the_rest_stays(text, path, value, after):
    assert with_value(text, path, value) == after


def test_who_changed_a_field_last_is_known_by_its_value(town):
    publish(town.parts, CLOCKS, lambda text: with_value(text, ("returns",), Plain("3")))
    publish(town.parts, CLOCKS, lambda text: with_value(text, ("classes", "ordinary", "sign"), Plain("2 workdays")))
    documents.go_back(town.parts, CLOCKS, 1, "小李")
    with town.parts.database.reading() as session:
        versions = documents.history(session, CLOCKS)
    last = documents.last_changes(versions, lambda text: forms.values_of(CLOCKS, text))
    assert {field: (said.number, said.by) for field, said in last.items()} == {
        "returns": (1, "小张"),
        "classes:ordinary:sign": (3, "小李"),
    }


@pytest.mark.parametrize(
    ("name", "path", "value", "change"),
    [
        (CLOCKS, ("returns",), Plain("3"), ("最多退几次", "2 次", "3 次")),
        (CLOCKS, ("remind",), ["50", "90"], ("时间过了多少就提醒", "80 %", "90 %")),
        (HOURS, ("open",), ["08:30-12:00"], ("几点到几点有人接电话", "14:00 到 17:30", "")),
        (HOURS, ("workdays",), Plain("no"), ("哪些天上班", "周一到周五，照全国的放假和补班", "天天上班")),
        ("data/departments.yaml", ("民政/优抚",), None, ("民政/优抚", "退役军人服务站", "")),
        ("data/departments.yaml", ("民政/社会救助",), "民政办", ("民政/社会救助", "", "民政办")),
        (
            "data/seeds.yaml",
            ("党务政务", "群众团体"),
            ["工会"],
            ("党务政务：群众团体", "妇联、共青团、团委、残联、会费", ""),
        ),
        ("data/week_sheet.yaml", ("more",), "多 {number}", ("比上周多", "比上周多 {差几件} 件", "多 {差几件}")),
        (
            CLOCKS,
            ("raise",),
            [{"after": Plain("2 days"), "to": "站长"}],
            (
                "过期多久还没有答复，报给谁",
                "1 个工作日 承办部门负责人；3 个工作日 分管领导；5 个工作日 镇主要领导",
                "2 天 站长",
            ),
        ),
    ],
)
def test_what_was_changed_is_told_in_words(name, path, value, change):
    text = shipped(name).text
    assert forms.changes(name, text, with_value(text, path, value)) == [forms.Change(*change)]


def test_the_days_ahead_are_those_that_are_unlike_their_weekday_and_the_calendar_says_where_it_ends():
    text = with_value((DATA / "office_hours.yaml").read_text("utf-8"), ("off",), [Plain("2026-09-24")])
    text = with_value(text, ("worked",), [Plain("2026-09-26")])
    days = business_hours.ahead(business_hours.read_hours(Sheet("office_hours.yaml", text)), date(2026, 9, 18), 20)
    assert [(d.day.isoformat(), d.worked, d.holiday, d.own) for d in days.unlike] == [
        ("2026-09-20", True, "国庆节", False),
        ("2026-09-24", False, "", True),
        ("2026-09-25", False, "中秋", False),
        ("2026-09-26", True, "", True),
        *[(f"2026-10-0{n}", False, "国庆节", False) for n in (1, 2, 5, 6, 7)],
    ]
    assert (days.unknown, days.known_until) == (0, date(2026, 12, 31))
    later = business_hours.ahead(business_hours.read_hours(DATA / "office_hours.yaml"), date(2026, 12, 22), 60)
    assert later.unknown == 50

"""The lists of dialect words: whole, refused when broken, and read into a text without changing it."""

import shutil

import pytest
import yaml

from speech_models.dialects import ABOUT, FOLDER, DialectUnusable, gloss, in_mandarin, load_dialects, read_dialect

DIALECTS = (
    "cantonese", "hakka", "henan", "hokkien", "hubei", "hunan", "jianghuai", "northeast", "shaanxi", "shandong",
    "sichuan", "wu",
)  # fmt: skip
every_dialect = pytest.mark.parametrize("dialect", DIALECTS)


def words(text, dialect="mandarin"):
    return [found.word for found in gloss(text, dialect)]


def test_the_twelve_dialects_are_there():
    assert tuple(load_dialects()) == DIALECTS


@every_dialect
def test_a_list_is_long_enough_and_speaks_of_many_things(dialect):
    entries = load_dialects()[dialect].entries
    assert len(entries) >= 60
    assert len({entry.about for entry in entries}) >= 15


@every_dialect
def test_no_word_is_there_twice(dialect):
    found = [entry.word for entry in load_dialects()[dialect].entries]
    assert len(set(found)) == len(found)


@every_dialect
def test_every_example_holds_its_word_and_the_gloss_finds_it_there(dialect):
    for entry in load_dialects()[dialect].entries:
        assert entry.word in entry.example
        found = words(entry.example, dialect)
        assert any(entry.word in word for word in found), f"{entry.word}: {entry.example} gives {found}"


@every_dialect
def test_every_likely_mishearing_leads_to_its_word(dialect):
    for entry in load_dialects()[dialect].entries:
        for form in entry.misheard:
            assert words(form, dialect) == [entry.word]


@every_dialect
def test_nothing_counts_as_checked_until_a_local_has_checked_it(dialect):
    assert not load_dialects()[dialect].reviewed
    assert not any(found.reviewed for e in load_dialects()[dialect].entries for found in gloss(e.example, dialect))


@every_dialect
def test_a_gloss_says_where_the_word_stands_and_leaves_the_rest_as_it_is(dialect):
    text = "，".join(entry.example for entry in load_dialects()[dialect].entries)
    found, rest, at = gloss(text, dialect), "", 0
    for one in found:
        assert at <= one.start < one.end
        rest += text[at : one.start] + text[one.start : one.end]
        at = one.end
    assert rest + text[at:] == text


# ------------------------------------------------------------------ finding words


def test_the_longest_word_wins():
    assert words("细娃儿落水了", "sichuan") == ["细娃儿"]
    assert words("佢哋霸地", "cantonese") == ["佢哋", "霸地"]


def test_a_word_is_found_in_what_a_recogniser_wrote_instead():
    found = gloss("我五头漏雨", "sichuan")
    assert [(one.start, one.end, one.word, one.means) for one in found] == [(1, 3, "屋头", "家里")]


def test_a_longer_word_is_found_by_the_sounds_that_its_dialect_does_not_tell_apart():
    assert words("我克西头痛", "sichuan") == ["克膝头"]
    assert words("我刻席头痛", "sichuan") == ["克膝头"]
    assert words("我刻席头痛", "henan") == []
    assert load_dialects()["sichuan"].folded("zhang") == load_dialects()["sichuan"].folded("zang")
    assert load_dialects()["wu"].folded("nong") != load_dialects()["wu"].folded("zong")


def test_of_a_caller_without_a_known_dialect_only_what_is_unmistakable_is_glossed():
    assert words("屋头漏雨，村里冇水") == ["屋头", "冇"]
    assert words("我老汉走不动") == []  # a father in Sichuan, an old man in Shaanxi
    assert words("我老汉走不动", "sichuan") == ["老汉"]
    assert words("佗占了我的田") == []  # also a part of Mandarin names
    assert words("佗占了我的田", "hunan") == ["佗"]
    assert words("我五头漏雨") == []
    assert words("我老汉走不动", "martian") == []


@pytest.mark.parametrize("dialect", ["mandarin", "hubei", "hunan", "henan", "wu", "sichuan"])
def test_a_word_is_not_found_inside_another_of_mandarin(dialect):
    text = "什么时候修路，怎么样了，还没得到补贴，半年时间了，打破伤风针，如何解决，什么事都不管"
    assert words(text, dialect) == []


def test_a_text_is_put_into_mandarin_for_understanding():
    assert in_mandarin("屋头漏雨，冇水", "hunan") == "家里漏雨，没水"
    assert in_mandarin("", "hunan") == ""
    assert in_mandarin("😀 abc 路灯坏了") == "😀 abc 路灯坏了"


# ------------------------------------------------------------------ broken files

FILE = {"name": "试话", "where": "清水村", "reviewed": False, "near": {"initials": [["n", "l"]], "finals": []}}
ENTRY = {"word": "屋头", "means": "家里", "about": "house", "example": "屋头漏雨。"}


def refusal(tmp_path, *entries, **fields):
    path = tmp_path / "test.yaml"
    path.write_text(yaml.safe_dump(FILE | {"entries": list(entries)} | fields, allow_unicode=True), encoding="utf-8")
    with pytest.raises(DialectUnusable) as refused:
        read_dialect(path)
    assert "\n" not in str(refused.value)
    assert str(refused.value).startswith("test.yaml")
    return str(refused.value)


@pytest.mark.parametrize(
    ("broken", "says"),
    [
        ({"means": ""}, "means is missing"),
        ({"example": "家里漏雨。"}, "does not hold the word"),
        ({"about": "stars"}, "about must be one of people"),
        ({"about": None}, "about must be one of people"),
        ({"misheard": "五头"}, "must be lists"),
        ({"misheard": ["五"]}, "one character"),
        ({"not_in": ["别的"]}, "must be longer"),
        ({"ambiguous": "perhaps"}, "yes or no"),
        ({"meaning": "家里"}, "does not know meaning"),
    ],
)
def test_a_broken_entry_is_refused_with_its_file_number_and_word(tmp_path, broken, says):
    said = refusal(tmp_path, ENTRY, ENTRY | {"word": "冇", "example": "冇水。"} | broken)
    assert "entry 2 (冇)" in said
    assert says in said


def test_a_word_or_mishearing_that_is_there_twice_is_refused(tmp_path):
    assert "屋头 is there already" in refusal(tmp_path, ENTRY, ENTRY)
    other = {"word": "屋投", "means": "x", "about": "house", "example": "屋投"}
    assert "屋投 is there already, with 屋头" in refusal(tmp_path, ENTRY | {"misheard": ["屋投"]}, other)


def test_an_entry_without_a_word_and_a_file_without_its_fields_are_refused(tmp_path):
    assert "entry 1: needs a word" in refusal(tmp_path, {"means": "家里"})
    assert "needs exactly name" in refusal(tmp_path, ENTRY, colour="red")
    assert "reviewed must be yes or no" in refusal(tmp_path, ENTRY, reviewed="soon")
    assert "near needs" in refusal(tmp_path, ENTRY, near={"initials": [["n"]], "finals": []})


def test_what_is_not_yaml_is_refused(tmp_path):
    path = tmp_path / "test.yaml"
    path.write_text("name: [", encoding="utf-8")
    with pytest.raises(DialectUnusable, match="not readable"):
        read_dialect(path)


def test_a_further_dialect_is_one_further_file(tmp_path):
    shutil.copy(FOLDER / "wu.yaml", tmp_path / "huizhou.yaml")
    assert list(load_dialects(tmp_path)) == ["huizhou"]


def test_every_subject_has_a_chinese_name():
    assert all("一" <= sign <= "鿿" for name in ABOUT.values() for sign in name)

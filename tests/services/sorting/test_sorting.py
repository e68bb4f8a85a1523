"""Matters are sorted from day one and better once learnt; wrong characters do little harm; words are shown."""

import io
import random

import numpy as np
import pytest

from app.services.sorting import asks, cold_start, taxonomy
from app.services.sorting.categories import CategoriesUnusable, read_categories
from app.services.sorting.classifier import Sorter
from app.services.sorting.learnt_weights import ModelUnusable, from_bytes, to_bytes
from app.services.sorting.ngrams import Document, counted, misheard, signs, sounds
from app.services.sorting.training import CannotLearn, fit
from app.services.sorting.triage import propose
from ivr.sound import spoken, toneless

DAY_ONE = {
    "小区物业不修电梯，业委会不管": "城乡建设/住房保障与房地产",
    "工厂排污水臭得很": "环境保护/环境污染",
    "快递一直不送到村里": "交通运输/邮政管理",
    "学校违规补课收补课费": "教育文体",
    "老板拖欠工资三个月": "劳动和社会保障/工资福利",
    "医院收费太贵，医生态度差": "卫生计生",
    "旅行社强制购物": "商贸旅游/旅游管理",
    "宽带老是断网": "科技与信息产业/电信",
    "户口迁不过来": "政法/户籍证件",
    "低保被取消了": "民政/社会救助",
    "征地款没有发": "国土资源/土地征收",
    "水渠坏了没法灌溉": "农村农业/水利水电",
}
# what two made-up desks decided; the words are in no list
KINDS = {
    "科技与信息产业": ["塔罗机显示屏花了", "塔罗机按键失灵", "新的塔罗机不会用", "塔罗机装在哪里", "修塔罗机的人不来"],
    "民政": ["琉璃节的米没有领到", "琉璃节名单漏了我", "琉璃节什么时候登记", "琉璃节的油少了", "没有通知琉璃节"],
}


def learnt() -> Sorter:
    texts = [(Document(text), top) for top, said in KINDS.items() for text in said] * 20
    return Sorter(fit([document for document, _ in texts], [top for _, top in texts]))


@pytest.mark.parametrize(("said", "node"), DAY_ONE.items())
def test_a_matter_is_sorted_before_anybody_has_taught_the_desk(said, node):
    found = Sorter().sort(Document(said))
    assert found.topic.startswith(node)
    assert found.topic in taxonomy.topics()
    assert found.because
    assert all(word in said for word in found.because)


@pytest.mark.parametrize("said", ["谢谢你们", "", "12345", "hello", "😀", "天下雨了"])
def test_what_says_nothing_is_put_nowhere(said):
    found = Sorter().sort(Document(said))
    assert (found.topic, found.because) == ("", ())


def test_a_word_with_wrong_characters_of_the_same_sound_is_known():
    assert Sorter().sort(Document("滴保怎么还没有发")).topic.startswith("民政/社会救助")
    assert "滴保" in Sorter().sort(Document("滴保怎么还没有发")).because


def test_what_is_never_meant_is_no_word_of_a_category():
    assert Sorter().sort(Document("我有点事")).topic == ""  # sounds like 电视


def test_words_that_nobody_knew_are_learnt_from_decisions_and_shown():
    before, after = Sorter().sort(Document("塔罗机又坏了")), learnt().sort(Document("塔罗机又坏了"))
    assert before.top != "科技与信息产业"
    assert after.top == "科技与信息产业"
    assert any("塔罗" in word or "罗机" in word for word in after.because)
    assert all(word in "塔罗机又坏了" for word in after.because)


def test_what_was_learnt_is_known_by_its_sound():
    assert learnt().sort(Document("刘离节发米")).top == "民政"


def test_a_category_without_examples_is_still_proposed():
    assert learnt().sort(Document("快递丢件")).top == "交通运输"


def test_one_category_cannot_be_learnt():
    with pytest.raises(CannotLearn):
        fit([Document("停水"), Document("没水")], ["城乡建设", "城乡建设"])


def test_what_was_learnt_comes_back_from_its_file_as_it_was():
    kept = learnt().learnt
    (again,) = from_bytes(to_bytes([kept]))
    assert again.labels == kept.labels
    assert again.score(counted(Document("塔罗机坏了"))) == kept.score(counted(Document("塔罗机坏了")))


def objects() -> bytes:
    out = io.BytesIO()
    np.savez(out, sounds=np.array([{"a": 1}], dtype=object), allow_pickle=True)
    return out.getvalue()


@pytest.mark.parametrize("content", [b"", b"no such file", to_bytes([])[:200], objects()])
def test_a_file_that_is_no_model_is_refused_and_nothing_in_it_is_run(content):
    with pytest.raises(ModelUnusable):
        from_bytes(content)


def test_misheard_characters_keep_their_sound_and_nothing_else_changes():
    text = "清水村三组的路灯坏了三天，晚上老人看不见"
    wrong = misheard(text, 0.2, random.Random(1))
    changed = [(a, b) for a, b in zip(text, wrong, strict=True) if a != b]
    assert len(changed) == round(0.2 * len(signs(text).replace("|", "")))
    assert all(toneless(spoken(a)[0]) == toneless(spoken(b)[0]) for a, b in changed)
    assert wrong == misheard(text, 0.2, random.Random(1))


def test_a_text_and_its_sounds_are_of_one_length():
    assert len(sounds(signs("路灯A3坏了。"))) == len(signs("路灯A3坏了。"))
    assert sounds("公里") == sounds("功力") != sounds("公路")


# ------------------------------------------------------------------------------------------ proposals


def test_a_proposal_names_place_in_the_taxonomy_department_ask_and_urgency():
    found = propose([], "请问快递怎么不送到村里")
    assert found.topic.startswith("交通运输/邮政管理")
    assert (found.category, found.department) == ("其他", taxonomy.department_of(found.topic))
    assert (found.ask, found.urgency) == ("咨询", "inquiry")
    assert (found.say, found.sure) == ("", False)


def test_an_everyday_category_is_filed_where_its_words_point():
    assert propose([], "卫生室没有医生").topic == "卫生计生/医政监管/村医和卫生室"
    assert propose([], "医保报销不了").topic.startswith("劳动和社会保障/")


def test_what_was_learnt_may_overrule_an_everyday_word_which_is_then_not_said_back():
    said = "塔罗机的路灯"
    assert propose([], said).category == "路灯照明"
    found = propose([], said, sorter=learnt())
    assert found.topic.startswith("科技与信息产业/")
    assert (found.say, found.sure) == ("", False)


@pytest.mark.parametrize(
    ("said", "ask"),
    [
        ("请问低保怎么申请", "咨询"),
        ("办残疾证要什么材料", "咨询"),
        ("我要举报村长贪污", "举报"),
        ("有人半夜偷排黑水", "举报"),
        ("卫生院态度太差，我要投诉", "投诉"),
        ("物业乱收费没人管", "投诉"),
        ("建议多装几盏路灯", "建议"),
        ("能不能增加一班车", "建议"),
        ("感谢镇干部帮我修好水管", "表扬"),
        ("路灯坏了，请派人来修", "求助"),
        ("灯", "求助"),
    ],
)
def test_what_a_caller_wants_is_read_from_how_it_is_said(said, ask):
    found = asks.ask(said)
    assert found.name == ask
    assert found.because in said


@pytest.mark.parametrize(
    ("said", "urgency"),
    [
        ("我家着火了", "emergency"),
        ("全村停水三天了", "utility"),
        ("水费太高", "ordinary"),
        ("请问水费怎么交", "inquiry"),
        ("路灯坏了", "ordinary"),
    ],
)
def test_danger_comes_first_then_what_everybody_goes_without(said, urgency):
    assert propose([], said).urgency == urgency


# ------------------------------------------------------------------------------------------ files


def test_the_shipped_files_fit_together():
    assert {"城乡建设/城市建设和市政管理/路灯照明", "农村农业/水利水电/农村饮水"} <= set(taxonomy.topics())
    assert all(taxonomy.department_of(topic) for topic in taxonomy.topics())


HEAD = "一级分类\t二级分类\t三级分类\t来源\n"


@pytest.mark.parametrize(
    ("read", "written", "complaint"),
    [
        (taxonomy.read_taxonomy, "一级,二级\n", "first line"),
        (taxonomy.read_taxonomy, HEAD + "甲\t乙\n", "line 2: three names"),
        (taxonomy.read_taxonomy, HEAD + "甲\t乙\t丙/丁\n", "line 2.*slash"),
        (taxonomy.read_taxonomy, HEAD + "甲\t乙\t丙\n甲\t乙\t丙\t自加\n", "line 3: 甲/乙/丙 is there twice"),
        (taxonomy.read_taxonomy, HEAD + "甲\t乙\t丙\t别人\n", "line 2: the fourth column"),
        (taxonomy.read_departments, "城乡建设: 村建办\n", "党政务|党务政务 has no department"),
        (taxonomy.read_departments, "登月: 村建办\n", "no category 登月"),
        (taxonomy.read_departments, "- 城乡建设\n", "category: department"),
        (cold_start.read_seeds, "登月: {总: [月亮]}\n", "登月"),
        (cold_start.read_seeds, "城乡建设: {登月: [月亮]}\n", "城乡建设/登月"),
        (cold_start.read_seeds, "城乡建设: {总: [lamp]}\n", "Chinese characters"),
        (asks.read_asks, "- {name: 咨询, patterns: [请问]}\n", "each of"),
        (asks.read_asks, "\n".join(f"- {{name: {n}, patterns: ['(']}}" for n in asks.ASKS), "cannot be read"),
        (asks.read_urgency, "utility: {topics: [登月], patterns: [停水]}\n", "登月"),
        (asks.read_urgency, "utility: {topics: []}\n", "list of patterns"),
        (read_categories, "- {name: 其他, say: 事, department: 办, words: [], topics: [登月]}\n", "entry 1.*登月"),
    ],
)
def test_a_file_that_cannot_work_is_refused_in_one_sentence(tmp_path, read, written, complaint):
    file = tmp_path / "broken"
    file.write_text(written, encoding="utf-8")
    refusals = (taxonomy.TaxonomyUnusable, cold_start.SeedsUnusable, asks.AsksUnusable, CategoriesUnusable)
    with pytest.raises(refusals, match=complaint) as refused:
        read(file)
    assert "\n" not in str(refused.value)

"""What is said in dialect is understood, and kept as it was said."""

import pytest

from app.services.sorting.triage import propose
from tests.make import GRANDMA

SAID = [
    ("sichuan", "我们三组没得水吃", "供水"),
    ("sichuan", "我们组莫得电", "供电"),
    ("sichuan", "苞谷遭吃光了，找哪个", "农技病虫"),
    ("sichuan", "茅斯满了没人掏", "环境卫生"),
    ("henan", "他喝了酒就噘人", "邻里纠纷"),
    ("henan", "玉蜀黍旱死了", "农技病虫"),
    ("shandong", "棒子卖不出去", "农技病虫"),
    ("northeast", "苞米叫啥玩意儿啃了", "农技病虫"),
    ("northeast", "茅楼满了", "环境卫生"),
    ("shaanxi", "两家天天骂仗", "邻里纠纷"),
    ("hunan", "佗天天在我门口相骂", "邻里纠纷"),
    ("hunan", "我们组冇得水了", "供水"),
    ("hubei", "隔壁屋和我天天骂架", "邻里纠纷"),
    ("jianghuai", "茅缸臭死人", "环境卫生"),
    ("cantonese", "成条村冇电", "供电"),
    ("cantonese", "街灯冇咗", "路灯照明"),
    ("cantonese", "老板三个月未出人工", "拖欠工资"),
    ("cantonese", "睇病好贵", "医疗医保"),
    ("wu", "工钿拖了半年", "拖欠工资"),
    ("wu", "村里呒没水", "供水"),
    ("hakka", "圳沟堵了", "农技病虫"),
    ("hokkien", "阮兜无水三工了", "供水"),
    ("hokkien", "粪埽无人收", "环境卫生"),
    ("mandarin", "我们村冇水三天了", "供水"),
]


@pytest.mark.parametrize(("dialect", "said", "category"), SAID)
def test_a_matter_told_in_dialect_is_understood(dialect, said, category):
    assert propose([], said, dialect=dialect).category == category


def test_a_meaning_alone_does_not_make_an_unsure_transcript_sure():
    assert not propose([], "街灯冇咗", confidence=0.3, dialect="mandarin").sure
    assert propose([], "路灯冇咗", confidence=0.3, dialect="mandarin").sure


def test_a_text_in_dialect_opens_a_case_with_its_proposal_and_stays_as_it_was_texted(town):
    town.text("清水村冇水三日喇", caller=GRANDMA)
    case = town.cases()[0]
    assert case.text == "清水村冇水三日喇"
    assert case.proposal.category == "供水"

"""A text is a query, an addition, a cry for help with the service, a stop, a resume, or (mostly) a matter."""

import pytest

from ivr.understand import SURE, has_words, intent

MEANT = {
    "status": [
        "查", "查。", " 查 ", "查询", "查一下", "请查一下", "帮我查查", "进度", "进度？", "怎么样了",
        "怎么样了？？",
        "我的事怎么样了", "办得怎么样了", "处理得咋样了", "咋样了", "有结果了吗", "有没有结果",
        "到哪一步了", "cha", "CHA",
        "Cha Xun", "jindu", "jin du", "zenmeyangle", "ｃｈａ", "進度", "查詢", "怎麼樣了", "进渡", "金度",
        "茶询", "查寻",
        "查 1234", "查1234", "查 编号 1234", "1234 怎么样了", "cha 1234", "查询１２３４", "查一二三四",
        "上次反映的路灯怎么样了", "我反映的事有结果了吗", "查一下我的编号", "编号1001", "1001进度",
        "催一下", "催", "怎么还没人来", "咋还没人来", "还没修好", "还没办好", "好了没", "好了吗？", "什么时候来修",
        "什么时候来",
        "进度怎么样", "1234", "１２３４", "修好了吗", "修好了没有", "修好没得", "修好了？", "xiuhaolema",
        "帮忙查询下进度", "办得怎么样啦", "咋整了", "办好了没有",
    ],
    "add": [
        "加 坏了两盏", "加：是三组不是四组", "加,还有一盏", "加\n还有水沟", "补充 是三组", "补充：电话是白天打",
        "补充一下，是三组", "我要补充 灯杆也歪了", "我补充一下是三组", "加一句，晚上也没有水",
        "jia huai le liang zhan",
        "加坏了两盏灯", "加柴房也漏了", "补充柴房也漏了", "加路灯", "再加两盏灯", "加大门也坏了",
        "＋ 还有一盏", "追加：还有一盏", "補充 是三組", "加",
    ],
    "help": [
        "帮助", "幫助", "帮助。", "bangzhu", "bang zhu", "?", "？", "？？", "help", "HELP", "怎么用",
        "使用说明", "帮住",
    ],
    "stop": [
        "停", "停。", "停！", "退订", "退订。", "TD", "td", "T", "Ｔ", "ting", "tuiding", "STOP", "停止",
        "退定", "退訂",
        "别发了", "请不要再给我发短信了", "不要再发了", "停止短信", "我不想收短信了",
    ],
    "fixed": [
        "不用了", "不用了，谢谢", "算了", "取消", "撤销", "修好了谢谢", "修好了，谢谢你们", "已经修好了", "已经解决了",
        "弄好了",
        "来电了", "来水了！", "好了", "修好啦", "xiuhaole", "谢谢，已经修好了", "路灯修好了，谢谢", "办好了",
    ],
    "me_too": ["我也是", "我也是。", "我家也是", "我们家也是的", "对，我也是", "加我一个", "算我一户", "woyeshi"],
    "person": [
        "人工", "找人", "转人工", "我要找人", "给我打电话", "请给我打电话", "回电话", "打给我",
        "你好，找人", "zhuanrengong",
    ],
    "hello": ["你好", "您好！", "在吗", "请问在吗？", "在不在", "有人吗", "喂", "喂，你好", "你们好", "nihao", "hello"],
    "thanks": [
        "谢谢", "谢谢你们", "多谢", "感谢", "收到", "收到，谢谢", "好", "好的", "好的呀", "好嘞", "嗯", "行", "行啊",
        "晓得了",
        "知道了", "是", "对", "好的，知道了", "xiexie", "OK",
    ],
    "resume": ["恢复", "恢復", "huifu", "hui fu", "请恢复", "恢复短信", "回复"],
}  # fmt: skip

MATTERS = [
    "停电三天了", "停水了", "停了", "停车场收费太贵", "停课通知没收到", "停止施工", "停工三个月没发工资",
    "别停电了",
    "亭子坏了", "听不见", "路灯查一下没亮", "请查一下村里的账", "检查井盖", "查水表的没来", "查处砂厂",
    "茶叶卖不出去",
    "加工厂排污", "加油站漏油", "加装电梯", "加高堤坝", "加班费没发", "加强巡逻", "加大力度查", "加拿大退货",
    "家里漏水",
    "家 里漏水",
    "补充医疗保险怎么交", "补充养老保险", "你好，路灯坏了", "谢谢你们把路修好，又坏了", "路灯没修好", "修好的路又坏了",
    "修好了又坏了", "好人好事要登记", "来电话没人接", "没来水", "收到假钱了", "找人修路灯", "打电话没人接",
    "有人偷水管",
    "人工湖漏水", "什么时候来修清水村的路", "不行", "补充耕地指标", "帮助老人", "帮助残疾人申请补贴", "请帮帮我家修路",
    "帮帮我",
    "恢复供电要多久",
    "恢复通车没有", "恢复供水", "退订单的钱没退", "退耕还林补贴", "退伍军人优抚", "怎么办理低保",
    "进度太慢了，修路的",
    "结果出来了，还是没水", "路灯坏了三天，什么时候能修好", "清水村三组路灯坏了三天",
    "不要再往河里倒垃圾了", "别发霉了的米还卖",
    "桥怎么样都不修", "村里的低保评得不公", "查干湖村路不通", "12", "123", "+8619900000001", "", "。。。",
    "😀", "asdfgh",
    "我也是农民，低保怎么办", "我家也停水了",
    "加急", "加快办理", "查账", "怎么样才能办低保", "说明情况", "回复收到", "帮助中心",
    "家里老屋漏雨 清水村三组", "短信收不到", "补助款没到", "jia", "T恤厂排污", "听说要修路",
]  # fmt: skip


@pytest.mark.parametrize(("name", "said"), [(name, said) for name, texts in MEANT.items() for said in texts])
def test_what_is_meant_is_understood_however_it_is_typed(name, said):
    meant = intent(said)
    assert meant is not None
    assert meant.name == name


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        ("1", "1"), ("２。", "2"), ("回 5", "5"), ("回复3", "3"), ("满意", "g2"), ("很满意谢谢", "g1"),
        ("基本满意", "g3"), ("不满意", "g4"), ("我非常不满意", "g5"), ("一般", "g3"), ("6", ""), ("12", ""),
        ("1组停水", ""),
        ("不满意村里的账", ""),
    ],
)  # fmt: skip
def test_an_answer_to_the_hotlines_question_is_the_whole_text_or_none(said, verdict):
    meant = intent(said)
    assert (meant.verdict if meant else "") == verdict


@pytest.mark.parametrize("said", [said for said in MATTERS if said != "jia"])
def test_a_matter_is_no_command(said):
    assert intent(said) is None


@pytest.mark.parametrize(
    "said", ["1234", "1234。", "查 1234", "查1234", "cha 1234", "1234 怎么样了", "查询１２３４", "查一二三四"]
)
def test_a_query_may_name_its_case(said):
    assert intent(said).number == "1234"


@pytest.mark.parametrize(
    ("said", "rest"),
    [
        ("加 坏了两盏", "坏了两盏"),
        ("加：是三组，不是四组。", "是三组，不是四组。"),
        ("我补充一下是三组", "是三组"),
        ("补充一下，是三组", "是三组"),
        ("jia huai le", "huai le"),
        ("加", ""),
        ("加柴房也漏了", "柴房也漏了"),
        ("补充柴房也漏了", "柴房也漏了"),
        ("加 第一行\n第二行", "第一行\n第二行"),
    ],
)
def test_an_addition_is_what_follows_the_keyword(said, rest):
    assert intent(said).rest == rest


def test_a_keyword_inside_a_sentence_is_less_sure_than_one_alone():
    assert intent("查").confidence == 1.0
    assert intent("上次反映的路灯怎么样了").confidence < SURE
    assert intent("加柴房也漏了").confidence < SURE
    assert intent("路灯修好了").confidence < SURE


def test_a_stop_must_sound_exactly_right_because_a_false_one_silences_us():
    assert intent("退定").name == "stop"
    assert intent("亭子") is None
    assert intent("不要哈") is None  # near 不要发 where f and h are one
    assert intent("听") is None


def test_pictures_signs_and_figures_say_nothing():
    assert not any(has_words(text) for text in ("", " ", "😀👍", "？！", "123", "🇨🇳", "asdfgh", "Qwrt.", "x"))
    assert all(has_words(text) for text in ("路", "lu", "ludenghuaile", "no water here", "ياردەم", "路😀"))


def test_a_very_long_text_is_a_matter_and_costs_little():
    assert intent("查" * 1600) is None
    assert intent("加 " + "水" * 1600).name == "add"

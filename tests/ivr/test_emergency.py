"""Danger is heard however it is said; an ordinary rural matter rings no alarm."""

import pytest

from ivr.understand import emergency

DANGER = {
    "fire": [
        "我家着火了快来人",
        "隔壁起火了",
        "山上失火了，烧得好凶",
        "电表冒烟了",
        "房子烧起来了",
        "灶屋燃起来了，快来人哦",
        "起火哒起火哒",
        "清水村三组着了火",
        "著火了快救人",
        "家里找火了",
        "山火烧过来了",
        "变压器炸了，还在冒火",
        "房子着起来了",
        "有人放火",
    ],
    "gas": ["煤气泄漏了", "屋里天然气漏了好大的味"],
    "poison": [
        "我妈喝农药了",
        "老汉喝了敌敌畏",
        "娃娃吃了老鼠药",
        "一家人吃蘑菇中毒了",
        "她喝农耀了",
        "她喝龙药了",
        "她把百草枯喝了",
        "怕是煤气中毒了",
        "他喝了半瓶农药",
        "她把除草剂喝了",
    ],
    "collapse": [
        "房子塌了",
        "老屋垮了，人还在里头",
        "后山滑坡了，有人被埋",
        "墙倒了，压到人了",
        "泥石流下来了",
        "房梓踏了",
        "桥塌了",
    ],
    "flood": [
        "发大水了",
        "花大水了",
        "村子淹了，人困在屋顶",
        "我们家遭水淹了",
        "有娃儿掉河里了",
        "水库要决堤了",
        "小孩溺水了",
        "老人掉进井里了",
    ],
    "violence": [
        "有人拿刀砍人",
        "我男人打我，打得好凶",
        "他要杀我",
        "隔壁家暴，快来",
        "村口打架打死人了",
        "救命啊",
        "有人要拐走孩子",
        "他拿着菜刀来了",
    ],
    "suicide": ["我不想活了", "她要上吊", "有人要跳楼", "活着没意思，想死", "他要跳河", "我活不下去了"],
    "accident": ["路口出车祸了", "三轮车翻到沟里了", "有人被车撞了", "撞死人了", "车翻沟里了"],
    "medical": [
        "我妈晕倒了",
        "老头子喘不上气",
        "他昏过去了叫不醒",
        "有人触电了",
        "媳妇要生了，血流不止",
        "被蛇咬了",
        "老人摔倒了起不来",
        "爷爷快不行了",
        "孩子卡住了喉咙",
    ],
    "missing": [
        "我妈有老年痴呆，早上出去到现在没回来",
        "我家老人走丢了",
        "孩子不见了",
        "娃儿不见了，找了一晚上",
        "孙女放学没回家",
        "我妈走失两天了",
    ],
}

IN_DIALECT = {
    "fire": [
        "屋企着火喇",
        "间屋烧着咗",
        "隔篱屋火烛",
        "火烧厝啊，紧来",
        "厝着火，紧来",
        "屋头烧燃了",
        "房子遭火烧了",
        "屋里起火哒",
        "火烧屋了",
        "灶屋着火咧",
        "俺家着火了",
        "厨房起火喇",
    ],
    "medical": [
        "我妈绊倒了，喊不答应",
        "我婆婆跶倒哒，起不来",
        "阿公昏去，叫袂醒",
        "我老豆晕低咗",
        "我阿妈跌亲，起唔到身",
        "老汉儿出不赢气",
        "我妈喘唔到气",
        "爹爹厥过去了",
        "俺爹背过气了",
        "俺娘昏死过去了",
        "我老婆就快生，流好多血",
        "我阿公袂喘气",
        "娃儿遭电打到了",
        "俺娃叫长虫咬咧",
        "细人畀蛇咬到",
    ],
    "violence": [
        "有人斩人",
        "佢揸刀斩人",
        "两公婆打交，打到出血",
        "伊提刀欲刣人",
        "有人相杀",
        "他们两个打捶",
        "我男的捶我",
        "有人打相打",
        "有人相拍，见血了",
    ],
    "poison": [
        "我女客喝农药哒",
        "我老婆饮咗农药",
        "伊啉农药",
        "佢食咗老鼠药",
        "媳妇呷农药哒",
    ],
    "suicide": [
        "佢要跳楼",
        "我唔想活喇",
        "我活不起了，不想活哒",
        "佢话要吊颈",
        "伊欲吊脰",
    ],
    "missing": [
        "我个仔唔见咗",
        "细路唔见咗",
        "囡仔无看见",
        "小囡勿见了",
        "细伢子不见哒",
        "俺娘走丢咧",
        "碎娃寻不着咧",
        "阿婆唔见咗成日",
    ],
    "flood": [
        "细路跌落河",
        "细伢子跌到塘里去了",
        "囡仔跋落水",
        "小囡落到河里了",
        "娃儿绊到堰塘头去了",
        "水浸到屋入面，人走唔甩",
        "做大水了",
    ],
    "collapse": [
        "屋冧咗",
        "间屋冧咗，压住人",
        "厝倒去，压着人",
        "窑塌咧",
        "屋崩了，人压住了",
        "屋倒哒",
    ],
    "accident": [
        "架车撞亲人",
        "有人畀车撞倒",
        "车翻到坎脚去了",
    ],
}

ORDINARY = [
    "清水村三组路灯坏了三天",
    "买灭火器找谁",
    "火车站到村里没有班车",
    "镇上火锅店油烟大",
    "打电话没人接",
    "水淹了菜地，能不能赔",
    "大水淹了我家三亩稻子",
    "下水道堵了，路面被水淹了",
    "消防通道被占了",
    "电线老化容易着火，来看看",
    "怕着火，请清理柴垛",
    "火灾隐患没人管",
    "打人工电话打不通",
    "停电三天了",
    "加工厂排污",
    "帮助老人办低保",
    "低保申请交了三个月没有消息",
    "合作医疗报销怎么报",
    "心脏病门诊慢病怎么办理",
    "村里的路什么时候修",
    "自来水三天没来了",
    "水管漏水",
    "垃圾没人收，臭得很",
    "邻居占了我家宅基地",
    "养猪场臭，晚上睡不着",
    "给果树打农药味道大",
    "卖假农药",
    "敌敌畏在哪里买",
    "猪走丢了两头",
    "身份证丢了怎么补",
    "老人的社保卡找不到了",
    "手机信号不行了",
    "水泵不行了",
    "打印机坏了",
    "跳楼价甩卖吵人",
    "路面塌陷了一个坑",
    "砖厂冒烟，呛人",
    "烟囱冒烟呛人",
    "物价上调太快",
    "房顶漏水，下雨进水",
    "牛中毒死了，保险赔不赔",
    "防洪堤什么时候修",
    "小学食堂的饭菜质量差",
    "去年房子塌了，补助还没发",
    "去年发大水的补偿没到",
    "找不到人办手续",
    "儿子在外打工没回来，办不了证",
    "请求消防来检查",
    "放烟花吵得睡不着",
    "被打断了好几次话，态度不好",
    "河里流红水",
    "教师伙食补助没发",
    "找活干，有没有工作",
    "这车货谁收",
    "路口容易出车祸，装个红绿灯",
    "村医卫生室没药",
    "厂子垮了，工资没发",
    "救命药能不能进医保",
    "楼上漏水淹了我家",
    "围墙倒了没人修",
    "秸秆焚烧冒烟",
    "热死人了，没有电",
    "报警没人管",
    "放火炮太吵",
    "坐着火车火急赶来",
    "食品农药残留超标",
    "老人家落雨天漏水",
    "和村干部打交道难",
    "房价崩了",
    "围墙倒哒，没人修",
    "他们互相拍照",
    "老厝欲倒去，来看看",
    "路没得灯，老人天天绊跤",
    "水浸咗我块菜地",
    "细路读书冇车坐",
    "老人寻不到人办低保",
    "你好",
    "",
    "😀😀",
]


MISHEARD = [  # patterns are known by their sound too, and a wrong character in the middle does no harm
    "老人倒载地上不动了",
    "有人被车鸦断了腿",
    "校车番到沟里了",
    "他把我锁再屋里不让我出去",
    "孙女掉紧水塘里了",
]


@pytest.mark.parametrize("said", MISHEARD)
def test_danger_told_in_patterns_is_heard_through_wrong_characters(said):
    assert emergency(said) is not None


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, texts in DANGER.items() for said in texts])
def test_danger_is_heard_and_its_kind_known(kind, said):
    found = emergency(said)
    assert found is not None
    assert found.kind == kind
    assert found.number in ("110", "119", "120", "122")
    assert found.heard


@pytest.mark.parametrize(("kind", "said"), [(kind, said) for kind, texts in IN_DIALECT.items() for said in texts])
def test_danger_told_in_dialect_is_heard(kind, said):
    found = emergency(said)
    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize("said", ORDINARY)
def test_an_ordinary_matter_rings_no_alarm(said):
    assert emergency(said) is None


def test_the_lists_are_long_enough_to_mean_something():
    assert sum(len(texts) for texts in DANGER.values()) >= 50
    assert len(ORDINARY) >= 50


def test_what_was_heard_is_shown_as_it_was_transcribed():
    found = emergency("房梓踏了")
    assert (found.word, found.heard) == ("房子塌", "房梓踏")


def test_two_sentences_do_not_make_one_word():
    assert emergency("我们在等着。火车几点来") is None

"""What a text is taken to be about, where, and whether that is said back: sentences as people say and type them."""

import pytest

from app.models import Village
from app.services.sorting.categories import CategoriesUnusable, categories, read_categories
from app.services.sorting.triage import propose

VILLAGES = [
    Village(name="清水村", aliases=["清水", "清水河村"], groups=6),
    Village(name="石桥村", aliases=["石桥"], groups=5),
    Village(name="柳树湾村", aliases=["柳树湾", "柳湾"], groups=4),
    Village(name="大坑村", aliases=["大坑"], groups=3),
]

# sentence | category | place | whether it is said back
SAID = """
清水村三组路灯坏了三天 | 路灯照明 | 清水村三组 | yes
路灯老是闪 | 路灯照明 | | yes
我家门口的灯老是闪 | 路灯照明 | | yes
村口没有灯晚上看不见 | 路灯照明 | | yes
路登坏了 | 路灯照明 | | no
灯不明好久了 | 路灯照明 | | yes
石桥村的路灯不亮 | 路灯照明 | 石桥村 | yes
路上有坑，车都翻了 | 道路桥梁 | | yes
我们这的路坑坑洼洼的 | 道路桥梁 | | yes
桥垮了过不去 | 道路桥梁 | | yes
桥上的栏杆断了 | 道路桥梁 | | yes
村头的小桥要修一下 | 道路桥梁 | | yes
石桥村的桥断了 | 道路桥梁 | 石桥村 | yes
大雨把路冲断了 | 道路桥梁 | | yes
山上落石挡路 | 道路桥梁 | | yes
大坑村二组修路什么时候修 | 道路桥梁 | 大坑村二组 | yes
没得水吃三天了 | 供水 | | yes
水停了两天 | 供水 | | yes
井水浑得很 | 供水 | | yes
水塔坏了 | 供水 | | yes
水表转得飞快水费太高 | 供水 | | yes
水管爆了 | 供水 | | yes
清水村停水了 | 供水 | 清水村 | yes
清水三组停水了 | 供水 | 清水村三组 | yes
水管里的清水不清楚 | 供水 | | yes
我们这里莫得电 | 供电 | | yes
电停了一天一夜 | 供电 | | yes
有人偷电 | 供电 | | yes
电线杆要倒了 | 供电 | | yes
电线杆上的电线掉下来 | 供电 | | yes
变压器又烧了 | 供电 | | yes
石桥断电了 | 供电 | 石桥村 | yes
发大水把屋淹了 | 应急救灾 | | yes
后山滑坡 | 应急救灾 | | yes
河堤要决口 | 应急救灾 | | yes
家里老屋漏雨 清水村三组 | 住房安全 | 清水村三组 | yes
房子要塌了 | 住房安全 | | yes
我家墙塌了半边 | 住房安全 | | yes
房顶漏水 | 住房安全 | | yes
屋漏得没法睡 | 住房安全 | | yes
瓦被风吹跑了，想捡瓦 | 住房安全 | | yes
危房改造补贴什么时候给 | 住房安全 | | yes
我身份证号码511002195003041234查下低保 | 低保救助 | | yes
残疾人护理补贴没到账 | 低保救助 | | yes
残疾人补贴咋个办 | 低保救助 | | yes
我男人瘫痪了没人照顾 | 低保救助 | | yes
隔壁张婆婆是孤寡老人，没人照顾 | 低保救助 | | yes
滴保怎么还没有发 | 低保救助 | | no
养老金这个月没到 | 养老保险 | | yes
高龄补贴没收到 | 养老保险 | | yes
老人刷脸认证不会弄 | 养老保险 | | yes
新农合交多少钱 | 医疗医保 | | yes
药店能不能刷医保卡 | 医疗医保 | | yes
我在外打工，娃娃打疫苗去哪 | 医疗医保 | | yes
报消怎么办 | 医疗医保 | | no
住院费报销不了 | 医疗医保 | | yes
种粮补贴没发 | 惠农补贴 | | yes
农机补贴怎么申请 | 惠农补贴 | | yes
征地的补偿款没给 | 土地承包 | | yes
宅基地怎么批 | 土地承包 | | yes
修路占了我家的地 | 土地承包 | | yes
苞谷生虫子了打啥药 | 农技病虫 | | yes
地里全是蝗虫 | 农技病虫 | | yes
野猪拱了我的苞谷 | 农技病虫 | | yes
牛死了两头 | 农技病虫 | | yes
天旱，秧苗都要干死了 | 农技病虫 | | yes
收割机啥时候来 | 农技病虫 | | yes
猪疫苗什么时候打 | 农技病虫 | | yes
冰雹把油菜打坏了 | 农技病虫 | | yes
养猪场臭得很 | 环境卫生 | | yes
臭水沟没人清理 | 环境卫生 | | yes
猪粪堆在路边 | 环境卫生 | | yes
化粪池满了 | 环境卫生 | | yes
河里全是死鱼 | 环境卫生 | | yes
公厕没人打扫 | 环境卫生 | | yes
隔壁把墙砌到我家来了 | 邻里纠纷 | | yes
邻居砍了我家的竹子 | 邻里纠纷 | | yes
老板跑了工钱没给 | 拖欠工资 | | yes
包工头不结钱 | 拖欠工资 | | yes
我想找个公益性岗位 | 就业培训 | | yes
手机没信号 | 通信网络 | | yes
宽带断网好几天 | 通信网络 | | yes
村里喇叭太响 | 通信网络 | | yes
班车不来了 | 交通出行 | | yes
娃娃的学籍转不过来 | 教育上学 | | yes
家里穷娃娃读不起书 | 教育上学 | | yes
结婚证掉了怎么补 | 户口证件 | | yes
孙子要落户 | 户口证件 | | yes
身份证过期了怎么补身份证 | 户口证件 | | yes
村长把低保都给了他亲戚 | 村务公开 | | yes
村里的钱花哪去了账目不公开 | 村务公开 | | yes
我家牛被偷了 | 治安诈骗 | | yes
有人打电话说我中奖了叫我转账 | 治安诈骗 | | yes
他们天天在茶馆赌博 | 治安诈骗 | | yes
有人在山上砍树 | 林业殡葬 | | yes
林权证怎么办 | 林业殡葬 | | yes
老人去世必须火化吗 | 林业殡葬 | | yes
我当兵的优待金没有发 | 退役军人 | | yes
退伍军人有啥政策 | 退役军人 | | yes
独生子女的奖扶金没有到 | 计生奖扶 | | yes
我想打官司 | 法律服务 | | yes
想离婚他不肯 | 法律服务 | | yes
儿子不养我 | 法律服务 | | yes
被狗咬了 | 动物伤人 | | yes
屋檐下有个马蜂窝 | 动物伤人 | | yes
买到假药了 | 消费投诉 | | yes
广场舞的场地 | 文化活动 | | yes
清水村 | 其他 | 清水村 | no
石桥村三组 | 其他 | 石桥村三组 | no
石桥三组的人 | 其他 | 石桥村三组 | no
大坑村一组 | 其他 | 大坑村一组 | no
十桥村三组 | 其他 | 石桥村三组 | no
青水村路灯坏了 | 路灯照明 | 清水村 | yes
我是柳湾的，停电了 | 供电 | 柳树湾村 | yes
柳树湾3组停电 | 供电 | 柳树湾村三组 | yes
清水村三队停电 | 供电 | 清水村三组 | yes
清水村第三组停电 | 供电 | 清水村三组 | yes
清水村第二村民小组停电 | 供电 | 清水村二组 | yes
清水村二社停电 | 供电 | 清水村二组 | yes
清水村十二组停电 | 供电 | 清水村十二组 | yes
清水村三族停电 | 供电 | 清水村三组 | yes
清水村那边停电，我在三组 | 供电 | 清水村三组 | yes
清水不清楚 | 其他 | | no
这清水很甜 | 其他 | | no
我有点事 | 其他 | | no
我想提建议 | 其他 | | no
到底谁管 | 其他 | | no
我就住在这里 | 其他 | | no
我要找村支部 | 其他 | | no
有两种情况 | 其他 | | no
幸好你们来了 | 其他 | | no
他是我徒弟 | 其他 | | no
我要找民政 | 其他 | | no
强烈要求解决 | 其他 | | no
这是昨天发生的 | 其他 | | no
我一生都在这 | 其他 | | no
你好 | 其他 | | no
喂，听得到吗 | 其他 | | no
谢谢你们 | 其他 | | no
村长在不在 | 村务公开 | | no
我在外面打工 | 拖欠工资 | | no
我去过派出所了 | 治安诈骗 | | no
停电了，路灯也不亮 | 路灯照明 | | yes
桥要断了好危险 | 道路桥梁 | | yes
自来水是黄的不能喝 | 供水 | | yes
干了一年活老板不给钱 | 拖欠工资 | | yes
厂里排黑水 | 环境卫生 | | yes
网太慢 | 通信网络 | | yes
路边的树倒了挡住路 | 道路桥梁 | | yes
收到短信说账户有问题要转钱 | 治安诈骗 | | yes
我家孩子是残疾人想问补贴 | 低保救助 | | no
问一下补贴 | 惠农补贴 | | no
还有没有补贴发 | 惠农补贴 | | no
水龙头不出水 | 供水 | | yes
学校门口的路坏了 | 道路桥梁 | | yes
石桥的路断了 | 道路桥梁 | 石桥村 | yes
清水河村没信号 | 通信网络 | 清水村 | yes
清水村一共三组织者停电 | 供电 | 清水村 | yes
清水村五社区停电 | 供电 | 清水村 | yes
冇得电好几天 | 供电 | | yes
路上有个凼凼 | 道路桥梁 | | yes
石桥村的人说清水村三组的路灯坏了 | 路灯照明 | 清水村三组 | yes
停电停水 | 供水 | | no
"""
ROWS = [[cell.strip() for cell in line.split("|")] for line in SAID.strip().splitlines()]


@pytest.mark.parametrize(("sentence", "category", "place", "said_back"), ROWS, ids=[row[0] for row in ROWS])
def test_a_sentence_is_taken_for_what_it_means(sentence, category, place, said_back):
    found = propose(VILLAGES, sentence)
    assert (found.category, found.place, "yes" if found.sure else "no") == (category, place, said_back), found.because


@pytest.mark.parametrize("category", categories(), ids=lambda category: category.name)
def test_every_word_of_a_category_leads_to_it(category):
    for word in category.words:
        found = propose([], f"{word}。")
        assert (found.category, found.sure) == (category.name, True), word


def test_what_is_never_meant_leads_nowhere():
    for category in categories():
        for word in category.never:
            assert propose([], word).category != category.name, word


def test_a_word_beside_its_part_counts_once():
    assert propose([], "电线杆").because == ("电线杆",)


def test_a_mishearing_of_three_characters_is_said_back_only_from_a_sure_transcript():
    assert propose([], "变牙器坏了", confidence=0.99).category == "供电"
    assert propose([], "变牙器坏了", confidence=0.99).sure
    assert not propose([], "变牙器坏了", confidence=0.2).sure


def test_two_characters_that_only_sound_alike_are_never_said_back():
    assert propose([], "低保").sure
    assert not propose([], "滴保", confidence=1.0).sure


def test_several_recordings_of_one_case_are_understood_together():
    found = propose(VILLAGES, "喂你好\n我是清水村三组的\n我们这路灯坏了")
    assert (found.category, found.place, found.sure) == ("路灯照明", "清水村三组", True)


def test_of_two_villages_that_sound_alike_the_written_one_is_meant():
    alike = [Village(name="青水村", aliases=[], groups=3), *VILLAGES]
    assert propose(alike, "清水村停电").village == "清水村"
    assert propose(alike, "青水村停电").village == "青水村"


@pytest.mark.parametrize("text", ["", "。", "😀", "hello", "12345", "\n\n", "水" * 1600])
def test_a_text_that_says_nothing_is_of_no_category(text):
    found = propose(VILLAGES, text)
    assert (found.category, found.say, found.place, found.sure) == ("其他", "", "", False)


@pytest.mark.parametrize(
    ("written", "complaint"),
    [
        (
            "- {name: 甲, say: 甲, department: 办, words: [灯]}\n- {name: 其他, say: 事, department: 办, words: [灯]}",
            "灯 is in 甲",
        ),
        ("- {name: 其他, say: 事, department: 办, words: [], weaks: []}", "entry 1"),
    ],
)
def test_words_that_cannot_work_are_refused(tmp_path, written, complaint):
    file = tmp_path / "categories.yaml"
    file.write_text(written, encoding="utf-8")
    with pytest.raises(CategoriesUnusable, match=complaint):
        read_categories(file)

"""What is said for what is written: one table, read by anybody who speaks Chinese."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speech_models.numerals import (
    case_number_aloud,
    clock_aloud,
    date_aloud,
    key_aloud,
    money_aloud,
    number_aloud,
    phone_aloud,
)
from speech_models.reading import read_aloud

TABLE = """
0 → 零
00 → 零零
007 → 零零七
10 → 十
110个 → 一百一十个
200 → 二百
2000 → 两千
2002个 → 两千零二个
10000 → 一万
20000 → 两万
2万 → 两万
2亿元 → 两亿元
1000000 → 一百万
1234567人 → 一百二十三万四千五百六十七人
1.5 → 一点五
2.0 → 二点零
1.5亩 → 一点五亩
.5 → 零点五
2个 → 两个
2 个 → 两 个
2天 → 两天
12个 → 十二个
102个 → 一百零二个
2个月 → 两个月
2号 → 二号
2月 → 二月
2组 → 二组
2楼 → 二楼
2两 → 二两
2年级 → 二年级
第2天 → 第二天
星期2 → 星期二
每周2次 → 每周两次
20多岁 → 二十多岁
1至2天 → 一到两天
3-5天 → 三到五天
2-3天 → 两到三天
3—5天 → 三到五天
3～5天 → 三到五天
11月23-25日 → 十一月二十三到二十五日
3-5元 → 三到五元
2026-11-23 → 二零二六年十一月二十三日
2026/1/5 → 二零二六年一月五日
2026.1.5 → 二零二六年一月五日
2026-11-23 08:30 → 二零二六年十一月二十三日 八点半
2026-11-23T08:30:00 → 二零二六年十一月二十三日八点半
2026年11月23日 → 二零二六年十一月二十三日
2026年02月05日 → 二零二六年二月五日
11月23日 → 十一月二十三日
2026-11 → 二零二六年十一月
2026-02-30 → 二零二六，零二，三零
2026 → 二零二六
1998年 → 一九九八年
2022-2026年 → 二零二二到二零二六年
98年的房子 → 九八年的房子
干了26年 → 干了二十六年
70年代 → 七十年代
80后 → 八零后
8:30 → 八点半
8:00 → 八点
8:05 → 八点零五分
14:15 → 十四点十五分
2:00 → 两点
0:00 → 零点
8：30 → 八点半
8:30-17:30 → 八点半到十七点半
23:59:59 → 二十三点五十九分五十九秒
8点5分 → 八点零五分
8点30分 → 八点三十分
2点2分 → 两点零二分
2分钟 → 两分钟
25:70 → 二十五比七十
2:1 → 二比一
¥12.50 → 十二元五角
￥3,500 → 三千五百元
12.05元 → 十二元零五分
0.5元 → 五角
2元 → 两元
3,500元 → 三千五百元
1,234,567.89元 → 一百二十三万四千五百六十七元八角九分
1.5万元 → 一点五万元
¥2万 → 两万元
2块钱 → 两块钱
3元/斤 → 三元每斤
0.568元/度 → 零点五六八元每度
120元 → 一百二十元
12.5% → 百分之十二点五
100% → 百分之百
90％以上 → 百分之九十以上
30-50% → 百分之三十到五十
3%-5% → 百分之三到百分之五
5‰ → 千分之五
1/3 → 三分之一
5kg → 五公斤
2 kg → 两公斤
30℃ → 三十摄氏度
-5度 → 零下五度
气温-5度 → 气温零下五度
-5~3℃ → 零下五到三摄氏度
零下-5度 → 零下五度
10亩 → 十亩
100m² → 一百平方米
60km/h → 六十公里每小时
3m×5m → 三米乘五米
三组 → 三组
3组 → 三组
12号 → 十二号
104国道 → 幺零四国道
国道104线 → 国道幺零四线
G318 → G三幺八
301室 → 三零幺室
2-301 → 二杠三零幺
3号楼2单元501 → 三号楼二单元五零幺
13800138000 → 幺三八，零零幺三，八零零零
+86 199 0000 1234 → 幺九九，零零零零，幺二三四
+8619900001234 → 幺九九，零零零零，幺二三四
0735-1234567 → 零七三五，幺二三，四五六七
（0735）1234567 → 零七三五，幺二三，四五六七
07351234567 → 零七三五，幺二三，四五六七
400-123-4567 → 四零零，幺二三，四五六七
12345 → 幺二三四五
请拨12345热线 → 请拨幺二三四五热线
110 → 幺幺零
打119 → 打幺幺九
120 → 幺二零
120个 → 一百二十个
10086 → 幺零零八六
编号26011234 → 编号二六零幺，幺二三四
受理号是123456。 → 受理号是幺二三，四五六。
431022199001011234 → 四三幺零二二，幺九九零，零幺零幺，幺二三四
43102219900101123X → 四三幺零二二，幺九九零，零幺零幺，幺二三X
192.168.1.1 → 一九二点一六八点一点一
按1键，按#键 → 按一键，按井号键
5G网络 → 五G网络
A4纸 → A四纸
WiFi → WiFi
1.修路 2.停水 → 一.修路 二.停水
①停水②停电 → 一停水二停电
３组２户，８：３０停水 → 三组两户，八点半停水
٣个 → 三个
二维码 → 二维码
一五一十 → 一五一十
二〇二六年 → 二〇二六年
""".strip().splitlines()


@pytest.mark.parametrize("line", TABLE)
def test_written_text_is_read_as_people_say_it(line):
    written, spoken = line.split(" → ")
    assert read_aloud(written) == spoken


def test_empty_text_stays_empty():
    assert read_aloud("") == ""


def test_a_whole_message_is_read_in_one_go():
    written = "您好，清水村3组的12户路灯2026年11月23日8:30-11:00检修，补贴1200元，有事打0735-1234567或110。"
    assert read_aloud(written) == (
        "您好，清水村三组的十二户路灯二零二六年十一月二十三日八点半到十一点检修，补贴一千二百元，"
        "有事打零七三五，幺二三，四五六七或幺幺零。"
    )


@given(st.text(alphabet=st.sampled_from("0123456789.,:：-/~%¥元年月日点分号组 个abkgmX#*+度路室第村①９٣"), max_size=40))
def test_any_text_is_read_without_a_digit_left(text):
    assert not any(character.isdecimal() for character in read_aloud(text))


@given(st.text(max_size=60))
def test_no_text_at_all_makes_reading_fail(text):
    read_aloud(text)


def test_very_long_rubbish_is_read_too():
    assert set(read_aloud("1" * 5000 + ".5")) <= set("一点五幺，")
    assert read_aloud("2" + " " * 3000 + "个")


@pytest.mark.parametrize(
    ("yuan", "spoken"),
    [("0", "零元"), ("0.05", "五分"), ("-3.20", "负三元二角"), (Decimal("12.50"), "十二元五角"), (100, "一百元")],
)
def test_money_is_said_in_yuan_jiao_and_fen(yuan, spoken):
    assert money_aloud(yuan) == spoken


def test_a_case_number_is_said_in_groups_with_yao_for_one():
    assert case_number_aloud("2611") == "二六幺幺"
    assert case_number_aloud("26-011234") == "二六零幺，幺二三四"


def test_a_telephone_number_is_said_without_the_country_code():
    assert phone_aloud("+8619900001234") == "幺九九，零零零零，幺二三四"
    assert phone_aloud("010-12345678") == "零幺零，幺二三四，五六七八"


def test_typed_values_are_said_like_written_ones():
    assert date_aloud(date(2026, 11, 23)) == read_aloud("2026-11-23")
    assert clock_aloud(8, 30) == read_aloud("8:30")
    assert number_aloud(-3) == "负三"
    assert [key_aloud(key) for key in "10#*"] == ["一", "零", "井号", "星号"]

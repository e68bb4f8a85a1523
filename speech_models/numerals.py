"""Numerals: typed values (a case number, money, a date, a time ...) as the Chinese characters that are spoken.

Every function returns Chinese without digits. How people say these follows GB/T 15835-2011 where it says anything,
and spoken custom otherwise: 幺 for 1 in numbers that are dialled or looked up, 两 before what is counted.
"""

import re
from datetime import date
from decimal import Decimal

import cn2an

_DIGITS = str.maketrans("0123456789", "零一二三四五六七八九")
_DIALLED = str.maketrans("0123456789", "零幺二三四五六七八九")

# How a long number is grouped so that a listener can write it down: digits per group, by the number's length.
_GROUPS = {6: (3, 3), 7: (3, 4), 8: (4, 4), 9: (3, 3, 3), 10: (3, 3, 4), 11: (3, 4, 4), 12: (4, 4, 4), 18: (6, 4, 4, 4)}

_KEYS = {"#": "井号", "*": "星号"}


def digit_by_digit(digits: str, *, dialled: bool = False) -> str:
    """Each digit on its own, 1 as 幺 when `dialled`; anything that is no digit is kept: "104" → 幺零四."""
    return digits.translate(_DIALLED if dialled else _DIGITS)


def case_number_aloud(number: str) -> str:
    """A case's short number, digit by digit in groups with a pause between: "26011234" → 二六零幺，幺二三四."""
    return _in_groups(re.sub(r"[^0-9A-Za-z]", "", number))


def phone_aloud(number: str) -> str:
    """A telephone number digit by digit: "+86 199-0000-1234" → 幺九九，零零零零，幺二三四.

    The country code 86 is left out, since nobody here dials it. Groups written with "-" or a space stay apart.
    """
    number = re.sub(r"^(?:\+|00)86[- ]?", "", number.strip())
    written = re.findall(r"\d+", number)
    if len(written) > 1:
        return "，".join(map(_in_groups, written))
    digits = "".join(written)
    area = 0 if not digits.startswith("0") else 3 if digits[1:2] in ("1", "2") else 4
    return digit_by_digit(digits[:area], dialled=True) + ("，" if area else "") + _in_groups(digits[area:])


def _in_groups(digits: str) -> str:
    sizes = _GROUPS.get(len(digits)) or ((len(digits),) if len(digits) < 6 else (4,) * (-(-len(digits) // 4)))
    groups, start = [], 0
    for size in sizes:
        groups.append(digit_by_digit(digits[start : start + size], dialled=True))
        start += size
    return "，".join(groups)


def key_aloud(key: str) -> str:
    """One telephone key: "1" → 一, "#" → 井号, "*" → 星号."""
    return _KEYS.get(key) or digit_by_digit(key)


def number_aloud(number: str | int | Decimal) -> str:
    """A quantity: "3500" → 三千五百, "20000" → 两万, "1.5" → 一点五, "-3" → 负三.

    A number with a leading zero ("007") or more than 15 digits is no quantity and is read digit by digit.
    """
    text = f"{number:f}" if isinstance(number, Decimal) else str(number)
    if text.startswith("-"):
        return "负" + number_aloud(text[1:])
    whole, point, fraction = text.partition(".")
    if point:
        return f"{number_aloud(whole.lstrip('0') or '0')}点{digit_by_digit(fraction)}"
    if len(text) > 15 or (len(text) > 1 and text.startswith("0")):
        return digit_by_digit(text)
    return re.sub("^二(?=[千万亿])", "两", cn2an.an2cn(text))


def money_aloud(yuan: Decimal | int | str) -> str:
    """An amount in yuan: "12.50" → 十二元五角, "12.05" → 十二元零五分, "2" → 两元, "0.5" → 五角.

    A third decimal place (a price per unit) is kept as a decimal: "0.568" → 零点五六八元.
    """
    amount = Decimal(yuan)
    if amount < 0:
        return "负" + money_aloud(-amount)
    cents = amount * 100
    if cents != cents.to_integral_value():
        return number_aloud(amount) + "元"
    whole, jiao, fen = int(cents) // 100, int(cents) // 10 % 10, int(cents) % 10
    spoken = f"{counted(str(whole), '元')}元" if whole or not cents else ""
    if jiao:
        spoken += f"{number_aloud(jiao)}角"
    elif spoken and fen:
        spoken += "零"
    return spoken + (f"{number_aloud(fen)}分" if fen else "")


def date_aloud(day: date) -> str:
    """A calendar date: 2026-11-23 → 二零二六年十一月二十三日."""
    return f"{year_aloud(str(day.year))}{number_aloud(day.month)}月{number_aloud(day.day)}日"


def year_aloud(year: str) -> str:
    """A year digit by digit: "2026" → 二零二六年."""
    return digit_by_digit(year) + "年"


def clock_aloud(hour: int, minute: int, second: int = 0) -> str:
    """A time of day: 8:30 → 八点半, 8:00 → 八点, 8:05 → 八点零五分, 2:00 → 两点."""
    spoken = f"{counted(str(hour), '点')}点"
    if second:
        return f"{spoken}{_padded(minute)}分{_padded(second)}秒"
    if minute == 30:
        return spoken + "半"
    return spoken + (f"{_padded(minute)}分" if minute else "")


def _padded(number: int) -> str:
    return number_aloud(number) if number >= 10 or number == 0 else "零" + number_aloud(number)


def percent_aloud(number: str) -> str:
    """A percentage without its sign: "12.5" → 百分之十二点五, "100" → 百分之百."""
    return "百分之" + ("百" if number == "100" else number_aloud(number))


# What takes 两 instead of 二 for "2". Ordinal uses of the same places (2号, 2月, 2组, 2楼) are not here on purpose.
COUNTED = (
    *"个天位名次户家间人口头只条根块片张件项种样把台辆部套座本份封篇句段场遍趟回顿袋箱瓶桶棵株颗粒朵匹双对副群批排行道处",
    *"点周分秒年岁元角毛斤克吨米里尺寸亩顷升度倍成千万亿层盏步针餐桌瓦伏",
    *("小时", "刻钟", "公斤", "公里", "公顷", "厘米", "毫米", "毫克", "毫升", "平方", "立方", "摄氏度"),
)
_COUNTED = re.compile("|".join(sorted(COUNTED, key=len, reverse=True)))


def counted(number: str, what: str) -> str:
    """A quantity before what is counted: ("2", "天") → 两, ("12", "天") → 十二, ("2", "号") → 二."""
    return "两" if number == "2" and _COUNTED.match(what) else number_aloud(number)

"""Reading: free text as it is to be spoken, every digit in it replaced by the words that people say.

`read_aloud` finds what numerals.py knows how to say. The rules run in the order of `_RULES`: what is surely one thing
(a date, a telephone number) comes before what is only probably another (a quantity). Text without digits comes back
as it was.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date

from speech_models.numerals import (
    COUNTED,
    case_number_aloud,
    clock_aloud,
    counted,
    date_aloud,
    digit_by_digit,
    money_aloud,
    number_aloud,
    percent_aloud,
    phone_aloud,
    year_aloud,
)

_N = r"\d+(?:\.\d+)?"
_TO = r"\s*[-~〜～–—至到]\s*"
_YEAR = r"(?:19|20)\d\d"
_CLOCK = r"([01]?\d|2[0-4])[:：]([0-5]\d)(?:[:：]([0-5]\d))?"
_HAN = "一-龥"

_UNITS = {
    "km/h": "公里每小时", "m/s": "米每秒", "km²": "平方公里", "km2": "平方公里", "m²": "平方米", "m2": "平方米",
    "㎡": "平方米", "m³": "立方米", "m3": "立方米", "㎥": "立方米", "kWh": "千瓦时", "kW": "千瓦", "kV": "千伏",
    "kg": "公斤", "km": "公里", "cm": "厘米", "mm": "毫米", "mg": "毫克", "ml": "毫升", "mL": "毫升", "min": "分钟",
    "ha": "公顷", "℃": "摄氏度", "°C": "摄氏度", "°": "度", "g": "克", "m": "米", "t": "吨", "L": "升", "h": "小时",
    "W": "瓦", "V": "伏", "M": "兆",
}  # fmt: skip
_UNIT = "|".join(map(re.escape, _UNITS))

# What follows a quantity: tells 120元 (a quantity) from 120 (the ambulance) and 1990人 from 1990 (a year).
_COUNTED = "|".join(sorted(COUNTED, key=len, reverse=True))
_QUANTITY = re.compile(rf"\s*(?:{_COUNTED}|[号月日组楼两级届期多余几百十毫])")

# Numbers that everybody dials, and the words that announce a number which is dialled or looked up.
_HOTLINE = r"(?:11[0479]|12[02]|12[13]\d\d|955\d\d|100(?:10|86|01)|9[56]\d{4})"
_LOOKED_UP = (
    "编号|单号|号码|受理号|工单|案件号|查询码|验证码|密码|证号|卡号|账号|户号|电话|手机|热线|拨打|致电|尾号|邮编"
)


def _plain(text: str) -> str:
    """Digits of any script and circled numbers as ASCII digits, signs inside numbers as their ASCII forms."""
    text = re.sub(r"\d", lambda m: str(unicodedata.decimal(m[0])), text)
    text = re.sub("[①-⑳]", lambda m: str(int(unicodedata.numeric(m[0]))), text)
    text = re.sub("[Ａ-Ｚａ-ｚ％]", lambda m: unicodedata.normalize("NFKC", m[0]), text)
    for full, half in ("．", "."), ("／", "/"), ("＋", "+"):
        text = re.sub(rf"(?<=\d){full}(?=\d)", half, text)
    text = re.sub(r"[−－](?=\d)", "-", text)
    text = re.sub(r"(?<!\d)\.(?=\d)", "0.", text)
    return re.sub(r"(?<![\d,.])[1-9]\d{0,2}(?:,\d{3})+(?!\d|,\d|[室房号])", lambda m: m[0].replace(",", ""), text)


def _date(m: re.Match) -> str:
    try:
        return date_aloud(date(int(m[1]), int(m[3]), int(m[4])))
    except ValueError:
        return "，".join(digit_by_digit(part) for part in (m[1], m[3], m[4]))


def _clock(m: re.Match) -> str:
    return clock_aloud(int(m[1]), int(m[2]), int(m[3] or 0))


def _symbol_money(m: re.Match) -> str:
    amount = f"{counted(m[2], m[3])}{m[3]}元" if m[3] else money_aloud(m[2])
    return amount.replace("元", "美元") if m[1] == "$" else amount


def _percent(m: re.Match) -> str:
    low, sign, high, last_sign = m.groups()
    per = percent_aloud if last_sign == "%" else lambda number: "千分之" + number_aloud(number)
    if not high:
        return per(low)
    return f"{per(low)}到{per(high) if sign else number_aloud(high)}"


def _range(m: re.Match) -> str:
    """3-5天 is from three to five; 2-301 is block two, room 301."""
    low, high, what = m.groups()
    is_door = len(high) >= 3 > len(low) and not re.match(_COUNTED, what)
    is_below_zero = m.string[: m.start()].endswith(("零下", "负"))
    if is_below_zero or (float(low) < float(high) and not is_door):
        return f"{counted(low, what)}到{counted(high, what)}"
    return f"{_door(low)}杠{_door(high)}"


def _door(number: str) -> str:
    return digit_by_digit(number, dialled=True) if len(number) >= 3 else number_aloud(number)


def _fraction(m: re.Match) -> str:
    over, under = int(m[1]), int(m[2])
    return f"{number_aloud(under)}分之{number_aloud(over)}" if over < under else f"{m[1]}杠{m[2]}"


def _dialled(m: re.Match) -> str:
    return digit_by_digit(m[0].lstrip("-"), dialled=True)


def _looked_up(m: re.Match) -> str:
    return m[1] + case_number_aloud(m[2])


def _phone(m: re.Match) -> str:
    return phone_aloud(m[0])


def _number(m: re.Match) -> str:
    """What no other rule knew: a quantity, unless it looks like a year or is too long to be counted."""
    number, is_quantity = m[0], bool(_QUANTITY.match(m.string[m.end() : m.end() + 4]))
    if is_quantity or "." in number or number.endswith("0000"):
        return number_aloud(number)
    if len(number) >= 7:
        return case_number_aloud(number)
    return digit_by_digit(number) if re.fullmatch(r"19[5-9]\d|20(?!00)[0-4]\d", number) else number_aloud(number)


_Rule = tuple[str, str | Callable[[re.Match], str]]

_DATES_AND_TIMES: list[_Rule] = [
    (rf"(?<![\d-])({_YEAR})([-/.])(\d\d?)\2(\d\d?)(?:T(?=\d)|(?!\d|-\d))", _date),
    (rf"(?<!\d)({_YEAR})[-/](0[1-9]|1[0-2])(?![\d/-])", lambda m: f"{year_aloud(m[1])}{int(m[2])}月"),
    (rf"(?<!\d)({_YEAR}){_TO}(?={_YEAR}年)", lambda m: digit_by_digit(m[1]) + "到"),
    (rf"(?<!\d)({_YEAR})年", lambda m: year_aloud(m[1])),
    (r"(?<!\d)(0\d|[6-9][1-9])年(?!代|来|间|前|后|以|的?历史)", lambda m: year_aloud(m[1])),
    (r"(?<!\d)([5-9]0|[01]0)后(?![天年月日面来])", lambda m: digit_by_digit(m[1]) + "后"),
    (rf"(?<![\d:：])({_CLOCK}){_TO}(?={_CLOCK}(?![\d:：]))", lambda m: re.sub(_CLOCK, _clock, m[1]) + "到"),
    (rf"(?<![\d:：]){_CLOCK}(?![\d:：])", _clock),
    (r"(?<=\d点)0?([1-9])分(?!钟|之)", r"零\1分"),
    (r"(?<!\d)0(?=\d[月日号点分时秒])", ""),
]

_DIALLED_OR_LOOKED_UP: list[_Rule] = [
    (r"(?:\+|(?<!\d)00)86[- ]?\d(?:[- ]?\d){6,11}(?!\d)", _phone),
    (r"(?<![\d.])1[3-9]\d([- ]?)\d{4}\1\d{4}(?!\d)", _phone),
    (r"(?<![\d.])[(（]?0\d{2,3}[)）]?[-— ]?\d{3,4}[- ]?\d{4}(?!\d)", _phone),
    (r"(?<!\d)[48]00[- ]\d{3,4}[- ]\d{3,4}(?!\d)", _phone),
    (
        rf"((?:{_LOOKED_UP})[是为:： ]*)(\d{{3,}})(?![\d.]|{_QUANTITY.pattern})",
        lambda m: m[1] + case_number_aloud(m[2]),
    ),
    (r"(?<![\dA-Za-z.])\d{15,19}[Xx]?(?![\dA-Za-z])", lambda m: case_number_aloud(m[0].upper())),
    (
        r"(?<=[A-Za-z])-?\d{3,}|(?<=[国省县乡]道)\d{3,}|(?<=单元|号楼)\d{3,4}(?!\d)",
        lambda m: digit_by_digit(m[0].lstrip("-"), dialled=True),
    ),
    (r"(?<![\d.])\d{3,}(?=号?(?:[国省县乡]道|路(?![灯口程])|室|房(?![子间屋])|次列车))", _dialled),
    (r"(?<=按)\s*#|#(?=键)", "井号"),
    (r"(?<=按)\s*\*|\*(?=键)", "星号"),
]

_MEASURED: list[_Rule] = [
    (rf"(?<=\d)\s*({_UNIT})(?![A-Za-z])", lambda m: _UNITS[m[1]]),
    (rf"(?:零下)?(?<!\d)-(?={_N}(?:{_TO}-?{_N})?\s*(?:摄氏)?度)", "零下"),
    (rf"(?<![\dA-Za-z{_HAN}%)）])-(?=\d)", "负"),
    (rf"(?<![\d.])({_N})\s*(?:([%‰])?{_TO}({_N})\s*)?([%‰])", _percent),
    (r"([¥￥$])\s*(\d{1,15}(?:\.\d{1,4})?)\s*([万亿千百]?)元?", _symbol_money),
    (r"(?<!\d)\d+(?:-\d+){2,}(?!\d)", lambda m: "杠".join(map(_door, m[0].split("-")))),
    (rf"(?<![\d.A-Za-z])({_N}){_TO}({_N})(?![\d.])(?=\s*([{_HAN}]{{0,2}}))", _range),
    (r"(?<![\d.])(\d{1,15}(?:\.\d{1,4})?)\s*元", lambda m: money_aloud(m[1])),
    (r"(?<!\d)(\d+)\.(\d)块(?!\d)", r"\1块\2"),
    (rf"(?<=[元角分块])\s*/\s*({_UNIT}|(?=[{_HAN}]))", lambda m: "每" + _UNITS.get(m[1], "")),
    (r"(?<![\d/])(\d{1,2})/(\d{1,3})(?![\d/])", _fraction),
    (r"(?<![\d.])\d+(?:\.\d+){2,}", lambda m: "点".join(map(digit_by_digit, m[0].split(".")))),
    (r"(?<![\d:：])(\d+)[:：](?=\d+(?![\d:：]))", r"\1比"),
    (r"(?<=\d)\s*[×xX*]\s*(?=\d)|(?<=米)\s*[×*]\s*(?=\d)", "乘"),
    (r"(?<=\d)\+(?=\d)", "加"),
    (rf"(?<![\d.第零杠比])2(?=\s*(?:{_COUNTED}))(?!年级|周[一-日]|分之)", "两"),
    (rf"(?<![\d.A-Za-z-]){_HOTLINE}(?!\d|\.\d|{_QUANTITY.pattern})", _dialled),
    (_N, _number),
]

_RULES = [(re.compile(pattern), spoken) for pattern, spoken in [*_DATES_AND_TIMES, *_DIALLED_OR_LOOKED_UP, *_MEASURED]]


def read_aloud(text: str) -> str:
    """The text with every number in it as it is spoken; Latin letters and everything else stay.

    "清水村3组2户，8:30停水" → 清水村三组两户，八点半停水. The result holds no digit. Never raises.
    """
    text = _plain(text)
    if not re.search(r"[\d#*]", text):
        return text
    for pattern, spoken in _RULES:
        text = pattern.sub(spoken, text)
    return text

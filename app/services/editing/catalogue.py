"""Catalogue (文稿目录): which files staff may edit, what each is for, and the reader that refuses a broken one."""

from collections.abc import Callable
from functools import cache

from app.files import DATA
from app.services.cases import follow_up_rules, state_words
from app.services.deadlines import business_hours, clock_rules, holidays
from app.services.desk import card, department_view, reply_templates
from app.services.figures import costs, gaming, week_sheet
from app.services.sorting import asks, categories, cold_start, taxonomy, unsolved
from app.services.wording.document_kinds import FILES, SPOKEN, Kind, words_name
from ivr import words as ivr_words
from ivr.document import Sheet
from ivr.words import DIALECT
from speech_models import dialects

HOLIDAYS = "data/holidays.yaml"  # which the desk's head edits, too (console/shell/rights.py)
_EMPTY = "dialect: {key}\nname: {name}\n\nsteps: {{}}\n"


_PATTERNS = (unsolved.read_patterns, asks.read_asks, asks.read_urgency)
_DATA: dict[str, tuple[str, str, Callable[..., object]]] = {
    "categories.yaml": ("常见的事", "有哪些事、老百姓怎么说、归哪个部门。", categories.read_categories),
    "departments.yaml": ("哪类事归哪个部门", "常见的事以外，按类别分到部门。", taxonomy.read_departments),
    "templates.yaml": ("回复模板", "写回复的时候可以套用的话。", reply_templates.read_templates),
    "office_hours.yaml": ("上班时间和节假日", "几点到几点有人接电话，哪天和全国不一样。", business_hours.read_hours),
    "holidays.yaml": ("全国放假安排", "国务院每年 11 月公布的通知：哪天放假，哪天补班。", holidays.read_notices),
    "clocks.yaml": ("办理时限", "哪种事几时签收、几时答复，几时提醒。", clock_rules.read_rules),
    "call_backs.yaml": ("回访的时间和次数", "办好以后几时问来电人，问几回。", follow_up_rules.read_rules),
    "states.yaml": ("办到哪一步怎么说", "来电人问起时，告诉他办到哪了。", state_words.read_states),
    "not_solved.yaml": ("“没办好”的说法", "来电人这样说，事情马上重办。", unsolved.read_patterns),
    "asks.yaml": ("诉求的说法", "怎么认出是求助、投诉、咨询。", asks.read_asks),
    "urgency.yaml": ("断水断电的说法", "怎么认出全村都等着的事。", asks.read_urgency),
    "card.yaml": ("村民卡片", "发给村民的卡片上写什么。", card.read_words),
    "week_sheet.yaml": ("一周一页", "给领导的一页纸上怎么写。", week_sheet.read_sentences),
    "prices.yaml": ("话费和短信费", "一分钟电话、一条短信多少钱。", costs.read_prices),
    "gaming.yaml": ("不对劲的评价", "什么样的评价和办结算不对劲。", gaming.read_limits),
    "department_fields.yaml": ("部门看得到什么", "签收前后，部门看得到事项的哪些内容。", department_view.read_fields),
    "seeds.yaml": ("认类别的词", "还没有学过的时候，靠这些词认类别。", cold_start.read_seeds),
}


@cache
def kinds() -> dict[str, Kind]:
    """Every document by its name, in the order in which the desk shows them."""
    found = [_words(DIALECT, "普通话"), *(_words(d.key, d.name) for d in _shipped_dialects())]
    found += [
        Kind(f"{FILES}/{name}", title, about, read, (DATA / name).read_text(encoding="utf-8"), read in _PATTERNS)
        for name, (title, about, read) in _DATA.items()
    ]
    found += [
        Kind(
            f"{SPOKEN}/{d.key}.yaml",
            f"{d.name}的词",
            f"{d.where}的人说的方言词，是什么意思。",
            dialects.read_dialect,
            (dialects.FOLDER / f"{d.key}.yaml").read_text(encoding="utf-8"),
        )
        for d in _shipped_dialects()
    ]
    return {kind.name: kind for kind in found}


def kind(name: str) -> Kind | None:
    """The document of this name."""
    return kinds().get(name)


def _shipped_dialects() -> list[dialects.Dialect]:
    return [dialects.read_dialect(path) for path in sorted(dialects.FOLDER.glob("*.yaml"))]


def _words(key: str, name: str) -> Kind:
    path = ivr_words.FOLDER / f"{key}.yaml"
    shipped = path.read_text(encoding="utf-8") if path.exists() else _EMPTY.format(key=key, name=name)
    return Kind(words_name(key), f"{name}话术" if key == DIALECT else f"{name}怎么说", "", _read_words, shipped)


def _read_words(sheet: Sheet) -> object:
    return ivr_words.read_one(sheet)

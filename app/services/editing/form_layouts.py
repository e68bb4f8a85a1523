"""Shapes (样子): how the documents that staff edit are built, and what each of their values is called at the desk.

From it the desk makes a form (forms.py). What a document may say is its reader's to judge (catalogue.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.services.editing.form_fields import Cell, Choice, Day, Length, Lines, Number, Record, Several, Span, Text, Tick
from app.services.editing.yaml_text import Path

_LATE = ("workdays", "days", "hours", "minutes")
_CLOCK = ("minutes", "hours", "days")
_SIGNS = {
    "count": "件数", "number": "差几件", "change": "比上周", "matter": "事", "second": "第二件事",
    "second_count": "第二件事的件数", "village": "村", "late": "超期件数", "near": "快到期件数", "department": "部门",
    "what": "什么", "usual": "平常件数", "villages": "哪些村", "dialect": "方言", "share": "百分之几",
    "minutes": "几分钟", "parts": "几条", "money": "多少钱", "currency": "什么钱",
}  # fmt: skip
_SAYINGS = "一行一个说法，平常的话直接写。(甲|乙) 是甲或者乙都算，后面带 ? 的字可有可无。"


@dataclass(frozen=True)
class Blank:
    """A value to fill in. `at`: its keys; a last `*` stands for each key (called as `labels` say, else as it is), a
    last `+` for one that is new."""

    at: Path
    label: str
    cell: Cell
    hint: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Group:
    """Values that belong together. `each`: once for every entry there, called by `names`, by its `name`, or its key.
    `{}` in `called` is where that stands. `table`: the entries, or each value and its label, beside each other; else
    one below the other."""

    title: str
    blanks: tuple[Blank, ...]
    about: str = ""
    each: Path | None = None
    names: Mapping[str, str] = field(default_factory=dict)
    called: str = "{}"
    table: bool = False


def _sentences(labels: Mapping[str, str], cell: Text) -> tuple[Blank, ...]:
    return tuple(Blank((key,), label, cell) for key, label in labels.items())


SHAPES: dict[str, tuple[Group, ...]] = {
    "data/office_hours.yaml": (
        Group(
            "上班时间",
            (
                Blank(("open",), "几点到几点有人接电话", Several(Span(), may_be_empty=False), "中间休息就分两段写。"),
                Blank(("workdays",), "哪些天上班", Choice({"yes": "周一到周五，照全国的放假和补班", "no": "天天上班"})),
            ),
        ),
        Group(
            "和全国不一样的日子",
            (
                Blank(("off",), "自己放假的日子", Several(Day(), 3), "这几天没有人接电话。删掉一天，就把那一格清空。"),
                Blank(("worked",), "自己上班的日子", Several(Day(), 3), "本来放假，这几天照常上班。"),
            ),
        ),
    ),
    "data/holidays.yaml": (
        Group(
            "照国务院的通知填",
            (
                Blank(
                    ("off",),
                    "放假",
                    Several(
                        Record({"name": Text(long=False, name="节日"), "from": Day("从"), "to": Day("到")}), 1, least=8
                    ),
                    "从哪天到哪天，头尾都算。和节日连着的周六、周日也写进去。删掉一行，就把那一行清空。",
                ),
                Blank(
                    ("worked",), "补班的周六、周日", Several(Day(), 1, least=7), "通知里写“上班”的那几天。没有就不填。"
                ),
                Blank(
                    ("complete",),
                    "填完了吗",
                    Tick("就这些，通知里的都填上了"),
                    "打上勾，这一年就算知道了。没打勾，没写到的日子先按平常星期算。",
                ),
            ),
            "通知每年 11 月公布。元旦要是从上一年 12 月底放起、补起，也写在新的这一年里。",
            each=("years",),
            called="{} 年",
        ),
    ),
    "data/clocks.yaml": (
        Group(
            "哪种事多久要办好",
            (
                Blank(("name",), "叫什么", Text(long=False)),
                Blank(("sign",), "多久要签收", Length()),
                Blank(("answer",), "多久要答复", Length()),
            ),
            "从热线收到的时候算起。分钟、小时、天照钟表走，夜里和节假日也算；工作日只算上班的日子。",
            each=("classes",),
            names={
                "emergency": "要命的急事",
                "utility": "断水断电断气",
                "ordinary": "一般的事",
                "complex": "复杂的事",
                "inquiry": "来问事的",
            },
            table=True,
        ),
        Group(
            "提醒和上报",
            (
                Blank(
                    ("remind",),
                    "时间过了多少就提醒",
                    Several(Number("%", 1, 99), 1, False),
                    "从小到大。最后一个起算“快到期”。",
                ),
                Blank(
                    ("raise",),
                    "过期多久还没有答复，报给谁",
                    Several(Record({"after": Length(_LATE), "to": Text(long=False, name="报给谁")}), 1),
                    "写职务，不写人名。越往下越晚，单位要一样。",
                ),
            ),
        ),
        Group(
            "延期、暂停和退单",
            (
                Blank(("longest_extension",), "一次最多延期", Length(("days",))),
                Blank(("longest_pause",), "一次最多暂停", Length(("days",))),
                Blank(("returns",), "最多退几次", Number("次", 0, 9), "再退，要由热线负责人定。"),
            ),
        ),
    ),
    "data/call_backs.yaml": (
        Group(
            "什么时候问",
            (
                Blank(("ask_after",), "答复以后隔多久，问办好了没有", Length(_CLOCK)),
                Blank(("text_waits",), "短信问了没有回，隔多久改打电话", Length(_CLOCK)),
                Blank(
                    ("hours",),
                    "几点可以打电话",
                    Several(Span(), 1, False),
                    "避开下地和睡觉的时候。第一次用第一段，第二次用第二段，轮着来。",
                ),
            ),
        ),
        Group(
            "问几回",
            (
                Blank(("tries",), "打几次没问到，才算没联系上", Number("次", 1), "这几次不在同一天。"),
                Blank(("apart",), "这几次的钟点至少差多少", Length(_CLOCK)),
                Blank(("late_answer",), "算没联系上以后，他自己回短信，多久以内还算", Length(_CLOCK)),
                Blank(("grade_waits",), "问过以后，多久以内回的打分还算", Length(_CLOCK)),
            ),
        ),
    ),
    "data/states.yaml": (
        Group(
            "“您上次说的路灯，……”",
            _sentences(
                {
                    "received": "收到了，还没有交给部门",
                    "assigned": "交给部门了，还没有签收",
                    "accepted": "部门签收了",
                    "in_progress": "部门在办",
                    "replied": "答复过了",
                    "followed_up": "问过来电人了",
                    "closed": "办结了",
                    "archived": "归档了",
                },
                Text(),
            ),
            "来电人问起时，热线就这样接着说。要短，像说话。",
        ),
    ),
    "data/prices.yaml": (
        Group(
            "照运营商的账单填，不收钱的写 0",
            (
                Blank(("call_minute_in",), "打进来的电话，每分钟", Number(whole=False)),
                Blank(("call_minute_out",), "打出去的电话，每分钟", Number(whole=False)),
                Blank(("text_part_in",), "收到的短信，每条", Number(whole=False)),
                Blank(("text_part_out",), "发出去的短信，每条", Number(whole=False)),
                Blank(("currency",), "是什么钱", Text(long=False), "比如：元。"),
            ),
            "电话不满一分钟算一分钟，长短信拆成几条算几条。改了以后，以前的花费也按新价算。",
        ),
    ),
    "data/card.yaml": (
        Group(
            "卡片上的话",
            _sentences(
                {
                    "title": "最上面的名字",
                    "above": "号码上面",
                    "call": "第一步：打电话",
                    "say": "第二步：说话",
                    "what": "说些什么",
                    "done": "第三步：挂机",
                    "keys": "按键：先说一句",
                    "key_1": "按 1 是什么",
                    "key_2": "按 2 是什么",
                    "key_0": "按 0 是什么",
                    "text": "怎么发短信",
                    "again": "过几天再打",
                    "promise": "热线不会做什么",
                    "danger": "急事打哪里",
                },
                Text(signs={"town": "镇名"}),
            ),
            "写 {镇名} 的地方会换成镇名。字越少、越大越好。",
        ),
    ),
    "data/week_sheet.yaml": (
        Group(
            "这一周说什么",
            _sentences(
                {
                    "none": "没有来电和短信",
                    "received": "收到多少",
                    "more": "比上周多",
                    "less": "比上周少",
                    "same": "和上周一样多",
                    "matter": "说得最多的事",
                    "matters": "说得最多的两件事",
                    "village": "件数最多的村",
                    "again": "以前来过电的人又来的",
                    "answered": "答复了多少，都没有超期",
                    "answered_late": "答复了多少，有超期的",
                    "late": "还有超期的",
                    "late_of": "超期最多的部门",
                    "on_time": "没有超期的，也没有快到期的",
                    "near": "没有超期的，有快到期的",
                    "rising": "比平常多的事",
                    "no_rising": "没有比平常多的事",
                    "unheard": "来电少的村",
                    "speech": "机器最听不准的话",
                    "cost": "花费",
                },
                Text(may_be_empty=True, signs=_SIGNS),
            ),
            "花括号里的由热线填，花括号里的字不要改。不想说的一句就清空。",
        ),
    ),
    "data/department_fields.yaml": (
        Group(
            "部门什么时候看得到",
            tuple(
                Blank(
                    ("fields", key),
                    label,
                    Choice({"always": "一交办就看得到", "signed": "签收以后", "never": "不给看"}),
                )
                for key, label in {"words": "说的话", "recordings": "录音", "phone": "来电人的号码"}.items()
            ),
            "只说交给这个部门的事，别的事它都看不到。",
        ),
    ),
    "data/gaming.yaml": (
        Group(
            "什么样的才列出来",
            (
                Blank(("fast_seconds",), "问题才开口就按了键：快过", Number("秒", 1)),
                Blank(("fewest_fast",), "同一个部门有这么多次才列", Number("次", 1)),
                Blank(("bunched",), "答复赶在到期前这么久以内", Length(("minutes",))),
                Blank(("fewest_bunched",), "至少这么多次", Number("次", 1)),
                Blank(("fewest_verdicts",), "一个人经手的评价至少这么多，才和别人比", Number("次", 1)),
                Blank(("points",), "和别人差这么多才列", Number("个百分点", 1)),
                Blank(("entered",), "查不到通话的评价，一个人有这么多次才列", Number("次", 1)),
                Blank(
                    ("chance",),
                    "冤枉一个人的可能，一个月里最多",
                    Number(most=1, whole=False),
                    "0 到 1 之间，越小越不冤枉人。",
                ),
            ),
            "列出来不等于作假，是请人去听录音、看经过。",
        ),
    ),
    "data/asks.yaml": (
        Group(
            "来电人想要什么",
            (
                Blank(("patterns",), "这样说就是", Lines()),
                Blank(("not",), "这样说不是（可以不写）", Lines(may_be_empty=True)),
            ),
            f"从上往下认，都不是就算求助。{_SAYINGS}",
            each=(),
        ),
    ),
    "data/urgency.yaml": (
        Group(
            "全村都等着的事",
            (
                Blank(("utility", "topics"), "是这些类别", Lines(), "一行一个，名字要和类别表里的一样。"),
                Blank(("utility", "patterns"), "又这样说", Lines(), _SAYINGS),
            ),
            "两样都有才算。要命的事（着火、中毒）不在这里。",
        ),
    ),
    "data/not_solved.yaml": (
        Group("来电人这样说，就是没办好", (Blank((), "说法", Lines(), _SAYINGS),), "“修好了没”是问，不算。"),
    ),
    "data/seeds.yaml": (
        Group(
            "说到这类事会用的词",
            (Blank(("*",), "", Lines(words=True), labels={"总": "说到整个这一类的"}),),
            "用顿号或空格隔开。词越长、越少几类共用，越算数。",
            each=(),
        ),
    ),
    "data/departments.yaml": (
        Group(
            "哪一类归哪个部门",
            (
                Blank(("*",), "", Text(long=False, leaves=True, offered="departments")),
                Blank(
                    ("+",),
                    "再加一类",
                    Record(
                        {
                            "category": Text(long=False, name="类别", offered="categories"),
                            "department": Text(long=False, name="部门", offered="departments"),
                        }
                    ),
                ),
            ),
            "越细的先算。不要的一类就清空；一级的都要有。",
            table=True,
        ),
    ),
}

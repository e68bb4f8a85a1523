"""How things are written at the desk: times, telephone numbers, places, and the Chinese names of states and reasons."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from flask import Flask
from flask_login import current_user

from app import phone_numbers
from app.console.cases.fault_words import held_told, kind_name, trouble, unheard, why_undone, wordless
from app.console.cases.story import REASONS, danger, folded, told
from app.console.shell.blueprints import parts
from app.db import now
from app.local_time import local
from app.models import (
    Asking,
    Assignment,
    CallBackTask,
    Caller,
    Case,
    CaseEvent,
    Clock,
    Delivery,
    EarlyWarning,
    Message,
    Proposal,
    Rating,
    SpokenReply,
)
from app.models.case import STATES
from app.models.conversation import AWAITED, NOT_FOUND
from app.models.rating import GRADES
from app.services.deadlines.clock_rules import Span, rules
from app.services.deadlines.clocks import is_paused
from app.services.desk import department_view
from app.services.desk.call_list import Ring
from app.services.desk.glosses import glosses, likely_dialect
from app.services.desk.work_list import COUNTED
from app.services.sorting.asks import URGENCIES
from app.services.sorting.categories import OTHER
from speech_models.dialects import load_dialects
from speech_models.transcript import SURE

_CALL = timedelta(minutes=10)  # a call without a recording may still be going on for that long
_WEEKDAYS = "一二三四五六日"

MESSAGE_STATES = {
    "waiting": "等着发出",
    "sending": "正在发出",
    "queued": "正在发出",
    "unknown": "正在查是否发出",
    "sent": "已发出",
    "delivered": "已送到",
    "failed": "没有发出去",
}
CALL_STATES = {
    "waiting": "等着拨打",
    "calling": "正在拨打",
    "unknown": "正在查是否拨通",
    "ringing": "正在响铃",
    "heard": "对方已听到",
    "no_answer": "没有人接",
    "failed": "没有打通",
}

GROUPS = {
    "emergency": "急事",
    "due": "今天到期和超期的",
    "new": "新来的",
    "spoke": "来电人又说了话的",
    "rest": "在办的",
}
_OTHERS_SHOWN = 3


@dataclass(frozen=True)
class LitWord:
    """A word as the page shows it: `gap` where a space belongs before it, `unsure` where it is to be marked.

    `note` is what there is to know about it: what was heard where another character was chosen, what else it may be.
    `heard` is what was heard where another character was chosen.
    """

    text: str
    start: float
    end: float
    gap: bool
    unsure: bool
    chosen: bool
    note: str
    heard: str


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (
        when, day, hour, clock, phone, place_of, told, lit, state_name, reason, tried, text_state,
        call_state, guess_of, short, urgency_name, doubtful, automatic, folded, awaited, trouble, wordless, glosses,
        likely_dialect, speaks, rang, left, is_late, guessed, terms_told, span_told, part_state, host, untold_why,
        sees, seen_events, closed_as_told, asking_told, verdict_told, date_told, short_day, counted, dialled,
        held_told, kind_name, unheard, why_undone,
    )  # fmt: skip
    app.jinja_env.filters.update({word.__name__: word for word in filters})
    app.context_processor(_common)


def _common() -> dict:
    """What every template knows."""
    settings = parts().settings
    return {
        "town": settings.town,
        "live": settings.live,
        "hotline": dialled(settings.hotline),
        "today": today(),
        "groups": GROUPS,
    }


def today() -> str:
    """This day here, as addresses name it: 2026-11-24."""
    return local(now()).date().isoformat()


def when(at: datetime) -> str:
    """A moment as people say it: 今天 09:12, 昨天 17:40, 11月20日 周五 08:05, 2025年3月1日 08:05."""
    return f"{day(at)} {hour(at)}"


def day(at: datetime) -> str:
    """The day of a moment as people say it: 今天, 昨天, 11月20日 周五, 2025年3月1日."""
    there, today = local(at).date(), local(now()).date()
    if there == today:
        return "今天"
    if there == today - timedelta(days=1):
        return "昨天"
    if there == today + timedelta(days=1):
        return "明天"
    if there.year == today.year:
        return f"{there.month}月{there.day}日 周{_WEEKDAYS[there.weekday()]}"
    return f"{there.year}年{there.month}月{there.day}日"


def date_told(day: date) -> str:
    """A day of the calendar: 2026年11月1日."""
    return f"{day.year}年{day.month}月{day.day}日"


def short_day(at: datetime) -> str:
    """The day in few signs: empty for today, 昨天, 11-20, 2025-03-01."""
    there, today = local(at).date(), local(now()).date()
    if there == today:
        return ""
    if there == today - timedelta(days=1):
        return "昨天"
    return f"{there:%m-%d}" if there.year == today.year else f"{there:%Y-%m-%d}"


def counted(count: int) -> str:
    """A number of cases as far as it was counted."""
    return str(count) if count <= COUNTED else f"{COUNTED} 多"


def hour(at: datetime) -> str:
    """The time of day: 09:12."""
    return f"{local(at):%H:%M}"


def sees(case: Case, field: str) -> bool:
    """Whether whoever is at the page may see a field of a case (services/desk/department_view.py)."""
    return department_view.sees(case, field, current_user.department_id)


def seen_events(case: Case) -> list[CaseEvent]:
    """The steps of a case that whoever is at the page may see."""
    return department_view.events_seen(case, case.events, current_user.department_id)


def host(url: str) -> str:
    """The machine of an address: what a clerk may know it by."""
    return urlsplit(url).hostname or url


def untold_why(delivery: Delivery) -> str:
    """Why another system did not take an event: 对方回了 500, 连不上."""
    answered = delivery.error.removeprefix("answered ")
    return f"对方回了 {answered}" if answered.isdigit() else "连不上"


def rang(warning: EarlyWarning) -> str:
    """A warning in a sentence: 清水村 供水：7 天里 5 件，比平常多得多."""
    about = " ".join(part for part in (warning.village.name if warning.village else "", warning.category) if part)
    within = "一天里" if warning.days == 1 else f"{warning.days} 天里"
    unusual = "一周比一周多" if warning.kind == "building_up" else "比平常多"
    return f"{about}：{within} {warning.count} 件，{unusual}" if about else f"{within} {warning.count} 件差不多的事"


def clock(seconds: float) -> str:
    """A length of sound: 0:07, 1:32."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def phone(caller: Caller | None, no_number: str = "") -> str:
    """A number as it is dialled in this country; without one, why there is none (Conversation.no_number)."""
    if caller is None:
        return {AWAITED: "号码还没查到", NOT_FOUND: "号码查不到"}.get(no_number, "号码未显示")
    return dialled(caller.number)


def dialled(number: str) -> str:
    """A number (E.164) as it is dialled in this country."""
    return phone_numbers.dialled(number, parts().settings.region)


def place_of(case: Case) -> str:
    """The place a person confirmed: village and what lies within it."""
    village = case.village.name if case.village else ""
    return case.place if village and case.place.startswith(village) else village + case.place


def speaks(caller: Caller) -> str:
    """Where a caller lives and what they speak: 清水村，说四川话（村里都这么说）."""
    own, village = load_dialects().get(caller.dialect), caller.village
    theirs = load_dialects().get(village.dialect) if village else None
    if own or caller.dialect:
        spoken = f"说{own.name if own else '普通话'}"
    else:
        spoken = f"说{theirs.name}（按村里的）" if theirs else "说什么话还不知道"
    return f"{village.name if village else '住在哪里还不知道'}，{spoken}"


def state_name(case: Case) -> str:
    """How far the case is."""
    return "已答复" if case.state == "replied" else STATES.get(case.state, case.state)


def left(clock: Clock) -> str:
    """How much time is left, in words: 还剩 2 天 3 小时, 已超 1 天, 已按时答复."""
    if clock.stopped_at:
        return "已超期答复" if clock.answer_by and clock.stopped_at > clock.answer_by else "已按时答复"
    if is_paused(clock):
        return f"暂停到 {when(clock.paused_until)}"
    signing = clock.sign_by is not None and not clock.signed_at and not _sign_met(clock)
    by, doing = (clock.sign_by, "签收") if signing else (clock.answer_by, "")
    if by is None:
        return "时限没有定"
    seconds = (by - now()).total_seconds()
    return f"{doing}还剩 {_length(seconds)}" if seconds > 0 else f"{doing}已超 {_length(-seconds)}"


def _sign_met(clock: Clock) -> bool:
    """Whether the term of signing says nothing more: it is over, and so is the term of answering."""
    return clock.answer_by is not None and clock.answer_by <= now()


def _length(seconds: float) -> str:
    """A time in its two greatest units: 2 天 3 小时, 3 小时 20 分钟, 不到 1 分钟."""
    minutes = int(seconds // 60)
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = [(days, "天"), (hours, "小时"), (minutes, "分钟")]
    first = next((i for i, (count, _) in enumerate(units) if count), None)
    if first is None:
        return "不到 1 分钟"
    return " ".join(f"{count} {unit}" for count, unit in units[first : first + 2] if count)


def is_late(clock: Clock) -> bool:
    """Whether a running clock is past the term of answering, or of signing while nobody has signed."""
    if clock.stopped_at or is_paused(clock):
        return False
    terms = [clock.answer_by, None if clock.signed_at else clock.sign_by]
    return any(at and at <= now() for at in terms)


def terms_told(clock: Clock) -> str:
    """The terms themselves: 一般，今天 09:12 起算，明天 09:12 前签收，12月1日 周二 09:12 前答复."""
    kind = rules().kinds.get(clock.kind)
    told = [kind.name if kind else clock.kind, f"{when(clock.started_at)} 起算"]
    if clock.sign_by and not clock.signed_at and not clock.stopped_at:
        told.append(f"{when(clock.sign_by)} 前签收")
    if clock.answer_by:
        told.append(f"{when(clock.answer_by)} 前答复")
    if clock.provisional:
        told.append(guessed(clock))
    return "，".join(told)


def guessed(clock: Clock) -> str:
    """What is to be said beside a term that rests on days whose holidays are not known yet; empty for any other."""
    return "暂按平常星期算" if clock.provisional else ""


def span_told(span: Span) -> str:
    """A length of time of the rules: 2 小时内, 3 个工作日内."""
    units = {"minutes": "分钟", "hours": "小时", "days": "天", "workdays": "个工作日"}
    return f"{span.amount} {units[span.unit]}内"


def part_state(part: Assignment) -> str:
    """How far a department is with its part."""
    if part.reported_at:
        return f"{when(part.reported_at)} 反馈了"
    return f"{when(part.signed_at)} 签收" if part.signed_at else f"{when(part.at)} 派单，还没签收"


def closed_as_told(closed_as: str) -> str:
    """By whose word a case was closed."""
    return {
        "caller": "来电人说办好了。",
        "not_reached": "没联系上来电人，不算来电人说办好了。",
        "unconfirmed": "未经来电人确认。",
        "no_number": "来电没有显示号码，没法回访。",
    }.get(closed_as, "")


def asking_told(asking: Asking) -> str:
    """Where the asking of a caller stands: 12月2日 09:30 打电话问办好了没有，打过 1 次没问到."""
    tried = f"，打过 {len(asking.tries)} 次没问到" if asking.tries else ""
    if asking.state == "asked":
        return f"{when(asking.texted_at)} 发短信问了办好了没有，等他回{tried}。"
    if asking.due_at is None:
        return f"正在问来电人办好了没有{tried}。"
    return f"{when(asking.due_at)} 热线去问来电人办好了没有{tried}。"


def verdict_told(rating: Rating) -> str:
    """What came of a round of asking: 来电人按键说办好了，满意."""
    if rating.outcome != "caller":
        return closed_as_told(rating.outcome).rstrip("。")
    how = {"key": "来电人按键", "text": "来电人回短信"}.get(rating.how, "")
    by = how or f"{rating.operator.name if rating.operator else '热线'}回访，来电人"
    said = f"{by}说{'办好了' if rating.solved else '没办好'}"
    return f"{said}，{GRADES[rating.grade]}" if rating.grade else f"{said}，没有打分"


def guess_of(case: Case) -> Proposal:
    """The machine's proposal; 其他 is no proposal."""
    return replace(case.proposal, category="") if case.proposal.category == OTHER else case.proposal


def short(category: str) -> str:
    """A category in few signs: of a path of the taxonomy the last name that says something."""
    named = [name for name in category.split("/") if name != OTHER]
    return named[-1] if named else category


def urgency_name(key: str) -> str:
    """How urgent a matter is, in Chinese; empty for the ordinary."""
    return "" if key == "ordinary" else URGENCIES.get(key, "")


def doubtful(case: Case) -> bool:
    """Whether the words in the list are the recogniser's and it was not sure of them."""
    heard = [r.transcript for r in case.recordings if r.transcript and not r.transcript.operator_id]
    return not case.text and any(transcript.confidence < SURE for transcript in heard if transcript.text)


def automatic(case: Case) -> list[Message]:
    """The texts that the hotline sent by itself and that did not fail."""
    written = [event.data.get("body") for event in case.events if event.kind == "texted"]
    return [m for m in case.messages if m.outgoing and not m.failed and m.body not in written]


def reason(task: CallBackTask, ring: Ring) -> str:
    """Why the caller is to be rung; for an emergency which, and the number that helps: 着火，请打119."""
    alarm = ring.alarms.get(task.case_id) if task.reason == "emergency" else None
    return danger(alarm) if alarm else REASONS.get(task.reason, "要回电话")


def tried(ring: Ring) -> str:
    """How often nobody answered: 没打通 2 次，最近 今天 09:12."""
    count = f" {len(ring.tries)} 次，最近" if len(ring.tries) > 1 else ""
    return f"没打通{count} {when(ring.tries[-1].at)}"


def lit(words: Iterable[dict]) -> list[LitWord]:
    """Words of a transcript (speech_models JSON), spaced and marked."""
    shown: list[LitWord] = []
    for word in words:
        text, before = word["text"], shown[-1].text if shown else ""
        gap = bool(before and text) and _latin(before[-1]) and text[0].isascii()
        unsure, heard = word["confidence"] < SURE, word.get("heard", "")
        note = _note(word, unsure, heard)
        shown.append(LitWord(text, word["start"], word["end"], gap, unsure, bool(heard), note, heard))
    return shown


def _note(word: dict, unsure: bool, heard: str) -> str:
    """What there is to know about a word before it is believed; empty for a sure one that was heard so."""
    likely = sorted(word.get("others", ()), key=lambda other: -other[1])[:_OTHERS_SHOWN]
    others = "、".join(f"“{text}”" for text, _ in likely if text and text != word["text"] and text != heard)
    parts = (
        "没把握" if unsure else "",
        f"原来听成“{heard}”" if heard else "",
        f"也可能是{others}" if others and unsure else "",
    )
    return "，".join(part for part in parts if part)


def _latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def text_state(message: Message) -> str:
    """What became of an SMS."""
    return MESSAGE_STATES["failed"] if message.failed else MESSAGE_STATES.get(message.state, "正在处理")


def call_state(reply: SpokenReply) -> str:
    """What became of a spoken reply."""
    settled = reply.failed and reply.state not in ("no_answer", "failed")
    return CALL_STATES["failed"] if settled else CALL_STATES.get(reply.state, "正在处理")


def awaited(case: Case) -> bool:
    """Whether words of this case may still come by themselves: a recording is on its way, or the call just began."""
    if case.recordings:
        return not all(recording.is_settled for recording in case.recordings)
    return case.channel == "voice" and case.received_at > now() - _CALL

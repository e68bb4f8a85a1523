"""A case's ledger told in plain Chinese: one line of the table for each kind of event."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from app.local_time import local
from app.models import CaseEvent
from app.models.rating import GRADES
from app.services.deadlines.clock_rules import rules
from app.services.sorting.categories import OTHER
from ivr.understand import emergency

_WHO = {"caller": "来电人", "hotline": "热线"}
_CHANNELS = {
    "voice": "电话打来了。",
    "sms": "短信发来了。",
    "counter": "本人到窗口来说。",
    "visit": "上门走访时记下。",
    "open311": "别的系统转来的。",
}
_SENT = {"text": "短信", "call": "电话播报"}
_CLOSED_AS = {
    "caller": "来电人确认办好了，办结。",
    "not_reached": "几次都没联系上来电人，办结。不算来电人说办好了。",
    "unconfirmed": "热线负责人办结，未经来电人确认。",
    "no_number": "来电没有显示号码，没法回访，办结。",
}
_NUMBERS = {
    "shown": "查到了来电的号码。",
    "hidden": "问过电话公司了，来电没有显示号码。",
    "not_found": "问过电话公司了，来电的号码查不到。",
}
_SHORT = 8  # characters of a word of danger that still fits the row of a call
REASONS = {
    "asked_for_person": "要找人说话",
    "nobody_answered": "转接时没有人接",
    "emergency": "说到了紧急的事",
    "silent": "打进来没有说话",
    "not_reached": "回复没有送到",
    "no_words": "录音里的话没有拿到，请听录音或者问一问",
    "not_asked": "回访的电话拨不出去，请人工回访",
}


@dataclass(frozen=True)
class Told:
    """An event for the page: who, what happened in a sentence, the words said or written (may be empty).

    `alarm`: something that must not be overlooked.
    """

    who: str
    sentence: str
    words: str = ""
    alarm: bool = False


def _received(data: dict) -> str:
    name = data.get("name")
    return _CHANNELS.get(data.get("channel", ""), "收到了这件事。") + (f"来人叫{name}。" if name else "")


def _transcribed(data: dict) -> str:
    if data.get("silent"):
        return "录音里没有人说话。"
    heard = data.get("text", "…")  # left out where whoever reads this may not see the words
    return "机器听写好了。" if heard else "机器没有听出话来。"


def _understood(data: dict) -> str:
    heard = data.get("category") if data.get("category") != OTHER else data.get("topic", "")
    about = "，".join(part for part in (heard, data.get("place")) if part)
    return f"机器的建议：{about}。" if about else "机器没有听出是什么事。"


def _decided(data: dict) -> str:
    about = "，".join(part for part in (data.get("category"), data.get("place")) if part) or "还没有类别和地点"
    about += f"，{data['ask']}" if data.get("ask") else ""
    return f"定为：{about}{'，急' if data.get('urgent') else ''}。"


def _delivered(data: dict) -> str:
    return "电话播报，对方听到了。" if data.get("what") == "call" else "短信送到了。"


_RECORDING_FAILED = {
    "unreadable": "录音放不出来：电话公司给的不是声音。请打过去问。",
    "unproved": "录音没有取全。请听一听，不清楚就打过去问。",
}


def _failed(data: dict) -> str:
    if data.get("what") == "recording":
        return _RECORDING_FAILED.get(data.get("fault", ""), "录音没有处理成。请听一听，听不到就打过去问。")
    return f"{_SENT.get(data.get('what', ''), '回复')}没有送到，请换个办法联系。"


def danger(data: dict) -> str:
    """An "alerted" event's words and the number that helps: 着火，请打119."""
    word, matter = data.get("word", ""), data.get("matter", "")
    known = emergency(word) or emergency(matter)
    said = word if 0 < len(word) <= _SHORT else matter or word or REASONS["emergency"]
    return f"{said}，请打{known.number}" if known else said


def _alerted(data: dict) -> str:
    return f"听到了紧急的词{f'：“{word}”' if (word := data.get('word')) else ''}。请马上处理。"


def _called_back(data: dict) -> str:
    why = REASONS.get(data.get("reason", ""))
    return f"已经给来电人打过电话（{why}）。" if why else "已经给来电人打过电话。"


def _assigned(data: dict) -> str:
    helpers = "、".join(data.get("helpers", []))
    return f"派给{data.get('lead', '部门')}牵头{f'，{helpers}协办' if helpers else ''}。"


def _of_department(done: str) -> Callable[[dict], str]:
    return lambda data: f"{data.get('department', '部门')}{done}。"


def _clock(data: dict) -> str:
    if data.get("why") == "calendar":
        return _moved(data)
    by = f"，{_moment(data['answer_by'])} 前答复" if data.get("answer_by") else "，几时答复算不出来"
    return f"时限按“{_class_name(data.get('of_class', ''))}”算{by}。"


def _moved(data: dict) -> str:
    """Which terms are others by the calendar as it is known now: 签收从 1月4日 10:00 改到 1月5日 10:00."""
    terms = {"sign_by": "签收", "answer_by": "答复"}
    moved = [
        f"{name}从 {_moment(before)} 改到 {_moment(data[key])}" if (before := data.get(f"before_{key}")) else
        f"{name}定在 {_moment(data[key])}"
        for key, name in terms.items() if data.get(key) and data[key] != data.get(f"before_{key}")
    ]  # fmt: skip
    return f"放假安排有了变化，时限重新算过：{'，'.join(moved)}。"


def _clock_unknown(data: dict) -> str:
    if data.get("of_class"):
        return "没有这一种时限，几时要办好算不出来，请换一种。"
    return "当时还不知道后面的放假安排，时限没有算出来，请人工盯着。"


def _class_name(key: str) -> str:
    kind = rules().kinds.get(key)
    return kind.name if kind else key


def _moment(written: str) -> str:
    at = local(datetime.fromisoformat(written))
    return f"{at.month}月{at.day}日 {at:%H:%M}"


def _days(sentence: str) -> Callable[[dict], str]:
    def told_of(data: dict) -> str:
        by = f"，{_moment(data['answer_by'])} 前答复" if data.get("answer_by") else ""
        return f"{data.get('department', '')}{sentence.format(data.get('days', ''))}{by}。"

    return told_of


def _reminded(data: dict) -> str:
    return f"时限过了 {data.get('percent', '')}%，提醒{data.get('to', '')}。"


def _urged(data: dict) -> str:
    return f"{'时限到了，' if 'planned' in data else ''}催办{data.get('to', '')}。"


def _followed_up(data: dict) -> str:
    said = "办好了" if data.get("solved") else "没办好"
    by = {"key": "按键说", "text": "回短信说"}.get(data.get("how", ""))
    return f"{by}：{said}。" if by else f"回访了来电人，{said}。"


def _closed(data: dict) -> str:
    return _CLOSED_AS.get(data.get("closed_as", ""), "办结了。")


def _ask_tried(data: dict) -> str:
    how = "接了电话，没有按键" if data.get("status") == "no_key" else "没有打通"
    counted = "" if data.get("counted") else "（同一天或同一个钟点打过，不另算一次）"
    return f"回访第 {data.get('times', '')} 次，{how}{counted}。"


def _returned(data: dict) -> str:
    return f"{data.get('department', '部门')}退单。时限照样走。"


# kind -> the sentence (or how it is made from the event's data), the data that holds the words, whether it alarms
_STORY: dict[str, tuple[str | Callable[[dict], str], str, bool]] = {
    "received": (_received, "", False),
    "recorded": ("留下了录音。", "", False),
    "transcribed": (_transcribed, "", False),
    "understood": (_understood, "", False),
    "caller_known": (lambda data: _NUMBERS.get(data.get("number", ""), "问过来电的号码了。"), "", False),
    "place_picked": (lambda data: f"按键说：是{data.get('place', '')}。", "", False),
    "confirmed": (lambda data: "按键说：听对了。" if data.get("right") else "按键说：听得不对。", "", False),
    "corrected": ("改正了听写的话。", "text", False),
    "decided": (_decided, "", False),
    "texted": ("写了短信回复。", "body", False),
    "spoken": ("写了电话播报的回复。", "text", False),
    "added": ("又补充了几句。", "text", False),
    "call_back": (lambda data: f"要给来电人打电话：{REASONS.get(data.get('reason', ''), '请问清楚')}。", "", False),
    "alerted": (_alerted, "", True),
    "delivered": (_delivered, "", False),
    "failed": (_failed, "", True),
    "assigned": (_assigned, "why", False),
    "signed": (_of_department("签收了"), "", False),
    "begun": (_of_department("开始办理"), "", False),
    "reported": (_of_department("反馈结果"), "text", False),
    "returned": (_returned, "why", True),
    "time_asked": (_days("申请延期 {} 天"), "why", False),
    "time_refused": (_days("申请的 {} 天延期没有同意"), "why", False),
    "extended": (_days("同意延期 {} 天"), "why", False),
    "paused": (_days("时限暂停 {} 天"), "why", False),
    "resumed": (_days("时限接着走"), "", False),
    "clock": (_clock, "", False),
    "clock_stopped": (lambda data: "超期答复。" if data.get("late") else "按时答复，时限停了。", "", False),
    "clock_unknown": (_clock_unknown, "", True),
    "sign_late": (lambda data: f"到时候还没有签收，催{data.get('to', '')}。", "", True),
    "reminded": (_reminded, "", False),
    "urged": (_urged, "why", True),
    "raised": (lambda data: f"超期还没有答复，报给{data.get('to', '')}。", "", True),
    "followed_up": (_followed_up, "text", False),
    "asked": (lambda data: f"{'发短信' if data.get('how') == 'text' else '打电话'}问办好了没有。", "", False),
    "ask_tried": (_ask_tried, "", False),
    "graded": (lambda data: f"来电人评的是：{GRADES.get(data.get('grade'), '')}。", "", False),
    "delay_told": ("发短信告诉了来电人要多办几天、为什么。", "", False),
    "closed": (_closed, "why", False),
    "reopened": ("没有办好，重办。", "text", True),
    "archived": ("归档了。", "", False),
    "called_back": (_called_back, "", False),
    "call_tried": ("给来电人打过电话，没打通。", "", False),
    "same_proposed": (lambda data: f"机器的建议：可能和事项 {data.get('number', '')} 是同一件事。", "", False),
    "joined": (lambda data: f"和事项 {data.get('number', '')} 并在一起了。", "", False),
    "parted": (lambda data: f"和事项 {data.get('number', '')} 分开了。", "", False),
    "not_same": (lambda data: f"和事项 {data.get('number', '')} 不是同一件事。", "", False),
    "read": ("看过了来电人的话。", "", False),
    "called_again": (lambda data: f"又来催了（事项 {data.get('number', '')}）。", "", False),
    "published": ("对外公开了。", "text", False),
    "unpublished": ("撤回了公开。", "", False),
    "foreign_status": (
        lambda data: f"对方{'办结了' if data.get('status') == 'closed' else '有进展'}。",
        "notes",
        False,
    ),
    "transferred": (lambda data: f"转给了值班电话，{'有人接了' if data.get('answered') else '没人接'}。", "", False),
}


def told(event: CaseEvent) -> Told:
    """One event as the page shows it. A kind that this version does not know is shown as it is."""
    sentence, words, alarm = _STORY.get(event.kind, (f"有新的进展（{event.kind}）。", "", False))
    said = sentence if isinstance(sentence, str) else sentence(event.data)
    return Told(_WHO.get(event.by, event.by), said, str(event.data.get(words) or "") if words else "", alarm)


def folded(events: Iterable[CaseEvent]) -> list[tuple[CaseEvent, Told, int]]:
    """The ledger for the page: each event as told and how often in a row; of those that say the same, the last."""
    lines: list[tuple[CaseEvent, Told, int]] = []
    for event in events:
        it, times = told(event), 1
        if lines and lines[-1][1] == it and not it.words:
            times += lines.pop()[2]
        lines.append((event, it, times))
    return lines

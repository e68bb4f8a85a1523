"""A case's ledger told in plain Chinese: one line of the table for each kind of event."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from app.models import CaseEvent
from app.services.categories import OTHER
from ivr.understand import emergency

_WHO = {"caller": "来电人", "hotline": "热线"}
_CHANNELS = {"voice": "电话打来了。", "sms": "短信发来了。"}
_SENT = {"text": "短信", "call": "电话播报"}
_SHORT = 8  # characters of a word of danger that still fits the row of a call
REASONS = {
    "asked_for_person": "要找人说话",
    "nobody_answered": "转接时没有人接",
    "emergency": "说到了紧急的事",
    "silent": "打进来没有说话",
    "not_reached": "回复没有送到",
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


def _failed(data: dict) -> str:
    if data.get("what") == "recording":
        return "录音没有处理成。请听一听，听不到就打过去问。"
    return f"{_SENT.get(data.get('what', ''), '回复')}没有送到，请换个办法联系。"


def danger(data: dict) -> str:
    """An "alerted" event's words and the number that helps: 着火，请打119."""
    word, matter = data.get("word", ""), data.get("matter", "")
    known = emergency(word) or emergency(matter)
    said = word if 0 < len(word) <= _SHORT else matter or word or REASONS["emergency"]
    return f"{said}，请打{known.number}" if known else said


def _called_back(data: dict) -> str:
    why = REASONS.get(data.get("reason", ""))
    return f"已经给来电人打过电话（{why}）。" if why else "已经给来电人打过电话。"


# kind -> the sentence (or how it is made from the event's data), the data that holds the words, whether it alarms
_STORY: dict[str, tuple[str | Callable[[dict], str], str, bool]] = {
    "received": (lambda data: _CHANNELS.get(data.get("channel", ""), "收到了这件事。"), "", False),
    "recorded": ("留下了录音。", "", False),
    "transcribed": (lambda data: "机器听写好了。" if data.get("text") else "机器没有听出话来。", "", False),
    "understood": (_understood, "", False),
    "confirmed": (lambda data: "按键说：听对了。" if data.get("right") else "按键说：听得不对。", "", False),
    "corrected": ("改正了听写的话。", "text", False),
    "decided": (_decided, "", False),
    "texted": ("写了短信回复。", "body", False),
    "spoken": ("写了电话播报的回复。", "text", False),
    "added": ("又补充了几句。", "text", False),
    "call_back": (lambda data: f"要给来电人打电话：{REASONS.get(data.get('reason', ''), '请问清楚')}。", "", False),
    "alerted": (lambda data: f"听到了紧急的词：“{data.get('word', '')}”。请马上处理。", "", True),
    "delivered": (_delivered, "", False),
    "failed": (_failed, "", True),
    "called_back": (_called_back, "", False),
    "call_tried": ("给来电人打过电话，没打通。", "", False),
    "same_proposed": (lambda data: f"机器的建议：可能和事项 {data.get('number', '')} 是同一件事。", "", False),
    "joined": (lambda data: f"和事项 {data.get('number', '')} 并在一起了。", "", False),
    "parted": (lambda data: f"和事项 {data.get('number', '')} 分开了。", "", False),
    "not_same": (lambda data: f"和事项 {data.get('number', '')} 不是同一件事。", "", False),
    "urged": (lambda data: f"又来催了（事项 {data.get('number', '')}）。", "", False),
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

"""How things are written at the desk: times, telephone numbers, places, and the Chinese names of states and reasons."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from flask import Flask

from app.console.blueprints import parts
from app.console.story import REASONS, danger, folded, told
from app.db import now
from app.models import CallBackTask, Caller, Case, Message, Recording, SpokenReply
from app.models.case import STATES
from app.services.categories import OTHER
from app.services.desk import Ring, is_settled, matter_of
from app.services.gloss import glosses
from speech_models.transcript import SURE

_ZONE = ZoneInfo("Asia/Shanghai")
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


@dataclass(frozen=True)
class LitWord:
    """A word as the page shows it: `gap` where a space belongs before it, `unsure` where it is to be marked."""

    text: str
    start: float
    end: float
    gap: bool
    unsure: bool


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (
        when, day, hour, clock, phone, place_of, matter_of, told, lit, state_name, reason, tried, text_state,
        call_state, guess_of, doubtful, automatic, folded, awaited, trouble, wordless, glosses,
    )  # fmt: skip
    app.jinja_env.filters.update({word.__name__: word for word in filters})
    app.context_processor(lambda: {"town": parts().settings.town, "live": parts().settings.live})


def when(at: datetime) -> str:
    """A moment as people say it: 今天 09:12, 昨天 17:40, 11月20日 周五 08:05, 2025年3月1日 08:05."""
    return f"{day(at)} {hour(at)}"


def day(at: datetime) -> str:
    """The day of a moment as people say it: 今天, 昨天, 11月20日 周五, 2025年3月1日."""
    local, today = at.astimezone(_ZONE).date(), now().astimezone(_ZONE).date()
    if local == today:
        return "今天"
    if local == today - timedelta(days=1):
        return "昨天"
    if local.year == today.year:
        return f"{local.month}月{local.day}日 周{_WEEKDAYS[local.weekday()]}"
    return f"{local.year}年{local.month}月{local.day}日"


def hour(at: datetime) -> str:
    """The time of day: 09:12."""
    return f"{at.astimezone(_ZONE):%H:%M}"


def clock(seconds: float) -> str:
    """A length of sound: 0:07, 1:32."""
    whole = round(seconds)
    return f"{whole // 60}:{whole % 60:02}"


def phone(caller: Caller | None) -> str:
    """A number as it is dialled in this country; 号码未显示 for a hidden one."""
    if caller is None:
        return "号码未显示"
    try:
        number = phonenumbers.parse(caller.number, None)
    except phonenumbers.NumberParseException:
        return caller.number
    home = phonenumbers.country_code_for_region(parts().settings.region) == number.country_code
    style = phonenumbers.PhoneNumberFormat.NATIONAL if home else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def place_of(case: Case) -> str:
    """The place a person confirmed: village and what lies within it."""
    village = case.village.name if case.village else ""
    return case.place if village and case.place.startswith(village) else village + case.place


def state_name(case: Case) -> str:
    """How far the case is."""
    return "已答复" if case.state == "replied" else STATES.get(case.state, case.state)


def guess_of(case: Case) -> dict:
    """The machine's proposal (`category`, `place`, `because`); 其他 is no proposal."""
    guess = case.proposal or {}
    return guess | {"category": ""} if guess.get("category") == OTHER else guess


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
        shown.append(LitWord(text, word["start"], word["end"], gap, word["confidence"] < SURE))
    return shown


def _latin(letter: str) -> bool:
    return letter.isascii() and letter.isalnum()


def text_state(message: Message) -> str:
    """What became of an SMS."""
    return MESSAGE_STATES["failed"] if message.failed else MESSAGE_STATES.get(message.state, "正在处理")


def call_state(reply: SpokenReply) -> str:
    """What became of a spoken reply."""
    settled = reply.failed and reply.state not in ("no_answer", "failed")
    return CALL_STATES["failed"] if settled else CALL_STATES.get(reply.state, "正在处理")


def trouble(recording: Recording) -> str:
    """What is the matter with a recording, in a sentence; empty where all is well."""
    if recording.state == "announced":
        if recording.failed:
            return "这段录音没有取回来，听不到了。" + ("请按号码打过去问一问。" if recording.case.caller else "")
        return "录音正在从电话公司取回，一般几秒钟就好。到了会自己显示出来。"
    if recording.as_heard is None:
        if recording.failed:
            return "机器没能转写这段录音。请直接听，再写下来。"
        return "机器正在听写，写好了会自己显示出来。现在就可以先听录音。"
    return "" if recording.as_heard.text else "机器没有听出话来。请您听一听，听清了就写下来。"


def awaited(case: Case) -> bool:
    """Whether words of this case may still come by themselves: a recording is on its way, or the call just began."""
    if case.recordings:
        return not all(is_settled(recording) for recording in case.recordings)
    return case.channel == "voice" and case.received_at > now() - _CALL


def wordless(case: Case) -> str:
    """What stands in the list for a case that has no words yet."""
    if not case.recordings:
        return "没有留下录音"
    return "没有听出话来，请听录音" if case.unclear or any(r.failed for r in case.recordings) else "正在听写"

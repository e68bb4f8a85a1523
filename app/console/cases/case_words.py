"""How a case is written on its page and in lists: places, words heard, replies, states and reasons in Chinese."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import timedelta

from flask import Flask
from flask_login import current_user

from app.console.cases.fault_words import trouble, unheard, wordless
from app.console.cases.story import folded, told
from app.console.shell.template_words import when
from app.db import now
from app.models import (
    Asking,
    Assignment,
    Caller,
    Case,
    CaseEvent,
    Message,
    Proposal,
    Rating,
    SpokenReply,
)
from app.models.case import STATES
from app.models.rating import GRADES
from app.services.desk import department_view
from app.services.desk.glosses import glosses, likely_dialect
from app.services.sorting.asks import URGENCIES
from app.services.sorting.categories import OTHER
from speech_models.dialects import load_dialects
from speech_models.transcript import SURE

_CALL = timedelta(minutes=10)  # a call without a recording may still be going on for that long
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
_OTHERS_SHOWN = 3


def init_app(app: Flask) -> None:
    """Give the templates these words."""
    filters = (
        place_of,
        told,
        lit,
        state_name,
        text_state,
        call_state,
        guess_of,
        short,
        urgency_name,
        doubtful,
        automatic,
        folded,
        awaited,
        trouble,
        wordless,
        unheard,
        glosses,
        likely_dialect,
        speaks,
        part_state,
        sees,
        seen_events,
        closed_as_told,
        asking_told,
        verdict_told,
    )
    app.jinja_env.filters.update({word.__name__: word for word in filters})


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


def sees(case: Case, field: str) -> bool:
    """Whether whoever is at the page may see a field of a case (services/desk/department_view.py)."""
    return department_view.sees(case, field, current_user.department_id)


def seen_events(case: Case) -> list[CaseEvent]:
    """The steps of a case that whoever is at the page may see."""
    return department_view.events_seen(case, case.events, current_user.department_id)


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

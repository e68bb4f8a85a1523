"""What went wrong, in words for the desk: faults, what was given up, what is the matter with a recording."""

from collections.abc import Mapping

from app.models import Case, Message, Recording
from app.services.cases import failures
from app.services.cases.failures import Failure
from app.services.evidence import is_short

FAULTS = {
    failures.CREDENTIALS: "电话公司不认我们的账号或密码",
    failures.MODEL: "听写用的模型没有装好",
    failures.VOICE: "合成语音的模型没有装好",
    failures.STORE: "存录音的地方用不了（多半是磁盘满了）",
    failures.MEMORY: "机器的内存不够",
    failures.UNREADABLE: "不是声音，放不出来",
    failures.UNPROVED: "还不能肯定取全了，电话公司那一份先不删",
}
KINDS = {
    "recordings": "录音",
    "texts": "短信",
    "calls": "电话播报",
    "askings": "回访电话",
    "takes": "真人录的话",
    "deliveries": "告诉别的系统的",
    "learning": "听写学习",
    "sorting": "分类学习",
}
_GIVEN_UP = {
    "texts": "没有发出去",
    "calls": "没有打通",
    "askings": "拨不出去",
    "takes": "没有取回来",
    "deliveries": "对方没有收",
    "learning": "没有学成",
    "sorting": "没有学成",
}
_OF_RECORDING = {
    "announced": "没有取回来",
    "stored": "机器听写不成，录音可以放",
    "transcribed": "电话公司那一份删不掉",
}


def held_told(held: Mapping[str, int]) -> str:
    """What faults of ours hold up, in one sentence."""
    each = "，".join(f"{FAULTS[fault]}（{count} 件）" for fault, count in held.items())
    return f"有 {sum(held.values())} 件事办不下去：{each}。请告诉技术员，修好了会自己接着办。"


def why_undone(found: Failure) -> str:
    """Why something was given up, or is still being tried."""
    row = found.row
    if isinstance(row, Recording) and row.state == "transcribed" and is_short(row):
        return f"没有取全：只有 {row.seconds:.0f} 秒，应有 {row.said_seconds:.0f} 秒"
    if row.fault:
        return FAULTS[row.fault]
    if isinstance(row, Recording):
        return _OF_RECORDING[row.state]
    if isinstance(row, Message) and not row.outgoing:
        return "收到了，没有处理成"
    return _GIVEN_UP[found.kind]


def kind_name(kind: str) -> str:
    """A kind of what may be given up, in Chinese."""
    return KINDS[kind]


def unheard(case: Case) -> str:
    """Why there are no words, as a mark: 录音放不出来, 录音没取回来, 没有说话, 听不清; empty where there are some."""
    wordless = [recording for recording in case.recordings if recording.as_heard is None]
    if any(recording.fault == failures.UNREADABLE for recording in wordless):
        return "录音放不出来"
    if any(recording.failed and not recording.key for recording in wordless):
        return "录音没取回来"
    if any(recording.failed for recording in wordless):
        return "没能听写"
    if not case.unclear:
        return ""
    return "没有说话" if case.recordings and all(recording.silent for recording in case.recordings) else "听不清"


def wordless(case: Case) -> str:
    """What stands in the list for a case that has no words yet."""
    if not case.recordings:
        return "没有留下录音"
    why = unheard(case)
    return {"": "正在听写", "听不清": "没有听出话来，请听录音", "没能听写": "机器没能听写，请听录音"}.get(why, why)


def trouble(recording: Recording) -> str:
    """What is the matter with a recording, in a sentence; empty where all is well."""
    ring = "请按号码打过去问一问。" if recording.case.caller else ""
    if recording.as_heard is None:
        return _unheard_of(recording, ring)
    if is_short(recording):
        lengths = f"只有 {recording.seconds:.0f} 秒，应有 {recording.said_seconds:.0f} 秒"
        return f"这段录音没有取全，{lengths}。{ring if recording.failed else '正在再取。'}"
    if recording.as_heard.text:
        return ""
    if recording.silent:
        return "录音里没有人说话。"
    return "机器没有听出话来。请您听一听，听清了就写下来。"


def _unheard_of(recording: Recording, ring: str) -> str:
    if recording.fault == failures.UNREADABLE:
        return f"这段录音放不出来：电话公司给的不是声音。{ring}" if recording.failed else "录音放不出来，正在再取。"
    if not recording.failed and recording.fault in failures.OURS:
        return f"{FAULTS[recording.fault]}，修好了会自己接着办。{'现在就可以先听录音。' if recording.key else ''}"
    if recording.state == "announced":
        if recording.failed:
            return f"这段录音没有取回来，听不到了。{ring}"
        return "录音正在从电话公司取回，一般几秒钟就好。到了会自己显示出来。"
    if recording.failed:
        return "机器没能转写这段录音。请直接听，再写下来。"
    return "机器正在听写，写好了会自己显示出来。现在就可以先听录音。"

"""Script (剧本): a flow as lines in the order in which it is gone through, for whoever changes what is said.

The longest way comes straight down; what else may happen at a step is indented before it. A step that was come to
already is only named.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ivr.flow import Flow
from ivr.step import Step
from ivr.steps.ask import Ask
from ivr.steps.call_back import CallingBack
from ivr.steps.choose import Choose
from ivr.steps.finish import Finish
from ivr.steps.limit import Limit
from ivr.steps.look_up import LookingUp
from ivr.steps.person import Connect
from ivr.steps.pick import Picking
from ivr.steps.read import Read
from ivr.steps.record import Record
from ivr.steps.transcript import Transcribe
from ivr.steps.verdict import Judging

_ASKED = {
    "open_case": "看看他有没有还没办完的事",
    "office": "看看现在有没有人上班",
    "joint_case": "看看那里有没有好几家反映同一件事",
    "villages": "看看叫这个名字的村是不是不止一个",
    "question": "看看有没有问过他、还没有回的话",
}
_FOUND = {
    "open_case": ("有", "没有"),
    "office": ("有人上班", "下班了"),
    "joint_case": ("有", "没有"),
    "villages": ("不止一个", "只有一个，或者没说"),
    "question": ("有", "没有"),
}
_CHOSEN = {
    "caller_known": {"no": "没有显示号码"},
    "texts": {"no": "不收短信"},
    "reply": {"": "答复的声音放不出来"},
    "opened": {"yes": "这次已经记下了事情"},
    "place": {"": "没听出是哪里"},
    "rest": {"": "后面没有写话"},
    "sure": {"no": "不太像是这个意思"},
    "emergency": {"": "不是急事"},
    "delay": {"": "没有延期"},
    "question": {"solved": "问过他办好了没有", "grade": "问过他满不满意"},
    "verdict": {
        "1": "回 1", "2": "回 2", "3": "回 3", "4": "回 4", "5": "回 5",
        "g1": "写的是很满意", "g2": "写的是满意", "g3": "写的是基本满意", "g4": "写的是不满意", "g5": "写的是很不满意",
    },
    "at_desk": {"yes": "是在窗口或者家里记下的"},
    "kind": {"sign_late": "还没有签收", "reminded": "时限快到了"},
    "answered": {"yes": "已经有人接过电话"},
}  # fmt: skip
_INTENTS = {
    "status": "问办得怎么样（查）", "add": "补充（加）", "fixed": "说修好了", "me_too": "说“我也是”",
    "person": "要找人", "verdict": "回数字，或者说满意不满意",
    "hello": "问好", "thanks": "道谢", "help": "要帮助", "stop": "不想再收短信（停）", "resume": "想再收短信（恢复）",
}  # fmt: skip
_DONE = {
    "OpeningCase": "记成一件事，给一个编号", "Alerting": "马上告诉值班的人", "JoiningCase": "和他们记在一起",
    "Adding": "记到他那件事里", "Stopping": "以后不再给他发短信", "Allowing": "以后又给他发短信",
    "Grading": "记下他满不满意",
}  # fmt: skip
_DOORS = {"start": "", "person": "随时按 0", "emergency": "听到要命的话", "give_up": "说得太久"}


@dataclass(frozen=True)
class Line:
    """One line of the script: `depth` from 0; `told` what happens; `step` where words are said; `goes_to` where it
    goes on at a step that is elsewhere."""

    depth: int
    told: str = ""
    step: str = ""
    goes_to: str = ""


def script(flow: Flow, channel: str) -> list[Line]:
    """The whole of a flow on one channel."""
    seen: set[str] = set()
    doors = [("start", flow.start[channel])]
    if channel == "voice":
        doors.append(("person", flow.person))
    doors += [("emergency", flow.emergency[channel]), ("give_up", flow.give_up)]
    lines: list[Line] = []
    for door, step in doors:
        if step in seen or isinstance(flow.steps[step], Finish):
            continue
        if _DOORS[door]:
            what = f"（{flow.person_label}）" if door == "person" else ""
            lines.append(Line(0, f"{_DOORS[door]}{what}："))
        lines += _way(flow, channel, step, 1 if _DOORS[door] else 0, seen)
    return lines


def _way(flow: Flow, channel: str, name: str, depth: int, seen: set[str]) -> list[Line]:
    """From a step to the end, or to where the way was gone already."""
    passed: list[tuple[Step, list[tuple[str, str]], str]] = []
    while name not in seen:
        step = flow.steps[name]
        seen.add(name)
        ways = list(_ways(step))
        ahead = [way for way in ways if way[1] not in seen]
        main = max(ahead, key=lambda way: _size(flow, way[1], seen), default=ways[-1] if ways else ("", ""))
        if isinstance(step, Read):  # every text is answered, and then the next one is waited for
            passed.append((step, ways, ""))
            break
        passed.append((step, [way for way in ways if way != main], main[0]))
        if not ways:
            break
        name = main[1]
    else:
        passed.append((flow.steps[name], [], "…"))
    lines: list[Line] = []
    for step, beside, on in passed:
        if on == "…":
            lines.append(_elsewhere(flow, step.name, depth))
            continue
        lines += _lines(step, channel, depth)
        for told, goal in beside:
            lines.append(Line(depth, f"{told}："))
            lines += _way(flow, channel, goal, depth + 1, seen)
        if on and beside:
            lines.append(Line(depth, f"{on}："))
    return lines


def _lines(step: Step, channel: str, depth: int) -> Iterator[Line]:
    if step.speaks != "never":
        yield Line(depth, step=step.name)
    match step:
        case Record():
            yield Line(depth, "嘀一声，来电人说话，录下来")
        case Transcribe():
            yield Line(depth, "等机器听写，最多几秒钟")
        case Connect():
            yield Line(depth, f"打值班电话，响 {step.seconds} 秒")
        case CallingBack():
            yield Line(depth, "记下要给他回电话" + ("，马上就要回" if step.urgent else ""))
        case LookingUp():
            yield Line(depth, _ASKED[step.what])
        case Read():
            yield Line(depth, "来短信了")
        case Judging():
            yield Line(depth, "记下：他说办好了" if step.solved else "记下：他说没办好，重办")
        case Finish():
            yield Line(depth, "挂电话" if channel == "voice" else "完了")
        case _ if type(step).__name__ in _DONE:
            yield Line(depth, _DONE[type(step).__name__])


def _elsewhere(flow: Flow, name: str, depth: int) -> Line:
    """Named by the next step that says something."""
    step, passed = flow.steps[name], set()
    while step.speaks == "never" and step.name not in passed:
        passed.add(step.name)
        goals = list(step.goes().values())
        if not goals or step.waits == "caller":
            break
        step = flow.steps[goals[-1]]
    if isinstance(step, Read):
        return Line(depth, "等下一条短信")
    if isinstance(step, Finish):
        return Line(depth, "挂电话" if "voice" in flow.start else "完了")
    return Line(depth, goes_to=step.name)


def _ways(step: Step) -> Iterator[tuple[str, str]]:
    """(how it is told, the next step), each goal as often as there are ways to it."""
    match step:
        case Ask():
            yield from ((f"来电人按 {key}（{label}）", goal) for key, (label, goal) in step.keys.items())
            yield "没有按键，或者按了别的", step.otherwise
        case Picking():
            yield "来电人按键选了一个", step.picked
            yield "没有按键，或者按了别的", step.otherwise
        case Record():
            yield "说完了", step.recorded
            yield "说完按 0（还要找人）", step.recorded_0
            yield "一直没说话", step.silent
        case Transcribe():
            yield "听出了是什么事、在哪里", step.understood
            yield "没听出来", step.unclear
        case LookingUp():
            yes, no = _FOUND[step.what]
            yield yes, step.found
            yield no, step.missing
        case Connect():
            yield "有人接", step.answered
            yield "没人接", step.absent
        case Limit():
            yield f"前 {step.times} 次", step.then
            yield "再多", step.past
        case Choose():
            told = _CHOSEN.get(step.value, {})
            yield from ((told.get(case, f"{step.value} = {case}"), goal) for case, goal in step.cases.items())
            yield "别的时候", step.otherwise
        case Read():
            yield from ((_INTENTS.get(name, name), goal) for name, goal in step.intents.items())
            yield "写了一件事", step.otherwise
            yield "看不出写了什么", step.unclear
        case _:
            for way, goal in step.goes().items():
                yield "没写要补充什么" if way == "empty" else "接着", goal


def _size(flow: Flow, name: str, seen: set[str]) -> int:
    """How many steps not gone through yet can be come to from here."""
    found, todo = set(), [name]
    while todo:
        here = todo.pop()
        if here not in found and here not in seen:
            found.add(here)
            todo.extend(flow.steps[here].goes().values())
    return len(found)

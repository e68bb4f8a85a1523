"""A dialogue (ivr/talks/*.txt): what a caller does and what she gets, readable by a clerk, run by a test.

    # 王奶奶打电话，说完就挂
    office: open
    > (来电)
    < 您好，这里是青禾镇乡音热线……
    > (说) 清水村三组路灯坏了三天 {place: 清水村三组, matter: 路灯}
    * 立案 1001

`>` is the caller: a key, a text (channel: sms; what the service understands of it in braces) or one of DEEDS in
brackets; `<` what she hears or reads (… stands
for anything), `*` what the service is to do. Facts stand before: see FACTS.
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from ivr.conversation import resume, start
from ivr.flow import Flow
from ivr.turn import (
    AddToCase,
    Alert,
    AllowTexts,
    CallBack,
    Confirm,
    Event,
    Finished,
    Found,
    Grade,
    Heard,
    HungUp,
    JoinCase,
    Judge,
    Key,
    LookUp,
    OpenCase,
    PersonAbsent,
    PersonAnswered,
    PlacePicked,
    Recorded,
    Silence,
    Speak,
    StopTexts,
    Texted,
    TooLate,
    Turn,
    Understood,
    WaitForPerson,
    WaitForTranscript,
)
from ivr.words import Words

TALKS = Path(__file__).parent / "talks"
FACTS = {  # what may be said before the talk begins, and what holds where it is not
    "flow": "report",
    "channel": "voice",
    "dialect": "mandarin",
    "town": "青禾镇",
    "hotline": "0990000000",
    "office": "open",  # open or closed
    "open_case": "",  # number matter state, of a case that is open already
    "answer": "",  # what was replied to it
    "either": "",  # villages of one name, of which nothing tells which is meant
    "joint": "",  # number matter households, of what others reported too
    "question": "",  # what the hotline asked by text: solved or grade
    "delay": "",  # what is said about time that was granted
    "said": "",
    "matter": "",
    "caller_known": "",  # no: hidden number
    "texts": "",  # no: opted out
    "own_words": "",
    "reply": "",
    "emergency": "",  # of the call that a receipt is for
    "emergency_number": "",
    "answered": "",  # yes: a person took that call
    "number": "",
}
DEEDS = {
    "不说话": Silence(),
    "挂断": HungUp(),
    "有人接": PersonAnswered(),
    "没人接": PersonAbsent(),
}
_OTHERWISE = ("flow", "channel", "dialect", "office", "open_case", "answer", "either", "joint", "question", "delay")
_GIVEN = [name for name in FACTS if name not in _OTHERWISE]
_SPOKEN = {"说": {}, "说完就挂": {"hung_up": True}, "说完按0": {"key": "0"}}
_REASONS = {
    "asked_for_person": "要找人",
    "nobody_answered": "没人接",
    "emergency": "要命的事",
    "silent": "一直没说话",
}


@dataclass
class Dialogue:
    """A talk as written: its title, its facts, and its lines (sign, text)."""

    title: str = ""
    facts: dict[str, str] = field(default_factory=lambda: dict(FACTS))
    lines: list[tuple[str, str]] = field(default_factory=list)

    def written(self) -> str:
        facts = [f"{name}: {value}" for name, value in self.facts.items() if value != FACTS[name]]
        return "\n".join([f"# {self.title}", *facts, *(f"{sign} {text}".rstrip() for sign, text in self.lines)]) + "\n"


def read_dialogue(text: str) -> Dialogue:
    """A dialogue from its file. Raises ValueError with the line that is to blame."""
    dialogue = Dialogue()
    for number, line in enumerate(text.splitlines(), start=1):
        sign, rest = line[:1], line[1:].strip()
        if sign == "#":
            dialogue.title = dialogue.title or rest
        elif sign in ("<", ">", "*"):
            dialogue.lines.append((sign, rest))
        elif line.strip():
            name, colon, value = line.partition(":")
            if not colon or name not in FACTS:
                raise ValueError(f"Line {number} is no fact and does not begin with one of # > < *: {line}")
            dialogue.facts[name] = value.strip()
    return dialogue


class Stage:
    """Plays one dialogue against the engine, and the service's part with the facts given."""

    def __init__(self, flow: Flow, words: Words, facts: dict[str, str]):
        self._flow, self._words, self._facts = flow, words, facts
        self._open: dict[str, str] = {}
        if facts["open_case"]:
            self._open = dict(zip(("number", "matter", "state"), facts["open_case"].split(), strict=False))
            self._open["answer"], self._open["delay"] = facts["answer"], facts["delay"]
        self._question = facts["question"]
        self._opened = 0
        self._place = ""
        self._turn: Turn | None = None
        self.said: list[tuple[Speak, dict[str, str]]] = []  # everything said so far, with what was known then

    @property
    def begun(self) -> bool:
        return self._turn is not None

    @property
    def over(self) -> bool:
        return self._turn is not None and isinstance(self._turn.wait, Finished)

    def begin(self) -> list[tuple[str, str]]:
        """What is said and done before the caller does anything."""
        values = {name: self._facts[name] for name in _GIVEN}
        channel, dialect = self._facts["channel"], self._facts["dialect"]
        return self._show(start(self._flow, self._words, channel=channel, dialect=dialect, values=values))

    def act(self, line: str) -> list[tuple[str, str]]:
        """What follows one `>` line. Raises ValueError for a deed that is not known."""
        if self._facts["channel"] == "sms":
            text, values = _spoken("" if line == "(空短信)" else line)
            self._place = values.get("place", "")
            return self._hear(Texted(text))
        return [shown for heard in _read_deed(line) for shown in self._hear(heard)]

    def _hear(self, heard: Heard) -> list[tuple[str, str]]:
        late = isinstance(heard, Understood | TooLate)
        if late and not isinstance(self._turn.wait, WaitForTranscript):
            return []  # she hung up or went on before the transcript came
        return self._show(resume(self._flow, self._words, self._turn.state, heard))

    def _show(self, turn: Turn) -> list[tuple[str, str]]:
        self._turn = turn
        self.said += [(event, turn.state.values) for event in turn.events if isinstance(event, Speak)]
        shown = [_shown(event) for event in turn.events]
        for event in turn.events:
            if isinstance(event, Judge | Grade):
                self._question = "grade" if isinstance(event, Judge) else ""
        match turn.wait:
            case LookUp(what="office"):
                return shown + self._hear(Found(self._facts["office"] == "open"))
            case LookUp(what="joint_case"):
                joint = self._facts["joint"].split()
                values = dict(zip(("joint_number", "joint_matter", "households"), joint, strict=False))
                return shown + self._hear(Found(bool(joint), values))
            case LookUp(what="villages"):
                villages = self._facts["either"].split()
                return shown + self._hear(Found(bool(villages), {f"place_{n}": v for n, v in enumerate(villages, 1)}))
            case LookUp(what="question"):
                values = {"question": self._question, "matter": self._facts["matter"]}
                return shown + self._hear(Found(bool(self._question), values if self._question else {}))
            case LookUp(number=number):
                found = bool(self._open) and number in ("", self._open["number"])
                return shown + self._hear(Found(found, dict(self._open) if found else {}))
            case OpenCase():
                if turn.state.channel == "sms" or not self._opened:
                    self._opened += 1
                self._open = {"number": str(1000 + self._opened), "state": "已受理"}
                found = Found(True, {"number": self._open["number"], "place": self._place})
                return [*shown, ("*", f"立案 {self._open['number']}"), *self._hear(found)]
            case WaitForPerson():
                return [*shown, ("*", "转接")]
            case Finished():
                return [*shown, ("*", "结束")]
        return shown


def play(dialogue: Dialogue, flow: Flow, words: Words) -> list[tuple[str, str]]:
    """The dialogue as it really goes: every `>` line of the script, and what follows each."""
    return played(dialogue, Stage(flow, words, dialogue.facts))


def played(dialogue: Dialogue, stage: Stage) -> list[tuple[str, str]]:
    """The same, on a stage that one may look at afterwards."""
    lines: list[tuple[str, str]] = []
    for sign, text in dialogue.lines:
        if sign == ">":
            lines.append((">", text))
            lines.extend(stage.begin() if not lines[1:] and text == "(来电)" else _acted(stage, text))
    return lines


def matches(expected: str, said: str) -> bool:
    """Whether a written line fits what was said; … stands for anything."""
    return re.fullmatch(".*".join(re.escape(part) for part in expected.split("…")), said, re.S) is not None


def _acted(stage: Stage, text: str) -> list[tuple[str, str]]:
    if not stage.begun:
        stage.begin()  # the first text both starts the thread and is heard
    return stage.act(text)


def _read_deed(line: str) -> list[Heard]:
    deed = re.fullmatch(r"\(([^)]*)\)\s*(.*)", line)
    if not deed:
        if len(line) == 1 and line in "0123456789*#":
            return [Key(line)]
        raise ValueError(f"`{line}` is no key of a telephone and no deed in brackets.")
    name, words = deed.groups()
    if name in DEEDS:
        return [DEEDS[name]]
    if name not in _SPOKEN:
        raise ValueError(f"`({name})` is none of {', '.join(['来电', *DEEDS, *_SPOKEN])}.")
    recorded = Recorded(5.0, **_SPOKEN[name])
    if not words:
        return [recorded, TooLate()]
    text, values = _spoken(words)
    return [recorded, Understood(text, **values)]


def _spoken(line: str) -> tuple[str, dict[str, str]]:
    """A line's words, and what the service understands of them: `路灯坏了 {place: 清水村, matter: 路灯}`."""
    words, _, braces = line.partition("{")
    found = re.findall(r"(place|matter):\s*([^,}]+)", braces)
    return words.strip(), {name: value.strip() for name, value in found}


def _shown(event: Event) -> tuple[str, str]:
    match event:
        case Speak(text=text):
            return "<", text
        case Confirm(right=right):
            return "*", "她说对了" if right else "她说不对"
        case PlacePicked(place=place):
            return "*", f"她选了 {place}"
        case CallBack(reason=reason, urgent=urgent):
            return "*", f"{'马上' if urgent else ''}回电：{_REASONS.get(reason, reason)}"
        case Alert(word=word, matter=matter):
            return "*", f"警报：{matter}，听到“{word}”"
        case AddToCase(text=text):
            return "*", f"补充：{text}"
        case JoinCase(number=number):
            return "*", f"并到 {number}"
        case Judge(solved=solved):
            return "*", "她说办好了" if solved else "她说没办好"
        case Grade(grade=grade):
            return "*", f"评 {grade}"
        case StopTexts(text=text):
            return "*", f"不再收短信：{text}"
        case AllowTexts(text=text):
            return "*", f"再收短信：{text}"

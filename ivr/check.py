"""Lint a flow with its words: `python -m ivr.check [FLOW]` prints file, line and a sentence for each finding."""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ivr.document import FlowError
from ivr.flow import DEFAULT, Flow, load_flow
from ivr.steps.call_back import CallingBack
from ivr.steps.finish import Finish
from ivr.steps.transcript import Transcribe
from ivr.text import PARTS, sms_parts
from ivr.words import DIALECT, FOLDER, Slot, Words, cut, load_words

MOST_WAIT_MS = 4500  # with "好的，请稍等" before it, never above six seconds
LONGEST = {  # the longest values that a caller's words, a register or a clerk plausibly give
    "number": "12345678",
    "hotline": "0990123456789",
    "place": "青禾镇清水村三组老学堂后面",
    "place_1": "青禾镇清水村",
    "place_2": "青禾镇清水村",
    "place_3": "青禾镇清水村",
    "matter": "农村饮水安全工程",
    "state": "已转水利站办理，等待回复",
    "town": "青禾镇人民政府",
    "emergency_number": "119",
    "emergency": "燃气泄漏",
    "households": "九十多户",
    "joint_matter": "农村饮水安全工程",
    "answer": "办" * 60,  # the service gives no more
    "said": "话" * 16,  # likewise
    "delay": "因" * 30,
    "days": "15",
    "until": "12月31日23点59分",
    "percent": "80",
    "why": "因" * 20,
}


@dataclass(frozen=True)
class Finding:
    """What is wrong, and where."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.sentence}"


def load(path: Path = DEFAULT, words_folder: Path = FOLDER) -> tuple[Flow, Words]:
    """A flow and the words that have passed every check. Raises FlowError with the first finding."""
    words = load_words(words_folder)
    flow = load_flow(path, words)
    for finding in check(flow, words):
        raise FlowError(finding.sentence, finding.file, finding.line)
    return flow, words


def check(flow: Flow, words: Words) -> list[Finding]:
    """Everything that `load_flow` lets pass and a caller would suffer from."""
    found = [
        *_unreachable(flow),
        *_dead_ends(flow),
        *_transfers(flow),
        *_missing_words(flow, words),
        *_slots(words),
        *_long_waits(flow),
        *_long_texts(flow, words),
        *_uneven_dialects(words),
    ]
    return sorted(set(found), key=lambda finding: (finding.file, finding.line))


def _at(flow: Flow, name: str, sentence: str) -> Finding:
    return Finding(flow.file, flow.steps[name].line, sentence)


def _unreachable(flow: Flow) -> Iterator[Finding]:
    reached = {step.name for channel in flow.start for step in flow.reachable(channel)}
    for name in flow.steps:
        if name not in reached:
            yield _at(flow, name, f"Nothing leads to step `{name}`.")


def _after(flow: Flow, name: str) -> set[str]:
    seen: set[str] = set()
    todo = [name]
    while todo:
        here = todo.pop()
        if here not in seen:
            seen.add(here)
            todo.extend(flow.steps[here].goes().values())
    return seen


def _dead_ends(flow: Flow) -> Iterator[Finding]:
    """On the phone every way must reach the end; a thread of texts may wait for the next one for ever."""
    for step in flow.reachable("voice") if "voice" in flow.start else []:
        if not any(isinstance(flow.steps[name], Finish) for name in _after(flow, step.name)):
            yield _at(flow, step.name, f"No way leads from step `{step.name}` to the end of the call.")


def _transfers(flow: Flow) -> Iterator[Finding]:
    for step in flow.steps.values():
        if step.is_transfer and not _calls_back(flow, step.goes()["absent"]):
            sentence = f"When nobody answers at step `{step.name}`, a way leads on without `do: call_back`."
            yield _at(flow, step.name, sentence)


def _calls_back(flow: Flow, name: str) -> bool:
    """Whether every way from here comes to a call-back task before it waits or ends."""
    step = flow.steps[name]
    if isinstance(step, CallingBack):
        return True
    ways = step.goes().values()
    return not step.waits and bool(ways) and all(_calls_back(flow, way) for way in ways)


def _missing_words(flow: Flow, words: Words) -> Iterator[Finding]:
    for channel in flow.start:
        for step in flow.reachable(channel):
            if step.speaks == "must" and not words.has(step.name, channel):
                yield _at(flow, step.name, f"Step `{step.name}` has no words for {channel}.")


def _slots(words: Words) -> Iterator[Finding]:
    """A text cannot play a sound or explain keys; the explanation of keys belongs to the phone's questions."""
    for step, line, text in _texts(words, "sms"):
        for piece in cut(text):
            if isinstance(piece, Slot) and piece.kind in ("audio", "keys"):
                yield Finding(words.files[DIALECT], line, f"The sms of step `{step}` cannot say {{{piece.name}}}.")


def _long_waits(flow: Flow) -> Iterator[Finding]:
    for step in flow.steps.values():
        if isinstance(step, Transcribe) and step.polls * step.poll_ms > MOST_WAIT_MS:
            sentence = f"Step `{step.name}` keeps the caller waiting above {MOST_WAIT_MS} ms, its words not counted."
            yield _at(flow, step.name, sentence)


def _long_texts(flow: Flow, words: Words) -> Iterator[Finding]:
    for step, line, text in _texts(words, "sms"):
        pieces = cut(text)
        longest = "".join(piece if isinstance(piece, str) else LONGEST.get(piece.name, "") for piece in pieces)
        if step in flow.steps and sms_parts(longest) > PARTS:
            sentence = f"The sms of step `{step}` may take {sms_parts(longest)} parts; {PARTS} are the most."
            yield Finding(words.files[DIALECT], line, sentence)


def _uneven_dialects(words: Words) -> Iterator[Finding]:
    """A missing recording is replaced by the Mandarin one of the same id, so the pieces must correspond."""
    for dialect, data in words.dialects.items():
        for step, said in data["steps"].items() if dialect != DIALECT else ():
            for field in said:
                own = [_shape(text) for text in words.texts(step, field, dialect)]
                if own != [_shape(text) for text in words.texts(step, field)]:
                    sentence = f"`{field}` of step `{step}` is not cut into the same pieces as in {DIALECT}."
                    yield Finding(words.files[dialect], said.lines[field], sentence)


def _shape(text: str) -> list[str]:
    return [piece.name if isinstance(piece, Slot) else "words" for piece in cut(text)]


def _texts(words: Words, field: str) -> Iterator[tuple[str, int, str]]:
    for step, said in words.dialects[DIALECT]["steps"].items():
        for text in words.texts(step, field):
            yield step, said.lines[field], text


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ivr.check", description=__doc__)
    parser.add_argument("flow", nargs="?", type=Path, default=DEFAULT, help="a flow file; the default flow if left out")
    parser.add_argument("--words", type=Path, default=FOLDER, help="the folder with the words files")
    options = parser.parse_args(arguments)
    try:
        words = load_words(options.words)
        flow = load_flow(options.flow, words)
    except FlowError as error:
        print(error)
        return 1
    findings = check(flow, words)
    for finding in findings:
        print(finding)
    if not findings:
        print(f"{flow.file}: {len(flow.steps)} steps, nothing wrong.")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())

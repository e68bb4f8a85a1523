"""Talk to a flow in the terminal: `python -m ivr.play [FLOW] [--channel sms] [--save ivr/talks/x.txt]`."""

import argparse
import sys
from pathlib import Path

from ivr.dialogue import DEEDS, FACTS, Dialogue, Stage
from ivr.document import FlowError
from ivr.flow import DEFAULT, load_flow
from ivr.words import load_words

_HELP = {
    "voice": f"输入按键 0-9，或 (说) 话 {{place: 村, matter: 事}}（不写 (说) 也行），(说完就挂) 话，(说完按0) 话，"
    f"{'，'.join(f'({deed})' for deed in DEEDS)}；(说) 后面不写话，就是转写来不及。空行结束。",
    "sms": "输入短信，回车发送；(空短信) 是没有字的短信。空行结束。",
}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ivr.play", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=DEFAULT, help="a flow file; the default flow if left out")
    parser.add_argument("--save", type=Path, help="write the talk here, as a test")
    parser.add_argument("--title", default="", help="the first line of the saved talk")
    for name, default in FACTS.items():
        if name != "flow":
            parser.add_argument(f"--{name.replace('_', '-')}", default=default, help=f"a fact of the talk ({default})")
    options = parser.parse_args(arguments)
    try:
        words = load_words()
        flow = load_flow(options.file, words)
        facts = {name: getattr(options, name) for name in FACTS if name != "flow"} | {"flow": flow.name}
        dialogue = Dialogue(options.title or flow.title, facts)
        _talk(Stage(flow, words, facts), dialogue)
    except FlowError as error:
        print(error, file=sys.stderr)
        return 1
    if options.save:
        options.save.write_text(dialogue.written(), encoding="utf-8")
        print(f"存到 {options.save}")
    return 0


def _talk(stage: Stage, dialogue: Dialogue) -> None:
    print(_HELP.get(dialogue.facts["channel"], ""))
    shown = stage.begin()
    if dialogue.facts["channel"] == "voice":
        _write(dialogue, [(">", "(来电)"), *shown])
    while not stage.over:
        try:
            line = input("> ").strip()
        except EOFError:
            return
        if not line:
            return
        if dialogue.facts["channel"] == "voice" and line[0].isalpha():
            line = f"(说) {line}"
        try:
            shown = stage.act(line)
        except ValueError as error:
            print(error)
            continue
        dialogue.lines.append((">", line))
        _write(dialogue, shown)


def _write(dialogue: Dialogue, shown: list[tuple[str, str]]) -> None:
    dialogue.lines.extend(shown)
    for sign, text in shown:
        print(sign, text)


if __name__ == "__main__":
    sys.exit(main())

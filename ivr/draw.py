"""Draw a flow: `python -m ivr.draw [FLOW]` prints it as a Mermaid chart."""

import argparse
import sys
from pathlib import Path

from ivr.document import FlowError
from ivr.flow import DEFAULT, Flow, load_flow
from ivr.steps import KINDS
from ivr.steps.finish import Finish

_WORDS = {kind: word for word, kind in KINDS.items()}


def draw(flow: Flow) -> str:
    """A Mermaid flowchart: what waits for the caller is round, what asks the service slanted, the end a circle."""
    lines = ["flowchart TD"]
    for step in flow.steps.values():
        label = f'"{step.name}<br/>{_WORDS[type(step)]}"'
        if isinstance(step, Finish):
            lines.append(f"    {_id(step.name)}(({label}))")
        elif step.waits == "caller":
            lines.append(f"    {_id(step.name)}([{label}])")
        elif step.waits == "service":
            lines.append(f"    {_id(step.name)}[/{label}/]")
        else:
            lines.append(f"    {_id(step.name)}[{label}]")
    doors = [(channel, name) for channel, name in flow.start.items()]
    doors += [(f"emergency {channel}", name) for channel, name in flow.emergency.items()]
    doors += [(f"0 {flow.person_label}", flow.person), ("too long", flow.give_up)]
    for place, (label, name) in enumerate(doors):
        lines.append(f'    door{place}{{{{"{_safe(label)}"}}}} --> {_id(name)}')
    for step in flow.steps.values():
        lines.extend(f'    {_id(step.name)} -->|"{_safe(way)}"| {_id(goal)}' for way, goal in step.goes().items())
    return "\n".join(lines) + "\n"


def _id(name: str) -> str:
    return f"s_{name}"  # `end` alone is a word of Mermaid's own


def _safe(label: str) -> str:
    return label.replace('"', "#quot;").replace("|", "#124;")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ivr.draw", description=__doc__)
    parser.add_argument("flow", nargs="?", type=Path, default=DEFAULT, help="a flow file; the default flow if left out")
    options = parser.parse_args(arguments)
    try:
        print(draw(load_flow(options.flow)), end="")
    except FlowError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
